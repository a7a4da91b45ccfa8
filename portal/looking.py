"""Looks as sentences in the language of this answer: for the page and for the JSON interface alike."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from assistance import households, looks
from assistance.errors import NotFound
from assistance.people import Person
from infrastructure.languages import N_
from web.access import current_actor
from web.languages import current_locale, translate
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
    found = households.own_file(session, reader)
    everybody = found[1] if found else []
    here = households.here_on(everybody, today)
    wards = {
        one.person.id: one.person
        for one in here
        if households.is_minor(one.person, today) and reader in households.guardians_of(one, here, today)
    }
    own = next((one.person for one in everybody if one.person.id == reader), None)
    own = own or session.get(Person, reader)
    return {**({own.id: own} if own else {}), **wards}


def line_of(look: looks.Look, people_of: dict[uuid.UUID, Person]) -> dict[str, Any]:
    """One look as its sentence, in the language of this answer."""
    return lines_of([look], people_of)[0]


def lines_of(listed: Iterable[looks.Look], people_of: dict[uuid.UUID, Person]) -> list[dict[str, Any]]:
    """Looks as their sentences, in the language of this answer; words that come again are said once."""
    reader, locale, say = reader_id(), current_locale(), cache(translate())
    wards = {one.audit_subject: one.name for one in people_of.values() if one.id != reader}

    @cache
    def inside(words: str) -> str:
        # Words that also head a column stand in a sentence with a small first letter.
        return say(words)[:1].lower() + say(words)[1:]

    @cache
    def seen_words(seen: tuple[str, ...]) -> str:
        return say(COMMA).join(inside(one) for one in seen)

    def line(look: looks.Look) -> dict[str, Any]:
        ward = wards.get(look.subject_ref)
        whose = inside(MINE) if ward is None else inside(MY_CHILD) % {"name": ward}
        words = {
            "office": look.office,
            "role": inside(look.role) if look.role else "",
            "number": look.work_number,
            "whose": whose,
            "seen": seen_words(look.seen),
            "purpose": inside(look.purpose),
            "case": look.case_ref or "",
        }
        teller = looks.TELLERS.get(look.event)
        told = teller(look, whose, say, locale) if teller else say(looks.sentence_of(look)) % words
        return {
            "at": look.at,
            "says": told,
            "reference": look.reference,
            "objection": look.objection,
            "may_object": look.is_by_staff,
        }

    return [line(look) for look in listed]
