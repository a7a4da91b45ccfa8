"""Sealed fields: unreadable without the key, and useless anywhere but where they belong."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from assistance.help_requests import HelpRequest
from infrastructure.crypto import FieldCipher, Unreadable
from infrastructure.database import Database
from tests.conftest import NOW

CIPHER = FieldCipher({1: b"1" * 32})


@given(st.binary(max_size=300), st.text(max_size=20), st.binary(max_size=40))
def test_what_was_sealed_opens_for_its_purpose_and_context_only(
    plain: bytes, purpose: str, context: bytes
) -> None:
    sealed = CIPHER.seal(purpose, plain, context)
    assert CIPHER.open(purpose, sealed, context) == plain
    for other in ((purpose + "x", context), (purpose, context + b"x")):
        with pytest.raises(Unreadable):
            CIPHER.open(other[0], sealed, other[1])


@given(st.data())
def test_one_changed_bit_anywhere_is_noticed(data: Any) -> None:
    sealed = bytearray(CIPHER.seal("p", b"facts", b"row"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises(Unreadable):
        CIPHER.open("p", bytes(sealed), b"row")


@given(st.binary(max_size=60))
def test_foreign_bytes_are_unreadable_and_no_crash(junk: bytes) -> None:
    with pytest.raises(Unreadable):
        CIPHER.open("p", junk)


def test_two_seals_of_the_same_differ() -> None:
    assert CIPHER.seal("p", b"x") != CIPHER.seal("p", b"x")


def test_a_new_key_writes_and_the_old_one_still_reads() -> None:
    old = CIPHER.seal("p", b"x")
    both = FieldCipher({1: b"1" * 32, 2: b"2" * 32})
    assert both.open("p", old) == b"x"
    new = both.seal("p", b"x")
    assert new[2:4] == b"\x00\x02"
    with pytest.raises(Unreadable):
        CIPHER.open("p", new)
    assert both.blind_index("p", "y") == CIPHER.blind_index("p", "y")


def test_a_blind_index_depends_on_key_and_purpose() -> None:
    found = CIPHER.blind_index("a", "13800000000")
    assert len(found) == 32
    assert found == CIPHER.blind_index("a", "13800000000")
    assert found != CIPHER.blind_index("b", "13800000000")
    assert found != FieldCipher({1: b"9" * 32}).blind_index("a", "13800000000")


@pytest.mark.parametrize("keys", [{}, {1: b"short"}, {0: b"1" * 32}, {70000: b"1" * 32}])
def test_bad_keys_are_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        FieldCipher(keys)


def request_of(name: str, number: str) -> HelpRequest:
    return HelpRequest(
        id=uuid.uuid4(),
        number=number,
        county="330482",
        division_code="330482001",
        sealed={"name": name, "contact": "13800000000", "village": "甲村"},
        receipt_lookup=number.encode(),
        created_at=NOW,
        expires_at=NOW,
    )


def test_a_ciphertext_moved_to_another_row_does_not_open(database: Database) -> None:
    with database.transaction() as session:
        session.add_all([request_of("甲", "1"), request_of("乙", "2")])
    with database.reading() as session:
        assert [row.sealed["name"] for row in session.query(HelpRequest).order_by(HelpRequest.number)] == [
            "甲",
            "乙",
        ]
        stored = session.execute(text("SELECT sealed FROM help_requests WHERE number = '1'")).scalar_one()
        assert "甲".encode() not in bytes(stored)
    with database.transaction() as session:
        session.execute(
            text("UPDATE help_requests SET sealed = :stolen WHERE number = '2'"), {"stolen": stored}
        )
    with database.reading() as session, pytest.raises(Unreadable):
        session.query(HelpRequest).filter_by(number="2").one()
