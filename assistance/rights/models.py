"""What residents ask about their data, what the dead arranged, what may not be deleted yet, and runs."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model

KINDS = ("correction", "deletion", "relative")
WANTS = ("correct", "delete", "copy")
STATES = ("open", "done", "partly", "declined", "withdrawn")
REASONS = (
    "kept_by_law",
    "case_rests_on_it",
    "found_right",
    "not_held",
    "not_a_near_relative",
    "wish_of_the_dead",
    "proof_missing",
)
WISHES = ("relatives", "nobody")
SCOPES = ("class", "person", "household")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class RightsRequest(Model):
    """A resident asks for a correction or a deletion, or a near relative for a dead person's data."""

    __tablename__ = "rights_requests"
    __table_args__ = (
        CheckConstraint(_among("kind", KINDS), name="kind_is_known"),
        CheckConstraint(_among("wants", WANTS), name="wants_is_known"),
        CheckConstraint(_among("state", STATES), name="state_is_known"),
        CheckConstraint(
            "state NOT IN ('partly', 'declined') OR reason IS NOT NULL", name="no_refusal_without_reason"
        ),
        CheckConstraint(
            "state IN ('open', 'withdrawn') OR (answered_by IS NOT NULL AND answered_at IS NOT NULL)",
            name="answered_by_somebody",
        ),
        UniqueConstraint("number"),
        Index(None, "person_id"),
        Index(None, "about_person_id"),
        Index(None, "state", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    wants: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    """The handling of the register of data that it concerns."""
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    """Who asks."""
    about_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    """Whose data; empty where a dead person of that number was not found."""
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    """Where it is answered."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("rights_requests.sealed"))
    """says, answer; of a relative also name, resident_id, relation and proof (JPEG made anew, base64)."""
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    """Fifteen days, a decision of ours."""
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why not, or not all of it; without one nothing can be declined."""
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    copy_until: Mapped[date | None]
    """The last day on which a relative may fetch the copy that was granted."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper

    @property
    def audit_subject(self) -> str:
        """How the log names whom it is about: the person whose data it is, else who asks."""
        return f"person:{self.about_person_id or self.person_id}"

    @property
    def says(self) -> str:
        """What was written."""
        return str(self.sealed.get("says", ""))

    @property
    def answer(self) -> str:
        """What was answered."""
        return str(self.sealed.get("answer", ""))

    @property
    def relation(self) -> str:
        """What the dead person was to whoever asks."""
        return str(self.sealed.get("relation", ""))

    @property
    def proof(self) -> str:
        """The picture of the proof, base64."""
        return str(self.sealed.get("proof", ""))

    @property
    def named(self) -> tuple[str, str]:
        """The dead person's name and identity number as they were typed."""
        return str(self.sealed.get("name", "")), str(self.sealed.get("resident_id", ""))


class DataWish(Model):
    """What somebody has arranged for their own data after their death (PIPL-49); the newest counts."""

    __tablename__ = "data_wishes"
    __table_args__ = (CheckConstraint(_among("wish", WISHES), name="wish_is_known"), Index(None, "person_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    wish: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class LegalHold(Model):
    """Something that may not be deleted until two persons have lifted this, although its time has come."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint(_among("scope", SCOPES), name="scope_is_known"),
        CheckConstraint(
            "lifted_at IS NULL OR (lift_asked_by IS NOT NULL AND lifted_by IS NOT NULL"
            " AND lifted_by <> lift_asked_by)",
            name="lifted_by_two",
        ),
        Index(None, "scope", "target"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    scope: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    """The code of a class of retention.toml, or the id of a person or a household."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("legal_holds.sealed"))
    """why."""
    put_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    put_at: Mapped[datetime]
    lift_asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    lift_asked_at: Mapped[datetime | None]
    lifted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    lifted_at: Mapped[datetime | None]

    @property
    def why(self) -> str:
        """Why, as it was written."""
        return str(self.sealed.get("why", ""))


class RetentionRun(Model):
    """One day's deletions: how much of each table went, and how much was held."""

    __tablename__ = "retention_runs"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    day: Mapped[date]
    began_at: Mapped[datetime]
    deleted: Mapped[dict[str, int]] = mapped_column(JSON)
    held: Mapped[dict[str, int]] = mapped_column(JSON)
