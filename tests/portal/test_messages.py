"""The page of what the office has told somebody."""

from __future__ import annotations

import re
import uuid

from flask import Flask

from assistance import messages
from assistance.messages import Template
from assistance.people import Assurance
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.portal.test_access_log import token_of
from tests.signing_in import make_person, sign_in_resident


def told(app: Flask, name: str = "陈国良") -> uuid.UUID:
    """Somebody who was told that a report is ready."""
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, name)
        messages.send(
            session,
            Template.REPORT_READY,
            {"number": "AR-20261122-AAAAA"},
            to_person=person.id,
            to_phone=None,
            now=clock.now(),
            key=name,
        )
        return person.id


def test_an_unread_message_waits_on_the_first_page_until_it_is_read(
    app: Flask, client: ComplainingClient
) -> None:
    sign_in_resident(client, told(app), Assurance.L2)
    assert "有消息您还没看" in client.get("/me").text
    page = client.get("/me/messages").text
    action = re.search(r'action="(/me/messages/[0-9a-f-]+/read)"', page)
    assert action is not None
    assert client.post(action[1], data={"csrf_token": token_of(page)}).status_code == 303
    assert "有消息您还没看" not in client.get("/me").text
    assert "看过了" not in client.get("/me/messages").text


def test_nobody_reads_or_marks_another_persons_message(app: Flask, client: ComplainingClient) -> None:
    owner, stranger = told(app, "陈国良"), told(app, "周福根")
    sign_in_resident(client, owner, Assurance.L2)
    theirs = re.search(r"/me/messages/([0-9a-f-]+)/read", client.get("/me/messages").text)
    assert theirs is not None
    sign_in_resident(client, stranger, Assurance.L2)
    page = client.get("/me/messages").text
    assert theirs[1] not in page
    answer = client.post(f"/me/messages/{theirs[1]}/read", data={"csrf_token": token_of(page)})
    assert answer.status_code == 404


def test_who_was_told_nothing_reads_so(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session)
    sign_in_resident(client, person.id, Assurance.L2)
    assert "还没有消息" in client.get("/me/messages").text
