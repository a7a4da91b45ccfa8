"""Signing in as the mini-program does: tokens, codes, platforms, and what a stranger gets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

import simulators
from assistance import audit, people
from assistance.messages import Message
from assistance.people import RecordedPhone, RefreshToken, SignInIdentity, SignInSession
from infrastructure import clock
from infrastructure.platforms import WechatClient, ZlbClient
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_person
from web.platforms import Platforms

AUTH = "/api/v1/auth"
PHONE, OTHER = "19900000011", "19900000099"
CHEN = "330499197406150239"


def rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(model)))


def put_down(app: Flask, name: str = "陈国良", phone: str | None = PHONE, **more: Any) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        return make_person(session, name, phone=phone, **more).id


def newest_code(app: Flask) -> str:
    found = sorted((one for one in rows(app, Message) if one.contents), key=lambda one: one.created_at)
    assert found[-1].contents is not None
    return str(found[-1].contents["code"])


def post(client: ComplainingClient, path: str, token: str = "", **body: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(f"{AUTH}{path}", json=body, headers=headers)


def me(client: ComplainingClient, token: str) -> TestResponse:
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def by_code(client: ComplainingClient, phone: str = PHONE) -> dict[str, Any]:
    """The tokens of somebody who signs in with a number."""
    asked = post(client, "/otp", purpose="sign_in", phone=phone)
    assert asked.status_code == 200
    told = post(client, "/otp/verify", request=asked.json["request"], code=newest_code(client.application))
    assert told.status_code == 200, told.text
    return dict(told.json)


def test_a_number_and_its_code_give_tokens_that_open_what_is_ones_own(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app)
    tokens = by_code(client)
    assert (tokens["assurance"], tokens["is_bound"], tokens["expires_in"]) == ("L3", True, 1800)
    told = me(client, tokens["access_token"])
    assert told.status_code == 200
    assert told.json["person"]["name"] == "陈国良"
    assert set(told.json["person"]["resident_id"][1:-1]) == {"*"}
    assert told.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in told.headers
