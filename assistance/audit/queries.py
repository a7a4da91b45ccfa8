"""Reading the log: entries by what they say, one where it stands, how far others vouch for the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlalchemy.orm import Session

from assistance.audit.checkpoints import Copies, find_checkpoint, published
from assistance.audit.entries import EntryRow, find_fault
from assistance.audit.events import KINDS, Event
from assistance.audit.models import AuditCheckpoint, AuditEntry, AuditSeal
from assistance.audit.sealing import ENTRY_COLUMNS, count_seals, first_to_look_at
from assistance.orm import field_cipher

MOST_COUNTED = 10_000
LONGEST_DIVISION = 12
AT_ONCE = 500
ENTRY = text(f"SELECT {ENTRY_COLUMNS} FROM audit_entries e WHERE e.reference = :reference")  # noqa: S608 - our own names


@dataclass(frozen=True)
class Filters:
    """What the entries that are looked for have in common; empty where anything will do."""

    event: str = ""
    since: datetime | None = None
    before: datetime | None = None
    actor_ref: str = ""
    case_ref: str = ""
    reference: str = ""
    """The entry's own, or that of the thing or the person it is about."""
    result: str = ""
    divisions: tuple[str, ...] | None = None
    """Only entries of these divisions and below; None for the whole log, with what belongs to none."""


@dataclass(frozen=True)
class Judged:
    """One entry by itself: what it says now, and whether that is what was written."""

    id: int
    fault: str
    """What is wrong with it; empty where nothing is."""
    content: bytes


@dataclass(frozen=True)
class Standing:
    """One entry where it stands in the log."""

    entry: AuditEntry
    fault: str
    """What is wrong with it by itself, computed now; empty where nothing is."""
    sequence: int | None
    checkpoint: AuditCheckpoint | None
    """The first that covers it."""
    is_copied: bool
    """That checkpoint, or a later one, lies outside the database as it was signed."""


@dataclass(frozen=True)
class Verification:
    """A run of `flask audit verify` as the log tells of it."""

    at: datetime
    by: str
    is_sound: bool
    problems: int
    witnessed: int
    """Up to which seal a copy outside vouched for what was computed anew."""


@dataclass(frozen=True)
class ChainState:
    """How long the log is, and how far others vouch for it; of soundness only what was really verified."""

    entries: int
    copied: int
    """Up to which seal the newest copy outside goes that is signed and agrees with the database."""
    copied_at: datetime | None
    verified: Verification | None
    verified_to: datetime | None
    """When the checkpoint was made up to which the last run found everything as it was written."""


def list_entries(session: Session, filters: Filters, *, offset: int, limit: int) -> Sequence[AuditEntry]:
    """One page of entries, the newest first."""
    wanted = select(AuditEntry).where(*_conditions(filters)).order_by(AuditEntry.id.desc())
    return session.scalars(wanted.offset(offset).limit(limit)).all()


def count_entries(session: Session, filters: Filters, most: int = MOST_COUNTED) -> int:
    """How many entries there are, counted no further than one beyond the most."""
    found: Select[Any] = select(AuditEntry.id).where(*_conditions(filters)).limit(most + 1)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def find_entry(
    session: Session, reference: str, divisions: tuple[str, ...] | None = None
) -> AuditEntry | None:
    """The entry with this reference, within the divisions."""
    within = _conditions(Filters(divisions=divisions))
    return session.scalar(select(AuditEntry).where(AuditEntry.reference == reference, *within))


def judge_entry(session: Session, reference: str) -> Judged | None:
    """The entry with this reference, computed anew."""
    row = session.execute(ENTRY, {"reference": reference}).first()
    if row is None:
        return None
    read = EntryRow(*row)
    return Judged(read.id, *find_fault(field_cipher(session), read))


def sequence_of(session: Session, entry_id: int) -> int | None:
    """The place of an entry in the chain; None while it has no seal."""
    return session.scalar(select(AuditSeal.sequence).where(AuditSeal.entry == entry_id))


def sequences_of(session: Session, entry_ids: Sequence[int]) -> dict[int, int]:
    """The places of some entries in the chain, by their numbers; those without a seal are left out."""
    found: dict[int, int] = {}
    for at in range(0, len(entry_ids), AT_ONCE):
        wanted = select(AuditSeal.entry, AuditSeal.sequence).where(
            AuditSeal.entry.in_(entry_ids[at : at + AT_ONCE])
        )
        found.update(dict(session.execute(wanted).all()))
    return found


def standing_of(session: Session, entry: AuditEntry, copies: Copies) -> Standing:
    """Where an entry stands, and whether it is as it was written."""
    judged = judge_entry(session, entry.reference)
    sequence = sequence_of(session, entry.id)
    checkpoint = None
    if sequence is not None:
        covering = select(AuditCheckpoint).where(AuditCheckpoint.size >= sequence)
        checkpoint = session.scalar(covering.order_by(AuditCheckpoint.size).limit(1))
    outside = _newest_copy(session, copies)
    is_copied = checkpoint is not None and outside is not None and outside.size >= checkpoint.size
    return Standing(entry, judged.fault if judged else "", sequence, checkpoint, is_copied)


def chain_state(session: Session, copies: Copies) -> ChainState:
    """How the log stands now, from what is stored; nothing of its content is computed anew here."""
    waiting = (
        select(func.count())
        .select_from(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry == AuditEntry.id)
        .where(AuditSeal.entry.is_(None), AuditEntry.id > first_to_look_at(session))
    )
    outside = _newest_copy(session, copies)
    verified = last_verification(session)
    reached = find_checkpoint(session, verified.witnessed) if verified and verified.is_sound else None
    return ChainState(
        entries=count_seals(session) + (session.scalar(waiting) or 0),
        copied=outside.size if outside else 0,
        copied_at=outside.made_at if outside else None,
        verified=verified,
        verified_to=reached.made_at if reached else None,
    )


def last_verification(session: Session) -> Verification | None:
    """The last run of verifying that the log tells of; None where that is not as it was written."""
    wanted = select(AuditEntry).where(AuditEntry.event == Event.LOG_VERIFIED.value)
    entry = session.scalar(wanted.order_by(AuditEntry.id.desc()).limit(1))
    judged = judge_entry(session, entry.reference) if entry else None
    if entry is None or judged is None or judged.fault:
        return None
    said = json.loads(entry.fields)
    by, sound = entry.actor_ref or "", said["sound"]
    return Verification(entry.recorded_at, by, sound, said["problems"], said["witnessed"])


def shown_fields(entry: AuditEntry) -> dict[str, Any]:
    """What an entry says, without what would tell of somebody's life."""
    try:
        said = json.loads(entry.fields)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        # Somebody has changed it, which is what its readers have to see.
        return {"fields": None}
    known = entry.event in Event._value2member_map_
    withheld = KINDS[Event(entry.event)].withheld if known else tuple(said)
    return {name: None if name in withheld else value for name, value in said.items()}


def _newest_copy(session: Session, copies: Copies) -> AuditCheckpoint | None:
    copy = copies.newest()
    inside = find_checkpoint(session, copy.size) if copy is not None and copy.is_signed(copies.keys) else None
    return inside if inside is not None and published(inside) == copy else None


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (AuditEntry.event, filters.event),
        (AuditEntry.actor_ref, filters.actor_ref),
        (AuditEntry.case_ref, filters.case_ref),
        (AuditEntry.result, filters.result),
    ):
        if value:
            found.append(column == value)
    if filters.reference:
        named = (AuditEntry.reference, AuditEntry.object_ref, AuditEntry.subject_ref)
        found.append(or_(*(column == filters.reference for column in named)))
    if filters.since is not None:
        found.append(AuditEntry.recorded_at >= filters.since)
    if filters.before is not None:
        found.append(AuditEntry.recorded_at < filters.before)
    if filters.divisions is not None:
        # The codes lie within each other on fixed boundaries.
        below = [
            AuditEntry.division_code.between(code, code.ljust(LONGEST_DIVISION, "9"))
            for code in filters.divisions
        ]
        found.append(or_(*below) if below else AuditEntry.id.is_(None))
    return found
