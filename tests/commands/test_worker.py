"""The worker deletes what has run out, and nothing else; a dry run deletes nothing (C.11)."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from assistance import messages
from assistance.assessments import SavedAnswers
from assistance.help_requests import HelpRequest
from assistance.messages import Message
from assistance.values import Phone
from commands import worker
from infrastructure import clock, jobs
from infrastructure.database import Database
from simulators import Running
from tests.conftest import NOW
from web.idempotency import IdempotentAnswer
from web.limits import RateLimit

TABLES = ("saved_answers", "help_requests", "messages", "jobs", "rate_limits", "idempotent_answers")
NOTHING = dict.fromkeys(worker.EXPIRING, 0)
STATES = (timedelta(days=-40), timedelta(seconds=-1), timedelta(0), timedelta(seconds=1), timedelta(days=40))


def fill(database: Database) -> None:
    with database.transaction() as session:
        for number, state in enumerate(STATES):
            ends: datetime = NOW + state
            session.add(
                SavedAnswers(
                    lookup=b"%d" % number,
                    sealed=b"x",
                    county="330482",
                    catalogue_version="2026-11-22",
                    saved_at=NOW,
                    expires_at=ends,
                )
            )
            session.add(
                HelpRequest(
                    number=str(number),
                    county="330482",
                    division_code="330482001",
                    sealed={"name": "甲", "contact": "1", "village": "乙"},
                    receipt_lookup=b"%d" % number,
                    created_at=NOW,
                    expires_at=ends,
                )
            )
            session.add(
                Message(
                    key=str(number),
                    template="report_ready",
                    language="zh",
                    channel="in_app",
                    state="sent",
                    is_listed=False,
                    created_at=NOW,
                    expires_at=ends,
                )
            )
            job = {
                "id": uuid.uuid4(),
                "kind": "work",
                "key": str(number),
                "payload": "{}",
                "state": jobs.DONE,
            }
            job |= {"is_urgent": False, "queued_at": NOW, "run_at": NOW, "attempts": 1, "failures": 0}
            session.execute(jobs.JOBS.insert().values(**job, expires_at=ends))
            session.add(
                IdempotentAnswer(
                    lookup=b"%d" % number,
                    request_hash=b"x",
                    sealed={"status": 200, "headers": {}, "body": "{}"},
                    expires_at=ends,
                )
            )
            session.add(RateLimit(subject=b"%d" % number, window_starts_at=NOW, uses=1, expires_at=ends))


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}


def test_what_has_run_out_is_deleted_to_the_second(database: Database) -> None:
    fill(database)
    assert worker.expired(database, NOW) == NOTHING | dict.fromkeys(TABLES, 3)
    assert counts(database) == dict.fromkeys(TABLES, 5)
    assert worker.sweep(database, NOW) == NOTHING | dict.fromkeys(TABLES, 3)
    assert counts(database) == dict.fromkeys(TABLES, 2)
    assert worker.sweep(database, NOW) == NOTHING


def test_a_dry_run_reports_and_deletes_nothing(app: Flask) -> None:
    database: Database = app.extensions["huimin"].database
    fill(database)
    runner = app.test_cli_runner()
    reported = runner.invoke(args=["worker", "--dry-run", "--json"])
    told = {**NOTHING, **dict.fromkeys(TABLES, 3), "tried": 0, "sealed": 0, "dry_run": True}
    assert json.loads(reported.stdout) == told
    assert counts(database) == dict.fromkeys(TABLES, 5)
    assert runner.invoke(args=["worker", "--once"]).stdout.startswith("deleted: saved_answers 3")
    assert counts(database) == dict.fromkeys(TABLES, 2)


def test_a_clock_that_goes_back_revives_nothing(database: Database) -> None:
    fill(database)
    worker.sweep(database, NOW)
    with clock.freeze(NOW - timedelta(days=400)):
        assert worker.sweep(database, clock.now()) == NOTHING
    assert counts(database) == dict.fromkeys(TABLES, 2)


def test_every_table_that_ends_is_swept_or_ends_by_the_rules_of_retention() -> None:
    from assistance.data_register import data_register
    from migrations.models import METADATA

    ending = {table.name for table in METADATA.sorted_tables if "expires_at" in table.columns}
    assert set(worker.EXPIRING) <= ending
    for name in sorted(ending - set(worker.EXPIRING)):
        assert data_register().tables[name].keep.action != "device", name


@pytest.mark.parametrize("name", TABLES)
def test_finding_what_has_run_out_uses_an_index(database: Database, name: str) -> None:
    if not database.is_sqlite:
        pytest.skip("the plan of an almost empty table says nothing on PostgreSQL")
    with database.reading() as session:
        plan = session.execute(
            text(f"EXPLAIN QUERY PLAN SELECT 1 FROM {name} WHERE expires_at <= '2026'")
        ).all()
    assert f"ix_{name}_expires_at" in str(plan)


def test_one_round_that_fails_does_not_hold_up_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_database: Database, _now: datetime) -> int:
        raise ValueError

    rounds = {"first": lambda _database, _now: 2, "broken": fail, "last": lambda _database, _now: 3}
    monkeypatch.setattr(worker.reactions, "rounds", lambda: rounds)
    assert worker.look_after(database, NOW) == {"first": 2, "broken": 0, "last": 3}


def test_a_runner_that_ends_by_itself_ends_the_worker() -> None:
    class Broken:
        def serve(self, stop: threading.Event) -> None:
            raise ValueError

    stop = threading.Event()
    with pytest.raises(ValueError):
        worker.do_jobs(Broken(), stop)  # type: ignore[arg-type]
    assert stop.is_set()


def test_one_round_of_the_worker_delivers_what_waits(app: Flask, simulators: Running) -> None:
    parts = app.extensions["huimin"]
    with parts.database.transaction() as session:
        messages.send(
            session,
            messages.Template.SIGN_IN_CODE,
            {"code": "482915"},
            to_person=None,
            to_phone=Phone("19900000011"),
            now=NOW,
            key="one",
        )
    assert (
        json.loads(app.test_cli_runner().invoke(args=["worker", "--dry-run", "--json"]).stdout)["tried"] == 1
    )
    assert simulators.messages() == []
    assert json.loads(app.test_cli_runner().invoke(args=["worker", "--once", "--json"]).stdout)["tried"] == 1
    assert simulators.code_sent_to("19900000011") == "482915"
