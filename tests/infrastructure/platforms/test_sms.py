"""The gateway carries a message once, and says why where it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infrastructure import clock
from infrastructure.platforms import Kind, PlatformRefused, SmsClient
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS
from simulators import Running

PHONE = "19900000011"
KEY = DEFAULT_OUTSIDE_SECRETS["HUIMIN_SMS_KEY"]


@pytest.fixture
def sms(simulators: Running) -> SmsClient:
    return SmsClient(f"{simulators.url}/sms", KEY, seconds=6.0)


def refusal(act: Callable[[], object]) -> PlatformRefused:
    with pytest.raises(PlatformRefused) as refused:
        act()
    return refused.value


def test_a_message_is_carried_and_shown_at_the_desk(
    simulators: Running, sms: SmsClient, template: str
) -> None:
    sent = sms.send(PHONE, template, {"code": "493817"}, "key-1")
    assert sent.segments == 1
    assert [one.id for one in simulators.messages(PHONE)] == [sent.message_id]
    assert simulators.code_sent_to(PHONE) == "493817"
    assert simulators.code_sent_to("19900000012") == ""


def test_the_same_key_carries_nothing_twice(simulators: Running, sms: SmsClient, template: str) -> None:
    first = sms.send(PHONE, template, {"code": "493817"}, "key-1")
    assert sms.send(PHONE, template, {"code": "493817"}, "key-1") == first
    assert len(simulators.messages()) == 1
    sms.send(PHONE, template, {"code": "493817"}, "key-2")
    assert len(simulators.messages()) == 2


@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [
        ("down", Kind.UNREACHABLE, "503"),
        ("slow", Kind.UNREACHABLE, "slow"),
        ("rubbish", Kind.UNREACHABLE, "rubbish"),
        ("busy", Kind.UNREACHABLE, "503"),
        ("rate_limited", Kind.RATE_LIMITED, "429"),
        ("blocked", Kind.BLOCKED, "BLOCKED_NUMBER"),
    ],
)
def test_every_trouble_has_its_kind(
    simulators: Running, sms: SmsClient, template: str, state: str, kind: Kind, code: str
) -> None:
    simulators.set_service("sms", state)
    if state == "slow":
        # Only what is slow on purpose is given up soon: a busy machine is slow by itself.
        sms = SmsClient(f"{simulators.url}/sms", KEY, seconds=0.5)
    refused = refusal(lambda: sms.send(PHONE, template, {"code": "493817"}, "key-1"))
    assert (refused.kind, refused.code) == (kind, code)
    assert simulators.messages() == []
    assert PHONE not in str(refused)
    if state == "rate_limited":
        assert refused.retry_after_seconds == 60


def test_a_message_whose_end_was_unknown_is_sent_again_under_its_key(
    simulators: Running, sms: SmsClient, template: str
) -> None:
    simulators.set_service("sms", "flaky")
    assert refusal(lambda: sms.send(PHONE, template, {"code": "1"}, "k")).kind.may_be_tried_again
    sms.send(PHONE, template, {"code": "1"}, "k")
    assert len(simulators.messages()) == 1


@pytest.mark.parametrize(
    ("phone", "params", "code", "kind"),
    [
        ("19900000000", {"code": "1"}, "INVALID_NUMBER", Kind.REFUSED),
        ("1990000001", {"code": "1"}, "INVALID_NUMBER", Kind.REFUSED),
        ("19900010001", {"code": "1"}, "BLOCKED_NUMBER", Kind.BLOCKED),
        (PHONE, {"code": "1234567"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "12a4"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "https://evil.example"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "1", "place": "见 www.evil.cn"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "1", "place": "【民政】"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "1", "place": "¥100"}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": ""}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {}, "BAD_PARAMETER", Kind.REFUSED),
        (PHONE, {"code": "1", "place": "村口"}, "BAD_PARAMETER", Kind.REFUSED),
    ],
)
def test_what_providers_refuse_is_refused_for_good(
    sms: SmsClient, template: str, phone: str, params: dict[str, str], code: str, kind: Kind
) -> None:
    refused = refusal(lambda: sms.send(phone, template, params, "key"))
    assert (refused.code, refused.kind) == (code, kind)
    assert not refused.kind.may_be_tried_again


def test_a_template_that_is_not_on_file_and_a_wrong_key_are_for_the_operator(
    simulators: Running, sms: SmsClient, template: str
) -> None:
    assert refusal(lambda: sms.send(PHONE, "no_such_text", {}, "k")).code == "UNKNOWN_TEMPLATE"
    other = SmsClient(f"{simulators.url}/sms", "wrong")
    refused = refusal(lambda: other.send(PHONE, template, {"code": "1"}, "k"))
    assert (refused.kind, refused.code) == (Kind.MISCONFIGURED, "BAD_KEY")


def test_one_number_gets_thirty_messages_an_hour_at_most(
    simulators: Running, sms: SmsClient, template: str
) -> None:
    for number in range(30):
        sms.send(PHONE, template, {"code": "1"}, f"k{number}")
    assert refusal(lambda: sms.send(PHONE, template, {"code": "1"}, "k30")).kind is Kind.RATE_LIMITED
    with clock.freeze(clock.now() + timedelta(hours=1)):
        sms.send(PHONE, template, {"code": "1"}, "k30")


@pytest.fixture
def template() -> str:
    """A template on file that takes a code."""
    return "sign_in_code"
