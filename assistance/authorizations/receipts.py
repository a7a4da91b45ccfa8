"""Receipts: the bytes that were signed, their signature, and what the log says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance.audit import AuditCheckpoint, AuditEntry, AuditSeal
from assistance.authorizations.models import Authorization, AuthorizationRequest
from assistance.authorizations.record import grouped, sha256
from assistance.people import Person
from assistance.values import masked_name
from infrastructure.crypto import Unreadable
from infrastructure.signing import SigningKeys


@dataclass(frozen=True)
class Witnessed:
    """Where a signing stands in the log: its place, and the newest checkpoint that covers it."""

    reference: str
    content_sha256: str
    is_whole: bool
    """Whether the entry is still there with the hash that the receipt carries."""
    sequence: int | None
    checkpoint: int | None


@dataclass(frozen=True)
class PublicState:
    """What anybody who holds a receipt's code may read: nothing but masked and counted."""

    state: str
    controller: str
    purpose: str
    signer: str
    """The name's first character and a star."""
    signed_at: datetime
    valid_until: datetime
    ended_at: datetime | None
    sources: int
    level: str
    record_sha256: str
    record_sm3: str
    kid: str
    is_signed: bool
    """Whether the signature over the record's bytes holds now."""


def record_bytes(record: Authorization) -> bytes:
    """The bytes that were signed, as they are downloaded; raises Unreadable where they were changed."""
    content = str(record.sealed["record"]).encode()
    if sha256(content) != record.record_sha256:
        raise Unreadable
    return content


def record_facts(record: Authorization) -> dict[str, Any]:
    """What the signed record says."""
    facts: dict[str, Any] = json.loads(record_bytes(record))
    return facts


def is_signature_good(record: Authorization, keys: SigningKeys) -> bool:
    """Whether a key of this installation has signed exactly these bytes."""
    return keys.verify(record.kid, record_bytes(record), record.signature)


def public_state(session: Session, record: Authorization, keys: SigningKeys, now: datetime) -> PublicState:
    """What the check page shows of a record, as it stands now."""
    request = session.get_one(AuthorizationRequest, record.request_id)
    signer = session.get_one(Person, record.signer_id)
    has_run_out = record.state == "active" and now >= record.valid_until
    return PublicState(
        state="expired" if has_run_out else record.state,
        controller=str(record_facts(record)["controller"]["name"]),
        purpose=request.purpose,
        signer=masked_name(signer.name),
        signed_at=record.signed_at,
        valid_until=record.valid_until,
        ended_at=record.ended_at,
        sources=len(record.sources),
        level=record.level,
        record_sha256=record.record_sha256.hex(),
        record_sm3=record.record_sm3.hex(),
        kid=record.kid,
        is_signed=is_signature_good(record, keys),
    )


def witnessed(session: Session, record: Authorization) -> Witnessed:
    """Where the log keeps the signing, and whether a published checkpoint covers it yet."""
    entry = session.scalar(select(AuditEntry).where(AuditEntry.reference == record.audit_reference))
    sequence = checkpoint = None
    if entry is not None:
        sequence = session.scalar(select(AuditSeal.sequence).where(AuditSeal.entry == entry.id))
    if sequence is not None:
        covering = select(func.min(AuditCheckpoint.size)).where(AuditCheckpoint.size >= sequence)
        checkpoint = session.scalar(covering)
    return Witnessed(
        reference=record.audit_reference,
        content_sha256=record.audit_content.hex(),
        is_whole=entry is not None and entry.content_sha256 == record.audit_content,
        sequence=sequence,
        checkpoint=checkpoint,
    )


def verify_address(base_url: str, record: Authorization) -> str:
    """What the receipt's QR code leads to: the code alone, and nothing of the person."""
    return f"{base_url.rstrip('/')}/verify?code={record.verify_code}"


def printed_code(record: Authorization) -> str:
    """The code as it is printed below the QR code, in groups of four."""
    return grouped(record.verify_code)
