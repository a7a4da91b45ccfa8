"""What somebody sees of their own household's file.

Own lines in full, a minor's as their guardian, the household's totals; of other adults only that lines exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from assistance import rules
from assistance.errors import NotFound
from assistance.households.facts import best_lines, is_member_on
from assistance.households.lines import value_in_words
from assistance.households.models import Household, HouseholdLine, HouseholdMember
from assistance.households.queries import PersonHere, list_everybody, own_file, read_history
from assistance.people import Person
from assistance.values import age_on

OF_AGE = 18
WORKS = 16


@dataclass(frozen=True)
class SeenLine:
    """One thing that is known: the line that counts, the others beside it, and what stood before."""

    fact: rules.Fact
    line: HouseholdLine
    words: rules.Words
    others: tuple[tuple[HouseholdLine, rules.Words], ...] = ()
    """Lines of another standing which say something else."""
    before: tuple[tuple[HouseholdLine, rules.Words], ...] = ()
    """What was known earlier, newest first."""


@dataclass(frozen=True)
class SeenPerson:
    """One member as the reader may see them."""

    member: HouseholdMember
    person: Person
    is_self: bool
    is_open: bool
    """Whether the lines are shown: one's own, and those of whom one is guardian."""
    lines: tuple[SeenLine, ...]
    has_lines: bool


@dataclass(frozen=True)
class SeenHousehold:
    """A household as one of its adults sees it."""

    household: Household
    reader: SeenPerson
    people: tuple[SeenPerson, ...]
    totals: tuple[SeenLine, ...]


def as_seen_by(session: Session, household: Household, person_id: uuid.UUID, *, on: date) -> SeenHousehold:
    """The file as this member may see it, in two queries; NotFound for anybody else."""
    return _file_as_seen(session, household, list_everybody(session, household), person_id, on)


def own_file_as_seen(session: Session, person_id: uuid.UUID, *, on: date) -> SeenHousehold | None:
    """The file of the household in which somebody lives now, in two queries; None where there is none."""
    found = own_file(session, person_id)
    return None if found is None else _file_as_seen(session, *found, person_id, on)


def here_on(everybody: Sequence[PersonHere], on: date) -> list[PersonHere]:
    """Who of a file's people belongs to the household on a day, without those who only owe support."""
    return [one for one in everybody if not one.member.is_supporter and is_member_on(one, on)]


def _file_as_seen(
    session: Session, household: Household, everybody: Sequence[PersonHere], person_id: uuid.UUID, on: date
) -> SeenHousehold:
    here = here_on(everybody, on)
    if all(one.person.id != person_id for one in here):
        raise NotFound
    lines = read_history(session, household)
    people = tuple(_as_seen(one, here, lines, person_id, on) for one in here)
    reader = next(one for one in people if one.is_self)
    return SeenHousehold(household, reader, people, told(lines, None))


def told(lines: Sequence[HouseholdLine], member_id: uuid.UUID | None) -> tuple[SeenLine, ...]:
    """What is known of one member, or of the household, in the order of the questions."""
    mine = [line for line in lines if line.member_id == member_id]
    best = {
        fact: line for (_, fact), line in best_lines(stands for stands in mine if _stands(stands)).items()
    }
    found = []
    for key, fact in rules.FACTS.items():
        if key not in best:
            continue
        line = best[key]
        same = [one for one in mine if one.fact == key and one.id != line.id]
        found.append(
            SeenLine(
                fact,
                line,
                value_in_words(key, line.sealed["value"]),
                tuple(_with_words(one) for one in same if _stands(one) and _differs(one, line)),
                tuple(_with_words(one) for one in same if not _stands(one)),
            )
        )
    return tuple(found)


def is_of_age(one: PersonHere, on: date) -> bool:
    """Whether somebody decides alone by age, or by living on own wages from 16 on (MF-18)."""
    if one.person.birth is None:
        return False
    years = age_on(one.person.birth, on)
    return years >= OF_AGE or (years >= WORKS and one.member.lives_on_own_wages)


def is_minor(person: Person, on: date) -> bool:
    """Whether a person is under 18; one whose birthday nobody knows is not."""
    return person.birth is not None and age_on(person.birth, on) < OF_AGE


def guardians_of(one: PersonHere, here: Sequence[PersonHere], on: date) -> frozenset[uuid.UUID]:
    """Who may see what is kept of somebody who does not decide alone; an accused guardian may not."""
    if is_of_age(one, on) and not one.member.is_under_court_guardianship:
        return frozenset()
    if one.member.is_guardian_accused:
        return frozenset()
    named = one.member.guardian_id
    parents = {
        other.person.id
        for other in here
        if other.member.relation in ("head", "spouse") and is_of_age(other, on)
    }
    if is_of_age(one, on) or one.member.relation != "child" or (named is not None and named not in parents):
        return frozenset({named} if named else ())
    return frozenset(parents)


def _as_seen(
    one: PersonHere,
    here: Sequence[PersonHere],
    lines: Sequence[HouseholdLine],
    reader: uuid.UUID,
    on: date,
) -> SeenPerson:
    is_self = one.person.id == reader
    is_open = is_self or reader in guardians_of(one, here, on)
    return SeenPerson(
        one.member,
        one.person,
        is_self,
        is_open,
        told(lines, one.member.id) if is_open else (),
        any(line.member_id == one.member.id for line in lines),
    )


def _stands(line: HouseholdLine) -> bool:
    return line.replaced_at is None


def _differs(one: HouseholdLine, other: HouseholdLine) -> bool:
    return bool(one.sealed["value"] != other.sealed["value"])


def _with_words(line: HouseholdLine) -> tuple[HouseholdLine, rules.Words]:
    return line, value_in_words(line.fact, line.sealed["value"])
