"""One contract for everything that residents sign in with, and the second proof that binds it to a person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.actors import Actor, Assurance
from assistance.people.lookups import subject_lookup
from assistance.people.models import Person, SignInIdentity, SignInSession
from assistance.people.persons import find_by_resident_id, register_person, tidy_name
from assistance.people.phones import (
    RELIED_ON_FOR,
    find_owner,
    find_relied_on_phone,
    note_proved,
    record_phone,
)
from assistance.people.sessions import end_session, renew_session, start_session
from assistance.people.slips import use_slip
from assistance.values import Malformed, Phone, ResidentId

PROVED_BY = {"phone": "code", "wechat": "wechat", "zlb": "zlb"}


@dataclass(frozen=True)
class Proof:
    """What a platform or an answered code has just proved: who signs in, before anybody knows the person."""

    provider: str
    """phone, wechat or zlb."""
    subject: str = field(repr=False)
    """The number, the openid or the user id."""
    phone: Phone | None = None
    """A number that the platform has proved along with it, though not by a code of ours."""
    name: str = field(default="", repr=False)
    resident_id: str = field(default="", repr=False)
    """Name and identity number as 浙里办 has proved them."""


@dataclass(frozen=True)
class SignedIn:
    """A sign-in as it stands now, and the new token for whoever holds it."""

    session: SignInSession
    token: str = field(repr=False)
    is_contradicted: bool = False
    """浙里办 tells another name than the one on file: only the counter can settle it."""


def sign_in(
    session: Session,
    proof: Proof,
    *,
    face: str,
    by: Actor,
    now: datetime,
    is_own_phone: bool = False,
    device: str = "",
) -> SignedIn:
    """Sign somebody in with what was just proved; a person comes with it only where a second proof stands."""
    identity = _find_or_create(session, proof, now)
    person_id, assurance, contradicted = _judge(session, identity, proof, by, now)
    identity.last_used_at = now
    started, token = start_session(
        session,
        face=face,
        assurance=assurance,
        proved_by=PROVED_BY[proof.provider],
        now=now,
        person_id=person_id,
        identity_id=identity.id,
        is_own_phone=is_own_phone,
        device=device,
        device_ref=by.device_ref,
    )
    _record(session, audit.Event.SIGNED_IN, started, by, now)
    return SignedIn(started, token, contradicted)


def raise_by_code(
    session: Session, session_id: uuid.UUID, phone: Phone, *, by: Actor, now: datetime
) -> SignedIn | None:
    """A code to `phone` was answered in this sign-in: L3 and the person, where the number stands for one.

    Binds what was signed in with. Where nobody is known yet and the number stands for nobody it is some
    telephone: L2. None where the person is known and the number is not theirs.
    """
    found = session.get(SignInSession, session_id)
    if found is None:
        return None
    owner = find_owner(session, phone, now)
    if owner is None and found.person_id is None:
        return _raise(session, found, Assurance.L2, "code", None, by, now)
    if owner is None or found.person_id not in (None, owner.person_id):
        return None
    note_proved(session, owner, now)
    _bind(session, found.identity_id, owner.person_id, "recorded_phone", by, now)
    return _raise(session, found, Assurance.L3, "code", owner.person_id, by, now)


def raise_by_slip(
    session: Session,
    session_id: uuid.UUID,
    figures: str,
    last_of_number: str,
    *,
    by: Actor,
    now: datetime,
) -> SignedIn | None:
    """The slip that staff handed over binds this sign-in to its person, who may then read; None if wrong."""
    found = session.get(SignInSession, session_id)
    if found is None or found.person_id is not None:
        return None
    person = use_slip(session, figures, last_of_number, now)
    if person is None:
        return None
    _bind(session, found.identity_id, person.id, "slip", by, now)
    return _raise(session, found, Assurance.L2, found.proved_by, person.id, by, now)


def raise_by_zlb(
    session: Session, session_id: uuid.UUID, proof: Proof, *, by: Actor, now: datetime
) -> SignedIn | None:
    """浙里办 has told who holds this sign-in: L3. None where it is somebody else, or the names differ."""
    found = session.get(SignInSession, session_id)
    if found is None:
        return None
    identity = _find_or_create(session, proof, now)
    person_id, assurance, _ = _judge(session, identity, proof, by, now)
    if assurance < Assurance.L3 or person_id is None or found.person_id not in (None, person_id):
        return None
    identity.last_used_at = now
    _bind(session, found.identity_id, person_id, "zlb", by, now)
    return _raise(session, found, Assurance.L3, "zlb", person_id, by, now)


def sign_out(
    session: Session, session_id: uuid.UUID, *, by: Actor, now: datetime, because: str = "signed_out"
) -> bool:
    """End a sign-in with effect on the next request; False where it had ended before."""
    if not end_session(session, session_id, because=because, now=now):
        return False
    audit.record(
        session,
        audit.Event.SESSION_ENDED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(session_id),
        fields={"because": because},
    )
    return True


def bind_at_counter(
    session: Session, identity_id: uuid.UUID, person_id: uuid.UUID, *, by: Actor, now: datetime
) -> None:
    """An officer who has seen the identity card binds what somebody signs in with."""
    _bind(session, identity_id, person_id, "counter", by, now)


def _find_or_create(session: Session, proof: Proof, now: datetime) -> SignInIdentity:
    lookup = subject_lookup(field_cipher(session), proof.provider, proof.subject)
    wanted = select(SignInIdentity).where(
        SignInIdentity.provider == proof.provider, SignInIdentity.subject_lookup == lookup
    )
    found = session.scalar(wanted)
    if found is not None:
        return found
    made = SignInIdentity(
        id=uuid.uuid4(),
        provider=proof.provider,
        subject_lookup=lookup,
        sealed={"openid" if proof.provider == "wechat" else "subject": proof.subject},
        created_at=now,
        last_used_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        # The same person signed in on another device in this very moment.
        return session.scalars(wanted).one()
    return made


def _judge(
    session: Session, identity: SignInIdentity, proof: Proof, by: Actor, now: datetime
) -> tuple[uuid.UUID | None, Assurance, bool]:
    """The person as far as known, how sure that is, and whether 浙里办 contradicts the file."""
    if proof.provider == "zlb":
        return _judge_zlb(session, identity, proof, by, now)
    if proof.provider == "phone":
        phone = Phone(proof.subject)
        owner = find_owner(session, phone, now)
        if owner is not None:
            note_proved(session, owner, now)
            _bind(session, identity.id, owner.person_id, "recorded_phone", by, now)
            return owner.person_id, Assurance.L3, False
        if identity.bound_by == "recorded_phone" or now - identity.last_used_at >= RELIED_ON_FOR:
            # The record stands no more, or the number may have new hands by now: it is to be bound anew.
            identity.person_id = identity.bound_at = identity.bound_by = None
        return _living(session, identity.person_id), Assurance.L2, False
    person_id = _living(session, identity.person_id)
    return person_id, Assurance.L2 if person_id or proof.phone else Assurance.L1, False


def _judge_zlb(
    session: Session, identity: SignInIdentity, proof: Proof, by: Actor, now: datetime
) -> tuple[uuid.UUID | None, Assurance, bool]:
    try:
        number, name = ResidentId(proof.resident_id), tidy_name(proof.name)
    except Malformed:
        return None, Assurance.L1, True
    person = find_by_resident_id(session, number)
    if person is None:
        person = register_person(session, name, now=now, resident_id=number)
    if person.died_on is not None or tidy_name(person.name) != name:
        identity.person_id = identity.bound_at = identity.bound_by = None
        return None, Assurance.L1, True
    _bind(session, identity.id, person.id, "zlb", by, now)
    _take_phone(session, person.id, proof.phone, by, now)
    return person.id, Assurance.L3, False


def _take_phone(
    session: Session, person_id: uuid.UUID, phone: Phone | None, by: Actor, now: datetime
) -> None:
    """浙里办 vouches for a number, unless an officer's record stands or it stands for somebody else."""
    if phone is None:
        return
    standing = find_relied_on_phone(session, person_id, now)
    if standing is not None and standing.phone == phone.value:
        note_proved(session, standing, now)
        return
    owner = find_owner(session, phone, now)
    of_another = owner is not None and owner.person_id != person_id
    if not of_another and (standing is None or standing.recorded_by == "zlb"):
        record_phone(session, person_id, phone, recorded_by="zlb", by=by, now=now)


def _living(session: Session, person_id: uuid.UUID | None) -> uuid.UUID | None:
    person = session.get(Person, person_id) if person_id else None
    return person.id if person is not None and person.died_on is None else None


def _bind(
    session: Session,
    identity_id: uuid.UUID | None,
    person_id: uuid.UUID,
    with_proof: str,
    by: Actor,
    now: datetime,
) -> None:
    identity = session.get(SignInIdentity, identity_id) if identity_id else None
    if identity is None or identity.person_id == person_id:
        return
    identity.person_id, identity.bound_at, identity.bound_by = person_id, now, with_proof
    session.flush()
    audit.record(
        session,
        audit.Event.IDENTITY_BOUND,
        by=by.for_the_log(),
        now=now,
        object_ref=str(identity.id),
        subject_ref=f"person:{person_id}",
        fields={"with": with_proof, "by": identity.provider},
    )


def _raise(
    session: Session,
    found: SignInSession,
    assurance: Assurance,
    proved_by: str,
    person_id: uuid.UUID | None,
    by: Actor,
    now: datetime,
) -> SignedIn | None:
    token = renew_session(
        session, found.id, assurance=assurance, proved_by=proved_by, now=now, person_id=person_id
    )
    if token is None:
        return None
    _record(session, audit.Event.STEPPED_UP, found, by, now)
    return SignedIn(found, token)


def _record(session: Session, event: audit.Event, found: SignInSession, by: Actor, now: datetime) -> None:
    known = Actor(
        "resident",
        person_id=found.person_id,
        identity_id=found.identity_id,
        device_ref=by.device_ref,
        ip_prefix=by.ip_prefix,
        request_id=by.request_id,
    )
    audit.record(
        session,
        event,
        by=known.for_the_log(),
        now=now,
        object_ref=str(found.id),
        fields={"by": found.proved_by, "level": Assurance(found.assurance).name.lower()},
    )
