"""The tables of the log: entries, their seals, checkpoints, salts, and who may seal now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import Model

ACTOR_KINDS = ("anonymous", "operator", "resident", "staff", "system")
RESULTS = ("done", "refused", "failed")
# SQLite numbers rows by itself only where the column is its plain INTEGER.
LONG = BigInteger().with_variant(Integer(), "sqlite")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class AuditEntry(Model):
    """Who did or saw what, when and why; never changed, never deleted, and without a personal value."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(_among("actor_kind", ACTOR_KINDS), name="actor_kind_is_known"),
        CheckConstraint(_among("result", RESULTS), name="result_is_known"),
        Index(None, "subject_ref", "recorded_at"),
        Index(None, "object_ref"),
        Index(None, "recorded_at"),
    )

    id: Mapped[int] = mapped_column(LONG, Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    """What a receipt names: random, so that it tells nothing of how much happens here."""
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_ref: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    division_code: Mapped[str | None] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str | None] = mapped_column(Text)
    object_ref: Mapped[str | None] = mapped_column(Text)
    subject_ref: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str | None] = mapped_column(Text)
    case_ref: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    ip_prefix: Mapped[str | None] = mapped_column(Text)
    device_ref: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content_sm3: Mapped[bytes] = mapped_column(LargeBinary)
    hmac: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSalt(Model):
    """The salt of one commitment: destroyed with what was committed to, while the entry stays."""

    __tablename__ = "audit_salts"
    __table_args__ = (Index(None, "object_ref"),)

    reference: Mapped[str] = mapped_column(Text, primary_key=True)
    object_ref: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSeal(Model):
    """One link of the chain; a row of its own, so that no act ever waits for the chain."""

    __tablename__ = "audit_seals"

    sequence: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    entry: Mapped[int] = mapped_column(LONG, ForeignKey("audit_entries.id"), unique=True)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheckpoint(Model):
    """A signed statement of how long the log was and what it held."""

    __tablename__ = "audit_checkpoints"

    size: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(Text)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    peaks: Mapped[bytes] = mapped_column(LargeBinary)
    """The complete parts of the tree at this size, from which the next checkpoint grows."""
    kid: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    hmac: Mapped[bytes] = mapped_column(LargeBinary)


class AuditLease(Model):
    """Who may do a job that only one may do at a time, and until when."""

    __tablename__ = "audit_leases"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime]
