"""/api/v1/me/authorizations: the same steps as the pages', by bearer only."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance.authorizations import Authorization
from assistance.people import RecordedPhone
from assistance.values import Phone
from infrastructure import clock
from tests.api.test_auth import by_code, newest_code
from tests.assistance.authorizations.family import STROKES, make_family, opened, part_of
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import new_key

ADDRESS = "/api/v1/me/authorizations"


class Mini:
    """The head of a family that was asked, on the mini-program."""

    def __init__(self, client: ComplainingClient, app: Flask) -> None:
        self.client, self.app = client, app
        with app.extensions["huimin"].database.transaction() as session:
            self.family = make_family(session)
            request = opened(session, self.family)
            self.part = str(part_of(session, request, self.family.head).id)
            self.other = str(part_of(session, request, self.family.spouse).id)
            self.codes = [scope["source"] for scope in request.scopes]
            recorded = session.scalar(
                select(RecordedPhone).where(RecordedPhone.person_id == self.family.head)
            )
            assert recorded is not None
            self.phone = Phone(recorded.phone).value
        self.token = by_code(client, self.phone)["access_token"]

    def post(self, **body: Any) -> TestResponse:
        return self.client.post(ADDRESS, json=body, headers={**self.headers, **new_key()})

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def records(self) -> list[Authorization]:
        with self.app.extensions["huimin"].database.reading() as session:
            return list(session.scalars(select(Authorization)))


@pytest.fixture
def mini(client: ComplainingClient, app: Flask) -> Mini:
    return Mini(client, app)


def test_agree_by_code_and_withdraw(mini: Mini) -> None:
    listed = mini.client.get(ADDRESS, headers=mini.headers).json
    (waiting,) = [
        row
        for row in listed["items"]
        if row["is_signer"] and row["state"] == "waiting" and "about" not in row
    ]
    assert waiting["id"] == mini.part
    assert waiting["text"]["sections"]
    assert len(waiting["text"]["sha256"]) == 64
    body = {"id": mini.part, "decision": "agree", "agreed": mini.codes[:2], "strokes": json.loads(STROKES)}
    with clock.freeze(NOW + timedelta(minutes=2)):
        assert mini.post(**body).status_code == 202
        wrong = mini.post(id=mini.part, decision="agree", code="000000")
        assert wrong.status_code == 422
        done = mini.post(id=mini.part, decision="agree", code=newest_code(mini.app))
        assert (done.status_code, done.json["state"]) == (200, "answered")
        (record,) = mini.records()
        assert [scope["source"] for scope in record.sources] == mini.codes[:2]
        for _ in range(2):
            gone = mini.client.delete(f"{ADDRESS}/{mini.part}", headers=mini.headers)
            assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
        (record,) = mini.records()
        assert record.state == "withdrawn"


def test_a_silent_no_is_answered_like_a_signature(mini: Mini) -> None:
    with clock.freeze(NOW + timedelta(minutes=2)):
        sent = mini.post(id=mini.part, decision="unwilling")
        done = mini.post(id=mini.part, decision="unwilling", code=newest_code(mini.app))
    assert (sent.status_code, done.status_code, done.json["state"]) == (202, 200, "answered")
    assert mini.records() == []


def test_declining_needs_no_code(mini: Mini) -> None:
    done = mini.post(id=mini.part, decision="decline")
    assert (done.status_code, done.json["state"]) == (200, "declined")
    assert mini.post(id=mini.part, decision="decline").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "agree"},
        {"id": "nonsense", "decision": "agree"},
        {"decision": "agree", "agreed": "all"},
        {"decision": "agree", "agreed": [1]},
        {"decision": "agree", "strokes": {"a": 1}},
        {"decision": "agree", "typed_name": 5},
        {"decision": "maybe"},
        {"decision": "agree", "sealed": True},
    ],
)
def test_what_is_wrong_is_named(mini: Mini, body: dict[str, Any]) -> None:
    answer = mini.post(**{"id": mini.part, **body} if body else {})
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_what_is_somebody_else_s_is_not_found(mini: Mini) -> None:
    for part in (mini.other, "00000000-0000-0000-0000-000000000000"):
        assert mini.post(id=part, decision="decline").status_code == 404
        assert mini.client.delete(f"{ADDRESS}/{part}", headers=mini.headers).status_code == 404


def test_nobody_signs_without_a_token(mini: Mini) -> None:
    assert mini.client.get(ADDRESS).status_code == 401
    assert mini.client.post(ADDRESS, json={"id": mini.part, "decision": "decline"}).status_code == 401
    assert mini.client.delete(f"{ADDRESS}/{mini.part}").status_code == 401
