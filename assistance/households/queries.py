"""Reading files: every read of somebody's begins with what they may see."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from assistance.errors import NotFound
from assistance.households.initials import initial_of
from assistance.households.models import Household, HouseholdEvent, HouseholdLine, HouseholdMember
from assistance.households.numbers import read_number
from assistance.orm import columns_of, read_records, table_of
from assistance.people import Actor, Person
from assistance.permissions import Permission

LONGEST_CODE = 12


@dataclass(frozen=True)
class Filters:
    """What an officer looks for; empty is everything."""

    division_code: str = ""
    name: str = ""
    """The letter with which the head's name begins, or the name's first character."""
    number: str = ""
    state: str = ""


@dataclass(frozen=True)
class Row:
    """One household in a list, with its head and how many people it has."""

    household: Household
    head: Person | None
    members: int


@dataclass(frozen=True)
class PersonHere:
    """One member with the person."""

    member: HouseholdMember
    person: Person


def get_visible(
    session: Session,
    actor: Actor,
    household_id: uuid.UUID,
    permission: Permission = Permission.HOUSEHOLDS_READ,
) -> Household:
    """The file, where this actor's role reaches it or it is their own household; else NotFound."""
    query = select(Household).where(Household.id == household_id, visible_to(actor, permission))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def list_visible(
    session: Session, actor: Actor, filters: Filters, *, page: int = 1, per_page: int = 50
) -> list[Row]:
    """One page of the households of the actor's divisions, by village and number."""
    query = (
        _filtered(select(Household), actor, filters)
        .order_by(Household.division_code, Household.number)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    found = session.scalars(query).all()
    ids = [household.id for household in found]
    heads: dict[uuid.UUID, Person] = {}
    counts: dict[uuid.UUID, int] = {}
    # One query for everybody on the page, however many households it shows.
    of_the_page = (
        select(HouseholdMember.household_id, HouseholdMember.relation, Person)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(HouseholdMember.household_id.in_(ids), *_current())
    )
    for household_id, relation, person in session.execute(of_the_page):
        counts[household_id] = counts.get(household_id, 0) + 1
        if relation == "head":
            heads[household_id] = person
    return [Row(one, heads.get(one.id), counts.get(one.id, 0)) for one in found]


def count_visible(session: Session, actor: Actor, filters: Filters) -> int:
    """How many households such a list has in all."""
    counted = _filtered(select(func.count()).select_from(Household), actor, filters)
    return session.scalar(counted) or 0


def visible_to(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """The condition under which a household is this actor's to see."""
    if actor.kind == "resident":
        return _own(actor)
    return within(actor.divisions_for(permission))


def within(division_codes: Iterable[str]) -> ColumnElement[bool]:
    """Households in the subtrees of some divisions; the codes lie within each other on fixed boundaries."""
    reached = [
        Household.division_code.between(code, code.ljust(LONGEST_CODE, "9"))
        for code in division_codes
        if len(code) in (2, 4, 6, 9, 12) and code.isascii() and code.isdigit()
    ]
    return or_(*reached) if reached else false()


def household_of(session: Session, person_id: uuid.UUID) -> Household | None:
    """The household in which somebody lives now; where one only owes support does not count."""
    return session.scalar(
        select(Household)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id == person_id, *_current())
    )


def own_file(session: Session, person_id: uuid.UUID) -> tuple[Household, list[PersonHere]] | None:
    """The household in which somebody lives now, with everybody of its history, in one query; to be read."""
    asked = {"person_id": person_id}
    rows = read_records(session, _OWN_FILE, asked, Household, HouseholdMember, Person)
    if not rows:
        return None
    return rows[0][0], in_order([PersonHere(member, person) for _, member, person in rows])


def find_membership(session: Session, household_id: uuid.UUID, person_id: uuid.UUID) -> PersonHere | None:
    """Somebody's place in a household now."""
    row = session.execute(
        _with_persons(household_id).where(HouseholdMember.person_id == person_id, *_current())
    ).first()
    return PersonHere(row[0], row[1]) if row else None


def members_on(session: Session, household: Household, day: date) -> list[PersonHere]:
    """Who belongs to a household on a day, the head first, then by relation and age."""
    query = _with_persons(household.id).where(
        HouseholdMember.is_supporter.is_(False),
        HouseholdMember.joined_on <= day,
        or_(HouseholdMember.left_on.is_(None), HouseholdMember.left_on > day),
    )
    return in_order([PersonHere(row[0], row[1]) for row in session.execute(query)])


def list_everybody(session: Session, household: Household) -> list[PersonHere]:
    """Members, former members and those who owe support, as the file's history has them."""
    rows = session.execute(_EVERYBODY, {"household_id": household.id})
    return in_order([PersonHere(row[0], row[1]) for row in rows])


def list_lines(session: Session, household: Household, *, history: bool = False) -> list[HouseholdLine]:
    """The lines that stand, or all that ever stood, newest first."""
    query = _ALL_LINES if history else _STANDING_LINES
    return list(session.scalars(query, {"household_id": household.id}))


def read_history(session: Session, household: Household) -> list[HouseholdLine]:
    """All lines that ever stood, newest first; to be read."""
    rows = read_records(session, _HISTORY, {"household_id": household.id}, HouseholdLine)
    return [line for (line,) in rows]


def get_line(session: Session, household: Household, line_id: uuid.UUID) -> HouseholdLine:
    """One line of this file, or NotFound."""
    line = session.get(HouseholdLine, line_id)
    if line is None or line.household_id != household.id:
        raise NotFound
    return line


def get_member(session: Session, household: Household, member_id: uuid.UUID) -> PersonHere:
    """One member of this file, former ones too, or NotFound."""
    row = session.execute(_with_persons(household.id).where(HouseholdMember.id == member_id)).first()
    if row is None:
        raise NotFound
    return PersonHere(row[0], row[1])


def list_events(session: Session, household: Household) -> list[HouseholdEvent]:
    """What happened in a household, newest first; a split or merger stands in both files."""
    query = (
        select(HouseholdEvent)
        .where(HouseholdEvent.household_id == household.id)
        .order_by(
            HouseholdEvent.happened_on.desc(), HouseholdEvent.recorded_at.desc(), HouseholdEvent.id.desc()
        )
    )
    return list(session.scalars(query))


ORDER = ("head", "spouse", "child", "grandchild", "parent", "grandparent", "sibling", "other")


def in_order(people: Sequence[PersonHere]) -> list[PersonHere]:
    """The head first, then by relation, the older before the younger."""
    return sorted(
        people,
        key=lambda one: (
            ORDER.index(one.member.relation),
            one.person.birth or date.max,
            one.member.joined_on,
            str(one.member.id),
        ),
    )


def _with_persons(household_id: uuid.UUID) -> Select[HouseholdMember, Person]:
    return _PERSONS.where(HouseholdMember.household_id == household_id)


def _current() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return HouseholdMember.left_on.is_(None), HouseholdMember.is_supporter.is_(False)


# Made once: making a statement takes as long as asking it, and every page of a file asks these.
_PERSONS = select(HouseholdMember, Person).join(Person, Person.id == HouseholdMember.person_id)
_EVERYBODY = _PERSONS.where(HouseholdMember.household_id == bindparam("household_id"))
_ALL_LINES = (
    select(HouseholdLine)
    .where(HouseholdLine.household_id == bindparam("household_id"))
    .order_by(HouseholdLine.dated_on.desc(), HouseholdLine.recorded_at.desc(), HouseholdLine.id)
)
_STANDING_LINES = _ALL_LINES.where(HouseholdLine.replaced_at.is_(None))
# Of tables and not of models, as `read_records` needs them.
_HOUSEHOLDS, _MEMBERS, _PEOPLE, _LINES = (
    table_of(model) for model in (Household, HouseholdMember, Person, HouseholdLine)
)
_EVERYBODY_THERE = _MEMBERS.alias()
_OWN_FILE = (
    select(*columns_of(_HOUSEHOLDS), *columns_of(_EVERYBODY_THERE), *columns_of(_PEOPLE))
    .join_from(_MEMBERS, _HOUSEHOLDS, _HOUSEHOLDS.c.id == _MEMBERS.c.household_id)
    .join(_EVERYBODY_THERE, _EVERYBODY_THERE.c.household_id == _HOUSEHOLDS.c.id)
    .join(_PEOPLE, _PEOPLE.c.id == _EVERYBODY_THERE.c.person_id)
    .where(
        _MEMBERS.c.person_id == bindparam("person_id"),
        _MEMBERS.c.left_on.is_(None),
        _MEMBERS.c.is_supporter.is_(False),
    )
)
_HISTORY = (
    select(*columns_of(_LINES))
    .where(_LINES.c.household_id == bindparam("household_id"))
    .order_by(_LINES.c.dated_on.desc(), _LINES.c.recorded_at.desc(), _LINES.c.id)
)


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.person_id is None:
        return false()
    mine = select(HouseholdMember.household_id).where(
        HouseholdMember.person_id == actor.person_id, *_current()
    )
    return Household.id.in_(mine)


def _filtered(query: Select[Any], actor: Actor, filters: Filters) -> Select[Any]:
    wanted = [visible_to(actor, Permission.HOUSEHOLDS_LIST)]
    if filters.division_code:
        wanted.append(within([filters.division_code]))
    if filters.name:
        wanted.append(Household.head_initial == (initial_of(filters.name) or "?"))
    if filters.number:
        wanted.append(Household.number == (read_number(filters.number) or "?"))
    if filters.state:
        wanted.append(Household.state == filters.state)
    return query.where(and_(*wanted))


def find_by_number(
    session: Session, actor: Actor, number: str, permission: Permission = Permission.HOUSEHOLDS_READ
) -> Household | None:
    """The file with this number, however it was typed, where this actor's role reaches it."""
    read = read_number(number)
    query = select(Household).where(
        Household.number == (read or number.strip()), visible_to(actor, permission)
    )
    return session.scalar(query)


def find_member(session: Session, household: Household, person_id: uuid.UUID) -> HouseholdMember | None:
    """Somebody's latest place in this file, former and supporting members too."""
    query = (
        select(HouseholdMember)
        .where(HouseholdMember.household_id == household.id, HouseholdMember.person_id == person_id)
        .order_by(HouseholdMember.joined_on.desc(), HouseholdMember.id)
        .limit(1)
    )
    return session.scalar(query)
