"""A file as the engine reads it: the JSON document of `flask assess`, so that it is judged as answers are.

What was checked comes before what was seen on a visit, and that before what was declared; a contested
line counts for nothing. What nobody knows stays absent.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import rules
from assistance.households.lines import FROM_THE_REGISTER
from assistance.households.models import Household, HouseholdLine
from assistance.households.queries import PersonHere, list_everybody
from assistance.values import age_on

BEST = "best"
FIRST = {"checked": 0, "visited": 1, "declared": 2}
COUNTY_DIGITS = 6
NOBODY: Collection[uuid.UUID] = frozenset()


@dataclass(frozen=True)
class Document:
    """What is known of a household on a day, and the line from which each value comes."""

    document: dict[str, Any]
    members: tuple[PersonHere, ...]
    """In the order of the document."""
    household_lines: Mapping[str, HouseholdLine]
    member_lines: tuple[Mapping[str, HouseholdLine], ...]
    before_a_change: frozenset[uuid.UUID]
    """Lines of the whole household that are older than its present members."""


def document(
    session: Session,
    household: Household,
    *,
    on: date,
    standing: str = BEST,
    contested: Collection[uuid.UUID] = NOBODY,
) -> dict[str, Any]:
    """The facts of a household on a day, with the names of the engine; `standing` may be declared alone."""
    return with_sources(session, household, on=on, standing=standing, contested=contested).document


def with_sources(
    session: Session,
    household: Household,
    *,
    on: date,
    standing: str = BEST,
    contested: Collection[uuid.UUID] = NOBODY,
) -> Document:
    """The same with the line behind each value, in two queries whatever the size of the household."""
    people = list_everybody(session, household)
    query = select(HouseholdLine).where(
        HouseholdLine.household_id == household.id, HouseholdLine.dated_on <= on
    )
    if standing != BEST:
        query = query.where(HouseholdLine.standing == standing)
    lines = [line for line in session.scalars(query) if line.id not in contested]
    return put_together(household, people, lines, on=on)


def put_together(
    household: Household, people: Iterable[PersonHere], lines: Iterable[HouseholdLine], *, on: date
) -> Document:
    """The document from everybody in the file and the lines to choose from, which have been read already."""
    everybody = [one for one in people if not one.member.is_supporter]
    members = tuple(one for one in everybody if is_member_on(one, on))
    best = best_lines(lines)
    own = {fact: line for (member_id, fact), line in best.items() if member_id is None}
    changed_on = last_change(everybody, on)
    old = {line.id for line in own.values() if changed_on is not None and line.dated_on < changed_on}
    facts = {fact: line.sealed["value"] for fact, line in own.items() if fact not in FROM_THE_REGISTER}
    member_lines = tuple(
        {fact: line for (member_id, fact), line in best.items() if member_id == one.member.id}
        for one in members
    )
    persons = [
        {**{fact: line.sealed["value"] for fact, line in of_one.items()}, **from_the_register(one, on)}
        for one, of_one in zip(members, member_lines, strict=True)
    ]
    told: dict[str, Any] = {
        "county": household.division_code[:COUNTY_DIGITS],
        "on": on.isoformat(),
        "household": _in_order(facts),
        "members": [_in_order(person) for person in persons],
    }
    return Document(told, members, own, member_lines, frozenset(old))


def best_lines(
    lines: Iterable[HouseholdLine],
) -> dict[tuple[uuid.UUID | None, str], HouseholdLine]:
    """Of each fact the line that counts: the best standing, then the latest day, then the latest record."""
    best: dict[tuple[uuid.UUID | None, str], HouseholdLine] = {}
    for line in lines:
        key = line.member_id, line.fact
        if key not in best or _rank(line) > _rank(best[key]):
            best[key] = line
    return best


def is_member_on(one: PersonHere, day: date) -> bool:
    """Whether somebody belongs to the household on a day."""
    left = one.member.left_on
    return one.member.joined_on <= day and (left is None or left > day)


def last_change(everybody: Iterable[PersonHere], on: date) -> date | None:
    """The last day up to this one on which somebody came or left, since the file began."""
    rows = [one.member for one in everybody]
    days = {row.joined_on for row in rows} | {row.left_on for row in rows if row.left_on is not None}
    began = min((row.joined_on for row in rows), default=None)
    return max((day for day in days if day <= on and day != began), default=None)


def from_the_register(one: PersonHere, on: date) -> dict[str, Any]:
    """What the file knows of a member without any line: relation, sex and age."""
    known: dict[str, Any] = {"relation": one.member.relation}
    if one.person.sex is not None:
        known["sex"] = one.person.sex
    if one.person.birth is not None and one.person.birth <= on:
        known["age"] = min(age_on(one.person.birth, on), rules.FACTS["age"].high)
    return known


def _rank(line: HouseholdLine) -> tuple[int, date, Any, int, str]:
    # Two lines of one day and one moment: the one that nobody has replaced stands.
    stands = 1 if line.replaced_at is None else 0
    return -FIRST[line.standing], line.dated_on, line.recorded_at, stands, str(line.id)


def _in_order(facts: Mapping[str, Any]) -> dict[str, Any]:
    """In the order of the vocabulary, so that the same file gives the same bytes."""
    return {fact: facts[fact] for fact in rules.FACTS if fact in facts}
