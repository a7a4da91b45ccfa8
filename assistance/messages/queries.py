"""Reads of a person's own messages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance.messages.models import Channel, Message, MessageState
from assistance.messages.templates import Template, texts_of
from infrastructure.languages import N_

MOST_LISTED = 100
# What became of a message, said as it is: nobody reads "sent" of what did not arrive.
DELIVERY_WORDS = {
    (Channel.IN_APP, MessageState.SENT): N_("在这里告诉您的"),
    (Channel.SMS, MessageState.WAITING): N_("短信正在发"),
    (Channel.SMS, MessageState.SENT): N_("短信已经发出"),
    (Channel.SMS, MessageState.REFUSED): N_("短信没发成：这个号码收不到"),
    (Channel.SMS, MessageState.EXPIRED): N_("短信没发成：没能按时发出"),
    (Channel.SMS, MessageState.FAILED): N_("短信没发成：系统出了问题"),
    (Channel.WECHAT, MessageState.WAITING): N_("微信消息正在发"),
    (Channel.WECHAT, MessageState.SENT): N_("微信消息已经发出"),
    (Channel.WECHAT, MessageState.REFUSED): N_("微信消息没发成：微信不收"),
    (Channel.WECHAT, MessageState.EXPIRED): N_("微信消息没发成：没能按时发出"),
    (Channel.WECHAT, MessageState.FAILED): N_("微信消息没发成：系统出了问题"),
}


@dataclass(frozen=True)
class Letter:
    """One of a person's own messages, as it is shown."""

    id: uuid.UUID
    template: Template
    title: str
    body: str
    said_at: datetime
    read_at: datetime | None
    delivery: str
    """A sentence for translation."""


def list_for(
    session: Session, person_id: uuid.UUID, *, language: str = "zh", most: int = MOST_LISTED
) -> list[Letter]:
    """A person's own messages, the newest first; codes are never among them."""
    query = select(Message).where(Message.person_id == person_id, Message.is_listed)
    rows = session.scalars(query.order_by(Message.created_at.desc(), Message.id).limit(most))
    return [_letter(row, language) for row in rows]


def count_unread(session: Session, person_id: uuid.UUID) -> int:
    """How many of a person's messages have not been read."""
    unread = select(func.count()).where(
        Message.person_id == person_id, Message.is_listed, Message.read_at.is_(None)
    )
    return session.scalar(unread) or 0


def _letter(row: Message, language: str) -> Letter:
    template = Template(row.template)
    title, body = texts_of(template).in_app(row.contents or {}, language)
    said = DELIVERY_WORDS[Channel(row.channel), MessageState(row.state)]
    return Letter(row.id, template, title, body, row.created_at, row.read_at, said)
