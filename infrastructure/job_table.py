"""The table of jobs: what waits until its act is committed, who does it now, how often it failed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.sql.elements import conv

from infrastructure.instants import UtcDateTime

WAITING, RUNNING, DONE, DEAD = "waiting", "running", "done", "dead"
STATES = (WAITING, RUNNING, DONE, DEAD)

# Core and not ORM: the runner writes its rows in statements that decide and change at once.
JOBS = Table(
    "jobs",
    MetaData(),
    Column("id", Uuid(), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("run_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("holder", Text, nullable=True),
    Column("leased_until", UtcDateTime, nullable=True),
    Column("last_tried_at", UtcDateTime, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
    PrimaryKeyConstraint("id", name="pk_jobs"),
    # The key first, so that this index never tempts a planner away from the one below.
    UniqueConstraint("key", "kind", name="uq_jobs_key_kind"),
    # As it stands: the domain's naming convention would put its prefix before it once more.
    CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name=conv("ck_jobs_state_is_known")),
    Index("ix_jobs_state_is_urgent_run_at_id", "state", "is_urgent", "run_at", "id"),
    Index("ix_jobs_expires_at", "expires_at"),
)
