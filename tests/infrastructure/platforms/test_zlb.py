"""浙里办 names a person whose identity it has proven, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infrastructure import clock
from infrastructure.platforms import Kind, PlatformRefused, ZlbClient
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS, DEFAULT_ZLB_SERVICE_CODE
from simulators import Running, named_people

CHEN = named_people()["chen-guoliang"]
PASSWORD = DEFAULT_OUTSIDE_SECRETS["HUIMIN_ZLB_SERVICE_PASSWORD"]


@pytest.fixture
def zlb(simulators: Running) -> ZlbClient:
    return client_of(simulators)


def client_of(simulators: Running, state: str = "ok") -> ZlbClient:
    # Only a service that is slow on purpose is given up soon: a busy machine is slow by itself.
    seconds = 0.5 if state == "slow" else 6.0
    return ZlbClient(f"{simulators.url}/zlb", DEFAULT_ZLB_SERVICE_CODE, PASSWORD, seconds=seconds)


def refusal(act: Callable[[], object]) -> PlatformRefused:
    with pytest.raises(PlatformRefused) as refused:
        act()
    return refused.value


def test_a_ticket_names_the_person_with_the_proven_number(simulators: Running, zlb: ZlbClient) -> None:
    found = zlb.sign_in(simulators.zlb_ticket("chen-guoliang"))
    assert (found.name, found.resident_id, found.phone) == (CHEN.name, CHEN.resident_id, CHEN.phone)
    assert found.user_id == CHEN.user_id
    assert CHEN.name not in repr(found)


def test_anybody_may_be_typed_at_the_desk(simulators: Running, zlb: ZlbClient) -> None:
    ticket = simulators.zlb_ticket(name="王小明", resident_id="33049919800101001x", phone="139 0000 0001")
    found = zlb.sign_in(ticket)
    assert (found.name, found.resident_id, found.phone) == ("王小明", "33049919800101001X", "13900000001")


def test_a_ticket_works_once_and_for_five_minutes(simulators: Running, zlb: ZlbClient) -> None:
    ticket, other = simulators.zlb_ticket("chen-guoliang"), simulators.zlb_ticket("chen-guoliang")
    zlb.sign_in(ticket)
    assert refusal(lambda: zlb.sign_in(ticket)).kind is Kind.USED_CODE
    with clock.freeze(clock.now() + timedelta(minutes=5)):
        assert refusal(lambda: zlb.sign_in(other)).kind is Kind.BAD_CODE
    for bad in ("t-nobodys", "", "票"):
        assert refusal(lambda bad=bad: zlb.sign_in(bad)).kind is Kind.BAD_CODE


def test_somebody_whose_name_is_not_proven_is_of_no_use(simulators: Running, zlb: ZlbClient) -> None:
    refused = refusal(lambda: zlb.sign_in(simulators.zlb_ticket("chen-guoliang", level=1)))
    assert (refused.kind, refused.code) == (Kind.UNUSABLE, "NAME_NOT_PROVEN")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("busy", Kind.BUSY),
        ("rate_limited", Kind.RATE_LIMITED),
        ("blocked", Kind.BLOCKED),
        ("down", Kind.UNREACHABLE),
        ("slow", Kind.UNREACHABLE),
        ("rubbish", Kind.UNREACHABLE),
        ("flaky", Kind.UNREACHABLE),
    ],
)
def test_every_trouble_has_its_kind(simulators: Running, state: str, kind: Kind) -> None:
    simulators.set_service("zlb", state)
    zlb = client_of(simulators, state)
    refused = refusal(lambda: zlb.sign_in(simulators.zlb_ticket("chen-guoliang")))
    assert refused.kind is kind
    assert CHEN.resident_id not in str(refused)
    assert CHEN.name not in str(refused)


@pytest.mark.parametrize(
    ("code", "password", "number"),
    [("other", PASSWORD, "1001"), (DEFAULT_ZLB_SERVICE_CODE, "wrong", "1002")],
)
def test_wrong_credentials_of_our_own_are_for_the_operator(
    simulators: Running, code: str, password: str, number: str
) -> None:
    zlb = ZlbClient(f"{simulators.url}/zlb", code, password)
    refused = refusal(lambda: zlb.sign_in(simulators.zlb_ticket("chen-guoliang")))
    assert (refused.kind, refused.code) == (Kind.MISCONFIGURED, number)
