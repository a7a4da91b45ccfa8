"""Receipts: the bytes that were signed, their signature, and what the log says of them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from assistance import audit
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
    """Whether the entry still says what the receipt carries the hash of, and no proof about it fails."""
    sequence: int | None
    checkpoint: int | None
    proof: audit.Inclusion | None = None
    """Worked out now and found to hold: the entry is in this checkpoint, which is published and signed."""


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


def witnessed(session: Session, record: Authorization, keys: SigningKeys) -> Witnessed:
    """Where the log keeps the signing, and whether it is proved to be in a published checkpoint yet."""
    entry = audit.judge_entry(session, record.audit_reference)
    # By what the entry says now: a hash that only stands beside it would hide an edited row.
    is_whole = entry is not None and not entry.fault and sha256(entry.content) == record.audit_content
    sequence = audit.sequence_of(session, entry.id) if entry is not None else None
    proof = None
    try:
        proof = audit.prove_inclusion(session, keys, sequence) if sequence is not None else None
    except audit.Unproven:
        is_whole = False
    return Witnessed(
        reference=record.audit_reference,
        content_sha256=record.audit_content.hex(),
        is_whole=is_whole,
        sequence=sequence,
        checkpoint=proof.checkpoint.size if proof else None,
        proof=proof,
    )


def proof_bytes(found: Witnessed, keys: SigningKeys) -> bytes:
    """What stands beside the signed record: the log's entry and, once witnessed, the proof that it is there.

    SHA-256 over `content` is the hash that the receipt carries. SHA-256 over a zero byte, the entry's number
    in eight bytes and `content` is a leaf of the RFC 6962 tree whose signed root is in `checkpoint`.
    """
    told: dict[str, Any] = {"entry": found.reference, "sha256": found.content_sha256, "witnessed": False}
    if found.proof is not None:
        told |= {
            "witnessed": True,
            "number": found.proof.entry,
            "content": found.proof.content.decode(),
            "leaf_index": found.proof.sequence - 1,
            "proof": [base64.b64encode(part).decode() for part in found.proof.proof],
            "checkpoint": found.proof.checkpoint.note(keys),
        }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def verify_address(base_url: str, record: Authorization) -> str:
    """What the receipt's QR code leads to: the code alone, and nothing of the person."""
    return f"{base_url.rstrip('/')}/verify?code={record.verify_code}"


def printed_code(record: Authorization) -> str:
    """The code as it is printed below the QR code, in groups of four."""
    return grouped(record.verify_code)
