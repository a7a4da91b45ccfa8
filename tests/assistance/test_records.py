"""Records that are only read: equal to those of a session, opened for their own row only, never changed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import UnmappedInstanceError

from assistance import households
from assistance.households import Household, HouseholdLine, HouseholdMember
from assistance.orm import columns_of, read_records, table_of
from assistance.people import Person
from infrastructure.crypto import FieldCipher, Unreadable
from infrastructure.database import Database
from tests.assistance.households.families import DAY, Family, family, line

PEOPLE, MEMBERS, HOUSEHOLDS = table_of(Person), table_of(HouseholdMember), table_of(Household)
EVERYBODY = (
    select(*columns_of(HOUSEHOLDS), *columns_of(PEOPLE))
    .join_from(MEMBERS, HOUSEHOLDS, HOUSEHOLDS.c.id == MEMBERS.c.household_id)
    .join(PEOPLE, PEOPLE.c.id == MEMBERS.c.person_id)
    .where(HOUSEHOLDS.c.id == bindparam("id"))
    .order_by(PEOPLE.c.id)
)


def values_of(record: Any) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in table_of(type(record)).c}


def three(session: Session) -> Family:
    chen = family(session, ("陈国良", "head"), ("陆秀珍", "spouse"), ("陈小雨", "child"))
    line(session, chen, "work", "employed", "陈国良")
    session.flush()
    return chen


def test_they_say_what_the_records_of_a_session_say(database: Database) -> None:
    with database.transaction() as session:
        chen = three(session)
        found = households.own_file(session, chen.persons["陈国良"].id)
        session.expire_all()
        assert found is not None
        assert values_of(found[0]) == values_of(session.get_one(Household, chen.household.id))
        for one in found[1]:
            assert values_of(one.member) == values_of(session.get_one(HouseholdMember, one.member.id))
            assert values_of(one.person) == values_of(session.get_one(Person, one.person.id))
            assert one.person.name == session.get_one(Person, one.person.id).name
        household = session.get_one(Household, chen.household.id)
        seen = households.as_seen_by(session, household, chen.persons["陈国良"].id, on=DAY)
        (told,) = seen.reader.lines
        assert values_of(told.line) == values_of(session.get_one(HouseholdLine, told.line.id))


def test_one_record_is_one_object_and_is_opened_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        chen = three(session)
        opened: list[str] = []
        open_one = FieldCipher.open

        def note(self: FieldCipher, purpose: str, *rest: Any) -> bytes:
            opened.append(purpose)
            return open_one(self, purpose, *rest)

        monkeypatch.setattr(FieldCipher, "open", note)
        rows = read_records(session, EVERYBODY, {"id": chen.household.id}, Household, Person)
    assert len(rows) == 3
    assert len({id(household) for household, _ in rows}) == 1
    assert sorted(opened) == ["households.sealed", *["people.sealed"] * 3]


def test_they_are_neither_changed_nor_added(database: Database) -> None:
    with database.transaction() as session:
        chen = three(session)
        rows = read_records(session, EVERYBODY, {"id": chen.household.id}, Household, Person)
        household = rows[0][0]
        with pytest.raises(AttributeError):
            household.state = "merged"
        with pytest.raises(UnmappedInstanceError):
            session.add(household)


def test_facts_that_were_copied_to_another_row_do_not_open(database: Database) -> None:
    with database.transaction() as session:
        chen = three(session)
        copied = text(
            "UPDATE people SET sealed = (SELECT sealed FROM people WHERE id = :from) WHERE id = :to"
        ).bindparams(
            bindparam("from", type_=PEOPLE.c.id.type, value=chen.persons["陈国良"].id),
            bindparam("to", type_=PEOPLE.c.id.type, value=chen.persons["陆秀珍"].id),
        )
        session.execute(copied)
        with pytest.raises(Unreadable):
            read_records(session, EVERYBODY, {"id": chen.household.id}, Household, Person)
