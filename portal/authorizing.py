"""The steps of signing that pages and the JSON interface share: keep, send a code, take the code."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from assistance import authorizations, people
from assistance.authorizations import Answer, AuthorizationPart, AuthorizationRequest, Office
from assistance.errors import Refusal
from assistance.people import Actor
from assistance.values import Phone
from infrastructure.languages import N_
from web.access import current_actor
from web.codes import is_right_code, send_code, waits_for_code
from web.pages import office
from web.services import services
from web.unit_of_work import current_session

NO_PHONE = N_(
    "还没有登记您的手机号，或者登记的号 90 天没用过。请到村里或者镇里的窗口签，也可以打电话给我们。"
)
NOTHING_KEPT = N_("还没有要交的内容，请先勾选、写名字。")
WRONG_CODE = N_(
    "验证码不对，或者已经过了时间，或者是给上一份内容的。请看最新的一条短信；还是不行，就再要一条。"
)


class NoPhone(Refusal):
    """No number is recorded to which a code could be sent; the counter is the other way."""

    def __init__(self) -> None:
        super().__init__(NO_PHONE)


class NothingKept(Refusal):
    """No answer waits for a code."""

    def __init__(self) -> None:
        super().__init__(NOTHING_KEPT)


def told_office() -> Office:
    """The county office as the signed text names it."""
    named = office()
    return Office(named.name, named.phone)


def own_part(
    session: Session, actor: Actor, part_id: uuid.UUID
) -> tuple[AuthorizationPart, AuthorizationRequest]:
    """A part that the reader signs or that is about them, with its request; NotFound for any other."""
    part = authorizations.get_own_part(session, actor, part_id)
    return part, session.get_one(AuthorizationRequest, part.request_id)


def keep_and_send(part_id: uuid.UUID, answer: Answer) -> str:
    """Keep what was filled in and send the code for exactly that; the hash to which it is bound.

    Belongs before the request's first statement. Raises AnswerErrors, Refusal and TooOften.
    """
    parts, actor = services(), current_actor()
    # Kept by itself, before the code is counted and sent: the code is bound to the hash of what is kept.
    with parts.database.transaction() as session:
        document = authorizations.begin_signing(
            session,
            authorizations.sources_of(parts.settings),
            told_office(),
            actor,
            part_id,
            answer,
            now=parts.clock.now(),
            device=actor.device_ref or "",
        )
    send_again(part_id)
    return document


def send_again(part_id: uuid.UUID) -> None:
    """Send a code for what is kept; belongs before the request's first statement."""
    parts, actor = services(), current_actor()
    with parts.database.reading() as reading:
        part, asked = own_part(reading, actor, part_id)
        document = authorizations.waiting_document(part)
        values = authorizations.code_values(asked, len(asked.scopes), told_office())
        phone = recorded_phone(reading, actor, parts.clock.now())
    if document is None:
        raise NothingKept
    if phone is None:
        raise NoPhone
    send_code(phone, purpose="sign", bound_to=_bound_to(actor, document), values=values)


def take_code(part_id: uuid.UUID, figures: str) -> bool:
    """Whether these figures are the code for what is kept; then it is signed, or ends as quietly.

    Belongs before the request's first statement. Raises Refusal and TooOften.
    """
    parts, actor = services(), current_actor()
    now = parts.clock.now()
    with parts.database.reading() as reading:
        part, _ = own_part(reading, actor, part_id)
        document = authorizations.waiting_document(part)
        phone = recorded_phone(reading, actor, now)
    if document is None:
        raise NothingKept
    if phone is None:
        raise NoPhone
    if not is_right_code(phone, figures, purpose="sign", bound_to=_bound_to(actor, document)):
        return False
    session = current_session()
    authorizations.finish_signing(
        session,
        parts.signing_keys,
        actor,
        part_id,
        document=document,
        code_id=document[:16],
        phone_end=phone.value[-2:],
        now=now,
    )
    _, asked = own_part(session, actor, part_id)
    authorizations.tell_all_answered(session, asked, now=now)
    return True


def is_code_on_its_way(part_id: uuid.UUID, phone: Phone) -> bool:
    """Whether a code for what is kept was sent to the reader's own number and may still be answered."""
    part, _ = own_part(current_session(), current_actor(), part_id)
    document = authorizations.waiting_document(part)
    if document is None:
        return False
    return waits_for_code(phone, purpose="sign", bound_to=_bound_to(current_actor(), document))


def recorded_phone(session: Session, actor: Actor, now: datetime) -> Phone | None:
    """The number to which a code is worth L3 for the reader."""
    recorded = people.find_relied_on_phone(session, actor.person_id, now) if actor.person_id else None
    return Phone(recorded.phone) if recorded is not None else None


def _bound_to(actor: Actor, document: str) -> str:
    return f"{actor.session_id}:{document}"
