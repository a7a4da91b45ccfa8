"""Slips of paper with eight figures, handed over by staff who know the person: a second proof."""

from __future__ import annotations

import re
import secrets
import unicodedata
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.actors import Actor
from assistance.people.models import ActivationSlip, Person
from assistance.values import Malformed
from infrastructure.languages import N_

GOOD_FOR = timedelta(days=30)
FIGURES = 8
LOOKUP = "activation_slips.code"
LAST_OF_NUMBER = 4
_EIGHT = re.compile(r"[0-9]{8}")
_LAST = re.compile(r"[0-9]{3}[0-9X]")
_BETWEEN = re.compile(r"[\s\-]+")


def issue_slip(session: Session, person_id: uuid.UUID, *, by: Actor, now: datetime) -> str:
    """Eight figures for this person, good once and for thirty days; an older slip is worthless."""
    session.get_one(Person, person_id, with_for_update=True)
    session.execute(
        update(ActivationSlip)
        .where(ActivationSlip.person_id == person_id, ActivationSlip.used_at.is_(None))
        .values(used_at=now)
    )
    cipher = field_cipher(session)
    while True:
        figures = f"{secrets.randbelow(10**FIGURES):0{FIGURES}d}"
        lookup = cipher.blind_index(LOOKUP, figures)
        if session.scalar(select(ActivationSlip.id).where(ActivationSlip.code_lookup == lookup)) is None:
            break
    made = ActivationSlip(
        person_id=person_id,
        code_lookup=lookup,
        issued_by=by.account_id,
        issued_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        audit.Event.SLIP_ISSUED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(made.id),
        subject_ref=f"person:{person_id}",
    )
    return figures


def read_slip(typed: str) -> str:
    """Eight figures as somebody copies them from paper, or Malformed with a sentence for the field."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:60]))
    if not _EIGHT.fullmatch(plain):
        raise Malformed(N_("请填纸条上的 8 位数字"))
    return plain


def read_last_of_number(typed: str) -> str:
    """The last four characters of an identity number, or Malformed with a sentence for the field."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:60])).upper()
    if not _LAST.fullmatch(plain):
        raise Malformed(N_("请填身份证号的最后 4 位，最后一位可以是 X"))
    return plain


def use_slip(session: Session, figures: str, last_of_number: str, now: datetime) -> Person | None:
    """The person whose slip this is, which is then used up; None where slip or number are not right.

    Count and commit the guess before asking: eight figures are few.
    """
    lookup = field_cipher(session).blind_index(LOOKUP, figures)
    slip = session.scalar(
        select(ActivationSlip).where(
            ActivationSlip.code_lookup == lookup,
            ActivationSlip.used_at.is_(None),
            ActivationSlip.expires_at > now,
        )
    )
    person = session.get(Person, slip.person_id) if slip is not None else None
    number = str(person.sealed.get("resident_id") or "") if person is not None else ""
    # The same comparison whether or not there is a slip, so that no answer comes sooner than another.
    fits = secrets.compare_digest(number[-LAST_OF_NUMBER:].ljust(LAST_OF_NUMBER), last_of_number)
    if slip is None or person is None or person.died_on is not None or not fits:
        return None
    used = session.execute(
        update(ActivationSlip)
        .where(ActivationSlip.id == slip.id, ActivationSlip.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return person if used.rowcount else None  # type: ignore[attr-defined]
