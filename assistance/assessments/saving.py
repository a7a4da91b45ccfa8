"""Saving answers under a receipt code, finding them again, and deleting them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.errors import NotFound
from infrastructure.crypto import FieldCipher, Unreadable

from .answers import Answers
from .codec import BrokenAnswersError, pack, unpack
from .models import SavedAnswers
from .receipts import cipher_of, new_receipt_code

KEPT_FOR = timedelta(days=30)
PURPOSE = "saved_answers.sealed"
LOOKUP = "saved_answers.lookup"
Outcomes = Mapping[str, str]
"""What a household was told when it saved: the outcome of every policy."""


@dataclass(frozen=True)
class FoundAnswers:
    """Answers that came back, and what they came to when they were saved."""

    answers: Answers
    outcomes: Outcomes
    saved_at: datetime
    expires_at: datetime
    catalogue_version: str
    reference: str
    """How the log names them."""


def save(
    session: Session,
    cipher: FieldCipher,
    answers: Answers,
    outcomes: Outcomes,
    *,
    county: str,
    catalogue_version: str,
    now: datetime,
    by: audit.Actor = audit.ANONYMOUS,
) -> str:
    """Keep answers for thirty days and return the receipt code, which is written down nowhere here."""
    code = new_receipt_code()
    lookup = cipher.blind_index(LOOKUP, code)
    packed = pack(answers)
    plain = (
        len(packed).to_bytes(4, "big") + packed + json.dumps(dict(outcomes), separators=(",", ":")).encode()
    )
    # Two locks, one inside the other: the code's own, then the server's. Either alone opens nothing.
    inner = cipher_of(code).seal(PURPOSE, plain, _context(county))
    row = SavedAnswers(
        lookup=lookup,
        sealed=cipher.seal(PURPOSE, inner, lookup),
        county=county,
        catalogue_version=catalogue_version,
        saved_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(row)
    session.flush()
    audit.record(session, audit.Event.ANSWERS_KEPT, by=by, now=now, object_ref=str(row.id))
    return code


def find_saved(
    session: Session, cipher: FieldCipher, code: str, *, county: str, now: datetime
) -> FoundAnswers:
    """The answers of a receipt code; raises NotFound where there are none, or their time is over."""
    lookup = cipher.blind_index(LOOKUP, code)
    row = session.scalars(
        select(SavedAnswers).where(
            SavedAnswers.lookup == lookup, SavedAnswers.county == county, SavedAnswers.expires_at > now
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    try:
        plain = cipher_of(code).open(PURPOSE, cipher.open(PURPOSE, row.sealed, lookup), _context(county))
        length = int.from_bytes(plain[:4], "big")
        answers, outcomes = unpack(plain[4 : 4 + length]), json.loads(plain[4 + length :])
    except (Unreadable, BrokenAnswersError, ValueError) as error:
        raise NotFound from error
    return FoundAnswers(answers, outcomes, row.saved_at, row.expires_at, row.catalogue_version, str(row.id))


def delete_saved(
    session: Session, cipher: FieldCipher, code: str, *, now: datetime, by: audit.Actor = audit.ANONYMOUS
) -> bool:
    """Delete the answers of a receipt code at once; whether there were any."""
    lookup = cipher.blind_index(LOOKUP, code)
    found = session.scalar(select(SavedAnswers.id).where(SavedAnswers.lookup == lookup))
    if found is None:
        return False
    session.execute(delete(SavedAnswers).where(SavedAnswers.id == found))
    audit.record(session, audit.Event.ANSWERS_DELETED, by=by, now=now, object_ref=str(found))
    return True


def count_expired(session: Session, now: datetime) -> int:
    """How many saved answers have run out."""
    expired = select(func.count()).select_from(SavedAnswers).where(SavedAnswers.expires_at <= now)
    return session.scalar(expired) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Delete the answers whose thirty days are over."""
    done = session.execute(delete(SavedAnswers).where(SavedAnswers.expires_at <= now))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _context(county: str) -> bytes:
    return county.encode()
