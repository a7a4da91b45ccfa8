"""The language that somebody chose is kept with them, and speaks to them when they are not there."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import messages, people
from assistance.messages import Message, Template
from assistance.people import Person
from assistance.permissions import Role
from tests.assistance.authorizations.family import make_family, opened, part_of, signed
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_sign_in import put_down, sign_in
from tests.signing_in import sign_in_resident, sign_in_staff

ASKED = {"number": "AR-20261122-AB12C", "day": "2026-11-25"}


def language_of(app: Flask, person_id: uuid.UUID) -> str | None:
    with app.extensions["huimin"].database.reading() as session:
        return people.find_language(session, person_id)


def do_something(client: ComplainingClient) -> None:
    page = client.get("/help-requests/new").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert client.post("/assessment/clear", data={"csrf_token": token[1]}).status_code == 303


def said(app: Flask, person_id: uuid.UUID) -> str:
    """The language in which something is said to this person now."""
    with app.extensions["huimin"].database.transaction() as session:
        return messages.say(
            session, Template.AUTHORIZATION_ASKED, ASKED, person_id, key=uuid.uuid4().hex, now=NOW
        ).language


def test_without_a_choice_it_is_chinese_and_what_a_browser_asks_for_is_none(
    client: ComplainingClient, app: Flask
) -> None:
    person = put_down(app)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    sign_in(client)
    assert language_of(app, person) is None
    assert said(app, person) == "zh"


def test_the_language_chosen_before_signing_in_is_kept_with_the_sign_in(
    client: ComplainingClient, app: Flask
) -> None:
    person = put_down(app)
    client.get("/language/en")
    assert language_of(app, person) is None
    sign_in(client)
    assert language_of(app, person) == "en"
    assert said(app, person) == "en"
    # What is said of this very sign-in is said in it, too.
    with app.extensions["huimin"].database.reading() as session:
        newest = session.scalars(select(Message).where(Message.person_id == person)).all()
    assert {one.language for one in newest} == {"en"}


def test_the_language_switched_while_signed_in_is_kept_with_the_next_act_and_the_last_choice_counts(
    client: ComplainingClient, app: Flask
) -> None:
    person = put_down(app)
    other = put_down(app, phone="19900000077")
    sign_in_resident(client, person)
    client.get("/language/en")
    assert language_of(app, person) is None
    do_something(client)
    assert (language_of(app, person), language_of(app, other)) == ("en", None)
    client.get("/language/zh")
    do_something(client)
    assert language_of(app, person) == "zh"
    assert said(app, person) == "zh"
    assert client.get("/language/xx").status_code == 404


def test_nobody_on_the_staff_side_chooses_for_a_resident(client: ComplainingClient, app: Flask) -> None:
    person = put_down(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER)
    client.get("/language/en")
    with app.extensions["huimin"].database.reading() as session:
        assert {one.language for one in session.scalars(select(Person))} == {None}
    assert said(app, person) == "zh"


@pytest.mark.parametrize(
    ("kept", "cookie", "accepted", "shown"),
    [
        ("en", None, "zh-CN", "en"),
        ("en", "zh", "en", "zh-CN"),
        ("zh", None, "en", "zh-CN"),
        (None, None, "en", "en"),
    ],
)
def test_a_receipt_on_paper_is_in_the_language_of_the_person(
    client: ComplainingClient,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    kept: str | None,
    cookie: str | None,
    accepted: str,
    shown: str,
) -> None:
    printed = []

    def note(html: str, *_rest: object) -> bytes:
        printed.append(html)
        return b"%PDF-"

    monkeypatch.setattr("portal.views.authorization_receipts.html_to_pdf", note)
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        part = part_of(session, request, family.head)
        signed(session, request, part)
        if kept is not None:
            people.keep_language(session, family.head, kept)
        head, part_id = family.head, part.id
    sign_in_resident(client, head)
    if cookie is not None:
        client.set_cookie("huimin_lang", cookie)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepted
    assert client.get(f"/me/authorizations/{part_id}/receipt.pdf").status_code == 200
    assert f'<html lang="{shown}">' in printed[0]
