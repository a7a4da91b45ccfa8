"""The tables of economic checks (核对): what was asked of whom, what came back, and what is contested."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model

CHECK_STATES = ("running", "complete", "stopped")
TASK_STATES = (
    "waiting",
    "answered",
    "nothing_found",
    "unreachable",
    "wrong_answer",
    "not_authorised",
    "approval_ended",
    "dropped",
    "reused",
)
CONTEST_STATES = ("asked", "corrected", "upheld", "withdrawn")
DROP_STATES = ("staged", "in_force", "replaced", "given_up")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class EconomicCheck(Model):
    """One run over the sources that an authorisation request names, with the ground it stands on."""

    __tablename__ = "economic_checks"
    __table_args__ = (
        CheckConstraint(_among("state", CHECK_STATES), name="state_is_known"),
        UniqueConstraint("number"),
        Index(None, "household_id", "started_at"),
        Index(None, "request_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[str] = mapped_column(Text)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("households.id"))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization_requests.id"))
    ground: Mapped[dict[str, Any]] = mapped_column(JSON)
    """{"agreement": [clause, …], "power": [clause, …]}: both, conflict 6."""
    started_by: Mapped[str] = mapped_column(Text)
    """The actor as the log names them."""
    started_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    changes: Mapped[int] = mapped_column(default=0)
    """Counts answers, objections and corrections: a report that was made of fewer is followed by another."""
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class CheckTask(Model):
    """One question to one source about one member."""

    __tablename__ = "check_tasks"
    __table_args__ = (
        CheckConstraint(_among("state", TASK_STATES), name="state_is_known"),
        UniqueConstraint("check_id", "person_id", "source"),
        Index(None, "person_id"),
        Index(None, "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("economic_checks.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    source: Mapped[str] = mapped_column(Text)
    authorization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("authorizations.id"))
    state: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    last_tried_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)
    """A word of our own such as timeout, busy, wrong_person; never what a source wrote."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class CheckResult(Model):
    """What a source answered, sealed, under the authorisation that allowed the question."""

    __tablename__ = "check_results"
    __table_args__ = (
        UniqueConstraint("task_id", "received_at"),
        Index(None, "authorization_id"),
        Index(None, "keep_until"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_tasks.id"))
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorizations.id"))
    source: Mapped[str] = mapped_column(Text)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("check_results.sealed"))
    """items: {code: value or null}; empty where the source holds nothing about the person."""
    purpose: Mapped[str] = mapped_column(Text)
    """What alone it may be used for (ZS-25)."""
    as_of: Mapped[date]
    received_at: Mapped[datetime]
    keep_until: Mapped[date | None]
    destroyed_at: Mapped[datetime | None]


class CheckReport(Model):
    """The report of one check as it stood at one moment; a later answer makes a later report."""

    __tablename__ = "check_reports"
    __table_args__ = (UniqueConstraint("check_id", "edition"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("economic_checks.id"))
    edition: Mapped[int]
    changes: Mapped[int]
    """How many changes of the check it was made of."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("check_reports.sealed"))
    """on, lines (declared, visited, checked), notes, moved (verdicts before and after)."""
    made_at: Mapped[datetime]


class ContestedLine(Model):
    """A shared value that the resident says is wrong: both values stand side by side (ZP-7)."""

    __tablename__ = "contested_lines"
    __table_args__ = (
        CheckConstraint(_among("state", CONTEST_STATES), name="state_is_known"),
        Index(None, "check_id"),
        Index(None, "person_id"),
        Index(None, "state", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("economic_checks.id"))
    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_results.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    source: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(Text)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("contested_lines.sealed"))
    """own_value, says, picture (made anew, base64), answer (value, says)."""
    contested_at: Mapped[datetime]
    due_on: Mapped[date]
    """The source answers within ten working days (ZS-26)."""
    state: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class SourceDrop(Model):
    """A department's spreadsheet as it was handed in: nothing of it is used before it was put in force."""

    __tablename__ = "source_drops"
    __table_args__ = (
        CheckConstraint(_among("state", DROP_STATES), name="state_is_known"),
        Index(None, "source", "handed_in_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    source: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date]
    """The day of which the register is true, as its officer says."""
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    rows: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """[{"row": number, "column": name, "problem": word}]: never what stood there."""
    handed_in_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    handed_in_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class SourceDropRow(Model):
    """One person's row of a spreadsheet, sealed, and found only by the keyed value of an identity number."""

    __tablename__ = "source_drop_rows"
    __table_args__ = (UniqueConstraint("drop_id", "person_lookup"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    drop_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("source_drops.id", ondelete="CASCADE"))
    person_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("source_drop_rows.sealed"))
    """items: {code: value or null}."""
