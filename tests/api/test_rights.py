"""The mini-program reads everything held and asks for corrections by the same verbs as the pages."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from assistance import rights
from assistance.people import Assurance
from infrastructure import clock
from tests.assistance.rights.seeding import seed
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import bearer_of, new_key

DATA = "/api/v1/me/data"


def test_PIPL_45_the_document_is_the_pages(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = seed(session).person.id
    header = bearer_of(app, person_id, Assurance.L2)
    told = client.get(DATA, headers=header).json
    assert told["person"] == str(person_id)
    assert {name for one in told["handlings"] for name in one["tables"]} == set(rights.WAYS)
    assert client.get(DATA).status_code == 401


def asked(client: ComplainingClient, header: dict[str, str], says: str = "写错了") -> dict[str, Any]:
    body = {"kind": "correction", "about": "messages", "says": says}
    made = client.post(f"{DATA}/requests", json=body, headers={**header, **new_key()})
    assert made.status_code == 200
    assert made.headers["ETag"] == '"1"'
    return dict(made.json)


@pytest.fixture
def header(app: Flask) -> dict[str, str]:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = seed(session).other.id
    return bearer_of(app, person_id, Assurance.L2)


def test_PIPL_46_a_request_is_kept_listed_and_withdrawn(
    client: ComplainingClient, header: dict[str, str]
) -> None:
    made = asked(client, header)
    assert (made["state"], made["due_on"], made["kind_text"]) == ("open", "2026-12-07", "请改过来")
    assert made["about_text"] == "发给您的消息"
    listed = client.get(f"{DATA}/requests", headers=header).json
    assert listed == {"items": [made], "next_cursor": None}
    address = f"{DATA}/requests/{made['id']}"
    shown = client.get(address, headers=header)
    assert (shown.json, shown.headers["ETag"]) == (made, '"1"')
    ended = client.delete(address, headers={**header, "If-Match": '"1"'})
    assert (ended.json["state"], ended.headers["ETag"]) == ("withdrawn", '"2"')
    again = client.delete(address, headers={**header, "If-Match": '"2"'})
    assert (again.status_code, again.json["code"]) == (409, "CONFLICT")
    wrong = client.post(f"{DATA}/requests", json={"kind": "x"}, headers={**header, **new_key()})
    assert wrong.status_code == 422


def test_a_withdrawal_names_the_version_that_was_seen(
    client: ComplainingClient, app: Flask, header: dict[str, str]
) -> None:
    made = asked(client, header)
    address = f"{DATA}/requests/{made['id']}"
    blind = client.delete(address, headers=header)
    assert (blind.status_code, blind.json["code"]) == (428, "PRECONDITION_REQUIRED")
    with app.extensions["huimin"].database.transaction() as session:
        found = session.get_one(rights.RightsRequest, uuid.UUID(made["id"]))
        # As somebody who answers does, while the resident looks at what was there before.
        found.sealed = {**found.sealed, "answer": "查过了"}
    for seen in ('"1"', 'W/"2"', '"x"', "nonsense"):
        late = client.delete(address, headers={**header, "If-Match": seen})
        assert (late.status_code, late.json["code"]) == (412, "PRECONDITION_FAILED")
        assert late.headers["ETag"] == '"2"'
        assert (late.json["current"]["version"], late.json["current"]["answer"]) == (2, "查过了")
    done = client.delete(address, headers={**header, "If-Match": late.headers["ETag"]})
    assert (done.status_code, done.json["state"]) == (200, "withdrawn")


def test_requests_are_read_page_by_page(client: ComplainingClient, header: dict[str, str]) -> None:
    numbers = []
    for minute in range(5):
        # Two were asked in the same moment.
        with clock.freeze(NOW + timedelta(minutes=minute // 2)):
            numbers.append(asked(client, header, says=f"第{minute}件")["number"])
    read: list[str] = []
    cursor = None
    while cursor is not None or not read:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{DATA}/requests", query_string=query, headers=header).json
        assert 1 <= len(page["items"]) <= 2
        read += [one["number"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(read) == sorted(numbers)
    assert read[0] == numbers[4]
    strange = client.get(f"{DATA}/requests", query_string={"cursor": str(uuid.uuid4())}, headers=header)
    assert strange.status_code == 404
