"""What residents object to in looks, what stays hidden for a time, who may open a minor's record."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model

OBJECTION_STATES = ("open", "answered")
DECISION_STATES = ("asked", "approved", "declined")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class LookObjection(Model):
    """A resident does not understand why somebody looked; an inspector answers within fifteen days."""

    __tablename__ = "look_objections"
    __table_args__ = (
        CheckConstraint(_among("state", OBJECTION_STATES), name="state_is_known"),
        UniqueConstraint("entry_reference", "person_id"),
        Index(None, "person_id"),
        Index(None, "state", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    entry_reference: Mapped[str] = mapped_column(Text)
    """The log's entry of the look."""
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    """Who objects: the person looked at, or the guardian."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("look_objections.sealed"))
    """says, answer."""
    objected_at: Mapped[datetime]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))

    @property
    def says(self) -> str:
        """What the resident wrote, perhaps nothing."""
        return str(self.sealed.get("says", ""))

    @property
    def answer(self) -> str:
        """What was answered."""
        return str(self.sealed.get("answer", ""))


class SealedLook(Model):
    """An inspector's looks at one household stay hidden from it until a day; two persons decide that."""

    __tablename__ = "sealed_looks"
    __table_args__ = (
        CheckConstraint(_among("state", DECISION_STATES), name="state_is_known"),
        CheckConstraint("decided_by IS NULL OR decided_by <> account_id", name="decided_by_another"),
        Index(None, "account_id", "object_ref"),
        Index(None, "object_ref"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    object_ref: Mapped[str] = mapped_column(Text)
    """What is looked at, as the log names it."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("sealed_looks.sealed"))
    """reason."""
    asked_at: Mapped[datetime]
    until: Mapped[date]
    """The last day on which the looks stay hidden: six months at most, then asked for anew."""
    state: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]

    @property
    def reason(self) -> str:
        """Why, as it was written."""
        return str(self.sealed.get("reason", ""))


class MinorApproval(Model):
    """A responsible person allows one member of staff to open one minor's record for a task (WCW-36)."""

    __tablename__ = "minor_approvals"
    __table_args__ = (
        CheckConstraint(_among("state", DECISION_STATES), name="state_is_known"),
        CheckConstraint("decided_by IS NULL OR decided_by <> account_id", name="decided_by_another"),
        Index(None, "account_id", "person_id"),
        Index(None, "state", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    """Where the minor lives: decides who may approve."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("minor_approvals.sealed"))
    """reason."""
    task_ref: Mapped[str | None] = mapped_column(Text)
    """The task with which the approval was given, where it was not asked for."""
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decided_at: Mapped[datetime | None]
    until: Mapped[date | None]
    """The last day on which the record opens."""

    @property
    def reason(self) -> str:
        """Why, as it was written."""
        return str(self.sealed.get("reason", ""))
