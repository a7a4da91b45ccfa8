"""Authorising on one's own phone: read, agree or decline, sign with a code, hold a receipt, withdraw."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import audit, authorizations
from assistance.authorizations import Authorization, AuthorizationPart, GrantRefused
from assistance.messages import Message
from assistance.people import Assurance
from commands.audit import sealer_of
from infrastructure import clock
from infrastructure.merkle import is_included
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
from tests.conftest import NOW
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
    client.set_cookie("huimin_lang", "en")
    in_english = client.get(f"/me/authorizations/{asked.head}/receipt").text
    assert "Household register" in in_english
    assert "户籍" not in in_english
    client.set_cookie("huimin_lang", "zh")
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


def test_the_receipt_leads_to_its_entry_in_the_log_without_us(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    sign(client, app, asked.head, asked.codes)
    address = f"/me/authorizations/{asked.head}/receipt"
    record = record_now(app, asked.head)
    assert record is not None
    waiting = client.get(f"{address}-log.json")
    assert waiting.headers["Cache-Control"] == "private, no-store"
    told = {"entry": record.audit_reference, "sha256": record.audit_content.hex(), "witnessed": False}
    assert waiting.get_json() == told
    parts = app.extensions["huimin"]
    sealer_of(parts).run(NOW)
    found = client.get(f"{address}-log.json").get_json()
    # With nothing but these texts and the public key: the hash on the receipt, the root, the signature.
    content = found["content"].encode()
    assert hashlib.sha256(content).hexdigest() == found["sha256"] == record.audit_content.hex()
    assert found["sha256"] in client.get(address).text
    leaf = hashlib.sha256(b"\x00" + found["number"].to_bytes(8, "big") + content).digest()
    proof = [base64.b64decode(part) for part in found["proof"]]
    checkpoint = audit.read_note(found["checkpoint"])
    assert checkpoint is not None
    assert found["checkpoint"] == client.get(f"/supervision/checkpoints/{checkpoint.size}").text
    assert is_included(leaf, found["leaf_index"], checkpoint.size, proof, checkpoint.root)
    assert json.loads(content)["event"] == "authorization_answered"


def test_two_ways_on_of_the_same_kind_and_nothing_ticked(client: ComplainingClient, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    page = client.get(f"/me/authorizations/{asked.head}").text
    pair = page.partition('<div class="pair">')[2].partition("</div>")[0]
    assert re.findall(r'class="button ([\w-]+)"', pair) == ["button-secondary", "button-secondary"]
    form = client.get(f"/me/authorizations/{asked.head}/sign").text
    assert form.count('type="checkbox"') == len(asked.codes)
    assert "checked" not in form
    assert "data-signature hidden" in form


def test_declining_takes_two_taps_and_no_code(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    # Any telephone is enough to say no.
    sign_in_resident(client, asked.family.spouse, Assurance.L2)
    address = f"/me/authorizations/{asked.spouse}/decline"
    answer = client.post(address, data={"csrf_token": hidden(client.get(address).text)["csrf_token"]})
    assert answer.status_code == 303
    assert part_now(app, asked.spouse).state == "declined"
    assert "12月22日" in client.get(f"/me/authorizations/{asked.spouse}").text


@pytest.mark.parametrize("choice", ["sign", "unwilling"])
def test_signing_once_more_leads_to_what_was_signed_and_does_nothing(
    client: ComplainingClient, app: Flask, asked: Asked, choice: str
) -> None:
    sign_in_resident(client, asked.family.head)
    address = f"/me/authorizations/{asked.head}"
    token = hidden(client.get(f"{address}/sign").text)["csrf_token"]
    sign(client, app, asked.head, asked.codes, choice=choice)
    before, code = part_now(app, asked.head), last_code(app)
    filled = {"agreed": asked.codes, "strokes": STROKES, "choice": "sign"}
    for way, fields in (("sign", filled), ("code", {"code": code}), ("code/again", {})):
        again = client.post(f"{address}/{way}", data={"csrf_token": token, **fields})
        assert (again.status_code, again.location) == (303, f"{address}/answered"), way
    assert "收到了" in client.get(f"{address}/answered").text
    after = part_now(app, asked.head)
    assert (after.state, after.state_since, after.sealed) == (before.state, before.state_since, before.sealed)
    assert last_code(app) == code


def test_saying_no_twice_is_one_no_and_signing_after_it_shows_the_no(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    address = f"/me/authorizations/{asked.head}"
    token = hidden(client.get(f"{address}/sign").text)["csrf_token"]
    filled = {"agreed": asked.codes, "strokes": STROKES, "choice": "sign"}
    for way, fields in (("decline", {}), ("decline", {}), ("sign", filled)):
        answer = client.post(f"{address}/{way}", data={"csrf_token": token, **fields})
        assert (answer.status_code, answer.location) == (303, address), way
    assert "您没有同意" in client.get(address).text
    assert part_now(app, asked.head).state == "declined"


def test_saying_no_to_what_is_signed_is_not_taken_for_done(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    address = f"/me/authorizations/{asked.head}"
    token = hidden(client.get(f"{address}/sign").text)["csrf_token"]
    sign(client, app, asked.head, asked.codes)
    assert client.post(f"{address}/decline", data={"csrf_token": token}).status_code == 409


def test_another_phone_reads_and_cannot_sign(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head, Assurance.L2)
    assert client.get(f"/me/authorizations/{asked.head}").status_code == 200
    for way in ("sign", "code", "withdraw"):
        answer = client.get(f"/me/authorizations/{asked.head}/{way}")
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in/step-up")
    assert client.get("/me/authorizations/new").location.startswith("/sign-in/step-up")
    assert record_now(app, asked.head) is None


def test_a_stranger_is_led_to_the_sign_in(client: ComplainingClient, asked: Asked) -> None:
    for address in (
        "/me/authorizations",
        f"/me/authorizations/{asked.head}",
        f"/authorizations/{asked.links['head']}",
    ):
        assert client.get(address).location.startswith("/sign-in")


def test_a_link_leads_on_only_for_whom_it_names(client: ComplainingClient, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    own = client.get(f"/authorizations/{asked.links['head']}")
    assert own.location == f"/me/authorizations/{asked.head}"
    others = [
        client.get(f"/authorizations/{link}")
        for link in (asked.links["spouse"], "x" * 27, "short", "y" * 200)
    ]
    pages = {re.sub(r"authorizations%2F[^\"?&]*|/authorizations/[\w-]{5,}", "", one.text) for one in others}
    assert {one.status_code for one in others} == {404}
    assert len(pages) == 1
    assert len({tuple(sorted(one.headers.keys())) for one in others}) == 1


def test_T05_somebody_else_s_part_is_not_there(client: ComplainingClient, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    for way in (
        "",
        "/sign",
        "/code",
        "/decline",
        "/withdraw",
        "/receipt",
        "/receipt.json",
        "/receipt-log.json",
        "/receipt.pdf",
        "/answered",
    ):
        theirs = client.get(f"/me/authorizations/{asked.spouse}{way}")
        nobody_s = client.get(f"/me/authorizations/{uuid.UUID(int=5)}{way}")
        assert theirs.status_code == nobody_s.status_code == 404
        assert len(theirs.data) == len(nobody_s.data)


def test_what_is_missing_is_said_at_the_field_and_nothing_typed_is_lost(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.grandmother)
    answer = fill_in(
        client,
        asked.grandmother,
        asked.codes[:2],
        strokes="[[1,1]]",
        typed_name="陈阿",
        own_will="yes",
        has_company="no",
    )
    assert answer.status_code == 422
    assert "请打上您自己的名字" in answer.text
    assert 'value="陈阿"' in answer.text
    assert "[[1,1]]" in answer.text
    assert answer.text.count("checked") == 4
    # She has no telephone: the counter is the other way.
    told = fill_in(client, asked.grandmother, asked.codes[:2], own_will="yes", has_company="no")
    assert told.status_code == 409
    assert "窗口" in told.text
    assert part_now(app, asked.grandmother).state == "waiting"


def test_ten_megabytes_are_refused_calmly(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    page = client.get(f"/me/authorizations/{asked.head}/sign")
    token = hidden(page.text)["csrf_token"]
    sent = {"csrf_token": token, "agreed": asked.codes, "strokes": "[" + "1," * 5_000_000 + "1]"}
    assert client.post(f"/me/authorizations/{asked.head}/sign", data=sent).status_code == 413
    assert part_now(app, asked.head).state == "waiting"
    sent["strokes"] = "[[" + "1,1," * 30_000 + "1,1]]"
    answer = client.post(f"/me/authorizations/{asked.head}/sign", data=sent)
    assert answer.status_code == 422
    assert "重写" in answer.text


def test_T25_a_code_is_for_one_document_once_and_five_tries(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    fill_in(client, asked.head, asked.codes[:1])
    first = last_code(app)
    with clock.freeze(NOW + timedelta(minutes=2)):
        fill_in(client, asked.head, asked.codes)
        second = last_code(app)
        wrong = answer_code(client, asked.head, first)
        assert (wrong.status_code, first in wrong.text) == (422, True)
        assert part_now(app, asked.head).state == "waiting"
        assert answer_code(client, asked.head, second).status_code == 303
    record = record_now(app, asked.head)
    assert record is not None
    assert len(record.sources) == len(asked.codes)
    again = client.get(f"/me/authorizations/{asked.head}/code")
    assert again.location == f"/me/authorizations/{asked.head}/answered"


def test_T25_after_five_wrong_tries_the_right_code_is_dead(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    fill_in(client, asked.head, asked.codes)
    right = last_code(app)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        assert answer_code(client, asked.head, wrong).status_code == 422
    assert answer_code(client, asked.head, right).status_code == 422
    assert part_now(app, asked.head).state == "waiting"


def test_whoever_fills_in_something_else_within_the_minute_is_told_that_no_code_went_out(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    fill_in(client, asked.head, asked.codes)
    address = f"/me/authorizations/{asked.head}/code"
    assert "现在没有能填的验证码" not in client.get(address).text
    fill_in(client, asked.head, asked.codes[:1])
    page = client.get(address)
    assert "现在没有能填的验证码" in page.text
    assert "短信发到" not in page.text


def test_a_code_is_worth_nothing_after_ten_minutes_and_in_another_sign_in(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    fill_in(client, asked.head, asked.codes)
    code = last_code(app)
    with clock.freeze(NOW + timedelta(minutes=10)):
        assert answer_code(client, asked.head, code).status_code == 422
    other = app.test_client()
    sign_in_resident(other, asked.family.head)
    assert answer_code(other, asked.head, code).status_code == 422


def test_T21_a_silent_no_looks_like_a_signature(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    sign_in_resident(client, asked.family.head)
    plain = [fill_in(client, asked.head, asked.codes), answer_code(client, asked.head, last_code(app))]
    other = app.test_client()
    sign_in_resident(other, asked.family.spouse)
    with clock.freeze(NOW + timedelta(minutes=2)):
        silent = [
            fill_in(other, asked.spouse, asked.codes, choice="unwilling"),
            answer_code(other, asked.spouse, last_code(app)),
        ]
        for one, two in zip(plain, silent, strict=True):
            assert one.status_code == two.status_code
            assert len(one.data) == len(two.data)
            assert set(one.headers.keys()) == set(two.headers.keys())
        assert record_now(app, asked.head) is not None
        assert record_now(app, asked.spouse) is None
        pages = [
            re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", browser.get(f"/me/authorizations/{part}/answered").text)
            for browser, part in ((client, asked.head), (other, asked.spouse))
        ]
        assert pages[0] == pages[1]
        assert "正在核验" in other.get(f"/me/authorizations/{asked.spouse}/receipt").text
        # The head of the household and the silent one read the same word of each other.
        grandmother = app.test_client()
        sign_in_resident(grandmother, asked.family.grandmother)
        listed = grandmother.get("/me/authorizations").text
        assert listed.count("已经回复，正在核验") == 2


def test_a_family_starts_by_itself_and_chooses_what_is_asked(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
    sign_in_resident(client, family.head)
    page = client.get("/me/authorizations/new")
    assert " checked" not in page.text
    token = hidden(page.text)["csrf_token"]
    empty = client.post("/me/authorizations/new", data={"csrf_token": token, "purpose": "own_wish"})
    assert empty.status_code == 422
    aimless = client.post("/me/authorizations/new", data={"csrf_token": token, "sources": ["vehicles"]})
    assert (aimless.status_code, "请选一个：为了什么" in aimless.text) == (422, True)
    assert 'value="vehicles" checked' in aimless.text
    sent = {"csrf_token": token, "purpose": "own_wish", "sources": ["household-registration", "vehicles"]}
    answer = client.post("/me/authorizations/new", data=sent)
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "一共问 2 处" in shown
    assert client.post("/me/authorizations/new", data=sent).status_code == 422


def test_the_guardian_signs_for_the_child_who_is_heard(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    with app.extensions["huimin"].database.reading() as session:
        request = session.get_one(authorizations.AuthorizationRequest, asked.request_id)
        child = part_of(session, request, asked.family.child).id
    sign_in_resident(client, asked.family.head)
    assert fill_in(client, child, asked.codes).status_code == 422
    assert sign(client, app, child, asked.codes, child_said="愿意").status_code == 303
    assert "陈小雨" in client.get(f"/me/authorizations/{child}/receipt").text


def test_what_waits_stands_first_in_my_page(client: ComplainingClient, asked: Asked) -> None:
    sign_in_resident(client, asked.family.spouse)
    assert "授权请您看看" in client.get("/me").text


def test_the_receipt_prints_with_a_code_that_names_nobody(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_resident(client, asked.family.head)
    sign(client, app, asked.head, asked.codes)
    paper = client.get(f"/me/authorizations/{asked.head}/receipt.pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF-")
    record = record_now(app, asked.head)
    assert record is not None
    address = authorizations.verify_address("https://huimin.example", record)
    assert address == f"https://huimin.example/verify?code={record.verify_code}"
    assert record.verify_code == record.verify_code.upper()
