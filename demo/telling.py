"""Puts one story into the database by the verbs that the pages use, so that the log tells it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from assistance import households, people
from assistance.households import Household, Joining
from assistance.people import Actor, Person
from demo.accounts import actor_of
from demo.stories_file import Member, Story
from infrastructure.clock import SHANGHAI

OFFICERS = {"village": "village1", "other-village": "village3", "community": "community1"}
OFFICER_ELSEWHERE = "community2"


@dataclass(frozen=True)
class Telling:
    """A story on its way into the database."""

    session: Session
    story: Story
    household: Household
    persons: Mapping[str, Person]
    by: Actor
    now: datetime
    today: date


def tell(session: Session, story: Story, places: Mapping[str, str], now: datetime) -> Telling:
    """The household of a story with its members, telephones, lines and events; raises Refusal."""
    today = now.astimezone(SHANGHAI).date()
    by = actor_of(session, OFFICERS.get(story.place, OFFICER_ELSEWHERE), now)
    # On a day before a birth the child is not there yet.
    born = [one for one in story.members if one.resident_id.birth <= today]
    persons = {one.key: _person(session, one, by, now) for one in born}
    household = households.open_household(
        session,
        division_code=places[story.place],
        address=story.address,
        joining=[_joining(one, persons) for one in born if not one.is_newborn],
        on=min(story.since, today),
        by=by,
        now=now,
        number=story.number,
    )
    telling = Telling(session, story, household, persons, by, now, today)
    _tell_events(telling, born)
    _tell_lines(telling)
    return telling


def _person(session: Session, one: Member, by: Actor, now: datetime) -> Person:
    person = people.find_by_resident_id(session, one.resident_id)
    if person is None:
        person = people.register_person(session, one.name, resident_id=one.resident_id, now=now)
    if one.phone is not None:
        people.record_phone(session, person.id, one.phone, recorded_by="officer", by=by, now=now)
    return person


def _joining(one: Member, persons: Mapping[str, Person]) -> Joining:
    is_by_court = one.guardian_by_court_days_ago is not None
    return Joining(
        persons[one.key],
        one.relation,
        is_supporter=one.is_supporter,
        guardian_id=persons[one.guardian].id if one.guardian and not is_by_court else None,
        lives_on_own_wages=one.lives_on_own_wages,
    )


def _tell_events(telling: Telling, born: list[Member]) -> None:
    for one in born:
        guardian = telling.persons[one.guardian].id if one.guardian else None
        if one.is_newborn:
            households.register_birth(
                telling.session,
                telling.household,
                telling.persons[one.key],
                relation=one.relation,
                guardian_id=guardian,
                on=one.resident_id.birth,
                by=telling.by,
                now=telling.now,
            )
        if one.guardian_by_court_days_ago is not None:
            households.change_guardian(
                telling.session,
                telling.household,
                _member_of(telling, one.key),
                guardian,
                on=telling.today - timedelta(days=one.guardian_by_court_days_ago),
                by_court=True,
                by=telling.by,
                now=telling.now,
            )


def _tell_lines(telling: Telling) -> None:
    for told in telling.story.told:
        day = telling.today - timedelta(days=told.days_ago)
        said: list[tuple[str | None, str, object]] = [
            (None, fact, value) for fact, value in (told.household or {}).items()
        ]
        for key, facts in (told.members or {}).items():
            said += [(key, fact, value) for fact, value in facts.items()]
        for who, fact, value in said:
            if who is not None and who not in telling.persons:
                continue
            households.record_line(
                telling.session,
                telling.household,
                fact=fact,
                value=value,
                source=told.source,
                dated_on=day,
                by=telling.by,
                now=telling.now,
                member=_member_of(telling, who) if who else None,
                standing=told.standing,
            )


def _member_of(telling: Telling, key: str) -> households.HouseholdMember:
    found = households.find_member(telling.session, telling.household, telling.persons[key].id)
    assert found is not None
    return found
