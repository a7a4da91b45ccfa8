"""Writing entries: in the act's own transaction, with hashes and an HMAC under a key outside the database."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from assistance.audit.events import Event, check_declared
from assistance.audit.kinds import CODE, UndeclaredEntry, is_reference
from assistance.audit.models import ACTOR_KINDS, RESULTS, AuditEntry, AuditSalt
from assistance.orm import field_cipher, table_of
from infrastructure.crypto import FieldCipher, sm3

PURPOSE = "audit_entries.hmac"
SALT_BYTES = 32
ENTRIES = table_of(AuditEntry)
_INSERT = ENTRIES.insert()
# Made once: making one for every entry takes longer than writing the entry down.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
COLUMNS = tuple(column.name for column in ENTRIES.columns)
HASHED = tuple(name for name in COLUMNS if name not in ("id", "content_sha256", "content_sm3", "hmac"))


@dataclass(frozen=True)
class Actor:
    """Who acts, by reference and never by name, and from where."""

    kind: str
    ref: str | None = None
    role: str | None = None
    division: str | None = None
    ip_prefix: str | None = None
    device_ref: str | None = None
    request_id: str | None = None

    def __post_init__(self) -> None:
        known = (self.ref, self.role, self.division, self.ip_prefix, self.device_ref, self.request_id)
        if self.kind not in ACTOR_KINDS or not all(one is None or is_reference(one) for one in known):
            raise UndeclaredEntry(f"an actor of kind {self.kind!r}")


ANONYMOUS = Actor("anonymous")
WORKER = Actor("system", "worker")


def operator(name: str) -> Actor:
    """Somebody at the command line, by the account of the operating system."""
    return Actor("operator", name)


@dataclass(frozen=True)
class Recorded:
    """What a receipt carries of an entry."""

    reference: str
    content_sha256: bytes


@dataclass(frozen=True)
class Look:
    """A look at some persons' data, given as (object, person), whatever the number of fields."""

    event: Event
    persons: Sequence[tuple[str, str | None]]
    by: Actor
    at: datetime
    seen: Sequence[str]
    purpose: str | None = None
    case_ref: str | None = None


class EntryRow(NamedTuple):
    """One entry as it stands in the database, column by column."""

    id: int
    reference: str
    recorded_at: Any
    actor_kind: str
    actor_ref: str | None
    role: str | None
    division_code: str | None
    event: str
    object_type: str | None
    object_ref: str | None
    subject_ref: str | None
    fields: str
    purpose: str | None
    case_ref: str | None
    result: str
    ip_prefix: str | None
    device_ref: str | None
    request_id: str | None
    commitment: bytes | None
    content_sha256: bytes
    content_sm3: bytes
    hmac: bytes


def record(
    session: Session,
    event: Event,
    *,
    by: Actor,
    now: datetime,
    object_ref: str | None = None,
    subject_ref: str | None = None,
    fields: Mapping[str, Any] | None = None,
    purpose: str | None = None,
    case_ref: str | None = None,
    result: str = "done",
    committed: bytes | None = None,
) -> Recorded:
    """Write one entry in the transaction of what it tells of; where it cannot be written, nothing happens.

    `committed` is a value that the entry vouches for and does not hold: only its salted hash is written.
    """
    row = _row_of(
        event,
        by=by,
        now=now,
        object_ref=object_ref,
        subject_ref=subject_ref,
        fields=fields or {},
        purpose=purpose,
        case_ref=case_ref,
        result=result,
    )
    if committed is not None:
        salt = secrets.token_bytes(SALT_BYTES)
        row["commitment"] = commitment_of(salt, committed)
        salted = {"reference": row["reference"], "object_ref": object_ref or row["reference"], "salt": salt}
        session.execute(insert(AuditSalt).values(salted))
    session.execute(_INSERT, _hashed(field_cipher(session), row))
    return Recorded(row["reference"], row["content_sha256"])


def looked(
    session: Session,
    event: Event,
    persons: Iterable[tuple[str, str | None]],
    *,
    by: Actor,
    now: datetime,
    seen: Sequence[str],
    purpose: str | None = None,
    case_ref: str | None = None,
) -> int:
    """One look: one entry for each person shown, given as (object, person), whatever the number of fields."""
    return write_looks(session, [Look(event, tuple(persons), by, now, seen, purpose, case_ref)])


def write_looks(session: Session, looks: Iterable[Look]) -> int:
    """Several looks, such as those of one page, in one statement; how many entries that were."""
    cipher = field_cipher(session)
    rows = [
        _hashed(
            cipher,
            _row_of(
                look.event,
                by=look.by,
                now=look.at,
                object_ref=object_ref,
                subject_ref=subject_ref,
                fields={"seen": sorted(look.seen)},
                purpose=look.purpose,
                case_ref=look.case_ref,
            ),
        )
        for look in looks
        for object_ref, subject_ref in look.persons
    ]
    if rows:
        session.execute(_INSERT, rows)
    return len(rows)


def _row_of(
    event: Event,
    *,
    by: Actor,
    now: datetime,
    object_ref: str | None,
    subject_ref: str | None,
    fields: Mapping[str, Any],
    purpose: str | None,
    case_ref: str | None,
    result: str = "done",
) -> dict[str, Any]:
    """An entry's columns without its hashes; UndeclaredEntry where its kind declares it otherwise."""
    kind = check_declared(event, object_ref, subject_ref, fields)
    if result not in RESULTS or (purpose is not None and not CODE.fullmatch(purpose)):
        raise UndeclaredEntry(f"{event.value}: result or purpose")
    if case_ref is not None and not is_reference(case_ref):
        raise UndeclaredEntry(f"{event.value}: case_ref")
    return {
        "reference": secrets.token_hex(16),
        "recorded_at": now,
        "actor_kind": by.kind,
        "actor_ref": by.ref,
        "role": by.role,
        "division_code": by.division,
        "event": event.value,
        "object_type": kind.object_type,
        "object_ref": object_ref,
        "subject_ref": subject_ref,
        "fields": _encode(dict(fields)),
        "purpose": purpose,
        "case_ref": case_ref,
        "result": result,
        "ip_prefix": by.ip_prefix,
        "device_ref": by.device_ref,
        "request_id": by.request_id,
        "commitment": None,
    }


def _hashed(cipher: FieldCipher, row: dict[str, Any]) -> dict[str, Any]:
    content = content_of(row)
    row["content_sha256"] = hashlib.sha256(content).digest()
    row["content_sm3"] = sm3(content)
    row["hmac"] = cipher.tag(PURPOSE, content)
    return row


def forget(session: Session, object_refs: Sequence[str]) -> None:
    """Destroy the salts of what is deleted: nobody can then show what its commitments stood for."""
    session.execute(delete(AuditSalt).where(AuditSalt.object_ref.in_(object_refs)))


def commitment_of(salt: bytes, value: bytes) -> bytes:
    """The salted hash that stands for a value."""
    return hashlib.sha256(salt + value).digest()


def content_of(row: Mapping[str, Any]) -> bytes:
    """What is hashed of an entry: every column but its number and the hashes, in one fixed form."""
    values = {name: row[name] for name in HASHED}
    values["recorded_at"] = instant_text(values["recorded_at"])
    if values["commitment"] is not None:
        values["commitment"] = bytes.hex(values["commitment"])
    return _encode(values).encode()


def find_fault(cipher: FieldCipher, row: EntryRow) -> tuple[str, bytes]:
    """What is wrong with an entry by itself, or an empty text; and its content as it stands now."""
    try:
        content = content_of(row._asdict())
    except (TypeError, ValueError):
        return UNREADABLE, b""
    if (row.content_sha256, row.content_sm3) != (hashlib.sha256(content).digest(), sm3(content)):
        return CHANGED, content
    if not isinstance(row.hmac, bytes) or not cipher.is_tagged(PURPOSE, content, row.hmac):
        return NOT_OURS, content
    return "", content


UNREADABLE = "内容已经读不出来"
CHANGED = "内容和写下时的指纹对不上"
NOT_OURS = "不是本系统写的（密钥印记对不上）"


def instant_text(value: Any) -> str:
    """An instant in one fixed form, as PostgreSQL and SQLite hand it out; ValueError for anything else."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    # As SQLite keeps it; any other form in this place is nothing that we wrote.
    read = datetime.fromisoformat(value)
    if read.isoformat(sep=" ", timespec="microseconds") != value:
        raise ValueError(value)
    return read.isoformat(timespec="microseconds") + "+00:00"
