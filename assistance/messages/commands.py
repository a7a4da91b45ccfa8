"""Sending, reading, and deleting what has run out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.errors import NotFound
from assistance.messages.models import Channel, Message, MessageState
from assistance.messages.templates import CHINESE, Template, Texts, texts_of
from assistance.messages.variables import UnfitValue, check_values, with_known_office
from assistance.people import Actor, SignInIdentity, find_language, find_relied_on_phone
from assistance.values import Phone
from infrastructure import jobs
from infrastructure.languages import N_

DELIVER = "deliver_message"
CODE_LIVES = timedelta(minutes=10)
# What could not be said within three days is said in the app alone: a late text message frightens.
WORTH_SAYING = timedelta(days=3)
CODE_KEPT = timedelta(days=7)
KEPT = timedelta(days=365)


def send(
    session: Session,
    template: Template,
    values: Mapping[str, str],
    *,
    to_person: uuid.UUID | None,
    to_phone: Phone | None,
    now: datetime,
    key: str,
    language: str | None = None,
    worthless_at: datetime | None = None,
) -> Message:
    """Say something to somebody; it leaves the house after this transaction, and once for each key.

    The values are given as codes and ISO days (`variables.py`), or UnfitValue. It goes by WeChat where the
    person has the mini-program and the template such a text, else by SMS where there is a number, else it is
    shown in the app alone. A code is worthless after ten minutes, and then not sent; anything else after
    three days or at `worthless_at`. Without a language it is said in the one that the person chose, else in
    Chinese. The key holds no personal value.
    """
    texts = texts_of(template)
    values = with_known_office(values)
    check_values(values, texts.variables)
    purpose = values.get("purpose")
    if purpose is not None and purpose not in texts.purposes:
        raise UnfitValue("purpose")
    known = session.scalar(select(Message).where(Message.key == key))
    if known is not None:
        return known
    channel, address = _way(session, texts, to_person, to_phone)
    if channel is Channel.IN_APP and (to_person is None or not texts.title):
        raise UnfitValue(f"{template.value} reaches nobody")
    life = CODE_LIVES if texts.is_code else WORTH_SAYING
    message = Message(
        id=uuid.uuid4(),
        key=key,
        template=template.value,
        language=language or _language_of(session, to_person),
        channel=channel.value,
        state=(MessageState.SENT if channel is Channel.IN_APP else MessageState.WAITING).value,
        person_id=to_person,
        is_listed=bool(texts.title) and to_person is not None,
        address=address or None,
        contents=values,
        created_at=now,
        worthless_at=None if channel is Channel.IN_APP else min(now + life, worthless_at or now + life),
        sent_at=now if channel is Channel.IN_APP else None,
        expires_at=now + (CODE_KEPT if texts.is_code else KEPT),
    )
    try:
        with session.begin_nested():
            session.add(message)
            session.flush()
    except IntegrityError:
        # Two acts said the same at once, and the other one was first.
        known = session.scalar(select(Message).where(Message.key == key))
        if known is None:
            raise
        return known
    if channel is Channel.IN_APP:
        record_end(session, message, now)
    else:
        jobs.enqueue(
            session,
            DELIVER,
            {"message": str(message.id)},
            key=str(message.id),
            now=now,
            is_urgent=texts.is_code,
        )
    return message


def say(
    session: Session,
    template: Template,
    values: Mapping[str, str],
    person_id: uuid.UUID,
    *,
    key: str,
    now: datetime,
) -> Message:
    """Say something to a person on the number that stands for them, else in the app alone."""
    recorded = find_relied_on_phone(session, person_id, now)
    return send(
        session,
        template,
        values,
        to_person=person_id,
        to_phone=Phone(recorded.phone) if recorded is not None else None,
        now=now,
        key=key,
    )


def settle(
    session: Session, message: Message, state: MessageState, now: datetime, refused_code: str | None = None
) -> None:
    """Write what became of a message; its address is deleted, and the contents where nobody reads them again.

    Only one that failed through a mistake of ours keeps both, until it is worthless.
    """
    message.state = state.value
    message.refused_code = refused_code
    if state is MessageState.SENT:
        message.sent_at = now
    if state is not MessageState.FAILED:
        message.address = None
        message.contents = message.contents if message.is_listed else None
    record_end(session, message, now)


def record_end(session: Session, message: Message, now: datetime) -> None:
    """Note in the log that a message was said, or that it could not be."""
    results = {MessageState.SENT.value: "done", MessageState.REFUSED.value: "refused"}
    audit.record(
        session,
        audit.Event.MESSAGE_SENT,
        by=audit.WORKER,
        now=now,
        object_ref=str(message.id),
        subject_ref=message.audit_subject,
        fields={"template": message.template, "channel": message.channel},
        result=results.get(message.state, "failed"),
    )


def mark_read(
    session: Session, person_id: uuid.UUID, message_id: uuid.UUID, *, by: Actor, now: datetime
) -> Message:
    """The person has read a message of their own; NotFound for any other. Read again, nothing changes."""
    message = session.get(Message, message_id)
    if message is None or message.person_id != person_id or not message.is_listed:
        raise NotFound(N_("没有找到这条消息，可能已经过期删除了。"))
    if message.read_at is None:
        message.read_at = now
        audit.record(
            session,
            audit.Event.MESSAGE_READ,
            by=by.for_the_log(),
            now=now,
            object_ref=str(message.id),
            subject_ref=message.audit_subject,
        )
    return message


def count_expired(session: Session, now: datetime, held: Collection[uuid.UUID] = ()) -> int:
    """How many messages are no longer kept; those to people whose data is held back are."""
    return session.scalar(select(func.count()).select_from(Message).where(*_over(now, held))) or 0


def delete_expired(session: Session, now: datetime, held: Collection[uuid.UUID] = ()) -> int:
    """Delete the messages that are no longer kept, and the addresses of those no longer worth sending."""
    number = count_expired(session, now, held)
    failed = update(Message).where(Message.state == MessageState.FAILED.value, Message.worthless_at <= now)
    kept = case((Message.is_listed, Message.contents), else_=null())
    session.execute(failed.values(address=None, contents=kept, state=MessageState.EXPIRED.value))
    session.execute(delete(Message).where(*_over(now, held)))
    return number


def _over(now: datetime, held: Collection[uuid.UUID]) -> tuple[ColumnElement[bool], ...]:
    over = Message.expires_at <= now
    return (over, or_(Message.person_id.is_(None), Message.person_id.not_in(held))) if held else (over,)


def _way(
    session: Session, texts: Texts, to_person: uuid.UUID | None, to_phone: Phone | None
) -> tuple[Channel, dict[str, str]]:
    """How a message can leave, and the addresses for it."""
    address = {"phone": to_phone.value} if to_phone is not None and texts.sms else {}
    openid = _openid_of(session, to_person) if texts.wechat and to_person is not None else None
    if openid:
        return Channel.WECHAT, {**address, "openid": openid}
    return (Channel.SMS if address else Channel.IN_APP), address


def _language_of(session: Session, person_id: uuid.UUID | None) -> str:
    chosen = find_language(session, person_id) if person_id is not None else None
    return chosen or CHINESE


def _openid_of(session: Session, person_id: uuid.UUID) -> str | None:
    bound = select(SignInIdentity).where(
        SignInIdentity.person_id == person_id, SignInIdentity.provider == "wechat"
    )
    newest = session.scalar(bound.order_by(SignInIdentity.last_used_at.desc(), SignInIdentity.id).limit(1))
    return newest.sealed.get("openid") if newest is not None else None
