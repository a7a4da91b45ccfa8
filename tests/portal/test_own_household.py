"""我家的档案: own lines in full, a child's as guardian, totals; of other adults only that lines exist."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import audit, households
from assistance.people import SYSTEM, Assurance, Person
from tests.assistance.households.test_queries import counted
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import VILLAGE, make_person, sign_in_resident

DAY = date(2026, 11, 1)


@pytest.fixture
def family(app: Flask) -> dict[str, Any]:
    """A father, a mother and a child of ten, each with lines, and lines of the whole household."""
    with app.extensions["huimin"].database.transaction() as session:
        people = {
            "father": make_person(session, "陈国良", birth=date(1974, 6, 15)),
            "mother": make_person(session, "陆秀珍", birth=date(1976, 11, 2)),
            "child": make_person(session, "陈小雨", birth=date(2016, 9, 20)),
        }
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=[
                households.Joining(people["father"], "head"),
                households.Joining(people["mother"], "spouse"),
                households.Joining(people["child"], "child", guardian_id=people["father"].id),
            ],
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        )
        members = {one.person_id: one for one in households.current_members(session, household.id)}

        def line(whose: str | None, fact: str, value: Any) -> None:
            member = members[people[whose].id] if whose else None
            households.record_line(
                session,
                household,
                fact=fact,
                value=value,
                source="counter",
                dated_on=DAY,
                by=SYSTEM,
                now=NOW,
                member=member,
            )

        line("father", "work", "flexible")
        line("mother", "own_income_fen", 777700)
        line("child", "stage", "primary")
        line(None, "income_month_fen", 345600)
        return {"household": household.id, **{name: one.id for name, one in people.items()}}


def test_nobody_reads_a_file_without_signing_in(client: ComplainingClient) -> None:
    assert client.get("/me/household").status_code == 303


def test_whoever_owns_a_phone_alone_has_no_file_yet(client: ComplainingClient, app: Flask) -> None:
    sign_in_resident(client, None, Assurance.L2)
    assert "还没有您家的档案" in client.get("/me/household").get_data(as_text=True)


def test_an_adult_sees_own_lines_the_child_s_and_the_totals(
    client: ComplainingClient, family: dict[str, Any]
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    page = client.get("/me/household").get_data(as_text=True)
    assert "陈国良" in page
    assert "打零工" in page
    assert "陈小雨" in page
    assert "小学" in page
    assert "3456 元" in page
    assert "在窗口说的 · 2026年11月1日" in page


def test_the_page_takes_three_questions_and_one_note_however_large_the_family_is(
    client: ComplainingClient, family: dict[str, Any], app: Flask
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    with counted(app.extensions["huimin"].database) as asked:
        # Past the client that looks into the database itself.
        assert super(ComplainingClient, client).open("/me/household").status_code == 200
    kinds = [statement.split()[0] for statement in asked]
    # Each database begins in its own words.
    kinds = [kind for kind in kinds if kind not in ("BEGIN", "SET")]
    assert kinds == ["SELECT", "SELECT", "SELECT", "INSERT"]


def test_of_another_adult_only_that_lines_exist_is_seen(
    client: ComplainingClient, family: dict[str, Any]
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    page = client.get("/me/household").get_data(as_text=True)
    assert "7777" not in page
    assert "陆秀珍" not in page
    assert "陆*" in page
    assert "有记着的情况，只有本人登录才看得到" in page
    assert not re.search(r"\d{17}", page)


def test_who_is_told_a_look_is_the_reader_and_the_ward(
    client: ComplainingClient, family: dict[str, Any], app: Flask
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    client.get("/me/household")
    with app.extensions["huimin"].database.reading() as session:
        looks = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "household_shown")
        ).all()
        names = {session.get_one(Person, _id(one.subject_ref)).name for one in looks}
    assert names == {"陈国良", "陈小雨"}
    assert len(looks) == 2


def test_a_change_is_told_and_the_old_value_stays(client: ComplainingClient, family: dict[str, Any]) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    assert "打零工" in client.get("/me/household/facts/work").get_data(as_text=True)
    done = client.post("/me/household/facts/work", data=_with_token(client, value="unemployed", member=""))
    assert (done.status_code, done.location) == (303, "/me/household?changed=work")
    page = client.get(done.location).get_data(as_text=True)
    assert "记下了：干活的情况" in page
    assert "没活干" in page
    assert "以前记的" in page
    assert "打零工" in page


def test_a_change_of_the_whole_household_is_told_in_yuan(
    client: ComplainingClient, family: dict[str, Any]
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    client.post("/me/household/facts/income_month_fen", data=_with_token(client, value="１，０８６．５ 元"))
    assert "1086.50 元" in client.get("/me/household").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fact", "value"), [("work", "astronaut"), ("work", ""), ("dis_grade", "9"), ("own_income_fen", "一千")]
)
def test_what_was_typed_wrong_stays_in_the_field(
    client: ComplainingClient, family: dict[str, Any], fact: str, value: str
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    refused = client.post(f"/me/household/facts/{fact}", data=_with_token(client, value=value))
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "有错误：" in page
    if value in ("9", "一千"):
        assert f'value="{value}"' in page


def test_nobody_tells_a_change_for_another_adult(
    client: ComplainingClient, family: dict[str, Any], app: Flask
) -> None:
    with app.extensions["huimin"].database.reading() as session:
        household = session.get_one(households.Household, family["household"])
        mother = households.find_member(session, household, family["mother"])
        child = households.find_member(session, household, family["child"])
    assert mother is not None
    assert child is not None
    sign_in_resident(client, family["father"], Assurance.L2)
    data = _with_token(client, value="unemployed", member=str(mother.id))
    assert client.post("/me/household/facts/work", data=data).status_code == 404
    assert client.post("/me/household/facts/age", data=_with_token(client, value="3")).status_code == 404
    data = _with_token(client, value="junior", member=str(child.id))
    assert client.post("/me/household/facts/stage", data=data).status_code == 303


def test_an_accused_guardian_no_longer_sees_the_child(
    client: ComplainingClient, family: dict[str, Any], app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        household = session.get_one(households.Household, family["household"])
        child = households.find_member(session, household, family["child"])
        assert child is not None
        child.is_guardian_accused = True
    sign_in_resident(client, family["father"], Assurance.L2)
    page = client.get("/me/household").get_data(as_text=True)
    assert "小学" not in page
    assert "陈小雨" not in page


def test_the_first_page_of_whoever_signed_in_leads_on(
    client: ComplainingClient, family: dict[str, Any]
) -> None:
    sign_in_resident(client, family["father"], Assurance.L2)
    page = client.get("/me").get_data(as_text=True)
    assert "陈国良，您好" in page
    assert "/me/household" in page
    for address in ("/me/household/facts", "/me/household/facts/status", "/me/household/facts/hukou_local"):
        assert client.get(address).status_code == 200


def _with_token(client: ComplainingClient, **data: str) -> dict[str, str]:
    page = client.get("/me/household/facts/work").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}


def _id(reference: str | None) -> Any:
    return uuid.UUID((reference or "").removeprefix("person:"))
