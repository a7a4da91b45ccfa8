"""Saved answers: sealed under the receipt code, found by it alone, gone after thirty days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from assistance import assessments
from assistance.assessments import Answers, Range, SavedAnswers
from assistance.assessments.receipts import ALPHABET, new_receipt_code
from assistance.errors import NotFound

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ANSWERS = Answers(
    household={"income": Range(0, 329999)},
    members=({"relation": "head", "birth_year": 1956},),
    is_helped=True,
)
OUTCOMES = {"minimum-living-allowance": "likely", "bus-concession": "not_now"}


def save(session, cipher, now=NOW):
    return assessments.save(
        session, cipher, ANSWERS, OUTCOMES, county="330482", catalogue_version="2026-11-22", now=now
    )


def test_saved_answers_come_back_with_what_they_came_to(database, cipher):
    with database.transaction() as session:
        code = save(session, cipher)
    with database.reading() as session:
        found = assessments.find_saved(session, cipher, code, county="330482", now=NOW + timedelta(days=29))
    assert found.answers == ANSWERS
    assert dict(found.outcomes) == OUTCOMES
    assert found.catalogue_version == "2026-11-22"
    assert found.expires_at - found.saved_at == timedelta(days=30)


def test_the_row_holds_neither_the_code_nor_the_answers(database, cipher):
    with database.transaction() as session:
        code = save(session, cipher)
    with database.reading() as session:
        row = session.scalars(select(SavedAnswers)).one()
    assert code.encode() not in row.lookup + row.sealed
    # The server's key alone opens the outer lock and finds another.
    inner = cipher.open("saved_answers.sealed", row.sealed, row.lookup)
    assert b"likely" not in inner


def test_a_wrong_code_another_county_and_a_late_return_find_nothing(database, cipher):
    with database.transaction() as session:
        code = save(session, cipher)
    with database.reading() as session:
        for wrong, county, now in (
            (new_receipt_code(), "330482", NOW),
            (code, "330328", NOW),
            (code, "330482", NOW + timedelta(days=30)),
        ):
            with pytest.raises(NotFound):
                assessments.find_saved(session, cipher, wrong, county=county, now=now)


def test_deleting_and_running_out(database, cipher):
    with database.transaction() as session:
        first, second = save(session, cipher), save(session, cipher, NOW - timedelta(days=30))
        assert first != second
    with database.transaction() as session:
        assert assessments.count_expired(session, NOW) == 1
        assert assessments.delete_expired(session, NOW) == 1
        assert assessments.delete_saved(session, cipher, first, now=NOW)
        assert not assessments.delete_saved(session, cipher, first, now=NOW)
    with database.reading() as session:
        assert session.scalars(select(SavedAnswers)).all() == []


def test_a_receipt_code_is_read_as_it_was_meant():
    code = "7K2M9PQR01VW8XYZ"
    for typed in (
        "7K2M 9PQR 01VW 8XYZ",
        "7k2m-9pqr-oivw-8xyz",
        "７Ｋ２Ｍ９ＰＱＲＯＬＶＷ８ＸＹＺ",
        " 7K2M　9PQR.01VW_8XYZ ",
    ):
        assert assessments.read_receipt_code(typed) == code
    for typed in ("", "7K2M", "7K2M 9PQR 01VW 8XYU", "7K2M 9PQR 01VW 8XYZ1", "七" * 16, "\x00" * 16):
        assert assessments.read_receipt_code(typed) is None
    assert assessments.grouped(code) == "7K2M 9PQR 01VW 8XYZ"


def test_a_new_code_has_sixteen_characters_that_cannot_be_mixed_up():
    codes = {new_receipt_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 16 and set(code) <= set(ALPHABET) for code in codes)
    assert not set("ILOU") & set(ALPHABET)
