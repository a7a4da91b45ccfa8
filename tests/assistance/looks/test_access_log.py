"""What a resident reads of who looked, and what not."""

from __future__ import annotations

import ast
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from assistance import audit, looks, people
from assistance.errors import NotFound, Refusal
from assistance.people import Actor, Assurance, Holding
from assistance.permissions import Permission, Role
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.settings import ROOT
from tests.signing_in import COUNTY, VILLAGE, make_household, make_person, make_staff

OTHER_COUNTY = "330328"


def actor_of(account: people.StaffAccount, role: Role, division: str = COUNTY) -> Actor:
    return Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        assurance=Assurance.L4,
        holdings=(Holding(role, division),),
        work_number=account.work_number,
    )


def look(session: Session, person: people.Person, account: people.StaffAccount, object_ref: str) -> None:
    audit.looked(
        session,
        audit.Event.HOUSEHOLD_SHOWN,
        [(object_ref, person.audit_subject)],
        by=actor_of(account, Role.TOWN_REVIEWER).for_the_log(Permission.HOUSEHOLDS_READ),
        now=clock.now(),
        seen=["income", "name"],
        purpose="household_file",
    )


def log_of(session: Session, person: people.Person, **more: object) -> looks.AccessLog:
    reader = looks.reader_of(session, person.id, [person.id], clock.today())
    return looks.access_log(session, reader, **more)  # type: ignore[arg-type]


def test_a_look_is_one_line_with_office_number_data_and_reason(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        account = make_staff(session, Role.TOWN_REVIEWER)
        look(session, person, account, str(uuid.uuid4()))
        (line,) = log_of(session, person).looks
    assert (line.office, line.role, line.work_number) == ("平湖市", "镇（街道）审核员", account.work_number)
    assert line.seen == ("收入", "姓名")
    assert line.purpose == "办理您家的救助"


def test_nobody_reads_of_looks_at_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        one, other = make_person(session), make_person(session)
        look(session, one, make_staff(session, Role.TOWN_REVIEWER), str(uuid.uuid4()))
        assert log_of(session, other).looks == ()


def test_own_looks_are_kept_and_not_listed(database: Database) -> None:
    with database.transaction() as session:
        account = make_staff(session, Role.TOWN_REVIEWER)
        person = session.get_one(people.Person, account.person_id)
        look(session, person, account, str(uuid.uuid4()))
        assert log_of(session, person).looks == ()


def test_pages_follow_one_another_without_a_gap(database: Database) -> None:
    with database.transaction() as session:
        person, account = make_person(session), make_staff(session, Role.TOWN_REVIEWER)
        for _ in range(7):
            look(session, person, account, str(uuid.uuid4()))
        found, cursor = [], None
        while True:
            page = log_of(session, person, cursor=cursor, limit=3)
            found += [line.reference for line in page.looks]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(found) == len(set(found)) == 7


@pytest.mark.parametrize("cursor", ["-1", "x", "²", "9" * 40, "1;--", ""])
def test_a_cursor_that_is_none_shows_the_first_page(database: Database, cursor: str) -> None:
    with database.transaction() as session:
        person = make_person(session)
        look(session, person, make_staff(session, Role.TOWN_REVIEWER), str(uuid.uuid4()))
        assert len(log_of(session, person, cursor=cursor).looks) == 1


def test_one_objects_once_and_is_answered_by_somebody_who_did_not_look(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        looker = make_staff(session, Role.INSPECTOR)
        look(session, person, looker, str(uuid.uuid4()))
        (line,) = log_of(session, person).looks
        me = Actor("resident", person_id=person.id, assurance=Assurance.L2)
        first = looks.object_to_look(session, line.reference, [person.id], "", by=me, now=clock.now())
        again = looks.object_to_look(session, line.reference, [person.id], "x", by=me, now=clock.now())
        assert first is again
        assert first.due_on == clock.today() + timedelta(days=15)
        with pytest.raises(Refusal):
            looks.answer_objection(
                session, first, "看过了", by=actor_of(looker, Role.INSPECTOR), now=clock.now()
            )
        second = make_staff(session, Role.INSPECTOR)
        with pytest.raises(Refusal):
            looks.answer_objection(session, first, "  ", by=actor_of(second, Role.INSPECTOR), now=clock.now())
        looks.answer_objection(
            session, first, "是在办您的救助", by=actor_of(second, Role.INSPECTOR), now=clock.now()
        )
        assert log_of(session, person).looks[0].objection == "answered"


def test_nobody_objects_to_a_look_at_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        person, stranger = make_person(session), make_person(session)
        look(session, person, make_staff(session, Role.TOWN_REVIEWER), str(uuid.uuid4()))
        (line,) = log_of(session, person).looks
        me = Actor("resident", person_id=stranger.id, assurance=Assurance.L2)
        with pytest.raises(NotFound):
            looks.object_to_look(session, line.reference, [stranger.id], "", by=me, now=clock.now())


def test_looks_are_hidden_only_after_two_inspectors_agree_and_only_until_their_day(
    database: Database,
) -> None:
    with database.transaction() as session:
        person = make_person(session)
        household = make_household(session, [person])
        one, two = make_staff(session, Role.INSPECTOR), make_staff(session, Role.INSPECTOR)
        first, second = actor_of(one, Role.INSPECTOR), actor_of(two, Role.INSPECTOR)
        until = clock.today() + timedelta(days=30)
        asked = looks.ask_to_seal(session, str(household.id), "查一件事", until, by=first, now=clock.now())
        look(session, person, one, str(household.id))
        assert len(log_of(session, person).looks) == 1
        with pytest.raises(Refusal):
            looks.decide_to_seal(session, asked, approved=True, by=first, now=clock.now())
        looks.decide_to_seal(session, asked, approved=True, by=second, now=clock.now())
        hidden = log_of(session, person)
        assert (hidden.looks, hidden.hidden_about) == ((), 5)
        reader = looks.reader_of(session, person.id, [person.id], until + timedelta(days=1))
        later = looks.access_log(session, reader)
        assert (len(later.looks), later.hidden_about) == (1, 0)


@pytest.mark.parametrize("days", [0, -1, 184])
def test_looks_stay_hidden_for_half_a_year_at_most(database: Database, days: int) -> None:
    with database.transaction() as session:
        actor = actor_of(make_staff(session, Role.INSPECTOR), Role.INSPECTOR)
        until = clock.today() + timedelta(days=days)
        with pytest.raises(Refusal):
            looks.ask_to_seal(session, str(uuid.uuid4()), "查一件事", until, by=actor, now=clock.now())


def test_WCW_36_a_minors_record_opens_after_a_responsible_person_of_the_division_agreed(
    database: Database,
) -> None:
    with database.transaction() as session:
        child = make_person(session, birth=date(2016, 9, 20))
        officer = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        by = actor_of(officer, Role.VILLAGE_OFFICER, VILLAGE)
        assert looks.is_minor(child, clock.today())
        assert not looks.is_minor_open_for(session, by, child.id, clock.now())
        asked = looks.ask_to_open_minor(session, child, VILLAGE, "上门看望", by=by, now=clock.now())
        again = looks.ask_to_open_minor(session, child, VILLAGE, "再问", by=by, now=clock.now())
        assert asked is again
        assert not looks.is_minor_open_for(session, by, child.id, clock.now())
        stranger = actor_of(
            make_staff(session, Role.TOWN_REVIEWER, OTHER_COUNTY), Role.TOWN_REVIEWER, OTHER_COUNTY
        )
        with pytest.raises(NotFound):
            looks.decide_minor(session, asked, approved=True, by=stranger, now=clock.now())
        head = make_staff(session, Role.TOWN_REVIEWER)
        reviewer = actor_of(head, Role.TOWN_REVIEWER)
        assert [one.id for one in looks.list_minor_approvals(session, reviewer)] == [asked.id]
        looks.decide_minor(session, asked, approved=True, by=reviewer, now=clock.now())
        assert looks.is_minor_open_for(session, by, child.id, clock.now())
        assert not looks.is_minor_open_for(session, by, child.id, clock.now() + timedelta(days=31))
        entry = session.query(audit.AuditEntry).filter_by(event="minor_approval_decided").one()
        assert entry.actor_ref == str(head.id)


def test_nobody_approves_for_themself(database: Database) -> None:
    with database.transaction() as session:
        child = make_person(session, birth=date(2016, 9, 20))
        by = actor_of(make_staff(session, Role.TOWN_REVIEWER), Role.TOWN_REVIEWER)
        asked = looks.ask_to_open_minor(session, child, VILLAGE, "看看", by=by, now=clock.now())
        with pytest.raises(Refusal):
            looks.decide_minor(session, asked, approved=True, by=by, now=clock.now())


def test_every_class_and_purpose_has_its_words() -> None:
    assert set(looks.DATA_CLASS_WORDS) == set(audit.DATA_CLASSES)


def test_every_purpose_that_a_page_notes_has_its_words() -> None:
    written = set()
    for folder in ("admin", "portal", "web", "assistance"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "note_look":
                    given = [one.value for one in call.keywords if one.arg == "purpose"]
                    written |= {one.value for one in given if isinstance(one, ast.Constant)}
    assert written
    assert written <= set(looks.PURPOSES)
