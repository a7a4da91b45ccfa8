"""Birthdays, deaths and moves end what they touch and ask anew; deadlines come by themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from assistance import authorizations, households
from assistance.audit import WORKER, AuditEntry
from assistance.authorizations import Authorization, AuthorizationPart
from assistance.messages import Message
from assistance.people import SYSTEM, Person
from infrastructure.database import Database
from tests.assistance.authorizations.family import (
    make_family,
    opened,
    part_of,
    relate,
    resident,
    signed,
)
from tests.conftest import NOW
from tests.signing_in import make_person

TODAY = NOW.date()


def states(session, request, person_id):
    found = session.scalars(
        select(AuthorizationPart)
        .where(AuthorizationPart.request_id == request.id, AuthorizationPart.person_id == person_id)
        .order_by(AuthorizationPart.round, AuthorizationPart.capacity)
    ).all()
    return [(part.round, part.capacity, part.state) for part in found]


@pytest.mark.parametrize(
    ("born", "after"),
    [
        (date(2018, 11, 23), [(1, "guardian", "signed")]),
        (date(2012, 11, 23), [(1, "guardian", "void"), (2, "guardian", "waiting"), (2, "ward", "waiting")]),
        (date(2008, 11, 23), [(1, "guardian", "void"), (1, "ward", "void"), (2, "self", "waiting")]),
    ],
    ids=["8", "14", "18"],
)
def test_a_birthday_voids_and_asks_whom_it_touches(database: Database, born: date, after: list) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=born)
        request = opened(session, family)
        for part in authorizations.parts_of(session, request.id):
            signed(session, request, part)
        assert request.state == "closed"
        assert authorizations.review_birthdays(session, NOW).ended == 0
        tomorrow = NOW + timedelta(days=1)
        authorizations.review_birthdays(session, tomorrow)
        assert states(session, request, family.child) == after
        assert request.state == ("closed" if len(after) == 1 else "open")
        if len(after) > 1:
            assert request.deadline_on == date(2026, 12, 23)
            void = session.scalars(select(Authorization).where(Authorization.person_id == family.child)).all()
            assert {one.state for one in void} == {"void"}
        again = authorizations.review_birthdays(session, tomorrow)
        assert (again.ended, again.asked) == (0, 0)


def test_a_death_ends_what_was_signed_and_finds_another_guardian(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        for part in authorizations.parts_of(session, request.id):
            signed(session, request, part)
        household = session.get_one(households.Household, family.household_id)
        members = {one.person_id: one for one in households.current_members(session, household.id)}
        households.register_death(
            session,
            household,
            members[family.head],
            on=TODAY,
            by=SYSTEM,
            now=NOW,
            new_head=members[family.spouse],
            relations={members[family.grandmother].id: "other", members[family.child].id: "child"},
        )
        assert states(session, request, family.head)[0][2] == "void"
        assert authorizations.live_for(session, family.head, "tax", "application", NOW) is None
        child = states(session, request, family.child)
        assert child == [(1, "guardian", "void"), (2, "guardian", "waiting")]
        anew = part_of(session, request, family.child)
        assert anew.signer_id == family.spouse
        assert authorizations.live_for(session, family.spouse, "tax", "application", NOW) is not None
        assert authorizations.live_for(session, family.child, "tax", "application", NOW) is None


def test_who_moves_out_is_no_longer_asked(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.spouse))
        spouse = session.get_one(Person, family.spouse)
        relate(session, spouse, "spouse", left_on=TODAY)
        changed = authorizations.review_household(
            session, family.household_id, because="move", by=WORKER, now=NOW
        )
        assert (changed.ended, changed.asked) == (1, 0)
        assert states(session, request, family.spouse) == [(1, "self", "void")]


def test_who_joins_is_asked_while_the_request_is_open(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        baby = make_person(session, "冯安", birth=date(2026, 10, 30))
        session.add(
            households.HouseholdMember(
                household_id=family.household_id, person_id=baby.id, relation="child", joined_on=TODAY
            )
        )
        session.flush()
        changed = authorizations.review_household(
            session, family.household_id, because="birth", by=WORKER, now=NOW
        )
        assert (changed.ended, changed.asked) == (0, 1)
        assert states(session, request, baby.id) == [(1, "guardian", "waiting")]


def test_the_last_day_ends_what_nobody_answered(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family, deadline_on=date(2026, 11, 25))
        signed(session, request, part_of(session, request, family.head))
        last, after = NOW + timedelta(days=3), NOW + timedelta(days=4)
        assert authorizations.count_due(session, last) == 0
        assert authorizations.count_due(session, after) == 3
        assert authorizations.expire_overdue(session, after) == 3
        assert states(session, request, family.spouse) == [(1, "self", "expired")]
        assert request.state == "closed"
        # Who has signed stays signed; who has not is not asked about.
        assert authorizations.live_for(session, family.head, "tax", "application", after) is not None
        assert authorizations.live_for(session, family.spouse, "tax", "application", after) is None


def test_a_signature_runs_out_by_itself(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.head))
        at_end = NOW + timedelta(days=180)
        assert authorizations.live_for(session, family.head, "tax", "application", at_end) is None
        authorizations.expire_overdue(session, at_end)
        (record,) = session.scalars(select(Authorization)).all()
        assert (record.state, record.ended_because) == ("expired", "term")


def test_two_reminders_are_written_down_and_sent_once_each(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.head))
        authorizations.decline(
            session, resident(family.spouse), part_of(session, request, family.spouse).id, now=NOW
        )
        deadline = request.deadline_on
    counts = []
    for days in (8, 7, 6, 2, 1, 0):
        at = NOW + (deadline - timedelta(days=days) - TODAY)
        counts.append(authorizations.remind(database, at))
    assert counts == [0, 2, 0, 2, 0, 0]
    with database.reading() as session:
        events = session.scalars(select(AuditEntry).where(AuditEntry.event == "authorization_reminded")).all()
        assert len(events) == 4
        sent = session.scalars(select(Message).where(Message.template == "authorization_reminder")).all()
        assert len(sent) == 4


def test_the_worker_s_round_does_all_of_it(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        opened(session, family, deadline_on=date(2026, 11, 25))
    assert authorizations.look_after(database, NOW) == 4
    assert authorizations.look_after(database, NOW + timedelta(days=4)) == 4
    assert authorizations.look_after(database, NOW + timedelta(days=5)) == 0


def told(session, template: str) -> list:
    return session.scalars(select(Message.person_id).where(Message.template == template)).all()


def test_whoever_signed_hears_that_it_has_come_to_its_end(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.head))
        # A no in silence ends with the same words on the same day: nothing tells the two apart (T21).
        signed(session, request, part_of(session, request, family.spouse), is_unwilling=True)
    at_end = NOW + timedelta(days=181)
    authorizations.look_after(database, at_end)
    authorizations.look_after(database, at_end + timedelta(minutes=1))
    with database.reading() as session:
        assert sorted(told(session, "authorization_ended")) == sorted([family.head, family.spouse])
        for person_id in (family.head, family.spouse):
            assert states(session, request, person_id)[0][2] == "expired"


def test_nobody_is_written_to_about_the_dead(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.grandmother))
        session.get_one(Person, family.grandmother).died_on = TODAY
        authorizations.review_person(session, family.grandmother, because="death", by=WORKER, now=NOW)
        assert states(session, request, family.grandmother)[0][2] == "void"
        assert told(session, "authorization_ended") == []


def test_what_has_run_out_ends_some_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistance.authorizations.life_events.AT_ONCE", 1)
    with database.transaction() as session:
        request = opened(session, make_family(session))
    after = NOW + (request.deadline_on - TODAY) + timedelta(days=1)
    with database.transaction() as session:
        assert authorizations.count_due(session, after) == 4
        assert authorizations.expire_overdue(session, after) == 1
    authorizations.look_after(database, after)
    with database.reading() as session:
        assert authorizations.count_due(session, after) == 0
