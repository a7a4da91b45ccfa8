"""One request, one transaction: what is kept, what is dropped, and what survives a refusal."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, abort, g, jsonify, redirect
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from infrastructure.database import Database
from tests.assistance.households.test_queries import counted
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from web import limits
from web.limits import Limit, RateLimit
from web.unit_of_work import after_answer, current_session, has_open_transaction, reading_first

ADDRESS = "/privacy"


def note(session: Session, name: bytes = b"here") -> None:
    session.add(RateLimit(subject=name, window_starts_at=NOW, uses=1, expires_at=NOW))
    session.flush()


@pytest.fixture
def probe(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put another view in the place of a page, and say how many rows it left."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)

    def ask(view: Any, method: str = "POST", *, reads: bool = False) -> tuple[int, int]:
        view.only_reads = reads
        monkeypatch.setitem(app.view_functions, "portal.start_help_request", view)
        status = app.test_client().open("/help-requests/new", method=method).status_code
        with app.extensions["huimin"].database.reading() as session:
            return status, session.scalar(select(func.count()).select_from(RateLimit)) or 0

    return ask


def test_a_redirect_and_json_keep_the_work(probe: Any) -> None:
    def to_page() -> Any:
        note(current_session(), b"page")
        return redirect("/")

    def to_json() -> Any:
        note(current_session(), b"json")
        return jsonify(done=True)

    assert probe(to_page) == (302, 1)
    assert probe(to_json) == (200, 2)


def test_a_page_a_refusal_and_a_crash_drop_it(probe: Any) -> None:
    def to_form() -> Any:
        note(current_session())
        return Response("once more", mimetype="text/plain")

    def to_refusal() -> Any:
        note(current_session())
        abort(403)

    def to_problem() -> Any:
        note(current_session())
        return jsonify(done=False), 409

    def to_crash() -> Any:
        note(current_session())
        raise RuntimeError

    assert probe(to_form) == (200, 0)
    assert probe(to_refusal) == (403, 0)
    assert probe(to_problem) == (409, 0)
    assert probe(to_crash) == (500, 0)


def test_a_get_that_redirects_keeps_nothing_and_cannot_even_write(probe: Any) -> None:
    def view() -> Any:
        note(current_session())
        return redirect("/")

    status, rows = probe(view, "GET")
    assert status >= 500
    assert rows == 0
    status, rows = probe(view, reads=True)
    assert status >= 500
    assert rows == 0


def test_what_must_survive_is_written_after_a_refusal(probe: Any) -> None:
    def view() -> Any:
        note(current_session(), b"dropped")
        after_answer(lambda session: note(session, b"kept"))
        abort(409)

    assert probe(view) == (409, 1)


def test_where_it_cannot_be_written_there_is_no_page(probe: Any) -> None:
    def fail(_session: Session) -> None:
        raise OperationalError("insert", {}, Exception("full"))

    def view() -> Any:
        after_answer(fail)
        return Response("secret")

    assert probe(view, "GET") == (503, 0)


def test_a_limit_counts_each_try_and_forgets_with_the_window(app: Flask) -> None:
    with app.test_request_context("/"):
        tries = [limits.count("somebody", timedelta(minutes=15), 3) for _ in range(5)]
        assert tries == [True, True, True, False, False]
        assert limits.count("somebody else", timedelta(minutes=15), 3)
    database: Database = app.extensions["huimin"].database
    with database.transaction() as session:
        later = NOW + timedelta(minutes=15)
        assert limits.count_expired(session, NOW) == 0
        assert limits.delete_expired(session, later) == 2


def test_what_was_counted_cannot_be_read_from_the_table(app: Flask) -> None:
    with app.test_request_context("/"):
        limits.count("192.0.2.7", timedelta(hours=1), 3)
    with app.extensions["huimin"].database.reading() as session:
        subject = session.scalars(select(RateLimit.subject)).one()
    assert len(subject) == 32
    assert b"192" not in subject


def test_who_asks_is_read_in_the_request_s_own_transaction_only_where_that_reads(probe: Any) -> None:
    found = []

    def view() -> Any:
        with reading_first() as session:
            session.execute(text("SELECT 1"))
            found.append(session is current_session())
        return Response("seen", mimetype="text/plain")

    probe(view, "GET")
    probe(view)
    probe(view, reads=True)
    assert found == [True, False, True]


def test_after_the_request_s_work_whoever_reads_leaves_nothing_open(app: Flask) -> None:
    with app.test_request_context("/"):
        with reading_first() as session:
            session.execute(text("SELECT 1"))
        assert not session.in_transaction()
        assert "unit_of_work_session" not in g


def test_a_limit_is_counted_before_the_first_statement_only(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        current_session().execute(text("SELECT 1"))
        assert has_open_transaction()
        with pytest.raises(RuntimeError, match="before"):
            limits.count("somebody", timedelta(hours=1), 3)
        current_session().close()


def test_a_request_that_only_reads_may_count_a_limit_at_any_time(app: Flask) -> None:
    with app.test_request_context("/"):
        current_session().execute(text("SELECT 1"))
        assert not has_open_transaction()
        assert limits.count("somebody", timedelta(hours=1), 3)
        current_session().close()


def test_several_limits_are_counted_in_one_transaction_in_turn(app: Flask) -> None:
    def tried(limit: Limit) -> int:
        return limits.count_uses(limit.key, limit.per) - 1

    small, large, never = (Limit(name, timedelta(hours=1), 3) for name in ("small", "large", "never"))
    small = dataclasses.replace(small, most=1)
    with app.test_request_context("/"), counted(app.extensions["huimin"].database) as asked:
        assert limits.first_exceeded([small, large]) is None
        assert [statement for statement in asked if "BEGIN" in statement] in (["BEGIN IMMEDIATE"], [])
        assert limits.first_exceeded([small, large, never]) == small
        # What comes after the exceeded one is not used up.
        assert (tried(small), tried(large), tried(never)) == (2, 1, 0)
        assert not limits.count_all([small, large])
        # Here each is counted, whichever is exceeded.
        assert (tried(small), tried(large)) == (4, 3)


def test_without_its_table_a_limit_is_closed_unless_being_open_does_no_harm(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("insert", {}, Exception("away"))

    monkeypatch.setattr(Database, "transaction", fail)
    with app.test_request_context("/"):
        assert limits.count("somebody", timedelta(hours=1), 3, open_on_failure=True)
        with pytest.raises(Exception, match="503"):
            limits.count("somebody", timedelta(hours=1), 3)


def test_the_client_notices_a_get_that_changes_something(
    client: ComplainingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Database = client.application.extensions["huimin"].database

    def view() -> Response:
        with database.transaction() as session:
            session.execute(text("UPDATE divisions SET name = name || '！' WHERE code = '330482'"))
        return Response("{}", mimetype="application/json")

    monkeypatch.setitem(client.application.view_functions, "portal.show_withdrawn_help_request", view)
    try:
        with pytest.raises(AssertionError, match="changed the database"):
            client.get("/help-requests/withdrawn")
    finally:
        with database.transaction() as session:
            session.execute(text("UPDATE divisions SET name = '平湖市' WHERE code = '330482'"))


def test_of_many_guesses_at_once_no_more_are_judged_than_allowed(
    database: Database, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = dataclasses.replace(app.extensions["huimin"], database=database)
    monkeypatch.setitem(app.extensions, "huimin", parts)
    allowed: list[bool] = []

    def guess() -> None:
        with app.test_request_context("/"):
            for _ in range(5):
                allowed.append(limits.count("one receipt", timedelta(minutes=15), 5))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 40
    assert sum(allowed) == 5


@pytest.mark.parametrize(
    ("told", "is_counted_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("not an address", "not an address"),
    ],
)
def test_who_has_many_addresses_is_counted_as_one(app: Flask, told: str, is_counted_as: str) -> None:
    # Nobody chooses the address by a header unless a trusted proxy stands in front.
    headers = {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7"}
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": told}, headers=headers):
        assert limits.caller_address() == is_counted_as
