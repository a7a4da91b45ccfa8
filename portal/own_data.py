"""Whose data the reader may take: one's own, wards', and of the dead what was granted."""

from __future__ import annotations

import uuid

from assistance import rights
from assistance.data_register import data_register
from assistance.errors import NotFound
from assistance.people import Person
from assistance.values import age_on
from portal.looking import people_of_reader, reader_id
from web.access import current_actor
from web.languages import current_locale
from web.services import services
from web.unit_of_work import after_answer, current_session

OWN_SECRETS_FROM = 14


def people_to_copy() -> dict[uuid.UUID, Person]:
    """Oneself first, then one's wards, then the dead whose copy was granted."""
    session, actor, today = current_session(), current_actor(), services().clock.today()
    dead = {person.id: person for person in rights.granted_copies(session, actor, today)}
    return {**people_of_reader(), **dead}


def copy_for_reader(person_id: uuid.UUID | None = None) -> rights.Copy:
    """The copy of one of these people; NotFound for anybody else."""
    person = people_to_copy().get(person_id or reader_id())
    if person is None:
        raise NotFound
    session, now = current_session(), services().clock.now()
    return rights.copy_of(session, person, now=now, without=_without(person))


def note_copy(copy: rights.Copy, how: str) -> None:
    """Keep in the log, before this answer leaves, that a copy was taken."""
    actor, now = current_actor(), services().clock.now()
    after_answer(lambda session: rights.note_export(session, copy, how, by=actor, now=now))


def handling_name(code: str) -> str:
    """What a handling of the register of data is called, in the language of this answer."""
    locale = current_locale()
    return next((row.name.in_language(locale) for row in data_register().handlings if row.code == code), "")


def _without(person: Person) -> frozenset[str]:
    if person.id == reader_id():
        return frozenset()
    if person.died_on is not None:
        return rights.BESIDE_A_WARD
    today = services().clock.today()
    is_old_enough = person.birth is None or age_on(person.birth, today) >= OWN_SECRETS_FROM
    return rights.BESIDE_A_WARD if is_old_enough else frozenset()
