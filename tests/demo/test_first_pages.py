"""Every account of the demo signs in as a person would, and opens its first page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance.messages import Message
from infrastructure import clock
from tests.conftest import NOW


@pytest.fixture
def accounts(app: Flask) -> list[dict[str, Any]]:
    runner = app.test_cli_runner()
    done = runner.invoke(args=["demo", "load", "--households", "0"])
    assert done.exit_code == 0, done.output
    listed: list[dict[str, Any]] = json.loads(runner.invoke(args=["demo", "accounts", "--json"]).stdout)
    return listed


def test_staff_sign_in_with_password_and_code_and_open_the_desk(
    app: Flask, accounts: list[dict[str, Any]]
) -> None:
    staff = [one for one in accounts if one["user"]]
    assert len(staff) == 25
    for one in staff:
        client = app.test_client()
        first = send(client, "/admin/sign-in", user_name=one["user"], password=one["password"])
        assert (first.status_code, first.location) == (303, "/admin/sign-in/code"), one["user"]
        second = send(client, first.location, code=one["code"])
        assert (second.status_code, second.location) == (303, "/admin/"), one["user"]
        assert client.get("/admin/").status_code == 200, one["user"]


def test_residents_sign_in_with_a_code_and_open_their_page(
    app: Flask, accounts: list[dict[str, Any]]
) -> None:
    residents = [one for one in accounts if one["phone"]]
    assert len(residents) == 24
    for place, one in enumerate(residents):
        # Codes are limited for each network: everybody comes at an hour of their own.
        with clock.freeze(NOW + timedelta(hours=place)):
            client = app.test_client()
            sent = send(client, "/sign-in", phone=one["phone"])
            assert (sent.status_code, sent.location) == (303, "/sign-in/code"), one["name"]
            done = send(client, "/sign-in/code", code=newest_code(app))
            assert (done.status_code, done.location) == (303, "/me"), one["name"]
            assert client.get("/me").status_code == 200, one["name"]


def send(client: FlaskClient, address: str, **fields: Any) -> TestResponse:
    """Open the page with the form, fill it in and send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found is not None
    return client.post(address, data={"csrf_token": found[1], **fields})


def newest_code(app: Flask) -> str:
    """What the gateway would be handed to send."""
    with app.extensions["huimin"].database.reading() as session:
        found = session.scalars(select(Message).order_by(Message.created_at)).all()
    return next(
        str(one.contents["code"]) for one in reversed(found) if one.contents and "code" in one.contents
    )
