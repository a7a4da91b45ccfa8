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


def test_the_head_s_brother_finds_the_family_masked_and_is_refused_with_the_reason(
    app: Flask, accounts: list[dict[str, Any]]
) -> None:
    told = next(one["follow"] for one in accounts if one.get("story") == "yao")
    opened = {}
    for user in ("village2", "village3"):
        one = next(one for one in accounts if one["user"] == user)
        assert one["name"] in told
        client = app.test_client()
        first = send(client, "/admin/sign-in", user_name=user, password=one["password"])
        send(client, first.location, code=one["code"])
        listed = client.get("/admin/households", query_string={"name": "姚"}).text
        (row,) = (row for row in re.findall(r"<tr>.*?</tr>", listed, re.DOTALL) if "H7729-4405" in row)
        assert "姚*" in row
        found = re.search(r'href="([^"]+)"', row)
        assert found is not None
        opened[user] = client.get(found[1])
    assert {user: answer.status_code for user, answer in opened.items()} == {"village2": 409, "village3": 200}
    assert "近亲属，请交给别的同事办" in opened["village2"].text
    assert "姚建国" not in opened["village2"].text


def test_the_list_says_whose_ports_it_writes(app: Flask, accounts: list[dict[str, Any]]) -> None:
    assert accounts
    listed = app.test_cli_runner().invoke(args=["demo", "accounts"]).stdout
    assert "PORT 和 SIMULATORS_PORT" in listed


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
