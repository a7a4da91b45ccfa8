"""Signing in with a telephone number, seen from the pages."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import audit, people
from assistance.messages import Message
from assistance.people import Assurance, OneTimeCode, RecordedPhone, SignInSession
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_person, sign_in_resident
from web import limits

PHONE, OTHER = "19900000011", "19900000099"


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def send(client: ComplainingClient, address: str, page: str | None = None, **fields: Any) -> TestResponse:
    """Open the page with the form, fill it in and send it."""
    token = token_of(client.get(page or address))
    return client.post(address, data={"csrf_token": token, **fields})


def rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(model)))


def newest_code(app: Flask, number: int = -1) -> str:
    """What the gateway would be handed to send."""
    found = sorted((one for one in rows(app, Message) if one.contents), key=lambda one: one.created_at)
    assert found[number].contents is not None
    return str(found[number].contents["code"])


def events(app: Flask) -> list[str]:
    return [one.event for one in sorted(rows(app, audit.AuditEntry), key=lambda one: one.id)]


def put_down(app: Flask, name: str = "陈国良", phone: str | None = PHONE, **more: Any) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        return make_person(session, name, phone=phone, **more).id


def sign_in(client: ComplainingClient, phone: str = PHONE, **fields: Any) -> TestResponse:
    """Number, code, and the page after it."""
    assert send(client, "/sign-in", phone=phone, **fields).location == "/sign-in/code"
    return send(client, "/sign-in/code", code=newest_code(client.application))


def test_a_number_and_the_code_sent_to_it_sign_in(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    before = client.get_cookie("huimin_resident")
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/me")
    after = client.get_cookie("huimin_resident")
    assert before is None
    assert after is not None
    assert len(after.value) >= 43
    assert after.max_age is None
    (found,) = rows(app, SignInSession)
    assert (found.person_id, found.assurance, found.face, found.proved_by) == (person, 3, "portal", "code")
    page = client.get("/me/sign-ins")
    assert page.status_code == 200
    assert "就是这一台" in page.text
    assert events(app) == ["code_sent", "identity_bound", "signed_in"]


def test_T27_the_session_is_new_at_sign_in_and_at_step_up(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    client.set_cookie("huimin_resident", "fixed-by-somebody-else-fixed-by-somebody-else")
    sign_in(client)
    first = client.get_cookie("huimin_resident")
    assert first is not None
    assert not first.value.startswith("fixed")
    with clock.freeze(NOW + timedelta(minutes=2)):
        assert send(client, "/sign-in/step-up").location == "/sign-in/code"
        assert send(client, "/sign-in/code", code=newest_code(app)).status_code == 303
    second = client.get_cookie("huimin_resident")
    assert second is not None
    assert second.value != first.value
    client.set_cookie("huimin_resident", first.value)
    assert client.get("/me/sign-ins").location.startswith("/sign-in")


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    send(client, "/sign-in", phone=PHONE)
    answer = send(client, "/sign-in/code", code=newest_code(app))
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("huimin_resident=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_ones_own_phone_stays_signed_in_for_thirty_days_and_any_other_for_thirty_minutes(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    sign_in(client, own_phone="yes")
    cookie = client.get_cookie("huimin_resident")
    assert cookie is not None
    assert cookie.max_age == 30 * 24 * 3600
    for number in range(1, 30):
        with clock.freeze(NOW + timedelta(days=number)):
            assert client.get("/me/sign-ins").status_code == 200
    with clock.freeze(NOW + timedelta(days=30)):
        assert client.get("/me/sign-ins").status_code == 303
        sign_in(client)
    with clock.freeze(NOW + timedelta(days=30, minutes=29)):
        assert client.get("/me/sign-ins").status_code == 200
    with clock.freeze(NOW + timedelta(days=30, minutes=59)):
        assert client.get("/me/sign-ins").status_code == 303


def test_the_tick_for_ones_own_phone_is_not_set_beforehand(client: ComplainingClient) -> None:
    assert "checked" not in client.get("/sign-in").text


def test_the_answer_is_the_same_whether_or_not_the_number_is_known(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    told = []
    for phone in (PHONE, "19900000111"):
        answer = send(client, "/sign-in", phone=phone)
        page = client.get("/sign-in/code")
        told.append((answer.status_code, answer.location, re.sub(r'value="[^"]+"', "", page.text)))
    assert told[0] == told[1]
    assert len(rows(app, Message)) == 2


def test_a_second_request_within_a_minute_gets_the_same_answer_and_no_message(
    client: ComplainingClient, app: Flask
) -> None:
    assert send(client, "/sign-in", phone=PHONE).location == "/sign-in/code"
    token = token_of(client.get("/sign-in/code"))
    again = client.post("/sign-in/code/again", data={"csrf_token": token})
    assert (again.status_code, again.location) == (303, "/sign-in/code?again=1")
    assert "没到就等 1 分钟再点" in client.get(again.location).text
    assert len(rows(app, Message)) == 1
    with clock.freeze(NOW + timedelta(seconds=61)):
        client.post("/sign-in/code/again", data={"csrf_token": token})
    assert len(rows(app, Message)) == 2
    # Both are good for this very sign-in.
    put_down(app)
    assert send(client, "/sign-in/code", code=newest_code(app, 0)).status_code == 303


@pytest.mark.parametrize("typed", ["", "1380000", "12345678901", "abc", "138000000011", "x" * 4000])
def test_what_is_no_number_is_told_at_the_field_and_kept(client: ComplainingClient, typed: str) -> None:
    answer = send(client, "/sign-in", phone=typed)
    assert answer.status_code == 422
    assert "请填 11 位手机号" in answer.text
    assert "有错误：" in answer.text
    assert f'value="{typed[:60]}"' in answer.text


@pytest.mark.parametrize("typed", ["１９９００００００１１", " 199 0000 0011 ", "+86 199-0000-0011"])
def test_a_number_is_taken_as_it_is_typed(client: ComplainingClient, app: Flask, typed: str) -> None:
    put_down(app)
    assert sign_in(client, typed).location == "/me"


def test_a_wrong_code_is_told_calmly_and_five_are_enough(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    send(client, "/sign-in", phone=PHONE)
    code = newest_code(app)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        answer = send(client, "/sign-in/code", code=wrong)
        assert answer.status_code == 422
        assert "验证码不对，或者已经过了时间" in answer.text
    assert send(client, "/sign-in/code", code=code).status_code == 422
    assert client.get_cookie("huimin_resident") is None
    assert events(app).count("sign_in_failed") == 6
    assert [one.tries for one in rows(app, OneTimeCode)] == [5]


def test_the_page_for_the_code_without_a_number_leads_back(client: ComplainingClient) -> None:
    assert client.get("/sign-in/code").location == "/sign-in"
    client.set_cookie("huimin_signing_in", "forged")
    assert client.get("/sign-in/code").location == "/sign-in"


def test_no_number_stands_in_a_cookie_an_address_or_the_log(
    client: ComplainingClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    put_down(app)
    caplog.set_level("INFO")
    first = send(client, "/sign-in", phone=PHONE)
    cookies = " ".join(first.headers.getlist("Set-Cookie"))
    sign_in_answer = send(client, "/sign-in/code", code=newest_code(app))
    told = repr([one.__dict__ for one in rows(app, audit.AuditEntry)]) + caplog.text + repr(caplog.records)
    for text in (cookies, first.location, sign_in_answer.location, told):
        assert PHONE not in text


def test_the_way_back_is_only_one_that_we_signed(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    asked = client.get("/me/phones")
    assert asked.location.startswith("/sign-in?next=")
    back = asked.location.removeprefix("/sign-in?next=")
    elsewhere = (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/me",
        back[:-3] + "abc",
        back + "x",
    )
    for number, (given, leads_to) in enumerate([*((one, "/me") for one in elsewhere), (back, "/me/phones")]):
        with clock.freeze(NOW + timedelta(days=number)):
            client.delete_cookie("huimin_resident")
            send(client, "/sign-in", phone=PHONE, next=given)
            assert send(client, "/sign-in/code", code=newest_code(app)).location == leads_to, given


def test_any_other_number_is_led_to_the_second_proof(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app, resident_id="330499197406150239")
    answer = sign_in(client, OTHER)
    assert answer.location == "/sign-in/bind"
    page = client.get("/sign-in/bind")
    assert "您是哪一家的" in page.text
    with app.extensions["huimin"].database.transaction() as session:
        figures = people.issue_slip(session, person, by=people.ANONYMOUS, now=NOW)
    wrong = send(client, "/sign-in/bind/slip", "/sign-in/bind", slip=figures, last_of_number="0230")
    assert wrong.status_code == 422
    assert "数字对不上" in wrong.text
    assert figures in wrong.text
    right = send(client, "/sign-in/bind/slip", "/sign-in/bind", slip=figures, last_of_number="0239")
    assert right.location == "/me"
    (found,) = rows(app, SignInSession)
    assert (found.person_id, found.assurance) == (person, 2)
    # Whoever the slip was made out to hears of it on the recorded number.
    (told,) = [one for one in rows(app, Message) if one.template == "new_device"]
    assert (told.person_id, told.address) == (person, {"phone": PHONE})


def test_the_recorded_number_is_a_second_proof_for_any_other(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in(client, OTHER)
    answer = send(client, "/sign-in/bind/phone", "/sign-in/bind", phone=PHONE)
    assert answer.location == "/sign-in/code"
    assert send(client, "/sign-in/code", code=newest_code(app)).location == "/me"
    (found,) = rows(app, SignInSession)
    assert (found.person_id, found.assurance) == (person, 3)


def test_guesses_at_slips_are_limited(client: ComplainingClient, app: Flask) -> None:
    sign_in(client, OTHER)
    statuses = [
        send(
            client, "/sign-in/bind/slip", "/sign-in/bind", slip=f"{number:08}", last_of_number="0239"
        ).status_code
        for number in range(7)
    ]
    assert statuses == [422] * 5 + [429] * 2
    assert events(app).count("sign_in_failed") == 5


def test_a_page_that_needs_more_asks_for_exactly_that_step(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in_resident(client, person, Assurance.L2)
    asked = client.get("/me/authorizations/new")
    assert asked.location.startswith("/sign-in/step-up?next=")
    page = client.get(asked.location)
    assert "尾号 11" in page.text
    assert PHONE not in page.text
    back = asked.location.partition("next=")[2].partition("&")[0]
    assert send(client, "/sign-in/step-up", asked.location, next=back).location == "/sign-in/code"
    assert send(client, "/sign-in/code", code=newest_code(app)).location == "/me/authorizations/new"


def test_who_has_no_number_on_record_is_told_the_other_ways(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app, phone=None)
    sign_in_resident(client, person, Assurance.L2)
    page = client.get("/sign-in/step-up")
    assert page.status_code == 200
    assert "带身份证去窗口" in page.text
    assert send(client, "/sign-out", "/me/sign-ins").status_code == 303


def test_a_code_for_a_sign_in_that_is_over_raises_nothing(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in_resident(client, person, Assurance.L2)
    assert send(client, "/sign-in/step-up").location == "/sign-in/code"
    sign_in_resident(client, person, Assurance.L2)
    answer = send(client, "/sign-in/code", code=newest_code(app))
    assert answer.location == "/sign-in"
    assert all(one.assurance == 2 for one in rows(app, SignInSession))


def test_T28_signing_out_leaves_nothing_behind(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    sign_in(client)
    page = client.get("/me/sign-ins")
    assert "no-store" in page.headers["Cache-Control"]
    answer = client.post("/sign-out", data={"csrf_token": token_of(page)})
    assert (answer.status_code, answer.location) == (303, "/signed-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("huimin_resident") is None
    assert client.get("/me/sign-ins").status_code == 303
    assert "已经退出" in client.get("/signed-out").text
    assert events(app)[-1] == "session_ended"


def test_a_new_sign_in_is_shown_to_the_older_and_by_message(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in(client)
    other = app.test_client()
    assert isinstance(other, ComplainingClient)
    with clock.freeze(NOW + timedelta(minutes=2)):
        sign_in(other)
        page = client.get("/me/sign-ins")
        assert "有人在另一台手机上登录了您的惠民码" in page.text
        assert "有人在另一台" not in other.get("/me/sign-ins").text
        told = [one for one in rows(app, Message) if one.template == "new_device"]
        assert [one.person_id for one in told] == [person]
        theirs = re.search(r'action="(/me/sign-ins/[0-9a-f-]{36}/end)"', page.text)
        assert theirs is not None
        assert client.post(theirs[1], data={"csrf_token": token_of(page)}).status_code == 303
        assert other.get("/me/sign-ins").status_code == 303
        assert "有人在另一台" not in client.get("/me/sign-ins").text


def test_it_is_me_quietens_the_notice(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    sign_in(client)
    other = app.test_client()
    assert isinstance(other, ComplainingClient)
    with clock.freeze(NOW + timedelta(minutes=2)):
        sign_in(other)
        token = token_of(client.get("/me/sign-ins"))
        client.post("/me/sign-ins/seen", data={"csrf_token": token})
        assert "有人在另一台" not in client.get("/me/sign-ins").text
        client.post("/me/sign-ins/end-others", data={"csrf_token": token})
        assert other.get("/me/sign-ins").status_code == 303


def test_nobody_ends_somebody_elses_sign_in(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    stranger = put_down(app, "陆秀珍", None)
    sign_in(client)
    theirs = app.test_client()
    sign_in_resident(theirs, stranger)
    (other,) = [one for one in rows(app, SignInSession) if one.person_id == stranger]
    token = token_of(client.get("/me/sign-ins"))
    for wanted in (other.id, uuid.uuid4()):
        answer = client.post(f"/me/sign-ins/{wanted}/end", data={"csrf_token": token})
        assert answer.status_code == 404
    assert all(one.ended_at is None for one in rows(app, SignInSession))


def test_a_changed_number_closes_what_it_opened(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in(client)
    page = client.get("/me/phones")
    assert "尾号 11" in page.text
    assert PHONE not in page.text
    unsure = send(client, "/me/phones/changed", "/me/phones")
    assert unsure.status_code == 422
    assert (
        send(client, "/me/phones/changed", "/me/phones", sure="yes").location == "/me/phones?notice=changed"
    )
    after = client.get("/me/phones?notice=changed")
    assert "您说过号码换了" in after.text
    (recorded,) = rows(app, RecordedPhone)
    assert recorded.ended_because == "reported_changed"
    (found,) = rows(app, SignInSession)
    assert (found.assurance, found.ended_at, found.person_id) == (2, None, person)
    assert "phone_reported_changed" in events(app)
    assert [one.template for one in rows(app, Message)].count("number_changed") == 1


def test_what_was_typed_before_the_sign_in_ran_out_comes_back(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    sign_in(client)
    token = token_of(client.get("/me/phones"))
    with clock.freeze(NOW + timedelta(minutes=31)):
        late = client.post("/me/phones/changed", data={"csrf_token": token, "sure": "yes"})
        assert late.location.startswith("/sign-in")
        assert sign_in(client).location == "/sign-in/typed"
        page = client.get("/sign-in/typed")
        assert '<input type="hidden" name="sure" value="yes">' in page.text
        assert rows(app, RecordedPhone)[0].ended_at is None
        answer = client.post("/sign-in/typed", data={"csrf_token": token_of(page), "sure": "yes"})
        assert (answer.status_code, answer.location) == (307, "/me/phones/changed")
        again = client.post("/me/phones/changed", data={"csrf_token": token_of(page), "sure": "yes"})
        assert again.location == "/me/phones?notice=changed"
        assert client.get("/sign-in/typed").status_code == 303


def test_what_was_typed_comes_back_to_nobody_else(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    put_down(app, "陆秀珍", OTHER)
    sign_in(client)
    token = token_of(client.get("/me/phones"))
    with clock.freeze(NOW + timedelta(minutes=31)):
        client.post("/me/phones/changed", data={"csrf_token": token, "sure": "yes"})
        assert sign_in(client, OTHER).location == "/me"
        assert client.get("/sign-in/typed").status_code == 303


def test_whom_nobody_knows_yet_is_offered_no_row_that_leads_to_nothing(
    client: ComplainingClient, app: Flask
) -> None:
    sign_in(client, "13800000011")
    page = client.get("/me").text
    assert 'href="/sign-in/bind"' in page
    rows_of_me = re.findall(r'class="cell[^"]*" href="(/me[^"]*)"', page)
    assert rows_of_me == ["/me/sign-ins"]


def test_tapping_again_and_again_does_not_use_up_the_day(client: ComplainingClient, app: Flask) -> None:
    send(client, "/sign-in", phone=PHONE)
    token = token_of(client.get("/sign-in/code"))
    for _ in range(10):
        client.post("/sign-in/code/again", data={"csrf_token": token})
    assert len(rows(app, Message)) == 1
    for number in range(1, 10):
        with clock.freeze(NOW + number * timedelta(minutes=11)):
            send(client, "/sign-in", phone=PHONE)
    assert len(rows(app, Message)) == 5


def test_a_code_that_is_answered_holds_up_no_other(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    for _ in range(7):
        send(client, "/sign-in", phone=PHONE)
        assert send(client, "/sign-in/code", code=newest_code(app)).status_code == 303
    assert len(rows(app, Message)) == 7


def test_a_step_up_says_when_no_code_went_out(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    sign_in(client)
    send(app.test_client(), "/sign-in", phone=PHONE)
    before = len(rows(app, Message))
    assert send(client, "/sign-in/step-up").location == "/sign-in/code"
    page = client.get("/sign-in/code")
    assert len(rows(app, Message)) == before
    assert "现在没有能填的验证码" in page.text
    with clock.freeze(NOW + timedelta(minutes=2)):
        client.post("/sign-in/code/again", data={"csrf_token": token_of(page)})
        assert "现在没有能填的验证码" not in client.get("/sign-in/code").text


def test_T24_the_day_counts_from_its_first_minute_and_beyond_a_sweep(
    client: ComplainingClient, app: Flask
) -> None:
    # Eight in the morning here is midnight in UTC, where windows of a minute and of a day begin at once.
    midnight = NOW.replace(hour=8)
    for number in range(8):
        now = midnight + number * timedelta(minutes=11)
        with clock.freeze(now):
            send(client, "/sign-in", phone=PHONE)
            with app.extensions["huimin"].database.transaction() as session:
                limits.delete_expired(session, now)
    assert len(rows(app, Message)) == 5


def test_T27_a_forms_token_from_before_is_worthless_after_signing_in_and_out(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    before = token_of(client.get("/sign-in"))
    sign_in(client)
    assert client.post("/me/sign-ins/end-others", data={"csrf_token": before}).status_code == 400
    inside = token_of(client.get("/me/sign-ins"))
    assert client.post("/sign-out", data={"csrf_token": inside}).status_code == 303
    assert client.post("/sign-in", data={"csrf_token": inside, "phone": PHONE}).status_code == 400


def test_codes_that_are_answered_do_not_use_up_the_day_of_a_family(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    for number in range(25):
        with clock.freeze(NOW + number * timedelta(minutes=11)):
            send(client, "/sign-in", phone=PHONE)
            if number < 20:
                assert send(client, "/sign-in/code", code=newest_code(app)).status_code == 303
    assert len(rows(app, Message)) == 20
