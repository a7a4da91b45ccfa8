"""WeChat's documented answers, good and bad, become an identity or one of a few kinds of refusal."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta

import pytest

from infrastructure import clock
from infrastructure.platforms import Kind, PlatformRefused, WechatClient
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS, DEFAULT_WECHAT_APP_ID
from simulators import Running, named_people

CHEN = named_people()["chen-guoliang"]
SECRET = DEFAULT_OUTSIDE_SECRETS["HUIMIN_WECHAT_APP_SECRET"]


@pytest.fixture
def wechat(simulators: Running) -> WechatClient:
    return client_of(simulators)


def client_of(
    simulators: Running, app_id: str = DEFAULT_WECHAT_APP_ID, secret: str = SECRET, *, state: str = "ok"
) -> WechatClient:
    # Only a service that is slow on purpose is given up soon: a busy machine is slow by itself.
    seconds = 0.5 if state == "slow" else 6.0
    return WechatClient(f"{simulators.url}/wechat", app_id, secret, seconds=seconds)


def refusal(act: Callable[[], object]) -> PlatformRefused:
    with pytest.raises(PlatformRefused) as refused:
        act()
    return refused.value


def test_a_login_code_names_who_opened_the_app(simulators: Running, wechat: WechatClient) -> None:
    found = wechat.sign_in(simulators.wechat_code("chen-guoliang"))
    assert (found.openid, found.unionid) == (CHEN.openid, CHEN.unionid)
    again = wechat.sign_in(simulators.wechat_code("chen-guoliang"))
    assert again == found
    assert wechat.sign_in(simulators.wechat_code("lu-xiuzhen")) != found


def test_the_session_key_ends_in_the_client(simulators: Running, wechat: WechatClient) -> None:
    found = wechat.sign_in(simulators.wechat_code("chen-guoliang"))
    assert set(found.__dataclass_fields__) == {"openid", "unionid"}
    assert CHEN.openid not in repr(found)


def test_a_code_works_once(simulators: Running, wechat: WechatClient) -> None:
    code = simulators.wechat_code("chen-guoliang")
    wechat.sign_in(code)
    refused = refusal(lambda: wechat.sign_in(code))
    assert (refused.kind, refused.code) == (Kind.USED_CODE, "40163")


def test_a_code_lives_five_minutes(simulators: Running, wechat: WechatClient) -> None:
    code, other = simulators.wechat_code("chen-guoliang"), simulators.wechat_code("chen-guoliang")
    with clock.freeze(clock.now() + timedelta(minutes=4, seconds=59)):
        wechat.sign_in(code)
    with clock.freeze(clock.now() + timedelta(minutes=5)):
        assert refusal(lambda: wechat.sign_in(other)).kind is Kind.BAD_CODE


@pytest.mark.parametrize("code", ["l-nobody-has-issued-this", "", "x" * 600, "码", "a b", "a\nb"])
def test_a_code_that_nobody_issued_is_bad(wechat: WechatClient, code: str) -> None:
    refused = refusal(lambda: wechat.sign_in(code))
    assert (refused.kind, refused.code) == (Kind.BAD_CODE, "40029")


def test_a_phone_code_is_no_login_code(simulators: Running, wechat: WechatClient) -> None:
    assert refusal(lambda: wechat.sign_in(simulators.phone_code("chen-guoliang"))).kind is Kind.BAD_CODE


@pytest.mark.parametrize(
    ("state", "number", "kind"),
    [
        ("busy", "-1", Kind.BUSY),
        ("rate_limited", "45011", Kind.RATE_LIMITED),
        ("blocked", "40226", Kind.BLOCKED),
        ("down", "503", Kind.UNREACHABLE),
        ("rubbish", "rubbish", Kind.UNREACHABLE),
        ("slow", "slow", Kind.UNREACHABLE),
    ],
)
def test_every_documented_trouble_has_its_kind(
    simulators: Running, wechat: WechatClient, state: str, number: str, kind: Kind
) -> None:
    simulators.set_service("wechat", state)
    asking = client_of(simulators, state=state)
    refused = refusal(lambda: asking.sign_in(simulators.wechat_code("chen-guoliang")))
    assert (refused.kind, refused.code) == (kind, number)
    simulators.set_service("wechat", "ok")
    assert wechat.sign_in(simulators.wechat_code("chen-guoliang")).openid == CHEN.openid


def test_a_trouble_does_not_use_the_code_up(simulators: Running, wechat: WechatClient) -> None:
    code = simulators.wechat_code("chen-guoliang")
    simulators.set_service("wechat", "busy")
    assert refusal(lambda: wechat.sign_in(code)).kind.may_be_tried_again
    simulators.set_service("wechat", "ok")
    wechat.sign_in(code)


def test_one_person_signs_in_a_hundred_times_a_minute_at_most(
    simulators: Running, wechat: WechatClient
) -> None:
    for _ in range(100):
        wechat.sign_in(simulators.wechat_code("chen-guoliang"))
    refused = refusal(lambda: wechat.sign_in(simulators.wechat_code("chen-guoliang")))
    assert refused.kind is Kind.RATE_LIMITED
    wechat.sign_in(simulators.wechat_code("lu-xiuzhen"))
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        wechat.sign_in(simulators.wechat_code("chen-guoliang"))


def test_a_blocked_account_is_told_from_a_bad_code(simulators: Running, wechat: WechatClient) -> None:
    simulators.world.blocked.add(CHEN.openid)
    refused = refusal(lambda: wechat.sign_in(simulators.wechat_code("chen-guoliang")))
    assert (refused.kind, refused.code) == (Kind.BLOCKED, "40226")


@pytest.mark.parametrize(
    ("app_id", "secret", "number"),
    [
        ("wx1", SECRET, "40013"),
        (DEFAULT_WECHAT_APP_ID, "wrong", "40125"),
        ("", SECRET, "41002"),
        (DEFAULT_WECHAT_APP_ID, "", "41004"),
    ],
)
def test_wrong_credentials_of_our_own_are_for_the_operator(
    simulators: Running, app_id: str, secret: str, number: str
) -> None:
    wechat = client_of(simulators, app_id, secret)
    refused = refusal(lambda: wechat.sign_in(simulators.wechat_code("chen-guoliang")))
    assert (refused.kind, refused.code) == (Kind.MISCONFIGURED, number)
    assert refusal(lambda: wechat.phone(simulators.phone_code("chen-guoliang"))).code == number


def test_a_phone_is_shared_by_a_code_of_its_own(simulators: Running, wechat: WechatClient) -> None:
    assert wechat.phone(simulators.phone_code("chen-guoliang")) == CHEN.phone
    assert wechat.phone(simulators.phone_code(phone="13900000001")) == "13900000001"
    code = simulators.phone_code("chen-guoliang")
    wechat.phone(code)
    # The platform does not tell a used phone code from a bad one.
    assert refusal(lambda: wechat.phone(code)).code == "40029"
    assert refusal(lambda: wechat.phone(simulators.wechat_code("chen-guoliang"))).code == "40029"


def test_a_phone_code_lives_five_minutes(simulators: Running, wechat: WechatClient) -> None:
    code = simulators.phone_code("chen-guoliang")
    with clock.freeze(clock.now() + timedelta(minutes=5)):
        assert refusal(lambda: wechat.phone(code)).kind is Kind.BAD_CODE


def test_a_foreign_number_is_of_no_use(simulators: Running, wechat: WechatClient) -> None:
    code = simulators.phone_code("chen-guoliang")
    issued = simulators.world.codes[code]
    issued.person = type(CHEN)("", "", "", "+85291234567", "")
    assert refusal(lambda: wechat.phone(code)).kind is Kind.UNUSABLE


def test_one_token_serves_every_call_until_it_runs_out(simulators: Running, wechat: WechatClient) -> None:
    wechat.phone(simulators.phone_code("chen-guoliang"))
    first = simulators.world.token
    wechat.phone(simulators.phone_code("chen-guoliang"))
    assert simulators.world.token == first
    with clock.freeze(clock.now() + timedelta(hours=3)):
        assert wechat.phone(simulators.phone_code("chen-guoliang")) == CHEN.phone
    assert simulators.world.token != first


def test_a_token_that_somebody_else_replaced_is_asked_for_anew(
    simulators: Running, wechat: WechatClient
) -> None:
    wechat.phone(simulators.phone_code("chen-guoliang"))
    with simulators.world.locked():
        simulators.world.tokens.clear()
        simulators.world.token = ""
    assert wechat.phone(simulators.phone_code("chen-guoliang")) == CHEN.phone


def test_a_message_goes_to_who_agreed_once_for_each_agreement(
    simulators: Running, wechat: WechatClient
) -> None:
    fields = {"thing1": "您的申请已收到", "character_string2": "2026-1122-0137"}
    refused = refusal(lambda: wechat.send(CHEN.openid, "received", fields))
    assert (refused.kind, refused.code) == (Kind.REFUSED, "43101")
    simulators.world.subscriptions[CHEN.openid] = 1
    wechat.send(CHEN.openid, "received", fields)
    assert refusal(lambda: wechat.send(CHEN.openid, "received", fields)).code == "43101"
    simulators.world.subscriptions[CHEN.openid] = 1
    assert refusal(lambda: wechat.send(CHEN.openid, "received", {"thing1": "长" * 21})).code == "47003"
    assert refusal(lambda: wechat.send("nobody", "received", fields)).code == "40003"
    assert refusal(lambda: wechat.send(CHEN.openid, "", fields)).kind is Kind.MISCONFIGURED


def test_a_service_that_is_off_is_out_of_reach() -> None:
    refused = refusal(lambda: WechatClient("", "", "").sign_in("code"))
    assert (refused.kind, refused.code) == (Kind.UNREACHABLE, "off")


def test_neither_errors_nor_the_log_hold_a_code_a_secret_or_a_number(
    simulators: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told, hidden = [], [SECRET, CHEN.openid, CHEN.phone, "js_code", "access_token="]
    for state in ("ok", "down", "slow", "rubbish", "busy", "blocked"):
        simulators.set_service("wechat", state)
        wechat = client_of(simulators, state=state)
        code, phone_code = simulators.wechat_code("chen-guoliang"), simulators.phone_code("chen-guoliang")
        hidden += [code, phone_code]
        for act, given in ((wechat.sign_in, code), (wechat.phone, phone_code)):
            try:
                act(given)
            except PlatformRefused as error:
                told.append("".join(traceback.format_exception(error)))
    assert len(told) == 9
    text = "\n".join(told) + caplog.text
    assert [one for one in hidden if one in text] == []
