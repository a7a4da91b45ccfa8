"""Staff sign in with two factors, may guess a little, and lose neither their way nor what they typed."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from assistance import audit, people
from assistance.people import passwords, second_factor
from assistance.permissions import Role
from infrastructure import clock
from tests.admin.entering import PASSWORD, join, later, post, sign_in
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import VILLAGE, sign_in_staff

GENERIC = "用户名或者密码不对"


@pytest.fixture
def officer(app: Flask) -> people.StaffAccount:
    return join(app, "wang.lili", Role.VILLAGE_OFFICER, VILLAGE)


def database(app: Flask) -> Any:
    return app.extensions["huimin"].database


def events(app: Flask) -> list[str]:
    with database(app).reading() as session:
        return list(session.scalars(select(audit.AuditEntry.event).order_by(audit.AuditEntry.id)))


def newcomer(app: Flask) -> ComplainingClient:
    made = app.test_client()
    assert isinstance(made, ComplainingClient)
    return made


def test_password_and_code_open_the_desk(
    client: ComplainingClient, app: Flask, officer: people.StaffAccount
) -> None:
    with later(1):
        asked = client.get("/admin/relatives")
        answer = sign_in(client, officer, back=asked.location.partition("next=")[2])
        assert (answer.status_code, answer.location) == (303, "/admin/relatives")
        cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("huimin_staff="))
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/sign-in").location == "/admin/"
    assert events(app)[-1] == "signed_in"


def test_the_password_alone_opens_nothing(client: ComplainingClient, officer: people.StaffAccount) -> None:
    with later(1):
        assert client.get("/admin/sign-in/code").location == "/admin/sign-in"
        post(client, "/admin/sign-in", user_name="Wang.Lili", password=PASSWORD)
        assert client.get("/admin/").status_code == 303
        wrong = post(client, "/admin/sign-in/code", "/admin/sign-in/code", code="000000")
        assert wrong.status_code == 422
        assert client.get("/admin/").status_code == 303
    with later(12):
        assert client.get("/admin/sign-in/code").location == "/admin/sign-in"


def test_a_code_is_not_believed_twice(app: Flask, officer: people.StaffAccount) -> None:
    with later(1):
        assert sign_in(newcomer(app), officer).status_code == 303
        assert sign_in(newcomer(app), officer).status_code == 422


def test_T06_who_does_not_exist_is_answered_like_who_does(app: Flask, officer: people.StaffAccount) -> None:
    answers = []
    for name in ("wang.lili", "nobody.here"):
        for at in range(6):
            stranger = newcomer(app)
            stranger.environ_base["REMOTE_ADDR"] = f"10.0.0.{at}"
            one = post(stranger, "/admin/sign-in", user_name=name, password="Wrong-wrong-1")
            answers.append((name, one.status_code, GENERIC in one.text))
    known, unknown = answers[:6], answers[6:]
    assert [one[1:] for one in known] == [one[1:] for one in unknown]
    assert [one[1] for one in known] == [422] * 5 + [429]


def test_five_wrong_passwords_shut_the_account_for_a_quarter_of_an_hour(
    app: Flask, officer: people.StaffAccount
) -> None:
    for _ in range(5):
        post(newcomer(app), "/admin/sign-in", user_name="wang.lili", password="Wrong-wrong-1")
    with later(6):
        shut = post(newcomer(app), "/admin/sign-in", user_name="wang.lili", password=PASSWORD)
        assert shut.status_code == 429
        assert shut.headers["Retry-After"] == "900"
    with later(16):
        assert sign_in(newcomer(app), officer).status_code == 303
    assert events(app).count("staff_locked") == 1
    assert events(app).count("sign_in_failed") == 5


def test_of_many_guesses_at_once_five_are_judged(
    app: Flask, officer: people.StaffAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []

    def judge(password: str, hashed: str | None) -> bool:
        judged.append(password)
        return False

    monkeypatch.setattr(passwords, "is_password", judge)
    found = [newcomer(app) for _ in range(12)]
    pages = [one.get("/admin/sign-in").text for one in found]
    tokens = [page.split('name="csrf_token" value="')[1].split('"')[0] for page in pages]
    gate = threading.Barrier(12)

    def guess(at: int) -> None:
        gate.wait()
        # The plain client: the complaining one watches the whole database, which others write to.
        data = {"csrf_token": tokens[at], "user_name": "wang.lili", "password": f"Guess-{at}-guess"}
        address = {"REMOTE_ADDR": f"10.0.0.{at}"}
        super(ComplainingClient, found[at]).open(
            "/admin/sign-in", method="POST", data=data, environ_base=address
        )

    threads = [threading.Thread(target=guess, args=(at,)) for at in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(judged) <= 5


def test_wrong_codes_shut_the_second_factor(app: Flask, officer: people.StaffAccount) -> None:
    one = newcomer(app)
    with later(1):
        post(one, "/admin/sign-in", user_name="wang.lili", password=PASSWORD)
        tried = [
            post(one, "/admin/sign-in/code", "/admin/sign-in/code", code="000000").status_code
            for _ in range(6)
        ]
    assert tried == [422] * 5 + [429]


def test_a_recovery_code_helps_once(app: Flask, officer: people.StaffAccount) -> None:
    with database(app).transaction() as session:
        account = session.get_one(people.StaffAccount, officer.id)
        codes = second_factor.make_recovery_codes(session, account, now=NOW)
    for expected in (303, 422):
        one = newcomer(app)
        post(one, "/admin/sign-in", user_name="wang.lili", password=PASSWORD)
        answer = post(one, "/admin/sign-in/code", "/admin/sign-in/code", code=codes[3])
        assert answer.status_code == expected


def test_an_old_password_is_changed_before_anything_opens(app: Flask, officer: people.StaffAccount) -> None:
    one = newcomer(app)
    with clock.freeze(NOW + timedelta(days=91)):
        assert sign_in(one, officer).location == "/admin/sign-in/new-password"
        assert one.get("/admin/").status_code == 303
        page = "/admin/sign-in/new-password"
        weak = post(one, page, page, password="abc", password_again="abc")
        assert weak.status_code == 422
        same = post(one, page, page, password=PASSWORD, password_again=PASSWORD)
        assert same.status_code == 422
        assert (
            post(one, page, page, password="9Qz.otherOne!", password_again="9Qz.otherOne!").location
            == "/admin/"
        )
        assert one.get("/admin/").status_code == 200
    with clock.freeze(NOW + timedelta(days=170)):
        third = newcomer(app)
        post(third, "/admin/sign-in", user_name="wang.lili", password="9Qz.otherOne!")
        with database(app).reading() as session:
            code = people.current_totp(session.get_one(people.StaffAccount, officer.id), clock.now())
        post(third, "/admin/sign-in/code", "/admin/sign-in/code", code=code)
        assert "换密码" in third.get("/admin/").text


def test_T26_half_an_hour_idle_and_eight_hours_at_most(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for minutes in range(0, 8 * 60, 29):
        with later(minutes):
            assert client.get("/admin/").status_code == 200, minutes
    with later(8 * 60):
        assert client.get("/admin/").status_code == 303
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    with later(29.9):
        assert client.get("/admin/", headers={"X-Huimin-Background": "1"}).status_code == 200
    with later(30):
        assert client.get("/admin/").status_code == 303


def test_the_page_says_when_it_ends_and_warns_five_minutes_before(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get("/admin/").text
    assert "到 09:30 还没有动" in page
    assert 'data-warn-after="1500" data-end-after="1800"' in page


def test_what_was_typed_comes_back_to_the_same_person_only(app: Flask, officer: people.StaffAccount) -> None:
    other = join(app, "li.si", Role.VILLAGE_OFFICER, VILLAGE)
    one, two = newcomer(app), newcomer(app)
    typed = {"name": "王老伯", "resident_id": "330499194603080125", "relation": "parent"}
    with later(1):
        sign_in(one, officer)
        token = one.get("/admin/relatives").text.split('name="csrf_token" value="')[1].split('"')[0]
    with later(40):
        late = one.post("/admin/relatives", data={"csrf_token": token, **typed, "password": "x"})
        assert late.status_code == 303
        assert late.location.startswith("/admin/sign-in")
        assert sign_in(two, other).location == "/admin/"
        assert two.get("/admin/kept-form").status_code == 303
        assert sign_in(one, officer).location == "/admin/kept-form"
        page = one.get("/admin/kept-form").text
        assert "王老伯" in page
        assert 'name="password"' not in page
        on = post(one, "/admin/kept-form", "/admin/kept-form", **typed)
        assert (on.status_code, on.location) == (307, "/admin/relatives")
        assert post(one, "/admin/relatives", "/admin/relatives", **typed).status_code == 303
        assert "王老伯" in one.get("/admin/relatives").text
        assert one.get("/admin/kept-form").status_code == 303
    with database(app).reading() as session:
        assert session.scalars(select(people.KeptForm)).all() == []


def test_T54_a_role_or_an_account_that_ends_in_mid_session_ends_with_the_next_request(
    client: ComplainingClient, app: Flask
) -> None:
    account_id = sign_in_staff(client, Role.COUNTY_APPROVER)
    assert client.get("/admin/staff").status_code == 200
    with database(app).transaction() as session:
        session.execute(
            update(people.RoleAssignment)
            .where(people.RoleAssignment.account_id == account_id)
            .values(state="ended")
        )
    assert client.get("/admin/staff").status_code == 403
    assert "还没有岗位" in client.get("/admin/").text
    with database(app).transaction() as session:
        session.get_one(people.StaffAccount, account_id).state = "disabled"
    assert client.get("/admin/").status_code == 303


def test_T27_a_sign_in_begins_with_a_token_of_its_own(app: Flask, officer: people.StaffAccount) -> None:
    one = newcomer(app)
    one.set_cookie("huimin_staff", "x" * 43)
    with later(1):
        sign_in(one, officer)
        first = one.get_cookie("huimin_staff")
        assert first is not None
        assert first.value != "x" * 43
    with later(12):
        page = one.get("/admin/password")
        assert page.location.startswith("/admin/step-up?next=")
        code = people.current_totp(officer, clock.now())
        back = page.location.partition("next=")[2].partition("&")[0]
        up = post(one, "/admin/step-up", "/admin/step-up", code=code, next=back)
        assert up.location == "/admin/password"
        second = one.get_cookie("huimin_staff")
        assert second is not None
        assert second.value != first.value
        assert one.get("/admin/password").status_code == 200
        one.set_cookie("huimin_staff", first.value)
        assert one.get("/admin/").status_code == 303


def test_a_new_sign_in_is_shown_to_the_old_one_and_can_be_ended(
    app: Flask, officer: people.StaffAccount
) -> None:
    old, new = newcomer(app), newcomer(app)
    with later(1):
        sign_in(old, officer)
        assert "又在另一处登录" not in old.get("/admin/").text
    with later(2):
        sign_in(new, officer)
        assert "又在另一处登录" in old.get("/admin/").text
        assert "又在另一处登录" not in new.get("/admin/").text
        with database(app).reading() as session:
            live = people.list_sessions(session, account_id=officer.id, now=clock.now())
        newest = max(live, key=lambda one: one.created_at)
        assert post(old, f"/admin/sessions/{newest.id}/end", "/admin/sessions").status_code == 303
        assert new.get("/admin/").status_code == 303
        stranger = newcomer(app)
        sign_in_staff(stranger, Role.VILLAGE_OFFICER, VILLAGE)
        mine = post(stranger, f"/admin/sessions/{live[-1].id}/end", "/admin/sessions")
        assert mine.status_code == 404


def test_T28_signing_out_ends_it_on_the_server(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    kept = client.get_cookie("huimin_staff")
    assert kept is not None
    out = post(client, "/admin/sign-out", "/admin/")
    assert "storage" in out.headers["Clear-Site-Data"]
    client.set_cookie("huimin_staff", kept.value)
    assert client.get("/admin/").status_code == 303
