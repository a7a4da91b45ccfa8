"""A call that creates something, sent again: one effect, one answer, at the same moment too."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import portal.api.rights
from assistance.orm import Model
from assistance.people import Assurance, Person
from assistance.rights import RightsRequest
from infrastructure import clock
from infrastructure.crypto import Unreadable
from infrastructure.database import Database
from tests.api.test_auth import newest_code
from tests.api.test_authorizations import ADDRESS as AUTHORIZATIONS
from tests.api.test_authorizations import Mini
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_access_log import seen_once
from tests.signing_in import bearer_of, make_person, new_key
from web import limits
from web.idempotency import IdempotentAnswer, UndeclaredCreation, check_declared_creation, creates_nothing
from web.unit_of_work import TransactionalFlask

REQUESTS = "/api/v1/me/data/requests"
BODY = {"kind": "correction", "about": "messages", "says": "我的名字写错了"}


class Sender:
    """A resident's mini-program on a bad network."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.database: Database = app.extensions["huimin"].database
        with self.database.transaction() as session:
            self.person_id = make_person(session).id
        self.headers = {**bearer_of(app, self.person_id, Assurance.L2), **new_key()}

    def send(self, body: object = BODY, **headers: str | None) -> TestResponse:
        told = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        kept = {name: text for name, text in told.items() if text is not None}
        # Each from a client of its own: threads share none.
        return FlaskClient(self.app, self.app.response_class).post(REQUESTS, json=body, headers=kept)

    def count(self, model: type[Model] = RightsRequest) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def sender(app: Flask) -> Sender:
    return Sender(app)


@pytest.fixture
def sender_on_each(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """The same once on SQLite and once on PostgreSQL."""
    parts = dataclasses.replace(app.extensions["huimin"], database=database)
    monkeypatch.setitem(app.extensions, "huimin", parts)
    return Sender(app)


def test_sent_again_it_is_answered_again_and_done_once(sender: Sender) -> None:
    first, second = sender.send(), sender.send()
    assert (first.status_code, second.status_code) == (200, 200)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.get_data() == first.get_data()
    for name in ("Content-Type", "ETag", "Cache-Control"):
        assert second.headers[name] == first.headers[name]
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert sender.count() == 1


@pytest.mark.parametrize("key", [None, "", "a" * 65, "schlüssel", "a b"])
def test_without_a_key_nothing_is_done_and_the_header_is_named(sender: Sender, key: str | None) -> None:
    told = sender.send(Idempotency_Key=key)
    assert (told.status_code, told.mimetype) == (400, "application/problem+json")
    assert told.json is not None
    assert told.json["code"] == "IDEMPOTENCY_KEY_MISSING"
    assert [one["field"] for one in told.json["errors"]] == ["Idempotency-Key"]
    assert sender.count() == 0


@pytest.mark.parametrize("key", ["1", "a" * 64, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
def test_any_key_of_1_to_64_characters_will_do(sender: Sender, key: str) -> None:
    assert sender.send(Idempotency_Key=key).status_code == 200


def test_another_body_under_the_same_key_is_refused(sender: Sender) -> None:
    sender.send()
    other = sender.send({**BODY, "says": "没有这句"})
    assert (other.status_code, other.json and other.json["code"]) == (422, "IDEMPOTENCY_REUSED")
    assert "没有这句" not in other.text
    assert sender.count() == 1


def test_a_key_belongs_to_one_person_whichever_sign_in(sender: Sender) -> None:
    first = sender.send()
    later = bearer_of(sender.app, sender.person_id, Assurance.L2)
    assert sender.send(**later).get_data() == first.get_data()
    with sender.database.transaction() as session:
        stranger = make_person(session, "李四").id
    theirs = sender.send(**bearer_of(sender.app, stranger, Assurance.L2))
    assert theirs.status_code == 200
    assert "Idempotent-Replayed" not in theirs.headers
    assert sender.count() == 2


def test_a_replay_is_no_way_around_the_sign_in(sender: Sender) -> None:
    sender.send()
    assert sender.send(Authorization=None).status_code == 401
    weaker = bearer_of(sender.app, sender.person_id, Assurance.L1)
    told = sender.send(**weaker)
    assert (told.status_code, told.json and told.json["need"]) == (403, "L2")


def test_what_was_refused_is_not_kept(sender: Sender) -> None:
    wrong = sender.send({"kind": "correction"})
    assert wrong.status_code == 422
    assert sender.count(IdempotentAnswer) == 0
    assert sender.send().status_code == 200


def test_while_it_is_at_work_the_same_key_waits(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    answers: list[TestResponse] = []

    def read_own() -> uuid.UUID:
        # Before its first statement: a writer that holds SQLite's lock would make the other wait for that.
        begun.set()
        assert go_on.wait(30)
        return sender.person_id

    monkeypatch.setattr(portal.api.rights, "reader_id", read_own)
    thread = threading.Thread(target=lambda: answers.append(sender.send()))
    thread.start()
    assert begun.wait(30)
    waiting = sender.send()
    go_on.set()
    thread.join()
    assert (waiting.status_code, waiting.json and waiting.json["code"]) == (409, "IN_PROGRESS")
    assert waiting.headers["Retry-After"] == "1"
    again = sender.send()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_data() == answers[0].get_data()
    assert sender.count() == 1


@pytest.mark.parametrize("claims", [True, False], ids=["claimed", "the-claim-has-run-out"])
def test_many_at_once_have_one_effect(
    sender_on_each: Sender, monkeypatch: pytest.MonkeyPatch, claims: bool
) -> None:
    sender = sender_on_each
    answers: list[TestResponse] = []
    if not claims:
        # Then the table alone decides.
        monkeypatch.setattr(limits, "claim", lambda *_: True)
    together = threading.Barrier(6)

    def send() -> None:
        together.wait(30)
        answers.append(sender.send())

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 409}
    assert statuses[200] >= 1
    if not claims:
        assert statuses[200] == 6
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json is not None
            assert answer.json["code"] == "IN_PROGRESS"
    assert len({answer.get_data() for answer in answers if answer.status_code == 200}) == 1
    assert sum("Idempotent-Replayed" not in one.headers for one in answers if one.status_code == 200) == 1
    assert (sender.count(), sender.count(IdempotentAnswer)) == (1, 1)
    assert sender.send().headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("what", ["request", "objection", "answer"])
def test_T15_each_call_that_creates_something_has_one_effect_when_sent_at_once(
    client: ComplainingClient, app: Flask, what: str
) -> None:
    if what == "answer":
        mini = Mini(client, app)
        address, body, headers = AUTHORIZATIONS, {"id": mini.part, "decision": "decline"}, mini.headers
    elif what == "objection":
        person_id, reference = seen_once(app)
        address, body = f"/api/v1/me/access-log/{reference}/objection", {"says": "为什么"}
        headers = bearer_of(app, person_id)
    else:
        address, body, headers = REQUESTS, BODY, Sender(app).headers
    told, together = {**headers, **new_key()}, threading.Barrier(3)
    answers: list[TestResponse] = []

    def send() -> None:
        together.wait(30)
        answers.append(FlaskClient(app, app.response_class).post(address, json=body, headers=told))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [one for one in answers if one.status_code == 200]
    # Whoever had done it a second time would read CONFLICT, or an answer of its own.
    assert {one.json["code"] for one in answers if one not in done and one.json} <= {"IN_PROGRESS"}
    assert sum("Idempotent-Replayed" not in one.headers for one in done) == 1
    assert len({one.get_data() for one in done}) == 1


@pytest.fixture
def failing_commit(sender_on_each: Sender) -> Iterator[list[bool]]:
    """The next transaction that keeps an answer fails at its end, as when the power goes."""
    fails = [True]

    def note(session: Session, _context: Any) -> None:
        session.info["keeps"] = any(isinstance(one, IdempotentAnswer) for one in session.new)

    def fail(session: Session) -> None:
        if fails[0] and session.info.get("keeps"):
            raise OperationalError("commit", {}, Exception("disk full"))

    event.listen(Session, "after_flush", note)
    event.listen(Session, "before_commit", fail)
    yield fails
    event.remove(Session, "after_flush", note)
    event.remove(Session, "before_commit", fail)


def test_a_crash_at_the_end_leaves_neither_act_nor_answer(
    sender_on_each: Sender, failing_commit: list[bool]
) -> None:
    sender = sender_on_each
    assert sender.send().status_code == 503
    assert (sender.count(), sender.count(IdempotentAnswer)) == (0, 0)
    failing_commit[0] = False
    again = sender.send()
    assert again.status_code == 200
    assert "Idempotent-Replayed" not in again.headers
    assert (sender.count(), sender.count(IdempotentAnswer)) == (1, 1)


def test_a_server_that_died_holds_a_key_for_a_minute_only(
    sender_on_each: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever dies releases nothing.
    monkeypatch.setattr(limits, "after_answer", lambda _: None)
    with monkeypatch.context() as dying:
        dying.setattr(portal.api.rights, "reader_id", _die)
        assert sender_on_each.send().status_code == 500
    assert sender_on_each.send().status_code == 409
    with clock.freeze(NOW + timedelta(minutes=1)):
        assert sender_on_each.send().status_code == 200


def _die() -> uuid.UUID:
    raise RuntimeError


def test_after_72_hours_a_key_is_as_good_as_new(sender_on_each: Sender) -> None:
    sender = sender_on_each
    first = sender.send()
    with clock.freeze(NOW + timedelta(hours=71, minutes=59)):
        renewed = bearer_of(sender.app, sender.person_id, Assurance.L2)
        assert sender.send(**renewed).get_data() == first.get_data()
    with clock.freeze(NOW + timedelta(hours=72)):
        renewed = bearer_of(sender.app, sender.person_id, Assurance.L2)
        assert "Idempotent-Replayed" not in sender.send(**renewed).headers
    assert (sender.count(), sender.count(IdempotentAnswer)) == (2, 1)


def test_the_worker_deletes_what_has_run_out(sender: Sender) -> None:
    sender.send()
    with clock.freeze(NOW + timedelta(hours=72)):
        result = sender.app.test_cli_runner().invoke(args=["worker", "--once"])
    assert result.exit_code == 0, result.output
    assert sender.count(IdempotentAnswer) == 0
    assert sender.count() == 1


def test_what_is_kept_is_sealed_to_its_row(sender: Sender) -> None:
    answer = sender.send()
    assert answer.json is not None
    with sender.database.reading() as session:
        (row,) = session.execute(text("SELECT * FROM idempotent_answers")).mappings()
    written = b"".join(value for value in row.values() if isinstance(value, bytes)).decode("latin-1")
    for plain in (answer.json["number"], answer.json["id"], sender.headers["Idempotency-Key"], "correction"):
        assert plain not in written
        assert plain not in repr(dict(row))
    # A ciphertext that is copied to another row does not open there.
    other = sender.send(**new_key())
    assert other.status_code == 200
    with sender.database.transaction() as session:
        session.execute(
            text("UPDATE idempotent_answers SET sealed = :sealed"),
            {"sealed": row["sealed"]},
        )
    with sender.database.reading() as session, pytest.raises(Unreadable):
        session.scalars(select(IdempotentAnswer)).all()


def test_every_call_that_creates_something_asks_for_a_key(app: Flask) -> None:
    # By hand, from the interface: what a client may send twice without meaning to.
    creating = {
        "api-access-log.object_to_look",
        "api-authorizations.answer_authorization",
        "api-rights.ask_about_data",
    }
    declared = {
        name
        for name, view in app.view_functions.items()
        if getattr(view, "declared_creation", None) == "creates"
    }
    assert declared == creating


def test_the_application_does_not_start_while_a_call_is_silent() -> None:
    made = TransactionalFlask(__name__)

    def make() -> Response:
        return Response()

    made.add_url_rule("/api/v1/things", "make_thing", make, methods=["GET", "POST"])
    with pytest.raises(UndeclaredCreation, match="make_thing"):
        check_declared_creation(made)
    creates_nothing(make)
    check_declared_creation(made)


def test_a_signature_that_is_sent_again_is_one_signature(client: ComplainingClient, app: Flask) -> None:
    mini = Mini(client, app)
    body = {"id": mini.part, "decision": "agree", "agreed": mini.codes[:2], "typed_name": ""}
    with app.extensions["huimin"].database.reading() as session:
        body["typed_name"] = session.get_one(Person, mini.family.head).name
    with clock.freeze(NOW + timedelta(minutes=2)):
        begin = {**mini.headers, **new_key()}
        sent = [client.post(AUTHORIZATIONS, json=body, headers=begin) for _ in range(2)]
        assert [one.status_code for one in sent] == [202, 202]
        assert sent[1].headers["Idempotent-Replayed"] == "true"
        finish = {**mini.headers, **new_key()}
        code = {"id": mini.part, "decision": "agree", "code": newest_code(app)}
        wrong = client.post(AUTHORIZATIONS, json={**code, "code": "000000"}, headers=finish)
        assert wrong.status_code == 422
        done = [client.post(AUTHORIZATIONS, json=code, headers=finish) for _ in range(2)]
    assert [one.status_code for one in done] == [200, 200]
    assert done[0].get_data() == done[1].get_data()
    assert len(mini.records()) == 1
