"""GET /api/v1/me/household: the same household as the page's, by bearer only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask

from assistance import households
from assistance.people import SYSTEM
from tests.api.test_auth import PHONE, by_code
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import VILLAGE, make_person

ADDRESS = "/api/v1/me/household"


def household(app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        father = make_person(session, "陈国良", birth=date(1974, 6, 15), phone=PHONE)
        mother = make_person(session, "陆秀珍", birth=date(1976, 11, 2))
        made = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=[households.Joining(father, "head"), households.Joining(mother, "spouse")],
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        )
        members = {one.person_id: one for one in households.current_members(session, made.id)}
        told: dict[str, Any] = {"source": "counter", "dated_on": date(2026, 11, 1), "by": SYSTEM, "now": NOW}
        households.record_line(session, made, fact="cars", value=1, **told)
        for one in (father, mother):
            households.record_line(
                session, made, fact="own_income_fen", value=777700, member=members[one.id], **told
            )


def ask(client: ComplainingClient, token: str) -> Any:
    return client.get(ADDRESS, headers={"Authorization": f"Bearer {token}"})


def test_one_s_own_lines_and_the_totals_are_answered(client: ComplainingClient, app: Flask) -> None:
    household(app)
    answer = ask(client, by_code(client)["access_token"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told = answer.json
    assert told["lines"][0] | {"value_text": ""} == {
        "fact": "cars",
        "label": "私家车辆数",
        "value": 1,
        "value_text": "",
        "standing": "declared",
        "standing_text": "自己说的",
        "source": "counter",
        "source_text": "在窗口说的",
        "dated_on": "2026-11-01",
        "others": [],
        "history": [],
    }
    own, other = told["members"]
    assert (own["name"], own["is_self"], own["lines"][0]["value"]) == ("陈国良", True, 777700)
    assert (other["name"], other["is_open"], other["has_lines"], other["lines"]) == ("陆*", False, True, [])


def test_without_a_token_nothing_is_answered(client: ComplainingClient, app: Flask) -> None:
    household(app)
    assert client.get(ADDRESS).status_code == 401
    assert ask(client, "never").status_code == 401


def test_who_has_no_file_yet_is_told_so(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        make_person(session, "陈国良", phone=PHONE)
    answer = ask(client, by_code(client)["access_token"])
    assert answer.status_code == 404
    assert "档案" in answer.json["detail"]
