"""Families for tests: opened as an officer opens them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from assistance import households, people
from assistance.households import Household, HouseholdLine, HouseholdMember
from assistance.people import SYSTEM, Actor, Person
from assistance.permissions import Role
from tests.conftest import NOW
from tests.signing_in import VILLAGE, invented_id

OPENED, DAY = date(2020, 1, 1), date(2026, 11, 1)
OTHER = "330482101006"


@dataclass(frozen=True)
class Family:
    """A household with its members by name."""

    household: Household
    members: dict[str, HouseholdMember]
    persons: dict[str, Person]


def person(session: Session, name: str, birth: date = date(1974, 6, 15)) -> Person:
    return people.register_person(session, name, resident_id=invented_id(birth), now=NOW)


def family(
    session: Session,
    *relations: tuple[str, str],
    village: str = VILLAGE,
    on: date = OPENED,
    births: dict[str, date] | None = None,
    guardians: dict[str, str] | None = None,
) -> Family:
    """A household of people given as (name, relation)."""
    births, guardians = births or {}, guardians or {}
    persons = {name: person(session, name, births.get(name, date(1974, 6, 15))) for name, _ in relations}
    household = households.open_household(
        session,
        division_code=village,
        address="3号",
        joining=[
            households.Joining(
                persons[name],
                relation,
                guardian_id=persons[guardians[name]].id if name in guardians else None,
            )
            for name, relation in relations
        ],
        on=on,
        by=SYSTEM,
        now=NOW,
    )
    by_person = {one.person_id: one for one in households.current_members(session, household.id)}
    return Family(household, {name: by_person[one.id] for name, one in persons.items()}, persons)


def line(
    session: Session, of: Family, fact: str, value: Any, whose: str | None = None, **more: Any
) -> HouseholdLine:
    """One line of a family, declared at the counter unless said otherwise."""
    told: dict[str, Any] = {"source": "counter", "dated_on": DAY, "by": SYSTEM, "now": NOW, **more}
    if told.get("standing") == "checked":
        told.setdefault("authorization_id", uuid.uuid4())
    member = of.members[whose] if whose else None
    return households.record_line(session, of.household, fact=fact, value=value, member=member, **told)


def officer(division: str = "330482", role: Role = Role.TOWN_REVIEWER) -> Actor:
    """A member of staff with one role."""
    return Actor("staff", account_id=uuid.uuid4(), holdings=(people.Holding(role, division),))


def resident(one: Person) -> Actor:
    """Somebody who has signed in for themself."""
    return Actor("resident", person_id=one.id, holdings=(people.Holding(Role.RESIDENT, ""),))
