"""Sending requests that change nothing, and saying of each answer whether somebody got in."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from assistance.authorizations.families import RELATED
from assistance.people.separation import BAR_WORDS
from infrastructure.database import Database
from tests.access.world import Caller, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ANSWERS = ("in", "sign_in", "step_up", "refused", "hidden", "recused")
RECUSALS = (RELATED, *BAR_WORDS.values())
NAMED_TABLE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
# What is noted although nobody got in: limits, the log, what somebody had typed, that a session is in use.
MAY_BE_WRITTEN_OUTSIDE = {"rate_limits", "audit_entries", "audit_salts", "kept_forms", "sign_in_sessions"}


class Undone:
    """While it holds, every transaction is taken back at its end; notes what would have been kept."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.kept: set[str] = set()
        self._pending: set[str] = set()

    def forget(self) -> None:
        """Begin to note anew."""
        self.kept.clear()
        self._pending.clear()

    @contextmanager
    def holding(self) -> Iterator[Undone]:
        """Commit nothing until the block ends."""
        dialect = self.engine.dialect
        commit, rollback = dialect.do_commit, dialect.do_rollback

        def end(connection: Any) -> None:
            self.kept |= self._pending
            self._pending.clear()
            rollback(connection)

        def drop(connection: Any) -> None:
            self._pending.clear()
            rollback(connection)

        event.listen(self.engine, "before_cursor_execute", self._note)
        dialect.do_commit, dialect.do_rollback = end, drop  # type: ignore[method-assign]
        try:
            yield self
        finally:
            dialect.do_commit, dialect.do_rollback = commit, rollback  # type: ignore[method-assign]
            event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found = NAMED_TABLE.match(statement)
        if found:
            self._pending.add(found[1])


def client_of(app: Flask) -> FlaskClient:
    """A client that keeps nothing of its own: each request brings its caller's cookies."""
    return FlaskClient(app, app.response_class, use_cookies=False)


def ask(
    client: FlaskClient,
    world: World,
    caller: Caller,
    method: str,
    address: str,
    typed: dict[str, Any] | None = None,
    from_: str = "127.0.0.1",
) -> TestResponse:
    """One request of this caller, with a valid form token where a form is sent."""
    told: dict[str, Any] = {"headers": {**caller.headers, "X-Request-Id": "matrix00"}}
    if address.startswith("/api/"):
        if method != "GET":
            told["json"] = typed or {}
            told["headers"] |= {"Idempotency-Key": str(uuid.uuid4()), "If-Match": "*"}
    elif method in ("POST", "PUT", "PATCH", "DELETE"):
        told["data"] = {"csrf_token": world.csrf_token, **(typed or {})}
    return client.open(address, method=method, environ_base={"REMOTE_ADDR": from_}, **told)


def class_of(response: TestResponse, *, is_entrance: bool = False) -> str:
    """Which of ANSWERS this is, or the status itself where it is none that a view should give.

    An entrance is a page of signing in, which sends people to the beginning of it by itself.
    """
    status = response.status_code
    if status == 303 and not is_entrance:
        path = (response.location or "").partition("?")[0]
        if path in ("/sign-in", "/admin/sign-in"):
            return "sign_in"
        if path in ("/sign-in/step-up", "/admin/step-up"):
            return "step_up"
    if status == 403 and b"STEP_UP_REQUIRED" in response.data:
        return "step_up"
    if status in (403, 409, 422) and any(words in response.text for words in RECUSALS):
        return "recused"
    if status in (401, 403):
        return "refused"
    if status == 404:
        return "hidden"
    if status == 405 or status >= 500:
        return str(status)
    return "in"


def text_of(response: TestResponse) -> str:
    """Everything that the answer says: headers, page, and the cells of a workbook."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
    data = response.data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist())
    return headers + "\n" + data.decode("utf-8", errors="replace")
