"""Telephone numbers recorded for a person: who recorded them, and how long they may be relied on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.actors import Actor, Assurance
from assistance.people.lookups import phone_lookup, subject_lookup
from assistance.people.models import Person, RecordedPhone, SignInIdentity, SignInSession
from assistance.values import Phone

RELIED_ON_FOR = timedelta(days=90)
VOUCHED = ("officer", "zlb")
REPLACED, REPORTED_CHANGED = "replaced", "reported_changed"
PHONE_CHANGED = "phone_changed"
BOUND_BY_NUMBER = "recorded_phone"


def record_phone(
    session: Session, person_id: uuid.UUID, phone: Phone, *, recorded_by: str, by: Actor, now: datetime
) -> RecordedPhone:
    """Record a person's number in place of the one before; what was signed in with the old one ends.

    `recorded_by` is officer, zlb or self; only the first two make a code to it worth L3.
    """
    # Two officers who record at once take turns.
    session.get_one(Person, person_id, with_for_update=True)
    for older in _standing(session, person_id):
        older.ended_at, older.ended_because = now, REPLACED
        if older.phone != phone.value:
            _close_what_it_opened(session, older, now)
            _close_what_it_bound(session, person_id, now, keeps=by.session_id)
    made = RecordedPhone(
        person_id=person_id,
        phone_lookup=phone_lookup(field_cipher(session), phone),
        sealed={"phone": phone.value},
        recorded_by=recorded_by,
        recorded_by_account=by.account_id,
        recorded_at=now,
        last_proved_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        audit.Event.PHONE_RECORDED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(made.id),
        subject_ref=f"person:{person_id}",
        fields={"by": recorded_by},
    )
    return made


def find_relied_on_phone(session: Session, person_id: uuid.UUID, now: datetime) -> RecordedPhone | None:
    """The number whose code is worth L3 for this person now: vouched for, and used within 90 days."""
    return next((one for one in _standing(session, person_id) if is_relied_on(one, now)), None)


def is_relied_on(recorded: RecordedPhone, now: datetime) -> bool:
    """Whether a recorded number still stands for its person; else it must be bound anew."""
    return (
        recorded.ended_at is None
        and recorded.recorded_by in VOUCHED
        and now - recorded.last_proved_at < RELIED_ON_FOR
    )


def find_owner(session: Session, phone: Phone, now: datetime) -> RecordedPhone | None:
    """The record of the one living person for whom this number stands; None for nobody or for several."""
    lookup = phone_lookup(field_cipher(session), phone)
    wanted = (
        select(RecordedPhone)
        .join(Person, Person.id == RecordedPhone.person_id)
        .where(
            RecordedPhone.phone_lookup == lookup,
            RecordedPhone.ended_at.is_(None),
            RecordedPhone.recorded_by.in_(VOUCHED),
            Person.died_on.is_(None),
        )
        .order_by(RecordedPhone.recorded_at, RecordedPhone.id)
    )
    # What has lain unused for 90 days stands for nobody; a number that stands for two proves neither.
    found = [one for one in session.scalars(wanted) if is_relied_on(one, now)]
    return found[0] if len({one.person_id for one in found}) == 1 else None


def note_proved(session: Session, recorded: RecordedPhone, now: datetime) -> None:
    """A code to this number was just answered: the 90 days begin again."""
    recorded.last_proved_at = now
    session.flush()


def report_changed(session: Session, person_id: uuid.UUID, *, by: Actor, now: datetime) -> int:
    """The number is not this person's any more: nothing is sent to it, and what numbers opened is closed.

    The sign-in that reports it stays, but signs nothing before the person is known by another proof.
    """
    standing = _standing(session, person_id)
    for recorded in standing:
        recorded.ended_at, recorded.ended_because = now, REPORTED_CHANGED
        audit.record(
            session,
            audit.Event.PHONE_REPORTED_CHANGED,
            by=by.for_the_log(),
            now=now,
            object_ref=str(recorded.id),
            subject_ref=f"person:{person_id}",
        )
    opened = select(SignInIdentity).where(
        SignInIdentity.provider == "phone", SignInIdentity.person_id == person_id
    )
    for identity in session.scalars(opened):
        _close(session, identity, now, keeps=by.session_id)
    _close_what_it_bound(session, person_id, now, keeps=by.session_id)
    return len(standing)


def list_phones(session: Session, person_id: uuid.UUID) -> Sequence[RecordedPhone]:
    """Every number ever recorded for a person, the newest first."""
    return session.scalars(
        select(RecordedPhone)
        .where(RecordedPhone.person_id == person_id)
        .order_by(RecordedPhone.recorded_at.desc(), RecordedPhone.id)
    ).all()


def _standing(session: Session, person_id: uuid.UUID) -> Sequence[RecordedPhone]:
    return [one for one in list_phones(session, person_id) if one.ended_at is None]


def _close_what_it_opened(session: Session, recorded: RecordedPhone, now: datetime) -> None:
    lookup = subject_lookup(field_cipher(session), "phone", recorded.phone)
    identity = session.scalar(
        select(SignInIdentity).where(
            SignInIdentity.provider == "phone",
            SignInIdentity.subject_lookup == lookup,
            SignInIdentity.person_id == recorded.person_id,
        )
    )
    if identity is not None:
        _close(session, identity, now)


def _close_what_it_bound(
    session: Session, person_id: uuid.UUID, now: datetime, *, keeps: uuid.UUID | None
) -> None:
    """Whoever had the number could bind a platform's account by it, and be known more surely by its codes.

    The account that `keeps` was signed in with stays bound; no sign-in stays at L3 by the number.
    """
    own = select(SignInSession.identity_id).where(
        SignInSession.id == keeps, SignInSession.identity_id.is_not(None)
    )
    bound = select(SignInIdentity).where(
        SignInIdentity.provider != "phone",
        SignInIdentity.person_id == person_id,
        SignInIdentity.bound_by == BOUND_BY_NUMBER,
        SignInIdentity.id.not_in(own),
    )
    for identity in session.scalars(bound):
        _close(session, identity, now, keeps=keeps)
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.proved_by == "code",
            SignInSession.assurance > int(Assurance.L2),
        )
        .values(assurance=int(Assurance.L2))
    )


def _close(
    session: Session, identity: SignInIdentity, now: datetime, *, keeps: uuid.UUID | None = None
) -> None:
    """A telephone may have new hands already: what it opened closes now, not when it runs out."""
    identity.person_id = identity.bound_at = identity.bound_by = None
    ended = update(SignInSession).where(
        SignInSession.identity_id == identity.id, SignInSession.ended_at.is_(None)
    )
    if keeps is not None:
        ended = ended.where(SignInSession.id != keeps)
    session.execute(ended.values(ended_at=now, ended_because=PHONE_CHANGED))
