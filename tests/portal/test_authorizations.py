"""Authorising on one's own phone: read, agree or decline, sign with a code, hold a receipt, withdraw."""

from __future__ import annotations

import json
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import authorizations
from assistance.authorizations import Authorization, AuthorizationPart, GrantRefused
from assistance.messages import Message
from infrastructure import clock
from tests.assistance.authorizations.family import (
    KEYS,
    STROKES,
    Family,
    all_codes,
    make_family,
    opened,
    part_of,
)
from tests.complaining_client import ComplainingClient
from tests.portal.test_help_requests import hidden
from tests.signing_in import sign_in_resident


@dataclass
class Asked:
    """A family that an officer has asked, with the ids of its parts."""

    family: Family
    request_id: uuid.UUID
    number: str
    codes: list[str]
    head: uuid.UUID
    spouse: uuid.UUID
    grandmother: uuid.UUID
    links: dict[str, str]


@pytest.fixture
def asked(app: Flask) -> Asked:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        parts = {
            name: part_of(session, request, getattr(family, name))
            for name in ("head", "spouse", "grandmother")
        }
        links = {name: part.sealed["link"] for name, part in parts.items()}
        made = Asked(
            family,
            request.id,
            request.number,
            all_codes(request),
            parts["head"].id,
            parts["spouse"].id,
            parts["grandmother"].id,
            links,
        )
    return made


def part_now(app: Flask, part_id: uuid.UUID) -> AuthorizationPart:
    with app.extensions["huimin"].database.reading() as session:
        return session.get_one(AuthorizationPart, part_id)


def record_now(app: Flask, part_id: uuid.UUID) -> Authorization | None:
    with app.extensions["huimin"].database.reading() as session:
        return session.scalar(select(Authorization).where(Authorization.part_id == part_id))


def last_code(app: Flask) -> str:
    with app.extensions["huimin"].database.reading() as session:
        found = session.scalars(select(Message).where(Message.template == "sign_code")).all()
        newest = max(found, key=lambda one: one.created_at)
    assert newest.contents is not None
    return str(newest.contents["code"])


def fill_in(
    client: ComplainingClient, part_id: uuid.UUID, codes: list[str], **changes: object
) -> TestResponse:
    address = f"/me/authorizations/{part_id}/sign"
    page = client.get(address)
    assert page.status_code == 200, page.text
    fields: dict[str, object] = {
        "csrf_token": hidden(page.text)["csrf_token"],
        "agreed": codes,
        "strokes": STROKES,
        "typed_name": "",
        "choice": "sign",
        **changes,
    }
    return client.post(address, data=fields)


def answer_code(client: ComplainingClient, part_id: uuid.UUID, code: str) -> TestResponse:
    address = f"/me/authorizations/{part_id}/code"
    page = client.get(address)
    return client.post(address, data={"csrf_token": hidden(page.text)["csrf_token"], "code": code})


def sign(
    client: ComplainingClient, app: Flask, part_id: uuid.UUID, codes: list[str], **changes: object
) -> TestResponse:
    assert fill_in(client, part_id, codes, **changes).location == f"/me/authorizations/{part_id}/code"
    return answer_code(client, part_id, last_code(app))


def test_from_the_list_to_the_receipt_and_back(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    listed = client.get("/me/authorizations")
    assert asked.number in listed.text
    page = client.get(f"/me/authorizations/{asked.head}")
    for words in ("谁来查", "不同意会怎样", "后悔了怎么办", "户籍", "平湖市民政局"):
        assert words in page.text
    answer = sign(client, app, asked.head, asked.codes)
    assert answer.location == f"/me/authorizations/{asked.head}/answered"
    assert "正在核验" in client.get(answer.location).text
    receipt = client.get(f"/me/authorizations/{asked.head}/receipt")
    record = record_now(app, asked.head)
    assert record is not None
    assert authorizations.printed_code(record) in receipt.text
    assert "普通电子签名" in receipt.text
    withdraw = f"/me/authorizations/{asked.head}/withdraw"
    token = hidden(client.get(withdraw).text)["csrf_token"]
    assert client.post(withdraw, data={"csrf_token": token}).status_code == 303
    with app.extensions["huimin"].database.transaction() as session, pytest.raises(GrantRefused):
        authorizations.mint_grant(
            session,
            KEYS,
            person_id=asked.family.head,
            source="household-registration",
            purpose="application",
            request_id=asked.request_id,
            now=clock.now(),
        )
    assert "已经收回" in client.get(f"/me/authorizations/{asked.head}").text


def test_openssl_verifies_what_is_downloaded(
    client: ComplainingClient, app: Flask, asked: Asked, tmp_path: Path
) -> None:
    sign_in_resident(client, asked.family.head)
    sign(client, app, asked.head, asked.codes)
    record = client.get(f"/me/authorizations/{asked.head}/receipt.json")
    signature = client.get(f"/me/authorizations/{asked.head}/receipt.sig")
    assert len(signature.data) == 64
    kid = json.loads(record.data)["kid"]
    (tmp_path / "record.json").write_bytes(record.data)
    (tmp_path / "record.sig").write_bytes(signature.data)
    (tmp_path / "key.pem").write_bytes(client.get(f"/.well-known/keys/{kid}.pem").data)
    line = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in record.json -sigfile record.sig"
    done = subprocess.run(line.split(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    (tmp_path / "record.json").write_bytes(record.data.replace(b"application", b"applicatioN", 1))
    assert subprocess.run(line.split(), cwd=tmp_path, capture_output=True).returncode != 0
