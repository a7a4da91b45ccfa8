"""One request, one transaction: a page that succeeds redirects, JSON answers 2xx, only then it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable

from infrastructure.database import only_reads
from web.services import services

View = TypeVar("View", bound=Callable[..., Any])
Write = Callable[[Session], None]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def reading(view: View) -> View:
    """This view only reads, although it is asked by POST."""
    view.__dict__["only_reads"] = True
    return view


def current_session() -> Session:
    """The session of this request; its transaction opens at the first statement."""
    if "unit_of_work_session" not in g:
        g.unit_of_work_session = services().database.session(reading=request_only_reads())
    session: Session = g.unit_of_work_session
    return session


@contextmanager
def reading_first() -> Iterator[Session]:
    """A session to read by what the request is decided; the request's own where that one only reads.

    Where the request may write it is another, and over at once: its own transaction begins at its first
    statement, after limits were counted.
    """
    if g.get("is_dispatching") and request_only_reads():
        yield current_session()
        return
    with services().database.reading() as session:
        yield session


def has_open_transaction() -> bool:
    """Whether this request has already sent a statement of its own with which it may write."""
    session = g.get("unit_of_work_session")
    return session is not None and session.in_transaction() and not only_reads(session)


def request_only_reads() -> bool:
    """Whether this request may not change anything."""
    if request.method in SAFE_METHODS:
        return True
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "only_reads", False))


def after_answer(write: Write) -> None:
    """Queue a write that survives a refusal: all run in one transaction after the request's own."""
    g.setdefault("writes_after_answer", []).append(write)


class TransactionalFlask(Flask):
    """A Flask that ends the request's transaction inside dispatch, where error handlers are still asked."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook here is asynchronous, so none is looked at again in every request."""
        return func

    def dispatch_request(self) -> Any:
        """Answer one request, keep its work or drop it, then write what must survive either way."""
        g.is_dispatching = True
        try:
            response = self.make_response(super().dispatch_request())
            _end(keep=_succeeded(response))
        except BaseException:
            _end(keep=False)
            _write_what_survives()
            raise
        _write_what_survives()
        return response


def _succeeded(response: Response) -> bool:
    if request_only_reads():
        return False
    if response.status_code in (301, 302, 303, 307, 308):
        return True
    return response.mimetype in ("application/json", "") and 200 <= response.status_code < 300


def _end(*, keep: bool) -> None:
    g.is_dispatching = False
    session: Session | None = g.pop("unit_of_work_session", None)
    if session is None:
        return
    try:
        if keep:
            session.commit()
    finally:
        session.close()


def _write_what_survives() -> None:
    writes: list[Write] = g.pop("writes_after_answer", [])
    if not writes:
        return
    try:
        with services().database.transaction() as session:
            for write in writes:
                write(session)
    except SQLAlchemyError as error:
        # No record, no page: a look at personal data that cannot be noted is not shown.
        raise ServiceUnavailable from error
