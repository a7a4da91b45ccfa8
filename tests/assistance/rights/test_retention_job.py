"""A seeded year: what is due goes from every table, what is held stays, archives are never touched."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from assistance import audit, reactions, rights
from assistance.data_register import data_register
from assistance.economic_checks import CheckResult
from assistance.errors import NotFound, Refusal
from assistance.messages import Message
from assistance.orm import Model
from assistance.people import OneTimeCode, SignInIdentity, SignInSession
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.database import Database
from tests.assistance.audit.log import sealer
from tests.assistance.authorizations.family import officer
from tests.assistance.rights.seeding import Seeded, seed
from tests.conftest import NOW
from tests.signing_in import COUNTY

TABLES = data_register().tables
A_YEAR_ON = NOW + timedelta(days=400)


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(Model.metadata.tables[name])) or 0
            for name, entry in TABLES.items()
            if entry.handling and name in Model.metadata.tables
        }


def seeded(database: Database) -> Seeded:
    with database.transaction() as session:
        found = seed(session)
        session.query(rights.LegalHold).delete()
        return found


def days(database: Database, start: int, end: int) -> None:
    """The worker's rounds of some days."""
    for day in range(start, end):
        rights.run(database, NOW + timedelta(days=day))


def test_PIPL_47_after_a_seeded_year_what_is_due_is_gone_from_every_table(database: Database) -> None:
    seeded(database)
    before = counts(database)
    for entry in rights.deletable():
        assert before[entry.name], f"nothing of {entry.name} was seeded"
    days(database, 395, 400)
    after = counts(database)
    for entry in rights.deletable():
        assert entry.keep is not None
        if entry.keep.action == "delete":
            assert after[entry.name] == 0, entry.name
    assert after["messages"] == 0
    with database.reading() as session:
        for result in session.scalars(select(CheckResult)):
            assert result.sealed == {"items": {}}
            assert result.destroyed_at is not None
        assert session.scalars(select(audit.AuditSalt)).all() is not None
        assert rights.look_ahead(session, A_YEAR_ON).deleted == {}


def test_DA_21_archive_classes_are_untouched_after_a_year(database: Database) -> None:
    seeded(database)
    before = counts(database)
    days(database, 395, 400)
    after = counts(database)
    archives = [name for name, entry in TABLES.items() if entry.keep and entry.keep.is_archive]
    assert len(archives) > 20
    for name in archives:
        if name not in ("audit_entries", "audit_salts"):
            assert after.get(name) == before.get(name), name
    assert after["audit_entries"] > before["audit_entries"]
    assert not {entry.name for entry in rights.deletable()} & set(archives)


def test_PIPL_47_nothing_goes_before_its_day(database: Database) -> None:
    seeded(database)
    before = counts(database)
    assert rights.run(database, NOW).deleted == {}
    after = counts(database)
    assert {name: after[name] for name in after if name != "audit_entries"} == {
        name: before[name] for name in before if name != "audit_entries"
    }


def test_PIPL_47_what_is_held_stays_and_what_is_another_persons_goes(database: Database) -> None:
    found = seeded(database)
    with database.transaction() as session:
        by = officer(session, Role.COUNTY_APPROVER, COUNTY)
        rights.put_hold(session, "person", str(found.person.id), "有诉讼", by=by, now=NOW)
        held, other = found.person.id, found.other.id
    days(database, 398, 400)
    with database.reading() as session:
        for model in (SignInIdentity, SignInSession, Message):
            assert session.query(model).filter_by(person_id=held).count() == 1, model.__tablename__
            assert session.query(model).filter_by(person_id=other).count() == 0, model.__tablename__
        assert session.get_one(CheckResult, found.result_id).sealed["items"]["balance"] == 100
        run = rights.last_runs(session)[0]
        assert run.held["check_results"] == 1
        assert session.query(OneTimeCode).count() == 1


def test_PIPL_47_a_held_household_and_a_held_class_stay_too(database: Database) -> None:
    found = seeded(database)
    with database.transaction() as session:
        by = officer(session, Role.COUNTY_APPROVER, COUNTY)
        rights.put_hold(session, "household", str(found.household_id), "有纠纷", by=by, now=NOW)
        rights.put_hold(session, "class", "drafts", "审计", by=by, now=NOW)
    rights.run(database, A_YEAR_ON)
    after = counts(database)
    assert (after["check_results"], after["sign_in_identities"], after["household_imports"]) == (2, 2, 1)
    assert after["staff_invitations"] == 1
    with database.reading() as session:
        assert all(one.destroyed_at is None for one in session.scalars(select(CheckResult)))


def test_a_hold_is_lifted_by_two_and_then_its_rows_go(database: Database) -> None:
    found = seeded(database)
    with database.transaction() as session:
        one = officer(session, Role.COUNTY_APPROVER, COUNTY)
        two = officer(session, Role.COUNTY_APPROVER, COUNTY)
        hold = rights.put_hold(session, "person", str(found.person.id), "有诉讼", by=one, now=NOW)
        rights.lift(session, hold, by=one, now=NOW)
        with pytest.raises(Refusal):
            rights.lift(session, hold, by=one, now=NOW)
        assert rights.held_people(session) == {found.person.id}
        rights.lift(session, hold, by=two, now=NOW)
        assert rights.held_people(session) == frozenset()
        events = [entry.event for entry in session.query(audit.AuditEntry) if entry.event.startswith("hold")]
        assert events == ["hold_put", "hold_lift_asked", "hold_lifted"]
        hold_id = hold.id
        with pytest.raises(NotFound):
            rights.put_hold(session, "person", str(uuid.uuid4()), "x", by=one, now=NOW)
        with pytest.raises(Refusal):
            rights.put_hold(session, "class", "messages", " ", by=one, now=NOW)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("UPDATE legal_holds SET lifted_by = lift_asked_by"))
    assert hold_id


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(database: Database) -> None:
    seeded(database)
    before = counts(database)
    with database.reading() as session:
        ahead = rights.look_ahead(session, A_YEAR_ON)
    assert counts(database) == before
    done = rights.run(database, A_YEAR_ON)
    assert {row.table: row.due for row in ahead.rows if row.table not in _REFERRED_TO} == {
        row.table: row.due for row in done.rows if row.table not in _REFERRED_TO
    }


# These go only after rows that refer to them, so the run finds more than was due beforehand.
_REFERRED_TO = {"sign_in_sessions", "sign_in_identities"}


def test_a_run_is_noted_with_its_counts_and_the_same_day_adds_up(database: Database) -> None:
    seeded(database)
    assert reactions.rounds()["retention"](database, A_YEAR_ON) > 0
    assert reactions.rounds()["retention"](database, A_YEAR_ON + timedelta(hours=1)) == 0
    rights.run(database, A_YEAR_ON)
    with database.reading() as session:
        (run,) = rights.last_runs(session)
        assert run.deleted["check_results"] == 2
        logged = [
            json.loads(entry.fields)
            for entry in session.query(audit.AuditEntry).filter_by(event="expired_deleted")
        ]
        assert {one["what"]: one["count"] for one in logged} == run.deleted
        assert session.query(audit.AuditEntry).filter_by(event="retention_ran").count() == 2


def test_ZS_27_the_life_of_a_destroyed_result_stays_readable_for_three_years(database: Database) -> None:
    found = seeded(database)
    later = NOW + timedelta(days=32)
    rights.run(database, NOW + timedelta(days=30))
    with database.reading() as session:
        assert session.get_one(CheckResult, found.result_id).destroyed_at is None
    rights.run(database, later)
    three_years = NOW + timedelta(days=3 * 366)
    rights.run(database, three_years)
    with database.reading() as session:
        result = session.get_one(CheckResult, found.result_id)
        assert (result.purpose, result.received_at, result.destroyed_at) == ("recheck", NOW, later)
        told = [
            entry
            for entry in session.query(audit.AuditEntry).filter_by(event="result_destroyed")
            if entry.object_ref == str(found.result_id)
        ]
        assert [(one.subject_ref, one.purpose) for one in told] == [(found.person.audit_subject, "recheck")]


def test_what_is_deleted_takes_the_salts_of_its_commitments_along(database: Database) -> None:
    seeded(database)
    with database.transaction() as session:
        message = session.query(Message).first()
        result = session.query(CheckResult).first()
        assert message is not None
        assert result is not None
        for ref in (str(result.id), str(uuid.uuid4())):
            audit.record(
                session,
                audit.Event.RESULT_DESTROYED,
                by=audit.WORKER,
                now=NOW,
                object_ref=ref,
                subject_ref="person:1",
                fields={"source": "x"},
                committed=b"100",
            )
        kept = session.query(audit.AuditSalt).filter_by(object_ref=str(result.id)).count()
        assert kept == 1
        result_id = result.id
    rights.run(database, A_YEAR_ON)
    with database.reading() as session:
        assert session.query(audit.AuditSalt).filter_by(object_ref=str(result_id)).count() == 0


def test_GA_20_an_entry_of_day_366_exists_and_verifies(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        seed(session)
        first = session.query(audit.AuditEntry).order_by(audit.AuditEntry.id).first()
        assert first is not None
        reference = first.reference
    report = audit.verify(sealer(database, tmp_path), NOW)
    assert report.is_sound
    day_366 = NOW + timedelta(days=366)
    with clock.freeze(day_366):
        rights.run(database, day_366)
        with database.reading() as session:
            kept: Any = session.query(audit.AuditEntry).filter_by(reference=reference).one()
            assert kept.recorded_at == NOW
        report = audit.verify(sealer(database, tmp_path), day_366)
        assert report.is_sound
        assert report.waiting == 0
