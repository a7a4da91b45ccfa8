"""Opening requests: by whom, for whom, why, until when, and when nobody may ask again."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from assistance import authorizations, people
from assistance.authorizations import AskedTooSoon
from assistance.errors import NotFound, Refusal
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.database import Database
from tests.assistance.authorizations.family import (
    make_family,
    officer,
    opened,
    part_of,
    relate,
    resident,
    signed,
)
from tests.conftest import NOW
from tests.signing_in import make_household, make_person

NEXT_DAY = NOW + timedelta(days=1)


def test_a_request_has_a_number_and_one_part_for_each_signature(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        assert re.fullmatch(r"AR-20261122-[0-9A-HJKMNP-TV-Z]{5}", request.number)
        assert request.deadline_on == date(2026, 12, 22)
        parts = {
            (part.person_id, part.capacity): part for part in authorizations.parts_of(session, request.id)
        }
        assert set(parts) == {
            (family.head, "self"),
            (family.spouse, "self"),
            (family.grandmother, "self"),
            (family.child, "guardian"),
        }
        assert parts[family.child, "guardian"].signer_id == family.head
        assert parts[family.child, "guardian"].hears_child
        assert len({part.link_lookup for part in parts.values()}) == 4


def test_from_14_to_17_both_sign(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=date(2012, 2, 29))
        request = opened(session, family)
        own = [one for one in authorizations.parts_of(session, request.id) if one.person_id == family.child]
        assert {(one.capacity, one.signer_id) for one in own} == {
            ("guardian", family.head),
            ("ward", family.child),
        }


def test_after_a_no_nobody_asks_again_unless_the_household_starts(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        part = part_of(session, request, family.spouse)
        authorizations.decline(session, resident(family.spouse), part.id, now=NOW)
        for one in (family.head, family.grandmother):
            authorizations.decline(session, resident(one), part_of(session, request, one).id, now=NOW)
        authorizations.decline(
            session, resident(family.head), part_of(session, request, family.child).id, now=NOW
        )
        assert request.state == "closed"
        with pytest.raises(AskedTooSoon) as refused:
            opened(session, family, now=NEXT_DAY)
        assert refused.value.opens_on == date(2026, 12, 22)
        day_before = NOW + timedelta(days=29)
        with pytest.raises(AskedTooSoon):
            opened(session, family, now=day_before)
        by_itself = opened(
            session, family, by=resident(family.head), now=NEXT_DAY, purpose="own_wish", reason=""
        )
        assert by_itself.is_opened_by_household
        assert opened(session, family, now=NOW + timedelta(days=30)).state == "open"


def test_one_request_at_a_time_for_one_purpose(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        opened(session, family)
        with pytest.raises(Refusal):
            opened(session, family)
        assert opened(session, family, purpose="recheck").purpose == "recheck"


@pytest.mark.parametrize("changes", [
    {"reason": "  "},
    {"sources": []},
    {"sources": ["no-such-source"]},
    {"deadline_on": date(2026, 11, 22)},
    {"deadline_on": date(2027, 6, 1)},
    {"purpose": "supporter"},
    {"purpose": "matching"},
])  # fmt: skip
def test_what_is_missing_is_refused(database: Database, changes: dict) -> None:
    with database.transaction() as session:
        family = make_family(session)
        with pytest.raises((Refusal, NotFound, KeyError)):
            opened(session, family, **changes)


def test_a_supporter_is_asked_alone_and_only_with_a_reason(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        son = make_person(session, "潘军", birth=date(1990, 2, 2))
        make_household(session, [son])
        from assistance.households import HouseholdMember

        session.add(
            HouseholdMember(
                household_id=family.household_id,
                person_id=son.id,
                relation="child",
                is_supporter=True,
                joined_on=date(2020, 1, 1),
            )
        )
        session.flush()
        request = opened(session, family)
        assert son.id not in {part.person_id for part in authorizations.parts_of(session, request.id)}
        with pytest.raises(Refusal):
            opened(session, family, purpose="supporter", supporter_id=son.id, reason="")
        with pytest.raises(NotFound):
            opened(session, family, purpose="supporter", supporter_id=family.head, reason="要看")
        asked = opened(session, family, purpose="supporter", supporter_id=son.id, reason="要看能不能赡养")
        (part,) = authorizations.parts_of(session, asked.id)
        assert (part.person_id, part.capacity) == (son.id, "supporter")
        record = signed(session, asked, part)
        assert record is not None
        question = ("household-registration", "supporter")
        # A day to think it over: nothing is asked before.
        assert authorizations.live_for(session, son.id, *question, NOW + timedelta(hours=23)) is None
        assert authorizations.live_for(session, son.id, *question, NOW + timedelta(hours=25)) is not None


def test_staff_ask_only_in_their_own_division_and_never_relatives(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        with pytest.raises(NotFound):
            opened(session, family, by=officer(session, Role.VILLAGE_OFFICER, "330482001002"))
        with pytest.raises(NotFound):
            opened(session, family, by=officer(session, Role.HELPER))
        related = officer(session)
        spouse = session.get_one(people.Person, family.spouse)
        assert spouse.resident_id is not None
        people.relatives.declare_relative(
            session, name="陆秀珍", resident_id=spouse.resident_id, relation="sibling", by=related, now=NOW
        )
        with pytest.raises(Refusal):
            opened(session, family, by=related)
        assert opened(session, family, by=officer(session, Role.TOWN_REVIEWER, "330482001"))


def test_only_a_grown_up_of_the_household_starts_by_itself(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        stranger = make_person(session, "外人")
        for person, purpose in ((family.child, "own_wish"), (family.head, "recheck")):
            with pytest.raises(Refusal):
                opened(session, family, by=resident(person), purpose=purpose)
        with pytest.raises(NotFound):
            opened(session, family, by=resident(stranger.id), purpose="own_wish")


def test_an_accused_guardian_signs_nothing(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        child = session.get_one(people.Person, family.child)
        relate(session, child, "child", guardian_id=family.head, is_guardian_accused=True)
        request = opened(session, family)
        assert family.child not in {part.person_id for part in authorizations.parts_of(session, request.id)}
        standings = authorizations.list_standings(session, family.household_id, clock.today())
        assert [one.person.id for one in standings if one.lacks_guardian] == [family.child]


def test_the_log_tells_that_it_was_opened_and_not_why(database: Database) -> None:
    from assistance.audit import AuditEntry

    with database.transaction() as session:
        family = make_family(session)
        opened(session, family, reason="她的丈夫病了")
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "authorization_opened")).all()
        assert len(entries) == 1
        assert entries[0].commitment is not None
        assert "丈夫" not in entries[0].fields
