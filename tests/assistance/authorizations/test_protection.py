"""Whom a town reviewer should speak with: found however many requests there are, in few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from assistance import authorizations
from assistance.authorizations import AuthorizationRequest
from assistance.people import Actor
from assistance.permissions import Role
from infrastructure.database import Database
from tests.assistance.authorizations.family import make_family, officer, opened, part_of, signed
from tests.assistance.households.test_queries import counted
from tests.conftest import NOW

TOWN = "330482001"


def reviewer(session: Any) -> Actor:
    return officer(session, Role.TOWN_REVIEWER, TOWN)


def test_a_silent_no_is_found_behind_any_number_of_older_requests(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistance.authorizations.queries.MOST_LISTED", 1)
    with database.transaction() as session:
        for _ in range(3):
            opened(session, make_family(session))
        session.execute(update(AuthorizationRequest).values(state="closed"))
        family = make_family(session)
        request = opened(session, family)
        part = part_of(session, request, family.spouse)
        signed(session, request, part, is_unwilling=True)
        (found,) = authorizations.list_to_protect(session, reviewer(session))
        assert (found.part.id, found.signals) == (part.id, ("unwilling",))


def test_a_silent_no_stays_until_somebody_has_spoken_with_the_person_and_then_there_is_time_to_answer(
    database: Database,
) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family, now=NOW)
        part = part_of(session, request, family.spouse)
        signed(session, request, part, now=NOW, is_unwilling=True)
        much_later = NOW + timedelta(days=400)
        authorizations.expire_overdue(session, much_later)
        assert {one.state for one in authorizations.parts_of(session, request.id)} == {"expired"}
        actor = reviewer(session)
        (found,) = authorizations.list_to_protect(session, actor)
        assert (found.part.id, found.signals) == (part.id, ("unwilling",))
        anew = authorizations.review(session, actor, part.id, "ask_anew", "谈过，愿意", now=much_later)
        assert authorizations.list_to_protect(session, actor) == []
        assert (anew.state, request.state) == ("waiting", "open")
        assert request.deadline_on > much_later.date()


def test_one_telephone_for_two_signatures_of_one_family_is_a_signal(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(2):
            family = make_family(session)
            request = opened(session, family)
            parts = [part_of(session, request, person) for person in (family.head, family.spouse)]
            for part in parts:
                record = signed(session, request, part)
                assert record is not None
                record.sealed = {**record.sealed, "device": "the same"}
        session.flush()
        found = authorizations.list_to_protect(session, reviewer(session))
        assert len(found) == 4
        assert {one.signals for one in found} == {("same_device",)}


def test_the_list_takes_as_many_queries_for_many_requests_as_for_one(database: Database) -> None:
    counts = []
    with database.transaction() as session:
        actor = reviewer(session)
        for _ in range(2):
            for _ in range(3):
                opened(session, make_family(session))
            session.flush()
            session.expire_all()
            with counted(database) as asked:
                assert authorizations.list_to_protect(session, actor) == []
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_list_of_requests_counts_answers_in_one_query(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.head), now=NOW)
        other = opened(session, make_family(session))
        counts = authorizations.count_answers(session, [request.id, other.id])
        assert counts == {request.id: (1, 4), other.id: (0, 4)}
