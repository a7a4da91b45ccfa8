"""Both databases keep what was promised, and a reader cannot write."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infrastructure.database import Database


def test_sqlite_runs_with_what_survives_a_power_cut(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("SQLite only")
    with database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }


def test_a_reading_session_cannot_write_and_the_next_one_can(database: Database) -> None:
    change = text("UPDATE divisions SET name = '甲' WHERE code = '330482'")
    with database.reading() as session, pytest.raises(DBAPIError):
        session.execute(change)
    with database.transaction() as session:
        session.execute(change)
    with database.reading() as session:
        assert session.execute(text("SELECT name FROM divisions WHERE code = '330482'")).scalar_one() == "甲"


def test_no_connection_changes_between_reading_and_writing(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("SQLite only")
    # Whoever changes this setting on a connection makes it prepare every statement anew.
    asked = text("PRAGMA query_only")
    for _ in range(2):
        with database.reading() as session:
            assert session.execute(asked).scalar_one() == 1
        with database.transaction() as session:
            assert session.execute(asked).scalar_one() == 0
    said: list[str] = []
    for engine in database.engines:
        connection = engine.raw_connection()
        connection.driver_connection.set_trace_callback(said.append)  # type: ignore[union-attr]
        connection.close()
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
    assert "SELECT 1" in said
    assert [statement for statement in said if "PRAGMA" in statement] == []


def test_sqlite_needs_a_file() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="file"):
            Database(url)


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def change_and_fail() -> None:
        with database.transaction() as session:
            session.execute(text("UPDATE divisions SET name = '甲' WHERE code = '330482'"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with database.reading() as session:
        assert (
            session.execute(text("SELECT name FROM divisions WHERE code = '330482'")).scalar_one() == "平湖市"
        )


def test_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE divisions SET name = '0' WHERE code = '330482'"))

    def add_one() -> None:
        for _ in range(20):
            with database.transaction() as session:
                lock = "" if database.is_sqlite else " FOR UPDATE"
                now = session.execute(
                    text(f"SELECT name FROM divisions WHERE code = '330482'{lock}")
                ).scalar_one()
                session.execute(
                    text("UPDATE divisions SET name = :new WHERE code = '330482'"), {"new": str(int(now) + 1)}
                )

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.execute(text("SELECT name FROM divisions WHERE code = '330482'")).scalar_one() == "80"


def test_nobody_else_on_the_machine_reads_a_new_file(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path / 'instance' / 'huimin.db'}")
    with made.transaction() as session:
        session.execute(text("CREATE TABLE things (name TEXT)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "instance").iterdir()}
    made.dispose()
    assert modes == {"huimin.db": 0o600, "huimin.db-wal": 0o600, "huimin.db-shm": 0o600}
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700
