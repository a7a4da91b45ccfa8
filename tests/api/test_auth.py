"""Signing in as the mini-program does: tokens, codes, platforms, and what a stranger gets."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import audit, people
from assistance.messages import Message
from assistance.people import RecordedPhone, RefreshToken, SignInIdentity, SignInSession
from infrastructure import clock
from simulators import Running
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_person, sign_in_resident

AUTH = "/api/v1/auth"
PHONE, OTHER = "19900000011", "19900000099"
CHEN = "330499197406150239"


def rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(model)))


def put_down(app: Flask, name: str = "陈国良", phone: str | None = PHONE, **more: Any) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        return make_person(session, name, phone=phone, **more).id


def newest_code(app: Flask) -> str:
    found = sorted((one for one in rows(app, Message) if one.contents), key=lambda one: one.created_at)
    assert found[-1].contents is not None
    return str(found[-1].contents["code"])


def post(client: ComplainingClient, path: str, token: str = "", **body: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(f"{AUTH}{path}", json=body, headers=headers)


def me(client: ComplainingClient, token: str) -> TestResponse:
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def by_code(client: ComplainingClient, phone: str = PHONE) -> dict[str, Any]:
    """The tokens of somebody who signs in with a number."""
    asked = post(client, "/otp", purpose="sign_in", phone=phone)
    assert asked.status_code == 200
    told = post(client, "/otp/verify", request=asked.json["request"], code=newest_code(client.application))
    assert told.status_code == 200, told.text
    return dict(told.json)


def test_a_number_and_its_code_give_tokens_that_open_what_is_ones_own(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    tokens = by_code(client)
    assert (tokens["assurance"], tokens["is_bound"], tokens["expires_in"]) == ("L3", True, 1800)
    told = me(client, tokens["access_token"])
    assert told.status_code == 200
    assert told.json["person"]["name"] == "陈国良"
    assert set(told.json["person"]["resident_id"][1:-1]) == {"*"}
    assert told.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in told.headers


def test_the_answer_is_the_same_for_every_number(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    told = [post(client, "/otp", purpose="sign_in", phone=phone) for phone in (PHONE, OTHER)]
    assert [one.status_code for one in told] == [200, 200]
    bodies = [dict(one.json) for one in told]
    requests = [body.pop("request") for body in bodies]
    assert bodies[0] == bodies[1] == {"sent_by": "sms", "expires_in": 600, "again_after": 60}
    assert len(requests[0]) == len(requests[1])
    for request in requests:
        assert PHONE not in request


def test_T24_a_second_code_within_a_minute_is_not_sent_and_nobody_can_tell(
    client: ComplainingClient, app: Flask
) -> None:
    first = post(client, "/otp", purpose="sign_in", phone=PHONE)
    second = post(client, "/otp", purpose="sign_in", phone=PHONE)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json.keys() == second.json.keys()
    assert len(rows(app, Message)) == 1


def test_T24_a_thousand_requests_for_one_number_send_five(client: ComplainingClient, app: Flask) -> None:
    for number in range(40):
        with clock.freeze(NOW + number * timedelta(minutes=2)):
            environ = {"REMOTE_ADDR": f"10.{number}.0.1"}
            asked = client.post(
                f"{AUTH}/otp", json={"purpose": "sign_in", "phone": PHONE}, environ_base=environ
            )
            assert asked.status_code == 200
    assert len(rows(app, Message)) == 5


def test_T24_a_thousand_numbers_from_one_block_send_twenty(client: ComplainingClient, app: Flask) -> None:
    statuses = []
    for number in range(30):
        environ = {"REMOTE_ADDR": f"10.1.2.{number + 1}"}
        body = {"purpose": "sign_in", "phone": f"199000001{number:02}"}
        statuses.append(client.post(f"{AUTH}/otp", json=body, environ_base=environ))
    assert [one.status_code for one in statuses] == [200] * 20 + [429] * 10
    assert statuses[-1].json["code"] == "RATE_LIMITED"
    assert statuses[-1].headers["Retry-After"] == "3600"
    assert statuses[-1].headers["RateLimit"] == '"default";r=0;t=3600'
    assert statuses[-1].headers["RateLimit-Policy"] == '"default";q=20;w=86400'
    assert len(rows(app, Message)) == 20


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"purpose"}),
        ({"purpose": "sign_in"}, {"phone"}),
        ({"purpose": "sign_in", "phone": "1380"}, {"phone"}),
        ({"purpose": "sign_in", "phone": 19900000011}, {"phone"}),
        ({"purpose": "other", "phone": PHONE}, {"purpose"}),
        ({"purpose": "sign_in", "phone": PHONE, "voice": "yes"}, {"voice"}),
        ({"purpose": "sign_in", "phone": PHONE, "more": "x"}, {"more"}),
        ({"purpose": ["sign_in"], "phone": {"a": 1}}, {"purpose", "phone"}),
    ],
)
def test_what_is_wrong_in_a_body_is_named_and_never_repeated(
    client: ComplainingClient, body: dict[str, Any], fields: set[str]
) -> None:
    told = post(client, "/otp", **body)
    assert told.status_code == 422
    assert told.mimetype == "application/problem+json"
    assert told.json["code"] == "VALIDATION"
    assert {one["field"] for one in told.json["errors"]} == fields
    assert all(one["message"] for one in told.json["errors"])
    assert "1380" not in told.text


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"7", b"{", b'{"a":NaN}', b"\xff", b"[" * 500])
@pytest.mark.parametrize("path", ["/otp", "/otp/verify", "/wechat/login", "/zlb/login", "/refresh"])
def test_what_is_no_object_is_refused_calmly(client: ComplainingClient, raw: bytes, path: str) -> None:
    told = client.post(f"{AUTH}{path}", data=raw, content_type="application/json")
    assert told.status_code == 400
    assert told.mimetype == "application/problem+json"


def test_a_wrong_code_a_used_one_and_a_forged_request_get_one_answer(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    request = post(client, "/otp", purpose="sign_in", phone=PHONE).json["request"]
    code = newest_code(app)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    answers = [post(client, "/otp/verify", request=request, code=wrong)]
    assert post(client, "/otp/verify", request=request, code=code).status_code == 200
    answers.append(post(client, "/otp/verify", request=request, code=code))
    answers += [
        post(client, "/otp/verify", request=forged, code=code) for forged in ("x", request[:-6] + "AAAAAA")
    ]
    with clock.freeze(NOW + timedelta(minutes=11)):
        answers.append(post(client, "/otp/verify", request=request, code=code))
    assert {(one.status_code, one.text) for one in answers} == {(401, answers[0].text)}
    assert answers[0].json["code"] == "LOGIN_CODE_INVALID"
    failed = [one for one in rows(app, audit.AuditEntry) if one.event == "sign_in_failed"]
    assert len(failed) == 5
    assert {one.result for one in failed} == {"refused"}


def test_T25_many_guesses_of_one_code_are_judged_five_times(client: ComplainingClient, app: Flask) -> None:
    request = post(client, "/otp", purpose="sign_in", phone=PHONE).json["request"]
    code = newest_code(app)
    for number in range(20):
        guess = f"{(int(code) + 1 + number) % 1_000_000:06}"
        assert post(client, "/otp/verify", request=request, code=guess).status_code == 401
    assert post(client, "/otp/verify", request=request, code=code).status_code == 401
    assert [one.tries for one in rows(app, people.OneTimeCode)] == [5]


def test_guesses_from_one_address_are_limited(client: ComplainingClient) -> None:
    request = post(client, "/otp", purpose="sign_in", phone=PHONE).json["request"]
    statuses = [post(client, "/otp/verify", request=request, code="000000").status_code for _ in range(52)]
    assert statuses == [401] * 50 + [429] * 2


def test_tokens_are_renewed_and_an_old_one_ends_the_family(client: ComplainingClient, app: Flask) -> None:
    put_down(app)
    first = by_code(client)
    second = post(client, "/refresh", refresh_token=first["refresh_token"])
    assert second.status_code == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    reused = post(client, "/refresh", refresh_token=first["refresh_token"])
    assert (reused.status_code, reused.json["code"]) == (401, "SESSION_EXPIRED")
    again = post(client, "/refresh", refresh_token=second.json["refresh_token"])
    assert again.status_code == 401
    assert me(client, second.json["access_token"]).status_code == 401
    (found,) = rows(app, SignInSession)
    assert found.ended_because == "refresh_reused"
    assert rows(app, RefreshToken) == []


def test_signing_out_kills_the_tokens_at_once_and_says_the_same_to_a_stranger(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    tokens = by_code(client)
    out = post(client, "/logout", tokens["access_token"])
    stranger = post(client, "/logout")
    assert (
        (out.status_code, out.text) == (stranger.status_code, stranger.text) == (200, '{"signed_in":false}')
    )
    assert me(client, tokens["access_token"]).status_code == 401
    assert post(client, "/refresh", refresh_token=tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5", "bearer ü"])
def test_without_a_token_of_ours_nothing_of_anybody_is_shown(client: ComplainingClient, header: str) -> None:
    told = client.get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert (told.status_code, told.json["code"]) == (401, "SESSION_EXPIRED")
    assert told.mimetype == "application/problem+json"


def test_a_browsers_cookie_opens_no_json(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in_resident(client, person)
    assert client.get("/api/v1/me").status_code == 401


def test_wechat_signs_in_at_L1_and_a_code_to_the_recorded_number_makes_it_L3(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app)
    first = post(client, "/wechat/login", code=simulators.wechat_code("chen-guoliang"))
    assert (first.status_code, first.json["assurance"], first.json["is_bound"]) == (200, "L1", False)
    told = me(client, first.json["access_token"])
    assert (told.json["assurance"], told.json["person"]) == ("L1", None)
    token = first.json["access_token"]
    asked = post(client, "/otp", token, purpose="bind", phone=PHONE)
    proved = post(client, "/otp/verify", token, request=asked.json["request"], code=newest_code(app))
    assert (proved.json["assurance"], proved.json["is_bound"]) == ("L3", True)
    # T27: the tokens from before the step are dead.
    assert me(client, token).status_code == 401
    assert me(client, proved.json["access_token"]).status_code == 200
    again = post(client, "/wechat/login", code=simulators.wechat_code("chen-guoliang"))
    assert (again.json["assurance"], again.json["is_bound"]) == ("L2", True)
    token = again.json["access_token"]
    with clock.freeze(NOW + timedelta(minutes=2)):
        asked = post(client, "/otp", token, purpose="step_up")
        raised = post(client, "/otp/verify", token, request=asked.json["request"], code=newest_code(app))
    assert raised.json["assurance"] == "L3"


def test_wechat_with_the_phone_button_is_L2_and_nobody(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app)
    told = post(
        client,
        "/wechat/login",
        code=simulators.wechat_code("chen-guoliang"),
        phone_code=simulators.phone_code("chen-guoliang"),
    )
    assert (told.json["assurance"], told.json["is_bound"]) == ("L2", False)


def test_a_code_for_one_sign_in_is_worth_nothing_in_another(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app)
    victim, thief = (
        post(client, "/wechat/login", code=simulators.wechat_code(key)).json["access_token"]
        for key in ("chen-guoliang", "lu-xiuzhen")
    )
    asked = post(client, "/otp", victim, purpose="bind", phone=PHONE)
    request, code = asked.json["request"], newest_code(app)
    told = post(client, "/otp/verify", thief, request=request, code=code)
    assert (told.status_code, told.json["code"]) == (401, "SESSION_EXPIRED")
    (identity, _) = sorted(rows(app, SignInIdentity), key=lambda one: one.created_at)
    assert identity.person_id is None


def test_zlb_signs_in_at_L3(client: ComplainingClient, app: Flask, simulators: Running) -> None:
    put_down(app, "陈国良", None, resident_id=CHEN)
    told = post(client, "/zlb/login", code=simulators.zlb_ticket("chen-guoliang"))
    assert (told.status_code, told.json["assurance"], told.json["is_bound"]) == (200, "L3", True)
    (recorded,) = rows(app, RecordedPhone)
    assert (recorded.recorded_by, recorded.phone) == ("zlb", PHONE)


def test_zlb_without_a_proven_name_or_with_another_one_is_told_another_way(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app, "陈国梁", None, resident_id=CHEN)
    weak = post(client, "/zlb/login", code=simulators.zlb_ticket("chen-guoliang", level=1))
    assert (weak.status_code, weak.json["code"]) == (403, "NAME_NOT_PROVEN")
    other = post(client, "/zlb/login", code=simulators.zlb_ticket("chen-guoliang"))
    assert (other.status_code, other.json["code"]) == (403, "NAME_DIFFERS")
    assert "窗口" in other.json["detail"]
    assert rows(app, SignInSession) == rows(app, RecordedPhone) == []


@pytest.mark.parametrize("path", ["/wechat/login", "/zlb/login"])
@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("down", 503, "UPSTREAM_UNAVAILABLE"),
        ("busy", 503, "UPSTREAM_UNAVAILABLE"),
        ("rubbish", 503, "UPSTREAM_UNAVAILABLE"),
        ("rate_limited", 429, "RATE_LIMITED"),
        ("blocked", 403, "PLATFORM_BLOCKED"),
    ],
)
def test_a_platforms_faults_have_each_their_own_answer(
    client: ComplainingClient, app: Flask, simulators: Running, path: str, state: str, status: int, code: str
) -> None:
    service = "wechat" if "wechat" in path else "zlb"
    issued = (
        simulators.wechat_code("lu-xiuzhen") if service == "wechat" else simulators.zlb_ticket("lu-xiuzhen")
    )
    simulators.set_service(service, state)
    told = post(client, path, code=issued)
    assert (told.status_code, told.json["code"]) == (status, code), told.text
    assert ("Retry-After" in told.headers) == (status in (429, 503))
    assert rows(app, SignInSession) == []
    simulators.set_service(service, "ok")
    failed = [one for one in rows(app, audit.AuditEntry) if one.event == "sign_in_failed"]
    assert len(failed) == 1


@pytest.mark.parametrize("path", ["/wechat/login", "/zlb/login"])
def test_a_bad_and_a_used_code_get_the_same_answer(
    client: ComplainingClient, app: Flask, simulators: Running, path: str
) -> None:
    issued = simulators.wechat_code("lu-xiuzhen") if "wechat" in path else simulators.zlb_ticket("lu-xiuzhen")
    assert post(client, path, code=issued).status_code == 200
    used, bad = post(client, path, code=issued), post(client, path, code="no-such-code")
    assert (used.status_code, used.text) == (bad.status_code, bad.text)
    assert (bad.status_code, bad.json["code"]) == (401, "LOGIN_CODE_INVALID")


def test_guesses_at_tickets_from_one_address_are_limited(
    client: ComplainingClient, simulators: Running
) -> None:
    statuses = [post(client, "/zlb/login", code=f"guess-{number}").status_code for number in range(62)]
    assert statuses == [401] * 60 + [429] * 2


def test_a_slip_binds_a_wechat_account(client: ComplainingClient, app: Flask, simulators: Running) -> None:
    person = put_down(app, "陆秀珍", None, resident_id="330499197611020329")
    with app.extensions["huimin"].database.transaction() as session:
        figures = people.issue_slip(session, person, by=people.ANONYMOUS, now=NOW)
    token = post(client, "/wechat/login", code=simulators.wechat_code("lu-xiuzhen")).json["access_token"]
    wrong = post(client, "/bind", token, slip=figures, last_of_number="0320")
    assert (wrong.status_code, wrong.json["code"]) == (401, "LOGIN_CODE_INVALID")
    right = post(client, "/bind", token, slip=figures, last_of_number="0329")
    assert (right.json["assurance"], right.json["is_bound"]) == ("L2", True)
    assert post(client, "/bind", slip=figures, last_of_number="0329").status_code == 401


def test_guesses_at_slips_are_limited_for_one_sign_in(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    token = post(client, "/wechat/login", code=simulators.wechat_code("lu-xiuzhen")).json["access_token"]
    statuses = [
        post(client, "/bind", token, slip=f"{number:08}", last_of_number="0329").status_code
        for number in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2


def test_the_description_names_every_operation(client: ComplainingClient) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    wanted = ("wechat/login", "zlb/login", "otp", "otp/verify", "bind", "refresh", "logout")
    assert {f"/api/v1/auth/{one}" for one in wanted} | {"/api/v1/me"} <= set(paths)
