"""Loading the demo: alike on both databases, once, and nothing where real residents are served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance import audit, authorizations
from assistance.authorizations import Authorization
from assistance.households import Household, HouseholdLine
from assistance.people import Person, StaffAccount
from demo.accounts import actor_of, let_codes_be_used_again
from demo.loading import Demo, Loaded
from infrastructure import jobs
from infrastructure.database import Database
from infrastructure.settings import DEFAULT_SIGNING_KEYS, Settings
from infrastructure.signing import SigningKeys
from tests.conftest import NOW, settings_of_test
from tests.demo.canonical import canonical

SOME = 20
DUMPS: dict[str, dict[str, Any]] = {}


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    named = settings_of_test(tmp_path_factory.mktemp("demo"))
    return replace(named, office_name="平湖市民政局")


def demo_of(database: Database, settings: Settings, **more: Any) -> Demo:
    told = {"county": "330482", "households": SOME, "seed": 1, "now": NOW, **more}
    return Demo(database, settings, SigningKeys(DEFAULT_SIGNING_KEYS), **told)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_it_is_the_same_on_both_databases_and_a_second_run_changes_nothing(
    database: Database, settings: Settings
) -> None:
    demo = demo_of(database, settings)
    planned = demo.load(dry_run=True)
    with database.reading() as session:
        assert count(session, Household) == 0
    loaded = demo.load()
    assert (planned.accounts, planned.stories, planned.generated) == (25, 12, SOME)
    assert (loaded.accounts, loaded.sheets, loaded.stories, loaded.generated) == (25, 1, 12, SOME)
    assert loaded.left_out == []
    with database.reading() as session:
        entries = count(session, audit.AuditEntry)
        first = canonical(session)
        assert count(session, Household) == SOME + 12
    again = demo.load()
    assert again == Loaded()
    assert again.is_nothing
    with database.reading() as session:
        assert canonical(session) == first
        assert count(session, audit.AuditEntry) == entries
        _look_into(session)
    DUMPS[database.engine.dialect.name] = first
    if len(DUMPS) == 2:
        assert DUMPS["sqlite"] == DUMPS["postgresql"]


def _look_into(session: Session) -> None:
    """No checked line without a grant; the sample grants really signed; their checks wait for the worker."""
    checked = select(func.count()).where(HouseholdLine.standing == "checked")
    assert session.scalar(checked) == 0
    records = session.scalars(select(Authorization)).all()
    assert len(records) == 11
    keys = SigningKeys(DEFAULT_SIGNING_KEYS)
    for record in records:
        assert authorizations.is_signature_good(record, keys)
        assert record.state == "active"
    waiting = jobs.list_jobs(session, (jobs.WAITING,), "ask_sources", 100)
    assert len(waiting) >= 9
    for person in session.scalars(select(Person)):
        assert person.resident_id is not None
        assert person.resident_id.value.startswith("330499")


def test_another_seed_adds_others_with_numbers_of_their_own(database: Database, settings: Settings) -> None:
    demo_of(database, settings).load()
    more = demo_of(database, settings, seed=2, households=10).load()
    assert (more.stories, more.generated, more.accounts) == (0, 10, 0)


def test_a_clock_set_back_lets_codes_count_again(app: Flask) -> None:
    run(app, "load", "--households", "0")
    with database_of(app).transaction() as session:
        account = session.get_one(StaffAccount, actor_of(session, "town1", NOW).account_id)
        account.totp_last_step = int(NOW.timestamp()) // 30 + 400
        assert let_codes_be_used_again(session, NOW) == 1
        assert let_codes_be_used_again(session, NOW) == 0


def test_the_command_counts_and_names_nobody_on_the_way(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done = run(app, "load", "--households", "2", "--months", "3", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["stories"], told["generated"], told["payments"], told["county"]) == (12, 2, 0, "330482")
    assert "发放记录还没有" in done.stderr
    said = done.stdout + done.stderr + caplog.text
    assert not any(mark in said for mark in ("330499", "199000", "陈", "国良"))
    again = run(app, "load", "--households", "2")
    assert "什么也没有改" in again.stdout


def test_trying_it_keeps_nothing(app: Flask) -> None:
    done = run(app, "load", "--households", "2", "--dry-run", "--json")
    assert json.loads(done.stdout)["generated"] == 2
    with database_of(app).reading() as session:
        assert count(session, Household) == 0
    assert run(app, "accounts", "--json").stdout.strip() == "[]"
    assert run(app, "accounts").exit_code == 1


def test_an_unknown_county_is_refused(app: Flask) -> None:
    assert run(app, "load", "--county", "999999").exit_code == 1


@pytest.fixture
def in_production(app: Flask) -> Iterator[Flask]:
    parts = app.extensions["huimin"]
    app.extensions["huimin"] = replace(parts, settings=replace(parts.settings, env="production"))
    yield app
    app.extensions["huimin"] = parts


@pytest.mark.parametrize("command", ["load", "accounts"])
def test_in_production_there_is_no_demo(in_production: Flask, command: str) -> None:
    done = run(in_production, command)
    assert done.exit_code == 1
    assert "演示" in done.stderr


def run(app: Flask, *args: str) -> Any:
    return app.test_cli_runner().invoke(args=["demo", *args])


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["huimin"].database
    return database
