"""Inviting, granting by two, shutting and declaring, as the pages do it."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import audit, people
from assistance.people import second_factor
from assistance.permissions import Role
from infrastructure import clock
from tests.admin.entering import PASSWORD, join, later, post, sign_in
from tests.complaining_client import ComplainingClient
from tests.signing_in import COUNTY, TOWN, VILLAGE, invented_id, sign_in_staff

LINK = re.compile(r"http://[^<\s]*(/admin/invitations/[\w-]+)")


def newcomer(app: Flask) -> ComplainingClient:
    made = app.test_client()
    assert isinstance(made, ComplainingClient)
    return made


def database(app: Flask) -> Any:
    return app.extensions["huimin"].database


def entries(app: Flask, event: str) -> list[audit.AuditEntry]:
    with database(app).reading() as session:
        wanted = select(audit.AuditEntry).where(audit.AuditEntry.event == event)
        return list(session.scalars(wanted.order_by(audit.AuditEntry.id)))


def invite(client: ComplainingClient, **changed: str) -> Any:
    typed = {
        "name": "赵小云",
        "resident_id": invented_id(date(1990, 4, 4)).value,
        "user_name": "zhao.xiaoyun",
        "work_number": "0456",
        **changed,
    }
    return post(client, "/admin/staff/new", "/admin/staff/new", **typed)


def test_from_an_invitation_to_a_first_role(app: Flask) -> None:
    system, security, invited = newcomer(app), newcomer(app), newcomer(app)
    sign_in_staff(system, Role.SYSTEM_ADMINISTRATOR)
    sign_in_staff(security, Role.SECURITY_ADMINISTRATOR)
    made = invite(system)
    shown = system.get(made.location)
    found = LINK.search(shown.text)
    assert found is not None
    assert "赵小云" not in shown.text
    assert LINK.search(system.get(made.location).text) is None, "the link is shown once"
    link = found[1]
    page = invited.get(link)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    qr = invited.get(f"{link}/qr.png")
    assert qr.data.startswith(b"\x89PNG")
    assert qr.headers["Cache-Control"] == "private, no-store"
    parts = app.extensions["huimin"]
    secret = second_factor.secret_of_invitation(parts.cipher, link.rsplit("/", 1)[1])
    assert secret in re.sub(r"\s", "", page.text)
    typed = {"password": PASSWORD, "password_again": PASSWORD}
    assert post(invited, link, link, **{**typed, "password_again": "x"}, code="1").status_code == 422
    assert post(invited, link, link, **typed, code="000000").status_code == 422
    entered = post(invited, link, link, **typed, code=second_factor.code_at(secret, clock.now()))
    assert (entered.status_code, entered.location) == (303, "/admin/recovery-codes")
    codes = invited.get("/admin/recovery-codes").text
    assert len(re.findall(r"<li>[0-9A-Z]{5}-[0-9A-Z]{5}</li>", codes)) == 10
    assert "把新的恢复码抄下来" in invited.get("/admin/").text
    post(invited, "/admin/recovery-codes/written-down", "/admin/recovery-codes")
    assert "<li>" not in re.findall(r"<main.*?</main>", invited.get("/admin/recovery-codes").text, re.S)[0]
    assert newcomer(app).get(link).status_code == 404
    assert invited.get("/admin/staff").status_code == 403
    account = made.location.rsplit("/", 1)[1]
    new_role = f"/admin/staff/{account}/roles/new"
    role = {"role": "village_officer", "division": VILLAGE, "valid_from": "2026-11-22"}
    assert post(security, new_role, new_role, **role).status_code == 303
    assert "等第二个人同意" not in security.get(f"/admin/staff/{account}").text
    assert "近亲属备案" in invited.get("/admin/").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"resident_id": "330499199004041234"}, "resident_id"),
        ({"user_name": "Zhao Xiaoyun"}, "user_name"),
        ({"work_number": "号"}, "work_number"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_invitation_comes_back_with_what_was_typed(
    client: ComplainingClient, changed: dict[str, str], field: str
) -> None:
    sign_in_staff(client, Role.SYSTEM_ADMINISTRATOR)
    answer = invite(client, **changed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "<title>有错误：" in answer.text


def test_one_person_one_account_on_the_page_too(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.SYSTEM_ADMINISTRATOR)
    number = invented_id(date(1990, 4, 4)).value
    assert invite(client, resident_id=number).status_code == 303
    again = invite(client, resident_id=number.lower(), user_name="other", work_number="0457")
    assert again.status_code == 422
    assert "一个人只能有一个" in again.text


def test_a_county_role_waits_for_a_second_person_who_sees_it_on_the_desk(app: Flask) -> None:
    security, approver, another = newcomer(app), newcomer(app), newcomer(app)
    sign_in_staff(security, Role.SECURITY_ADMINISTRATOR)
    sign_in_staff(approver, Role.COUNTY_APPROVER)
    account = sign_in_staff(another, Role.TOWN_REVIEWER, TOWN)
    page = f"/admin/staff/{account}/roles/new"
    role = {"role": "inspector", "division": COUNTY, "valid_from": "2026-11-22"}
    assert post(security, page, page, **role).status_code == 303
    assert "1 个岗位等第二个人同意" in approver.get("/admin/").text
    assert "个岗位等第二个人同意" not in security.get("/admin/").text
    with database(app).reading() as session:
        (waiting,) = session.scalars(
            select(people.RoleAssignment).where(people.RoleAssignment.state == "proposed")
        )
    agree = f"/admin/roles/{waiting.id}/approve"
    assert post(security, agree, "/admin/roles").status_code == 409
    assert another.get("/admin/relatives/register").status_code == 403
    assert post(approver, agree, "/admin/roles").status_code == 303
    assert another.get("/admin/relatives/register").status_code == 200
    end = f"/admin/roles/{waiting.id}/end"
    assert post(security, end, "/admin/roles").status_code == 303
    assert another.get("/admin/relatives/register").status_code == 403
    assert [
        one.event for name in ("role_granted", "role_approved", "role_ended") for one in entries(app, name)
    ]


def test_a_wrong_role_comes_back_with_what_was_typed(client: ComplainingClient, app: Flask) -> None:
    other = newcomer(app)
    account = sign_in_staff(other, Role.HELPER, VILLAGE)
    own = sign_in_staff(client, Role.SECURITY_ADMINISTRATOR)
    page = f"/admin/staff/{account}/roles/new"
    fine = {"role": "grid_worker", "division": VILLAGE, "valid_from": "2026-11-22"}
    for wrong in (
        {"role": "resident"},
        {"role": "king"},
        {"division": ""},
        {"division": "999999"},
        {"valid_from": "soon"},
        {"valid_until": "2026-11-01"},
        {"role": "audit_administrator"},
        {"role": "department_officer", "department": "no_such"},
    ):
        answer = post(client, page, page, **{**fine, **wrong})
        assert answer.status_code == 422, wrong
        assert "summary" in answer.text
    own_page = f"/admin/staff/{own}/roles/new"
    assert post(client, own_page, own_page, **fine).status_code == 422


def test_a_shut_account_is_out_at_once(client: ComplainingClient, app: Flask) -> None:
    other = newcomer(app)
    account = sign_in_staff(other, Role.TOWN_REVIEWER, TOWN)
    own = sign_in_staff(client, Role.SYSTEM_ADMINISTRATOR)
    page = f"/admin/staff/{account}"
    assert other.get("/admin/").status_code == 200
    assert post(client, f"{page}/disable", page).status_code == 303
    assert other.get("/admin/").status_code == 303
    assert "已停用" in client.get(page).text
    assert post(client, f"/admin/staff/{own}/disable", page).status_code == 409
    assert LINK.search(client.get(post(client, f"{page}/enable", page).location).text) is not None


def test_the_way_back_after_a_lost_device_takes_two(app: Flask) -> None:
    lost = join(app, "wang.lili", Role.TOWN_REVIEWER, TOWN)
    asks, agrees, thief = newcomer(app), newcomer(app), newcomer(app)
    sign_in_staff(asks, Role.SYSTEM_ADMINISTRATOR)
    sign_in_staff(agrees, Role.SECURITY_ADMINISTRATOR)
    with later(1):
        sign_in(thief, lost)
        page = f"/admin/staff/{lost.id}"
        assert post(asks, f"{page}/device-lost", page).status_code == 303
        assert thief.get("/admin/").status_code == 303
        with database(app).reading() as session:
            (waiting,) = people.staff.list_waiting_invitations(session, clock.now())
        agree = f"/admin/staff/invitations/{waiting.id}/approve"
        assert post(asks, agree, "/admin/staff").status_code == 409
        assert "设备丢了" in agrees.get("/admin/").text
        made = post(agrees, agree, "/admin/staff")
        assert LINK.search(agrees.get(made.location).text) is not None


def test_who_has_declared_whom_is_read_by_few_and_noted_for_each_person(app: Flask) -> None:
    officer, reader, colleague = newcomer(app), newcomer(app), newcomer(app)
    account = sign_in_staff(officer, Role.VILLAGE_OFFICER, VILLAGE)
    sign_in_staff(reader, Role.INSPECTOR)
    sign_in_staff(colleague, Role.VILLAGE_OFFICER, VILLAGE)
    for name, number in (("陈阿宜", "330499194603080125"), ("陈国良", "330499197406150239")):
        declared = {"name": name, "resident_id": number, "relation": "parent"}
        assert post(officer, "/admin/relatives", "/admin/relatives", **declared).status_code == 303
    own = officer.get("/admin/relatives").text
    assert "陈阿宜" in own
    assert "330499194603080125" not in own
    assert entries(app, "relatives_shown") == []
    register = reader.get("/admin/relatives/register").text
    assert "陈" not in re.findall(r"<main.*?</main>", register, re.S)[0]
    assert "陈阿宜" in reader.get(f"/admin/relatives/register/{account}").text
    shown = entries(app, "relatives_shown")
    assert len(shown) == 2
    assert len({one.subject_ref for one in shown}) == 2
    assert {json.loads(one.fields)["seen"][0] for one in shown} == {"name"}
    assert colleague.get(f"/admin/relatives/register/{account}").status_code == 403
    assert "确认近亲属备案" in officer.get("/admin/").text
    assert post(officer, "/admin/relatives/sign", "/admin/relatives").status_code == 303
    assert "确认近亲属备案" not in officer.get("/admin/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"resident_id": "330499194603080124"},
        {"relation": "friend"},
        {"relation": ""},
        {"name": ""},
        {"name": "长" * 101},
    ],
)
def test_a_wrong_declaration_comes_back(client: ComplainingClient, wrong: dict[str, str]) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    fine = {"name": "陈阿宜", "resident_id": "330499194603080125", "relation": "parent"}
    answer = post(client, "/admin/relatives", "/admin/relatives", **{**fine, **wrong})
    assert answer.status_code == 422
    assert "还没有备案的亲属" in answer.text


def test_full_width_figures_and_spaces_are_the_same_number(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for number in ("330499 19440404 253x", "３３０４９９１９４４０４０４２５３ｘ", "33049919440404253X"):
        declared = {"name": "何水根", "resident_id": number, "relation": "parent"}
        assert post(client, "/admin/relatives", "/admin/relatives", **declared).status_code == 303
    assert client.get("/admin/relatives").text.count("<b>何水根</b>") == 1


def test_sensitive_acts_ask_for_the_second_factor_again(app: Flask) -> None:
    admin = join(app, "xi.tong", Role.SYSTEM_ADMINISTRATOR)
    one = newcomer(app)
    with later(1):
        sign_in(one, admin)
    with later(15):
        late = one.get("/admin/staff/new")
        assert late.location.startswith("/admin/step-up")
        page = f"/admin/staff/{admin.id}"
        sent = post(one, f"{page}/disable", page)
        assert sent.location.startswith("/admin/step-up")
