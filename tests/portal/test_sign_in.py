"""Signing in with a telephone number, seen from the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import audit
from assistance.messages import Message
from assistance.people import OneTimeCode, Person, RecordedPhone, SignInIdentity, SignInSession
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_person

PHONE, OTHER = "19900000011", "19900000099"


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def send(client: ComplainingClient, address: str, page: str | None = None, **fields: Any) -> TestResponse:
    """Open the page with the form, fill it in and send it."""
    token = token_of(client.get(page or address))
    return client.post(address, data={"csrf_token": token, **fields})


def rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(model)))


def newest_code(app: Flask, number: int = -1) -> str:
    """What the gateway would be handed to send."""
    found = sorted((one for one in rows(app, Message) if one.contents), key=lambda one: one.created_at)
    assert found[number].contents is not None
    return str(found[number].contents["code"])


def events(app: Flask) -> list[str]:
    return [one.event for one in sorted(rows(app, audit.AuditEntry), key=lambda one: one.id)]


def put_down(app: Flask, name: str = "陈国良", phone: str | None = PHONE, **more: Any) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        return make_person(session, name, phone=phone, **more).id


def sign_in(client: ComplainingClient, phone: str = PHONE, **fields: Any) -> TestResponse:
    """Number, code, and the page after it."""
    assert send(client, "/sign-in", phone=phone, **fields).location == "/sign-in/code"
    return send(client, "/sign-in/code", code=newest_code(client.application))


def test_a_number_and_the_code_sent_to_it_sign_in(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    before = client.get_cookie("huimin_resident")
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/me/sign-ins")
    after = client.get_cookie("huimin_resident")
    assert before is None
    assert after is not None
    assert len(after.value) >= 43
    assert after.max_age is None
    (found,) = rows(app, SignInSession)
    assert (found.person_id, found.assurance, found.face, found.proved_by) == (person, 3, "portal", "code")
    page = client.get("/me/sign-ins")
    assert page.status_code == 200
    assert "就是这一台" in page.text
    assert events(app) == ["code_sent", "identity_bound", "signed_in"]
