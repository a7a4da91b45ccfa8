"""Seals: a chain over the entries, laid by one sealer at a time over whatever has no seal yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, func, insert, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assistance.audit.entries import COLUMNS, EntryRow, find_fault
from assistance.audit.models import AuditEntry, AuditLease, AuditSeal
from assistance.orm import field_cipher

BEGINNING = bytes(32)
LEASE = "sealer"
LEASE_FOR = timedelta(seconds=30)
BATCH = 1000
# A database hands numbers out before it commits, so a late row may lie below the highest sealed one: never by
# more than this while it runs, and a full pass before each checkpoint looks at everything.
LATE_BY_AT_MOST = 2000
SEALS: Table = AuditSeal.__table__  # type: ignore[assignment]
ENTRY_COLUMNS = ", ".join(f"e.{name}" for name in COLUMNS)
# The product's own column names only; raw rows, so that a mangled value is found and not tripped over.
WAITING = text(
    f"SELECT {ENTRY_COLUMNS} FROM audit_entries e LEFT JOIN audit_seals s ON s.entry = e.id "  # noqa: S608
    "WHERE s.entry IS NULL AND e.id > :after ORDER BY e.id LIMIT :most"
)
SEALED = text(
    f"SELECT s.sequence, s.entry, s.previous, s.hash, {ENTRY_COLUMNS} FROM audit_seals s "  # noqa: S608
    "LEFT JOIN audit_entries e ON e.id = s.entry WHERE s.sequence > :after ORDER BY s.sequence LIMIT :most"
)


class SealRow(NamedTuple):
    """One seal as it stands in the database."""

    sequence: int
    entry: int
    previous: bytes
    hash: bytes


@dataclass(frozen=True)
class Batch:
    """What one batch came to."""

    sealed: int
    last_id: int
    is_full: bool
    faults: tuple[tuple[EntryRow, str], ...] = ()


def seal_hash(sequence: int, entry: int, previous: bytes, content_sha256: bytes) -> bytes:
    """The hash of one seal: its place, its entry, the seal before it, and what the entry says."""
    place = sequence.to_bytes(8, "big") + entry.to_bytes(8, "big", signed=True)
    return hashlib.sha256(b"huimin seal\x00" + place + previous + content_sha256).digest()


def find_broken_link(seal: SealRow, entry: EntryRow, sequence: int, previous: bytes) -> str:
    """What is wrong with a seal in its place of the chain, or an empty text."""
    if seal.sequence != sequence:
        return f"封存号断了：这里该是 {sequence} 号"
    if not isinstance(seal.previous, bytes) or seal.previous != previous:
        return "和前一个封存接不上"
    if seal.hash != seal_hash(sequence, entry.id, previous, entry.content_sha256):
        return "封存的指纹对不上"
    return ""


def take_lease(session: Session, holder: str, now: datetime) -> bool:
    """Whether this holder may seal now; on PostgreSQL the row's lock also keeps two from trying at once."""
    row = {"name": LEASE, "holder": holder, "until": now + LEASE_FOR}
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(AuditLease).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[AuditLease.name],
        set_={"holder": row["holder"], "until": row["until"]},
        # A lease that ends far in the future was taken by a clock that has been set back since.
        where=or_(
            AuditLease.until <= now, AuditLease.holder == holder, AuditLease.until > now + 2 * LEASE_FOR
        ),
    ).returning(AuditLease.holder)
    return session.execute(statement).scalar_one_or_none() == holder


def give_back_lease(session: Session, holder: str, now: datetime) -> None:
    """Let the next one seal without waiting for the lease to run out."""
    lease = session.get(AuditLease, LEASE)
    if lease is not None and lease.holder == holder:
        lease.until = now


def seal_batch(session: Session, after: int) -> Batch:
    """Seal the next entries above a number that have no seal; one that was not written by us gets none."""
    rows = [EntryRow(*row) for row in session.execute(WAITING, {"after": after, "most": BATCH})]
    if not rows:
        return Batch(0, after, is_full=False)
    cipher = field_cipher(session)
    last = session.execute(select(SEALS).order_by(AuditSeal.sequence.desc()).limit(1)).first()
    sequence, previous = (last.sequence, last.hash) if last else (0, BEGINNING)
    seals, faults = [], []
    for row in rows:
        fault, _ = find_fault(cipher, row)
        if fault:
            faults.append((row, fault))
            continue
        sequence += 1
        sealed = seal_hash(sequence, row.id, previous, row.content_sha256)
        seals.append({"sequence": sequence, "entry": row.id, "previous": previous, "hash": sealed})
        previous = sealed
    if seals:
        session.execute(insert(AuditSeal), seals)
    return Batch(len(seals), rows[-1].id, len(rows) == BATCH, tuple(faults))


def first_to_look_at(session: Session) -> int:
    """The number above which entries without a seal may lie, unless one came very late."""
    highest = session.scalar(select(func.max(AuditSeal.entry)))
    return -(2**62) if highest is None else highest - LATE_BY_AT_MOST


def count_seals(session: Session) -> int:
    """How long the chain is: its seals are numbered without a gap."""
    return session.scalar(select(func.max(AuditSeal.sequence))) or 0


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest entry without a seal was written; None where all are sealed."""
    waiting = (
        select(AuditEntry.recorded_at)
        .outerjoin(AuditSeal, AuditSeal.entry == AuditEntry.id)
        .where(AuditSeal.entry.is_(None), AuditEntry.id > first_to_look_at(session))
        .order_by(AuditEntry.id)
        .limit(1)
    )
    return session.scalar(waiting)


def count_waiting(session: Session) -> int:
    """How many entries have no seal."""
    waiting = (
        select(func.count()).select_from(AuditEntry).outerjoin(AuditSeal, AuditSeal.entry == AuditEntry.id)
    )
    return session.scalar(waiting.where(AuditSeal.entry.is_(None))) or 0


def read_waiting(session: Session) -> Iterator[EntryRow]:
    """Every entry without a seal."""
    for row in session.execute(WAITING, {"after": -(2**62), "most": 2**31 - 1}):
        yield EntryRow(*row)


def read_sealed(
    session: Session, after: int = -(2**62), most: int = 2**62
) -> Iterator[tuple[SealRow, EntryRow | None]]:
    """The seals after a place with their entries, in the order of the chain; None where the entry is gone."""
    # Page by page: a cursor left open by whoever stops half-way would hold its transaction.
    is_more = True
    while is_more and most > 0:
        page = list(session.execute(SEALED, {"after": after, "most": min(BATCH, most)}))
        is_more, most = len(page) == BATCH, most - len(page)
        for row in page:
            after = row[0]
            entry = EntryRow(*row[4:])
            yield SealRow(*row[:4]), None if entry.id is None else entry
