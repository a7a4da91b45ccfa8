"""Looks as sentences in the language of this answer: for the page and for the JSON interface alike."""

from __future__ import annotations

import re
import uuid
from typing import Any

from assistance import households, looks
from assistance.errors import NotFound
from assistance.people import Person
from infrastructure.languages import N_
from web.access import current_actor
from web.languages import current_locale, gettext
from web.services import services
from web.unit_of_work import current_session

MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
COMMA = N_("、")
MINE = N_("您的")
MY_CHILD = N_("您的孩子%(name)s的")


def reader_id() -> uuid.UUID:
    """The person who reads; NotFound for a sign-in that is not bound to one yet."""
    found = current_actor().person_id
    if found is None:
        raise NotFound
    return found


def reading_of(people_of: dict[uuid.UUID, Person]) -> looks.Reader:
    """The reader with whom the list is asked for."""
    return looks.reader_of(current_session(), reader_id(), people_of, services().clock.today())


def month_asked(text: str | None) -> str | None:
    """A month as the address names it, or None."""
    return text if text and MONTH.fullmatch(text) else None


def people_of_reader() -> dict[uuid.UUID, Person]:
    """Oneself, and the minors whose guardian one is."""
    session, reader, today = current_session(), reader_id(), services().clock.today()
    household = households.household_of(session, reader)
    here = households.members_on(session, household, today) if household else []
    wards = {
        one.person.id: one.person
        for one in here
        if households.is_minor(one.person, today) and reader in households.guardians_of(one, here, today)
    }
    own = session.get(Person, reader)
    return {**({own.id: own} if own else {}), **wards}


def line_of(look: looks.Look, people_of: dict[uuid.UUID, Person]) -> dict[str, Any]:
    """One look as its sentence, in the language of this answer."""
    subject = people_of.get(uuid.UUID(look.subject_ref.removeprefix("person:")))
    is_child = subject is not None and subject.id != reader_id()
    whose = inside(gettext(MY_CHILD) % {"name": subject.name} if subject and is_child else gettext(MINE))
    words = {
        "office": look.office,
        "role": inside(gettext(look.role)) if look.role else "",
        "number": look.work_number,
        "whose": whose,
        "seen": gettext(COMMA).join(inside(gettext(one)) for one in look.seen),
        "purpose": inside(gettext(look.purpose)),
        "case": look.case_ref or "",
    }
    sentence, teller = gettext(looks.sentence_of(look)), looks.TELLERS.get(look.event)
    return {
        "at": look.at,
        "says": teller(look, whose, gettext, current_locale()) if teller else sentence % words,
        "reference": look.reference,
        "objection": look.objection,
        "may_object": look.is_by_staff,
    }


def inside(words: str) -> str:
    """Words that also head a column, as they stand inside a sentence: with a small first letter."""
    return words[:1].lower() + words[1:]
