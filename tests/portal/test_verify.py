"""The check page: anybody with a code learns the state, and of the person one character."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from assistance import authorizations
from assistance.authorizations import Authorization
from commands.audit import sealer_of
from infrastructure import clock
from tests.assistance.audit.log import fill, let_in, tamper
from tests.assistance.authorizations.family import Family, make_family, opened, part_of, resident, signed
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW


@pytest.fixture
def receipt(app: Flask) -> tuple[Family, Authorization]:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head))
        assert record is not None
        return family, record


def test_a_code_shows_state_and_hashes_and_one_character(
    client: ComplainingClient, receipt: tuple[Family, Authorization]
) -> None:
    _, record = receipt
    for typed in (record.verify_code, authorizations.printed_code(record).lower()):
        page = client.get("/verify", query_string={"code": typed})
        assert page.status_code == 200
        assert "有效" in page.text
        assert "陈*" in page.text
        for secret in ("陈国良", "330499", "199001", "AR-2026"):
            assert secret not in page.text
        assert record.record_sha256.hex() in page.text
        assert record.record_sm3.hex() in page.text
        assert record.audit_reference in page.text
        assert "尚未存证" in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "js/verify.js" in page.text
        assert 'type="file"' in page.text
        assert 'enctype="multipart' not in page.text


def test_a_withdrawn_and_an_expired_one_say_so(
    client: ComplainingClient, app: Flask, receipt: tuple[Family, Authorization]
) -> None:
    family, record = receipt
    with clock.freeze(NOW + timedelta(days=181)):
        assert "到期了" in client.get("/verify", query_string={"code": record.verify_code}).text
    with app.extensions["huimin"].database.transaction() as session:
        authorizations.withdraw(session, resident(family.head), record.id, now=NOW)
    assert "已经收回" in client.get("/verify", query_string={"code": record.verify_code}).text


def test_a_receipt_whose_log_entry_was_changed_is_no_longer_called_good(
    client: ComplainingClient, app: Flask, receipt: tuple[Family, Authorization]
) -> None:
    _, record = receipt
    with app.extensions["huimin"].database.transaction() as session:
        session.execute(
            text("UPDATE audit_entries SET content_sha256 = :x WHERE reference = :r"),
            {"x": b"0" * 32, "r": record.audit_reference},
        )
    page = client.get("/verify", query_string={"code": record.verify_code})
    assert "对不上" in page.text


def test_a_receipt_in_a_checkpoint_is_proved_to_be_there_and_an_edited_entry_is_not(
    client: ComplainingClient, app: Flask, receipt: tuple[Family, Authorization]
) -> None:
    _, record = receipt
    parts = app.extensions["huimin"]
    size = sealer_of(parts).run(NOW).checkpoints[-1]
    page = client.get("/verify", query_string={"code": record.verify_code}).text
    assert record.audit_content.hex() in page
    assert f"在 {size} 笔的那一份存证里，刚刚算过，对得上" in page
    assert "原文和证明对得上" in page
    english = client.get(
        "/verify", query_string={"code": record.verify_code}, headers={"Accept-Language": "en"}
    )
    assert f"in the checkpoint of {size} notes" in english.text
    # The row is edited, and the hash that stands beside it left as it was.
    let_in(parts.database)
    changed = "UPDATE audit_entries SET actor_ref = 'nobody' WHERE reference = :r"
    tamper(parts.database, changed, r=record.audit_reference)
    page = client.get("/verify", query_string={"code": record.verify_code}).text
    assert "刚刚算过" not in page
    assert page.count("对不上") >= 2


def test_a_receipt_beside_an_entry_that_was_changed_has_no_proof_either(
    client: ComplainingClient, app: Flask, receipt: tuple[Family, Authorization]
) -> None:
    _, record = receipt
    parts = app.extensions["huimin"]
    fill(parts.database, 3)
    sealer_of(parts).run(NOW)
    let_in(parts.database)
    last = "(SELECT max(id) FROM audit_entries)"
    tamper(parts.database, f"UPDATE audit_entries SET result = 'refused' WHERE id = {last}")
    page = client.get("/verify", query_string={"code": record.verify_code}).text
    assert "刚刚算过" not in page
    assert "和存证对不上" in page


@pytest.mark.parametrize("code", ["0" * 20, "short", "'; DROP TABLE people", "陈" * 20, "0" * 3000])
def test_an_unknown_code_is_not_found(client: ComplainingClient, code: str) -> None:
    page = client.get("/verify", query_string={"code": code})
    assert page.status_code == 404
    assert "没有找到这个编码" in page.text


def test_an_empty_field_is_told_only_after_it_was_sent(client: ComplainingClient) -> None:
    assert "有错误：" not in client.get("/verify").text
    sent = client.get("/verify?code=")
    assert (sent.status_code, "请打上收条上的编码" in sent.text) == (422, True)


def test_thirty_an_hour_from_one_address(
    client: ComplainingClient, receipt: tuple[Family, Authorization]
) -> None:
    _, record = receipt
    answers = [
        client.get("/verify", query_string={"code": record.verify_code}).status_code for _ in range(31)
    ]
    assert answers == [200] * 30 + [429]
    assert client.get("/verify").status_code == 200
