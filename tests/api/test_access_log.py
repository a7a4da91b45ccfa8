"""The mini-program's list of looks."""

from __future__ import annotations

from flask import Flask

from tests.complaining_client import ComplainingClient
from tests.portal.test_access_log import seen_once
from tests.signing_in import bearer_of

ADDRESS = "/api/v1/me/access-log"


def test_the_same_sentences_as_on_the_page(app: Flask, client: ComplainingClient) -> None:
    person_id, reference = seen_once(app)
    body = client.get(ADDRESS, headers=bearer_of(app, person_id)).get_json()
    (item,) = body["items"]
    assert item["id"] == reference
    assert item["text"].endswith("看了您的收入，为了：办理您家的救助（编号 AR-20261122-AAAAA）")
    assert item["may_object"] is True
    assert (body["next_cursor"], body["hidden_about"]) == (None, 0)


def test_without_a_token_nothing_is_told(client: ComplainingClient) -> None:
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED")


def test_objecting_says_until_when_and_unknown_fields_are_named(
    app: Flask, client: ComplainingClient
) -> None:
    person_id, reference = seen_once(app)
    headers = bearer_of(app, person_id)
    wrong = client.post(f"{ADDRESS}/{reference}/objection", json={"say": "x"}, headers=headers)
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.get_json()["errors"]] == ["say"]
    kept = client.post(f"{ADDRESS}/{reference}/objection", json={"says": "为什么"}, headers=headers)
    assert kept.get_json() == {"state": "open", "due_on": "2026-12-07"}
    assert client.get(ADDRESS, headers=headers).get_json()["items"][0]["objection"] == "open"
