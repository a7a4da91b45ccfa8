"""The pages on which residents see, take, correct and delete what is held about them."""

from __future__ import annotations

import io
import json
import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from assistance import audit, rights
from assistance.messages import Message
from assistance.people import Assurance, Person, SignInIdentity, SignInSession
from tests.assistance.authorizations.family import make_family, relate
from tests.assistance.rights.seeding import seed
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_household, make_person, sign_in_resident


def form(page: str, **data: Any) -> dict[str, Any]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def person_id(app: Flask, client: ComplainingClient) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        found = seed(session).person.id
    sign_in_resident(client, found, Assurance.L2)
    return found


def test_PIPL_45_the_page_says_what_why_how_long_and_who(
    client: ComplainingClient, person_id: uuid.UUID
) -> None:
    page = client.get("/me/data").text
    for words in ("家庭档案", "为什么", "留多久", "谁看得到", "发给您的消息（1 条）", "家里别人的"):
        assert words in page


def test_PIPL_45_the_copy_for_computers_is_everything_and_logged(
    app: Flask, client: ComplainingClient, person_id: uuid.UUID
) -> None:
    answer = client.get(f"/me/data/{person_id}/copy.json")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    told = json.loads(answer.text)
    tables = {name for one in told["handlings"] for name in one["tables"]}
    assert tables == set(rights.WAYS)
    with app.extensions["huimin"].database.reading() as session:
        entries = session.scalars(select(audit.AuditEntry).filter_by(event="data_exported")).all()
        assert [json.loads(one.fields)["format"] for one in entries] == ["json"]


def test_PIPL_45_the_copy_on_paper_is_a_pdf(client: ComplainingClient, person_id: uuid.UUID) -> None:
    answer = client.get(f"/me/data/{person_id}/copy.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")


def test_nobody_takes_another_adults_copy(
    app: Flask, client: ComplainingClient, person_id: uuid.UUID
) -> None:
    with app.extensions["huimin"].database.reading() as session:
        others = session.scalars(select(Person.id).where(Person.id != person_id)).all()
    for other in [*others, uuid.uuid4()]:
        assert client.get(f"/me/data/{other}").status_code == 404
        assert client.get(f"/me/data/{other}/copy.json").status_code == 404


def test_a_guardian_takes_a_wards_copy(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
    sign_in_resident(client, family.head, Assurance.L2)
    assert "陈小雨的信息" in client.get("/me/data").text
    told = json.loads(client.get(f"/me/data/{family.child}/copy.json").text)
    assert told["person"] == str(family.child)
    with app.extensions["huimin"].database.reading() as session:
        entry = session.scalars(select(audit.AuditEntry).filter_by(event="data_exported")).all()[-1]
        assert (entry.subject_ref, entry.actor_ref) == (f"person:{family.child}", str(family.head))


def test_an_accused_guardian_takes_none(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        relate(session, session.get_one(Person, family.child), "child", is_guardian_accused=True)
    sign_in_resident(client, family.head, Assurance.L2)
    assert client.get(f"/me/data/{family.child}/copy.json").status_code == 404


def test_nobody_opens_it_without_signing_in(client: ComplainingClient) -> None:
    assert client.get("/me/data").status_code == 303


def test_PIPL_46_a_correction_gets_a_number_and_a_day(
    client: ComplainingClient, person_id: uuid.UUID
) -> None:
    address = "/me/data/requests/new?about=messages"
    page = client.get(address).text
    wrong = client.post(address, data=form(page, kind="correction", about="messages", says=""))
    assert wrong.status_code == 422
    sent = client.post(address, data=form(page, kind="correction", about="messages", says="名字写错了"))
    assert sent.status_code == 303
    shown = client.get(sent.headers["Location"]).text
    assert "RR-20261122-" in shown
    assert "2026年12月7日" in shown
    assert "名字写错了" in shown
    back = client.post(sent.headers["Location"] + "/withdrawal", data=form(shown))
    assert back.status_code == 303
    assert "您收回了" in client.get(sent.headers["Location"]).text


def test_PIPL_47_what_rests_on_ones_wish_goes_at_once(
    app: Flask, client: ComplainingClient, person_id: uuid.UUID
) -> None:
    page = client.get("/me/data/deletion").text
    assert client.post("/me/data/deletion", data=form(page)).status_code == 422
    chosen = list(rights.DELETION_WORDS)
    done = client.post("/me/data/deletion", data=form(page, what=chosen))
    assert done.status_code == 303
    assert "删掉了" in client.get(done.headers["Location"]).text
    with app.extensions["huimin"].database.reading() as session:
        for model in (Message, SignInIdentity):
            assert session.scalars(select(model).filter_by(person_id=person_id)).all() == []
        # The sign-in with which it was asked stays.
        assert len(session.scalars(select(SignInSession).filter_by(person_id=person_id)).all()) == 1
        others = session.scalars(select(Message)).all()
        assert len(others) == 1
        deleted = session.scalars(select(audit.AuditEntry).filter_by(event="own_data_deleted")).all()
        assert {json.loads(one.fields)["what"] for one in deleted} == set(chosen)


def test_PIPL_49_a_relative_asks_with_proof_and_learns_nothing_beforehand(
    app: Flask, client: ComplainingClient
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        asker = make_person(session, "陈国良")
        dead = make_person(session, "陈阿宜", birth=date(1946, 3, 8))
        dead.died_on = date(2026, 10, 1)
        make_household(session, [asker])
        known, unknown = str(dead.resident_id.value), "330499194603080125"  # type: ignore[union-attr]
    sign_in_resident(client, asker.id, Assurance.L2)
    page = client.get("/me/data/relatives").text
    data = {"name": "陈阿宜", "relation": "parent", "wants": "copy"}
    without = client.post("/me/data/relatives", data=form(page, **data, resident_id=known))
    assert without.status_code == 422
    assert "户口本" in without.text
    shown = []
    for number in (known, unknown):
        sent = client.post(
            "/me/data/relatives",
            data=form(page, **data, resident_id=number, proof=(io.BytesIO(picture()), "a.png")),
            content_type="multipart/form-data",
        )
        assert sent.status_code == 303, sent.text
        text = client.get(sent.headers["Location"]).text
        shown.append(
            re.sub(r"RR-[0-9A-Z-]+|[0-9a-f-]{36}|csrf_token\" value=\"[^\"]+|nonce-[^\"']+", "", text)
        )
    assert shown[0] == shown[1]
    told = json.loads(client.get(f"/me/data/{asker.id}/copy.json").text)
    rows = next(
        one["tables"]["rights_requests"]["rows"] for one in told["handlings"] if one["code"] == "rights"
    )
    assert {row["about_person_id"] for row in rows} == {"another_person"}


def test_PIPL_49_a_wish_is_kept_and_the_newest_counts(
    app: Flask, client: ComplainingClient, person_id: uuid.UUID
) -> None:
    page = client.get("/me/data/wish").text
    for wish in ("nobody", "relatives", "nobody"):
        assert client.post("/me/data/wish", data=form(page, wish=wish)).status_code == 303
    assert client.post("/me/data/wish", data=form(page, wish="sell")).status_code == 422
    with app.extensions["huimin"].database.reading() as session:
        assert rights.wish_of(session, person_id) == "nobody"
    assert NOW.year == 2026
