"""The mini-program reads everything held and asks for corrections by the same verbs as the pages."""

from __future__ import annotations

from flask import Flask

from assistance import rights
from assistance.people import Assurance
from tests.assistance.rights.seeding import seed
from tests.complaining_client import ComplainingClient
from tests.signing_in import bearer_of

DATA = "/api/v1/me/data"


def test_PIPL_45_the_document_is_the_pages(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = seed(session).person.id
    header = bearer_of(app, person_id, Assurance.L2)
    told = client.get(DATA, headers=header).json
    assert told["person"] == str(person_id)
    assert {name for one in told["handlings"] for name in one["tables"]} == set(rights.WAYS)
    assert client.get(DATA).status_code == 401


def test_PIPL_46_a_request_is_kept_listed_and_withdrawn(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = seed(session).other.id
    header = bearer_of(app, person_id, Assurance.L2)
    body = {"kind": "correction", "about": "messages", "says": "写错了"}
    made = client.post(f"{DATA}/requests", json=body, headers=header).json
    assert (made["state"], made["due_on"]) == ("open", "2026-12-07")
    listed = client.get(f"{DATA}/requests", headers=header).json["items"]
    assert [one["number"] for one in listed] == [made["number"]]
    ended = client.post(f"{DATA}/requests/{made['id']}/withdrawal", headers=header).json
    assert ended["state"] == "withdrawn"
    again = client.post(f"{DATA}/requests/{made['id']}/withdrawal", headers=header)
    assert again.status_code == 409
    wrong = client.post(f"{DATA}/requests", json={"kind": "x"}, headers=header)
    assert wrong.status_code == 422
