"""Six figures sent to a telephone: for one purpose and one session, ten minutes, five tries, once."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.actors import Actor
from assistance.people.lookups import phone_lookup
from assistance.people.models import OneTimeCode
from assistance.values import Malformed, Phone
from infrastructure.crypto import FieldCipher
from infrastructure.languages import N_

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
MOST_LIVE = 5
AGAIN_AFTER = timedelta(seconds=60)
FIGURES = 6
CODE_LOOKUP = "one_time_codes.code"
PURPOSES = ("sign_in", "step_up", "bind", "sign")
_SIX = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s\-]+")


@dataclass(frozen=True)
class IssuedCode:
    """A code that is yet to be sent; its id names it in the outbox and in the log."""

    id: uuid.UUID
    figures: str = field(repr=False)
    expires_at: datetime


def read_code(typed: str) -> str:
    """Six figures as somebody types or pastes them, or Malformed with a sentence for the field."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:60]))
    if not _SIX.fullmatch(plain):
        raise Malformed(N_("请填短信里的 6 位数字"))
    return plain


def issue_code(
    session: Session, phone: Phone, *, purpose: str, bound_to: str, by: Actor, now: datetime
) -> IssuedCode | None:
    """A new code for this number, or None where one was sent a moment ago or too many are good already.

    `bound_to` names the session, and where something is signed the hash of what is signed: for anything
    else the code is worthless. An older code stays good in its own ten minutes.
    """
    if purpose not in PURPOSES:
        raise ValueError(purpose)
    if not may_be_sent_code(session, phone, now):
        return None
    cipher = field_cipher(session)
    figures = f"{secrets.randbelow(10**FIGURES):0{FIGURES}d}"
    made = OneTimeCode(
        id=uuid.uuid4(),
        purpose=purpose,
        phone_lookup=phone_lookup(cipher, phone),
        bound_to=_bound(purpose, bound_to),
        code_hash=b"",
        tries=0,
        sent_at=now,
        expires_at=now + GOOD_FOR,
    )
    made.code_hash = _hashed(cipher, made.id, figures)
    session.add(made)
    session.flush()
    audit.record(
        session,
        audit.Event.CODE_SENT,
        by=by.for_the_log(),
        now=now,
        object_ref=str(made.id),
        fields={"for": purpose},
    )
    return IssuedCode(made.id, figures, made.expires_at)


def may_be_sent_code(session: Session, phone: Phone, now: datetime) -> bool:
    """Whether no unanswered code went to this number within the minute, and fewer than five are good still.

    An answered one counts in neither: who has just signed in may sign at once.
    """
    live = select(func.count(), func.max(OneTimeCode.sent_at)).where(
        OneTimeCode.phone_lookup == phone_lookup(field_cipher(session), phone),
        OneTimeCode.expires_at > now,
        OneTimeCode.used_at.is_(None),
    )
    number, newest = session.execute(live).one()
    return bool(number < MOST_LIVE and (newest is None or now - newest >= AGAIN_AFTER))


def waits_for_code(session: Session, phone: Phone, *, purpose: str, bound_to: str, now: datetime) -> bool:
    """Whether a code for exactly this went to the number and may still be answered."""
    found = select(OneTimeCode.id).where(_meant(session, phone, purpose, bound_to, now)).limit(1)
    return session.scalar(found) is not None


def count_try(
    session: Session, phone: Phone, *, purpose: str, bound_to: str, now: datetime
) -> Sequence[uuid.UUID]:
    """Take one of the five tries from every code that could be meant; only these may then be judged.

    Belongs in a transaction of its own, committed before `use_code`: else guesses side by side would all
    be judged while the count still stands where it stood.
    """
    counted = (
        update(OneTimeCode)
        .where(_meant(session, phone, purpose, bound_to, now))
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(counted))


def use_code(session: Session, counted: Sequence[uuid.UUID], figures: str, now: datetime) -> bool:
    """Whether one of the codes whose try was counted is this one; it and its elder twins are then used up."""
    cipher = field_cipher(session)
    rows = session.execute(
        select(OneTimeCode.id, OneTimeCode.code_hash).where(
            OneTimeCode.id.in_(counted), OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now
        )
    ).all()
    right = [
        row.id for row in rows if secrets.compare_digest(row.code_hash, _hashed(cipher, row.id, figures))
    ]
    if not right:
        return False
    # Whoever marks the row first has used it; the other of two at once finds nothing left to mark.
    used = session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == right[0], OneTimeCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        return False
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id.in_(counted), OneTimeCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return True


def _meant(session: Session, phone: Phone, purpose: str, bound_to: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        OneTimeCode.phone_lookup == phone_lookup(field_cipher(session), phone),
        OneTimeCode.purpose == purpose,
        OneTimeCode.bound_to == _bound(purpose, bound_to),
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > now,
        OneTimeCode.tries < MOST_TRIES,
    )


def _bound(purpose: str, bound_to: str) -> bytes:
    return hashlib.sha256(f"{purpose}\n{bound_to}".encode()).digest()


def _hashed(cipher: FieldCipher, code_id: uuid.UUID, figures: str) -> bytes:
    # A million figures are tried in a second: only a key outside the database protects them.
    return cipher.blind_index(CODE_LOOKUP, f"{code_id}:{figures}")
