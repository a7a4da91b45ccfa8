"""The frame of the staff side: who is shown, where they may go, and from where it opens at all."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from admin.tasks import GROUPS, Task, in_groups
from assistance.authorizations import AuthorizationRequest
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.settings import load_settings
from tests.complaining_client import ComplainingClient
from tests.signing_in import VILLAGE, make_household, make_person, sign_in_staff

REFUSED = "办公网络"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESIDENT])
def test_every_role_has_a_desk(client: ComplainingClient, role: Role) -> None:
    sign_in_staff(client, role, VILLAGE if role is Role.VILLAGE_OFFICER else "330482")
    answer = client.get("/admin/")
    assert answer.status_code == 200
    assert "王*" in answer.text
    assert "王同志" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_whoever_has_not_signed_in_is_led_to_the_sign_in(client: ComplainingClient) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/sign-in?next=")


def test_GA_19_from_another_network_nothing_opens_on_any_route(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_staff(client, Role.COUNTY_APPROVER)
    parts = app.extensions["huimin"]
    networks = load_settings({"HUIMIN_ENV": "test", "HUIMIN_STAFF_NETWORKS": "10.20.0.0/16"}).staff_networks
    monkeypatch.setitem(
        app.extensions, "huimin", replace(parts, settings=replace(parts.settings, staff_networks=networks))
    )
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin") and "<" not in rule.rule and "GET" in (rule.methods or ()):
            answer = client.get(rule.rule)
            assert answer.status_code == 403, rule.rule
            assert REFUSED in answer.text, rule.rule
            assert REFUSED not in client.get(rule.rule, environ_base={"REMOTE_ADDR": "10.20.3.4"}).text
            tried += 1
    assert tried >= 3
    assert client.get("/").status_code == 200


def test_a_refusal_keeps_the_way_back_to_work(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for path, status in (("/admin/staff", 403), (f"/admin/households/{uuid.uuid4()}", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert 'id="admin-errors-refused"' in answer.text
        assert "我的工作台" in answer.text


def test_the_desk_tells_of_what_waits_in_every_noun(client: ComplainingClient, app: Flask) -> None:
    officer, today = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE), clock.today()
    with app.extensions["huimin"].database.transaction() as session:
        for at in range(3):
            household = make_household(session, [make_person(session)])
            session.add(
                AuthorizationRequest(
                    number=f"AR-20261122-0000{at}",
                    household_id=household.id,
                    purpose="application",
                    scopes=[],
                    months_back=12,
                    sealed={},
                    opened_by=str(officer),
                    is_opened_by_household=False,
                    deadline_on=today + timedelta(days=at - 1),
                    state="open",
                    text_version="1",
                    opened_at=clock.now(),
                )
            )
    page = client.get("/admin/").text
    assert [words in page for words in ("超期 1 天", "今天到期", "还剩 1 天")] == [True] * 3
    assert page.index("超期 1 天") < page.index("今天到期") < page.index("还剩 1 天")
    assert "张三" not in page


def test_what_waits_stands_under_what_its_day_says() -> None:
    # A Friday before a weekend: Wednesday is three working days away, Thursday four.
    today = date(2026, 11, 20)
    days = [None, date(2026, 11, 26), date(2026, 11, 25), today, date(2026, 11, 19), date(2031, 1, 1)]
    groups = in_groups([Task(str(day), "/admin/", day) for day in days], today)
    assert [(title, [task.due_on for task in tasks]) for title, tasks in groups] == [
        (GROUPS["late"], [date(2026, 11, 19)]),
        (GROUPS["today"], [today]),
        (GROUPS["soon"], [date(2026, 11, 25)]),
        (GROUPS["later"], [date(2026, 11, 26), date(2031, 1, 1)]),
        (GROUPS["undated"], [None]),
    ]
