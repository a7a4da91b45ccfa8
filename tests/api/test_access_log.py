"""The mini-program's list of looks."""

from __future__ import annotations

from flask import Flask

from assistance import audit
from tests.complaining_client import ComplainingClient
from tests.portal.test_access_log import seen_once
from tests.signing_in import bearer_of, new_key

ADDRESS = "/api/v1/me/access-log"


def test_the_same_sentences_as_on_the_page(app: Flask, client: ComplainingClient) -> None:
    person_id, reference = seen_once(app)
    body = client.get(ADDRESS, headers=bearer_of(app, person_id)).get_json()
    (item,) = body["items"]
    assert item["id"] == reference
    assert item["text"].endswith("看了您的收入，为了：办理您家的救助（编号 AR-20261122-AAAAA）")
    assert item["may_object"] is True
    assert (body["next_cursor"], body["hidden_about"]) == (None, 0)


def test_it_is_read_page_by_page(app: Flask, client: ComplainingClient) -> None:
    person_id, _ = seen_once(app)
    with app.extensions["huimin"].database.transaction() as session:
        entry = session.query(audit.AuditEntry).filter_by(event="household_shown").one()
        again = {
            column.key: getattr(entry, column.key)
            for column in audit.AuditEntry.__mapper__.column_attrs
            if column.key not in ("id", "reference")
        }
        for number in range(2):
            session.add(audit.AuditEntry(**again, reference=f"{number:0>{len(entry.reference)}}"))
    headers, read, cursor = bearer_of(app, person_id), [], None
    for size in (2, 1):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(ADDRESS, query_string=query, headers=headers).get_json()
        assert len(page["items"]) == size
        read += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(set(read)) == 3


def test_without_a_token_nothing_is_told(client: ComplainingClient) -> None:
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED")


def test_objecting_says_until_when_and_unknown_fields_are_named(
    app: Flask, client: ComplainingClient
) -> None:
    person_id, reference = seen_once(app)
    headers = bearer_of(app, person_id)
    sent = {**headers, **new_key()}
    wrong = client.post(f"{ADDRESS}/{reference}/objection", json={"say": "x"}, headers=sent)
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.get_json()["errors"]] == ["say"]
    # What was refused is not kept, so the same key may try again.
    kept = client.post(f"{ADDRESS}/{reference}/objection", json={"says": "为什么"}, headers=sent)
    words = "您说过有疑问，在等答复"
    assert kept.get_json() == {"state": "open", "state_text": words, "due_on": "2026-12-07"}
    (item,) = client.get(ADDRESS, headers=headers).get_json()["items"]
    assert (item["objection"], item["objection_text"]) == ("open", words)
