"""Declared near relatives are found whoever declared them, and only as long as the declaration stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assistance import people
from assistance.errors import NotFound, Refusal
from assistance.people import relatives
from assistance.permissions import Role
from infrastructure.database import Database
from tests.assistance.people.test_staff import actor
from tests.conftest import NOW
from tests.signing_in import VILLAGE, invented_id, make_person, make_staff

BIRTH = date(1950, 1, 1)


def test_T13_fifty_pairs_are_found_in_both_directions(database: Database) -> None:
    with database.transaction() as session:
        for number in range(50):
            account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
            relative = make_staff(session, Role.TOWN_REVIEWER, VILLAGE)
            stranger = make_person(session, birth=BIRTH + timedelta(days=number))
            kin = session.get_one(people.Person, relative.person_id)
            assert kin.resident_id is not None
            relatives.declare_relative(
                session,
                name=kin.name,
                resident_id=kin.resident_id,
                relation="sibling",
                by=actor(session, account),
                now=NOW,
            )
            assert people.is_near_relative(session, account.id, [stranger.id, kin.id])
            assert people.is_near_relative(session, relative.id, [account.person_id])
            assert not people.is_near_relative(session, account.id, [stranger.id])
            assert not people.is_near_relative(session, relative.id, [stranger.id])
            assert not people.is_near_relative(session, account.id, [])


def test_somebody_declared_before_they_were_known_here_is_found_later(database: Database) -> None:
    number = invented_id(BIRTH)
    with database.transaction() as session:
        account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        by = actor(session, account)
        declared = relatives.declare_relative(
            session, name="张父", resident_id=number, relation="parent", by=by, now=NOW
        )
        person = make_person(session, "张父", number.value)
        assert people.is_near_relative(session, account.id, [person.id])
        relatives.end_relative(session, declared.id, by=by, now=NOW)
        assert not people.is_near_relative(session, account.id, [person.id])
        again = relatives.declare_relative(
            session, name="张父", resident_id=number, relation="parent", by=by, now=NOW
        )
        assert again.id == declared.id
        assert people.is_near_relative(session, account.id, [person.id])


def test_nobody_declares_themself_or_takes_back_anothers(database: Database) -> None:
    with database.transaction() as session:
        account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        by = actor(session, account)
        own = session.get_one(people.Person, account.person_id).resident_id
        assert own is not None
        with pytest.raises(Refusal, match="自己的"):
            relatives.declare_relative(session, name="我", resident_id=own, relation="parent", by=by, now=NOW)
        with pytest.raises(Refusal, match="什么亲属"):
            relatives.declare_relative(
                session, name="张", resident_id=invented_id(BIRTH), relation="friend", by=by, now=NOW
            )
        declared = relatives.declare_relative(
            session, name="张", resident_id=invented_id(BIRTH), relation="child", by=by, now=NOW
        )
        other = actor(session, make_staff(session, Role.VILLAGE_OFFICER, VILLAGE))
        with pytest.raises(NotFound):
            relatives.end_relative(session, declared.id, by=other, now=NOW)


def test_the_declaration_is_confirmed_every_year(database: Database) -> None:
    with database.transaction() as session:
        account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        assert relatives.is_signing_due(account.relatives_signed_at, NOW)
        relatives.sign_relatives(session, by=actor(session, account), now=NOW)
        assert not relatives.is_signing_due(account.relatives_signed_at, NOW + timedelta(days=364))
        assert relatives.is_signing_due(account.relatives_signed_at, NOW + timedelta(days=365))
