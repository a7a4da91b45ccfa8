"""The table of messages: what is said to whom by which way, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model


class Channel(StrEnum):
    """The way on which a message leaves the house, or `in_app` where it is only shown inside."""

    IN_APP = "in_app"
    SMS = "sms"
    WECHAT = "wechat"


class MessageState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    """The provider will not carry it, for good; its code is kept."""
    EXPIRED = "expired"
    """It was worthless before it could be sent, as a code is after ten minutes."""
    FAILED = "failed"
    """It could not be sent after every attempt."""


def _among(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Message(Model):
    """One message, sealed; once it is sent its address is gone, and of a code the contents too."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint(_among("channel", Channel), name="channel_is_known"),
        CheckConstraint(_among("state", MessageState), name="state_is_known"),
        Index(None, "person_id", "created_at"),
        Index(None, "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    key: Mapped[str] = mapped_column(Text)
    """The caller's own name for this message, by which it is never sent twice."""
    template: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID | None]
    is_listed: Mapped[bool]
    """Whether the person finds it among the own messages; a code is never listed."""
    address: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("messages.address"))
    contents: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("messages.contents"))
    refused_code: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    worthless_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    @property
    def audit_subject(self) -> str:
        """How the log names whom it is for: the person, or where none is known this message."""
        return f"person:{self.person_id}" if self.person_id else f"message:{self.id}"
