"""Residents as persons: registered once by identity number, found again by it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistance.orm import field_cipher
from assistance.people.models import Person
from assistance.values import Malformed, ResidentId
from infrastructure.crypto import FieldCipher
from infrastructure.languages import N_

LOOKUP = "people.resident_id"
LONGEST_NAME = 100
# Marks that turn writing round or show nothing: two names that look alike must be alike.
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def resident_id_lookup(cipher: FieldCipher, resident_id: ResidentId) -> bytes:
    """The keyed value by which a person is found by identity number."""
    return cipher.blind_index(LOOKUP, resident_id.value)


def find_by_resident_id(session: Session, resident_id: ResidentId) -> Person | None:
    """The person who has this identity number, if the house knows them."""
    wanted = resident_id_lookup(field_cipher(session), resident_id)
    return session.scalar(select(Person).where(Person.resident_id_lookup == wanted))


def list_by_resident_ids(session: Session, resident_ids: Iterable[ResidentId]) -> dict[str, Person]:
    """Those of many who are known, by identity number."""
    cipher = field_cipher(session)
    wanted = {resident_id_lookup(cipher, one): one.value for one in resident_ids}
    found: dict[str, Person] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 500):
        query = select(Person).where(Person.resident_id_lookup.in_(keys[start : start + 500]))
        found |= {wanted[person.resident_id_lookup or b""]: person for person in session.scalars(query)}
    return found


def list_persons(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """Some persons by their ids."""
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(set(ids))))}


def keep_language(session: Session, person_id: uuid.UUID, language: str) -> None:
    """Keep the language that somebody has chosen, for what is said to them when they are not there."""
    # By itself, so that nothing that is sealed is sealed anew.
    own = update(Person).where(Person.id == person_id, Person.language.is_distinct_from(language))
    session.execute(own.values(language=language))


def find_language(session: Session, person_id: uuid.UUID) -> str | None:
    """The language that somebody has chosen, or None where they have not."""
    return session.scalar(select(Person.language).where(Person.id == person_id))


def register_person(
    session: Session,
    name: str,
    *,
    now: datetime,
    resident_id: ResidentId | None = None,
    birth: date | None = None,
    sex: str | None = None,
) -> Person:
    """Put a person down who is not known yet; the identity number gives birthday and sex.

    Raises Malformed where the name is empty or too long.
    """
    sealed = {"name": tidy_name(name)}
    if resident_id is not None:
        birth, sex = resident_id.birth, resident_id.sex
        sealed["resident_id"] = resident_id.value
    if birth is not None:
        sealed["birth"] = birth.isoformat()
    if sex is not None:
        sealed["sex"] = sex
    lookup = resident_id_lookup(field_cipher(session), resident_id) if resident_id else None
    person = Person(id=uuid.uuid4(), resident_id_lookup=lookup, sealed=sealed, created_at=now)
    session.add(person)
    session.flush()
    return person


def tidy_name(text: str) -> str:
    """A name without stray blanks and invisible marks; no visible letter is refused."""
    name = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text[:1000])).split())
    if not name:
        raise Malformed(N_("请写名字"))
    if len(name) > LONGEST_NAME:
        raise Malformed(N_("名字请写在 100 个字以内"))
    return name
