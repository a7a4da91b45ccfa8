"""Asking, answering with reasons, and what near relatives of the dead may and may not."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit, rights
from assistance.errors import NotFound, Refusal
from assistance.households import HouseholdLine
from assistance.messages import Message
from assistance.people import Person
from assistance.permissions import Role
from infrastructure.database import Database
from tests.assistance.authorizations.family import officer, resident
from tests.assistance.rights.seeding import _file, seed
from tests.conftest import NOW
from tests.signing_in import COUNTY, TOWN, make_household, make_person

SAYS = "电话写错了"


def asked(session: Session, kind: str = "correction", about: str = "messages") -> rights.RightsRequest:
    person = make_person(session)
    make_household(session, [person])
    by = resident(person.id)
    return rights.ask(session, kind, about, SAYS, of=person, county=COUNTY, by=by, now=NOW)


def relative_of(session: Session, *, died: bool = True) -> tuple[rights.RightsRequest, Person]:
    dead, asker = make_person(session, "陈阿宜", birth=date(1946, 3, 8)), make_person(session)
    make_household(session, [asker])
    if died:
        dead.died_on = date(2026, 10, 1)
    number = dead.resident_id
    assert number is not None
    told = rights.Relative("陈阿宜", number, "parent", b"jpeg")
    by = resident(asker.id)
    return rights.ask_as_relative(session, "copy", told, "", county=COUNTY, by=by, now=NOW), dead


def test_PIPL_50_a_request_has_a_number_and_fifteen_days(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session)
        assert request.number.startswith("RR-20261122-")
        assert request.due_on == date(2026, 12, 7)
        assert not rights.is_late(request, date(2026, 12, 7))
        assert rights.is_late(request, date(2026, 12, 8))


def test_PIPL_50_no_refusal_without_reason_neither_in_the_verb_nor_in_the_table(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        for outcome, words, reason in (
            ("declined", "不行", ""),
            ("declined", "", "kept_by_law"),
            ("partly", "改了一些", "because"),
            ("refused", "不行", "kept_by_law"),
        ):
            with pytest.raises(Refusal):
                rights.answer(session, request, outcome, words, reason=reason, by=by, now=NOW)
        assert request.state == "open"
        request_id, account = request.id, by.account_id
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            update(rights.RightsRequest)
            .where(rights.RightsRequest.id == request_id)
            .values(state="declined", answered_by=account, answered_at=NOW)
        )


def test_PIPL_50_an_answer_is_given_once_in_words_and_logged(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        rights.answer(session, request, "declined", "法律要留三年", reason="kept_by_law", by=by, now=NOW)
        assert (request.state, request.reason, request.answer) == ("declined", "kept_by_law", "法律要留三年")
        entry = session.query(audit.AuditEntry).filter_by(event="rights_answered").one()
        assert entry.case_ref == request.number
        with pytest.raises(Refusal):
            rights.answer(session, request, "done", "又办了", by=by, now=NOW)


def test_only_staff_of_the_division_answer_and_nobody_for_themselves(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session)
        stranger = officer(session, Role.TOWN_REVIEWER, "330482002")
        assert rights.list_visible(session, stranger) == []
        with pytest.raises(NotFound):
            rights.get_visible(session, stranger, request.id)
        with pytest.raises(NotFound):
            rights.answer(session, request, "done", "好", by=stranger, now=NOW)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        assert by.person_id is not None
        own = session.get_one(Person, by.person_id)
        mine = rights.ask(
            session, "correction", "staff", SAYS, of=own, county=TOWN, by=resident(own.id), now=NOW
        )
        with pytest.raises(Refusal):
            rights.answer(session, mine, "done", "好", by=by, now=NOW)


def test_PIPL_47_a_file_on_which_nothing_rests_is_deleted_when_asked(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session, "deletion", "household-files")
        person = session.get_one(Person, request.person_id)
        household = session.query(HouseholdLine.household_id).first()
        assert household is None
        home = rights.get_own(session, resident(person.id), request.id)
        assert home is request
        _file(session, _home(session, person.id), person, NOW)
        session.flush()
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        rights.answer(session, request, "done", "删了", by=by, now=NOW)
        left = session.query(HouseholdLine).all()
        assert [line.member_id for line in left] == [None]


def test_PIPL_47_what_a_check_rests_on_is_not_deleted_and_that_is_said(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        by = resident(seeded.other.id)
        request = rights.ask(
            session, "deletion", "household-files", "都删", of=seeded.other, county=COUNTY, by=by, now=NOW
        )
        answers = officer(session, Role.COUNTY_APPROVER, COUNTY)
        with pytest.raises(Refusal, match="不能删"):
            rights.answer(session, request, "done", "删了", by=answers, now=NOW)
        assert session.query(HouseholdLine).count() == 4


def test_PIPL_49_a_near_relative_with_proof_gets_the_copy_for_a_time(database: Database) -> None:
    with database.transaction() as session:
        request, dead = relative_of(session)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        reader, today = resident(request.person_id), NOW.date()
        assert rights.granted_copies(session, reader, today) == []
        rights.answer(session, request, "done", "可以看", is_proved=True, by=by, now=NOW)
        assert [one.id for one in rights.granted_copies(session, reader, today)] == [dead.id]
        assert rights.granted_copies(session, reader, today + timedelta(days=31)) == []
        assert rights.granted_copies(session, resident(uuid.uuid4()), today) == []


def test_PIPL_49_who_is_no_near_relative_gets_nothing(database: Database) -> None:
    with database.transaction() as session:
        request, _ = relative_of(session)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        with pytest.raises(Refusal):
            rights.answer(session, request, "done", "可以看", by=by, now=NOW)
        rights.answer(
            session, request, "declined", "看不出关系", reason="not_a_near_relative", by=by, now=NOW
        )
        assert rights.granted_copies(session, resident(request.person_id), NOW.date()) == []
        number = session.get_one(Person, request.person_id).resident_id
        assert number is not None
        for relation, proof in (("neighbour", b"jpeg"), ("parent", b"")):
            told = rights.Relative("某人", number, relation, proof)
            with pytest.raises(Refusal):
                rights.ask_as_relative(
                    session, "copy", told, "", county=COUNTY, by=resident(request.person_id), now=NOW
                )


def test_PIPL_49_of_the_living_nobody_gets_a_relatives_copy(database: Database) -> None:
    with database.transaction() as session:
        request, _ = relative_of(session, died=False)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        with pytest.raises(Refusal):
            rights.answer(session, request, "done", "可以看", is_proved=True, by=by, now=NOW)


def test_PIPL_49_the_wish_of_the_dead_is_respected(database: Database) -> None:
    with database.transaction() as session:
        request, dead = relative_of(session)
        rights.say_wish(session, "nobody", by=resident(dead.id), now=NOW)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        with pytest.raises(Refusal, match="生前"):
            rights.answer(session, request, "done", "可以看", is_proved=True, by=by, now=NOW)


def test_too_many_waiting_at_once_are_refused(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        by = resident(person.id)
        for _ in range(10):
            rights.ask(session, "correction", "messages", SAYS, of=person, county=COUNTY, by=by, now=NOW)
        with pytest.raises(Refusal):
            rights.ask(session, "correction", "messages", SAYS, of=person, county=COUNTY, by=by, now=NOW)


def _home(session: Session, person_id: uuid.UUID) -> uuid.UUID:
    from assistance import households

    found = households.household_of(session, person_id)
    assert found is not None
    return found.id


def test_whoever_asked_is_told_of_the_answer_once(database: Database) -> None:
    with database.transaction() as session:
        request = asked(session)
        by = officer(session, Role.TOWN_REVIEWER, TOWN)
        rights.answer(session, request, "done", "改好了", by=by, now=NOW)
        with pytest.raises(Refusal):
            rights.answer(session, request, "done", "改好了", by=by, now=NOW)
        (told,) = session.scalars(select(Message).where(Message.template == "rights_answered"))
        assert told.person_id == request.person_id
