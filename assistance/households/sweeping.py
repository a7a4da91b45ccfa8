"""Every file of a county as the engine reads it, some hundred at a time."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.households.facts import NOBODY, put_together
from assistance.households.models import Household, HouseholdLine, HouseholdMember
from assistance.households.queries import PersonHere, in_order, within
from assistance.orm import ROW
from assistance.people import Person
from infrastructure.crypto import Unreadable

AT_ONCE = 400
LINE = (
    HouseholdLine.id,
    HouseholdLine.household_id,
    HouseholdLine.member_id,
    HouseholdLine.fact,
    HouseholdLine.sealed,
    HouseholdLine.standing,
    HouseholdLine.dated_on,
    HouseholdLine.recorded_at,
    HouseholdLine.replaced_at,
)


def list_documents(
    session: Session, division_code: str, *, on: date, contested: Collection[uuid.UUID] = NOBODY
) -> Iterator[dict[str, Any]]:
    """The documents of the active households of a division, in the order of their numbers.

    Contested lines count for nothing. The documents never lie in memory all together; each holds facts and
    no name.
    """
    number = ""
    while True:
        query = (
            select(Household)
            .where(within([division_code]), Household.state == "active", Household.number > number)
            .order_by(Household.number)
            .limit(AT_ONCE)
        )
        found = session.scalars(query).all()
        if not found:
            return
        number = found[-1].number
        ids = [household.id for household in found]
        people, lines = _people(session, ids), _lines(session, ids, on, contested)
        for household in found:
            everybody = in_order(people.get(household.id, ()))
            yield put_together(household, everybody, lines.get(household.id, ()), on=on).document
        session.expunge_all()


def _people(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, list[PersonHere]]:
    found: dict[uuid.UUID, list[PersonHere]] = {}
    query = (
        select(HouseholdMember, Person)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(HouseholdMember.household_id.in_(ids))
    )
    for member, person in session.execute(query):
        found.setdefault(member.household_id, []).append(PersonHere(member, person))
    return found


def _lines(
    session: Session, ids: list[uuid.UUID], on: date, contested: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Any]]:
    """Plain rows: a county has a hundred thousand of them."""
    found: dict[uuid.UUID, list[Any]] = {}
    query = select(*LINE).where(HouseholdLine.household_id.in_(ids), HouseholdLine.dated_on <= on)
    for row in session.execute(query):
        if row.sealed.get(ROW) != str(row.id):
            raise Unreadable
        if row.id not in contested:
            found.setdefault(row.household_id, []).append(row)
    return found
