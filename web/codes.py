"""Codes by text message and on slips: how often one is sent, and each guess counted before it is judged."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from assistance import messages, people
from assistance.messages import Template
from assistance.values import Phone
from web import limits
from web.access import current_actor
from web.languages import current_locale
from web.limits import Limit, caller_address
from web.services import services
from web.unit_of_work import current_session, has_open_transaction

A_MINUTE, A_QUARTER = timedelta(minutes=1), timedelta(minutes=15)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
FOR_ONE_PHONE_A_MINUTE = 1
UNANSWERED_FOR_ONE_PHONE_A_DAY, FOR_ONE_PHONE_A_DAY = 5, 20
"""Who answers is no target of bombing: a family that signs all day needs more than five."""
UNANSWERED_FROM_ONE_BLOCK_A_DAY = 20
FOR_ALL_AN_HOUR = 500
WRONG_FROM_ONE_ADDRESS_AN_HOUR = 50
SLIPS_OF_ONE_SIGN_IN, SLIPS_OF_ONE_DAY, SLIPS_FROM_ONE_ADDRESS, WRONG_SLIPS_OF_ALL = 5, 10, 20, 100
TEMPLATES = {
    "sign_in": Template.SIGN_IN_CODE,
    "step_up": Template.STEP_UP_CODE,
    "bind": Template.BIND_CODE,
    "sign": Template.SIGN_CODE,
}


class TooOften(Exception):
    """This address, or everybody together, has asked too often; it says nothing of any number."""

    def __init__(self, most: int, per: timedelta, *, retry_after: timedelta | None = None) -> None:
        super().__init__()
        self.most, self.per_seconds = most, int(per.total_seconds())
        self.retry_after_seconds = int((retry_after or per).total_seconds())


def send_code(phone: Phone, *, purpose: str, bound_to: str, values: Mapping[str, str] | None = None) -> None:
    """Send a code to this number, or silently nothing where one went a moment ago or five lie unanswered.

    Belongs before the request's first statement. Whoever asks gets the same answer either way; the text
    leaves after the request has succeeded. `values` are those of the text beside the code itself.
    """
    parts = services()
    now = parts.clock.now()
    with parts.database.reading() as session:
        may_be_sent = people.may_be_sent_code(session, phone, now)
    if not may_be_sent:
        return
    # Whoever taps again within the minute uses nothing up by it; the count is for taps at the same moment.
    # Two windows that begin together need names of their own.
    for_all = Limit("codes.all", AN_HOUR, FOR_ALL_AN_HOUR)
    block = Limit(_block(), A_DAY, UNANSWERED_FROM_ONE_BLOCK_A_DAY)
    exceeded = limits.first_exceeded(
        [
            Limit(_minute(phone), A_MINUTE, FOR_ONE_PHONE_A_MINUTE),
            block,
            Limit(_unanswered(phone), A_DAY, UNANSWERED_FOR_ONE_PHONE_A_DAY),
            Limit(f"codes.phone.all:{phone.value}", A_DAY, FOR_ONE_PHONE_A_DAY),
            for_all,
        ]
    )
    if exceeded == block:
        raise TooOften(UNANSWERED_FROM_ONE_BLOCK_A_DAY, A_DAY, retry_after=AN_HOUR)
    if exceeded == for_all:
        raise TooOften(FOR_ALL_AN_HOUR, AN_HOUR)
    if exceeded is not None:
        return
    issued = people.issue_code(
        current_session(), phone, purpose=purpose, bound_to=bound_to, by=current_actor(), now=now
    )
    if issued is not None:
        messages.send(
            current_session(),
            TEMPLATES[purpose],
            {**(values or {}), "code": issued.figures},
            to_person=None,
            to_phone=phone,
            now=now,
            key=f"code:{issued.id}",
            language=current_locale(),
        )


def is_right_code(phone: Phone, figures: str, *, purpose: str, bound_to: str) -> bool:
    """Whether these figures are a live code for exactly this; the guess is counted before it is judged."""
    if has_open_transaction():
        raise RuntimeError("judge a code before the request's first statement")
    subject = f"codes.wrong:{caller_address()}"
    if not limits.count(subject, AN_HOUR, WRONG_FROM_ONE_ADDRESS_AN_HOUR):
        raise TooOften(WRONG_FROM_ONE_ADDRESS_AN_HOUR, AN_HOUR)
    parts = services()
    now = parts.clock.now()
    with parts.database.transaction() as session:
        counted = people.count_try(session, phone, purpose=purpose, bound_to=bound_to, now=now)
    if not people.use_code(current_session(), counted, figures, now):
        return False
    limits.take_back(subject, AN_HOUR)
    # In the order in which they are counted, so that two requests never wait for each other.
    limits.take_back(_minute(phone), A_MINUTE)
    for sent in (_block(), _unanswered(phone)):
        limits.take_back(sent, A_DAY)
    return True


def waits_for_code(phone: Phone, *, purpose: str, bound_to: str) -> bool:
    """Whether a code for exactly this is still to be answered; only for a number known to be the reader's."""
    session, now = current_session(), services().clock.now()
    return people.waits_for_code(session, phone, purpose=purpose, bound_to=bound_to, now=now)


def may_try_slip(session_id: str) -> bool:
    """Count one guess, for this sign-in, this address and all, before anybody looks whether it is right."""
    if not limits.count(_wrong_slips_here(), AN_HOUR, SLIPS_FROM_ONE_ADDRESS):
        # Whoever guesses on and on from one place may not use up what everybody else has.
        return False
    return limits.count_all(
        [
            Limit(f"slips.quarter:{session_id}", A_QUARTER, SLIPS_OF_ONE_SIGN_IN),
            Limit(f"slips.day:{session_id}", A_DAY, SLIPS_OF_ONE_DAY),
            Limit("slips.wrong", AN_HOUR, WRONG_SLIPS_OF_ALL),
        ]
    )


def slip_was_right() -> None:
    """Only wrong guesses are bounded for everybody together."""
    for subject in ("slips.wrong", _wrong_slips_here()):
        limits.take_back(subject, AN_HOUR)


def _wrong_slips_here() -> str:
    return f"slips.wrong:{limits.caller_address()}"


def _minute(phone: Phone) -> str:
    # Two windows that begin together need names of their own.
    return f"codes.phone.minute:{phone.value}"


def _unanswered(phone: Phone) -> str:
    return f"codes.phone.day:{phone.value}"


def _block() -> str:
    told = caller_address().split("/")[0]
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return f"codes.block:{told}"
    block = ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
    return f"codes.block:{block}"
