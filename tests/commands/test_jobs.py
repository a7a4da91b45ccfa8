"""`flask jobs`: what waits, what could not be done, and another try for it, noted in the log."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import audit
from infrastructure import clock, jobs
from infrastructure.database import Database
from tests.conftest import NOW


@pytest.fixture
def dead(app: Flask) -> list[jobs.JobRow]:
    """Two dead letters of two kinds, and a job that waits."""
    database: Database = app.extensions["huimin"].database
    with database.transaction() as session:
        for kind in ("walk", "work"):
            jobs.enqueue(session, kind, {"id": "a"}, key="a", now=NOW)

    def refuse(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        raise jobs.GiveUp("bad_number")

    jobs.Runner(database, {"walk": refuse, "work": refuse}, clock).run_due(NOW)
    with database.transaction() as session:
        jobs.enqueue(session, "work", {"id": "b"}, key="b", now=NOW)
    with database.reading() as session:
        return jobs.list_jobs(session, (jobs.DEAD,))


def states(app: Flask) -> dict[tuple[str, str], int]:
    with app.extensions["huimin"].database.reading() as session:
        return jobs.count_by_kind(session)


def retried(app: Flask) -> list[str | None]:
    with app.extensions["huimin"].database.reading() as session:
        of_jobs = select(audit.AuditEntry.object_ref).where(audit.AuditEntry.event == "job_retried")
        return list(session.scalars(of_jobs))


def test_jobs_are_listed_for_people_and_programs(app: Flask, dead: list[jobs.JobRow]) -> None:
    runner = app.test_cli_runner()
    listed = json.loads(runner.invoke(args=["jobs", "list", "--json"]).stdout)["jobs"]
    assert sorted((one["kind"], one["state"], one["last_error"]) for one in listed) == [
        ("walk", "dead", "bad_number"),
        ("work", "dead", "bad_number"),
        ("work", "waiting", None),
    ]
    assert "payload" not in listed[0]
    assert listed[0]["run_at"].endswith("+08:00")
    only = runner.invoke(args=["jobs", "list", "--state", "dead", "--kind", "walk"]).stdout
    assert "没办成" in only
    assert "work" not in only


def test_nothing_to_list_is_said(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["jobs", "list"]).stdout == "没有等着办的事。\n"


def test_a_dry_run_changes_nothing(app: Flask, dead: list[jobs.JobRow]) -> None:
    before = states(app)
    told = app.test_cli_runner().invoke(args=["jobs", "retry", "--all", "--dry-run", "--json"])
    assert {one["id"] for one in json.loads(told.stdout)["retried"]} == {str(one.id) for one in dead}
    assert states(app) == before
    assert retried(app) == []


def test_a_named_job_is_tried_again_and_the_log_says_so(app: Flask, dead: list[jobs.JobRow]) -> None:
    done = app.test_cli_runner().invoke(args=["jobs", "retry", str(dead[0].id)])
    assert (done.exit_code, done.stdout) == (0, "重新办：1 件\n")
    assert retried(app) == [str(dead[0].id)]
    assert states(app)[dead[0].kind, "waiting"] >= 1


def test_every_job_of_a_kind_is_tried_again(app: Flask, dead: list[jobs.JobRow]) -> None:
    assert app.test_cli_runner().invoke(args=["jobs", "retry", "--kind", "work"]).exit_code == 0
    assert states(app) == {("walk", "dead"): 1, ("work", "waiting"): 2}


def test_a_job_that_is_not_there_is_named(app: Flask, dead: list[jobs.JobRow]) -> None:
    missing = str(uuid.uuid4())
    done = app.test_cli_runner().invoke(args=["jobs", "retry", missing])
    assert done.exit_code == 1
    assert missing in done.stdout
    assert app.test_cli_runner().invoke(args=["jobs", "retry"]).exit_code == 2
