"""The record's bytes: one form, hashes, a signature that any changed byte breaks."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistance.authorizations.record import (
    CROCKFORD,
    NotCanonical,
    canonical,
    grouped,
    hashes_of,
    new_verify_code,
    sign_record,
    tidy_verify_code,
)
from infrastructure.crypto import sm3
from tests.assistance.authorizations.family import KEYS

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcö汉", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
RECORD, SIGNATURE, KID = sign_record(
    KEYS, {"signer": {"name": "陈国良"}, "agreed": [{"source": "tax", "items": ["income"]}], "n": 1}
)


@given(values)
def test_the_same_record_has_the_same_bytes(value: Any) -> None:
    content = canonical(value)
    assert canonical(json.loads(content)) == content
    assert unicodedata.is_normalized("NFC", content.decode())


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(), max_size=5))
def test_keys_are_sorted_whatever_their_order_was(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize("bad", [1.5, {"a": 2.0}, [float("nan")], {1: "a"}, {"a": object()}, {"a": b"x"}])
def test_what_has_no_one_form_is_refused(bad: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(bad)


def test_the_record_names_its_form_and_its_key() -> None:
    said = json.loads(RECORD)
    assert (said["format"], said["algorithm"], said["kid"]) == ("huimin-authorization/1", "Ed25519", KID)
    assert len(SIGNATURE) == 64
    assert KEYS.verify(KID, RECORD, SIGNATURE)
    assert hashes_of(RECORD) == (hashlib.sha256(RECORD).digest(), sm3(RECORD))


def test_every_single_changed_byte_breaks_the_signature() -> None:
    for at in range(len(RECORD)):
        changed = RECORD[:at] + bytes([RECORD[at] ^ 1]) + RECORD[at + 1 :]
        assert not KEYS.verify(KID, changed, SIGNATURE), at
    for at in range(len(SIGNATURE)):
        changed = SIGNATURE[:at] + bytes([SIGNATURE[at] ^ 1]) + SIGNATURE[at + 1 :]
        assert not KEYS.verify(KID, RECORD, changed), at


@settings(max_examples=300)
@given(st.integers(0, len(RECORD) - 1), st.integers(1, 255), st.booleans())
def test_any_flip_insertion_or_cut_breaks_it(at: int, flip: int, cut: bool) -> None:
    changed = RECORD[:at] if cut else RECORD[:at] + bytes([RECORD[at] ^ flip]) + RECORD[at + 1 :]
    assert not KEYS.verify(KID, changed, SIGNATURE)
    assert not KEYS.verify(KID, RECORD[:at] + bytes([flip]) + RECORD[at:], SIGNATURE)


def test_a_code_is_read_however_it_was_typed() -> None:
    code = new_verify_code()
    assert len(code) == 20
    assert set(code) <= set(CROCKFORD)
    printed = grouped(code)
    assert printed.count("-") == 4
    for typed in (printed, printed.lower(), f" {printed} ", printed.replace("-", " "), code):
        assert tidy_verify_code(typed) == code
    assert tidy_verify_code("O" * 20) == "0" * 20
    assert tidy_verify_code("iL" * 10) == "1" * 20


@pytest.mark.parametrize("typed", ["", "A" * 19, "A" * 21, "U" * 20, "!" * 20, "x" * 5000, "陈" * 20])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert tidy_verify_code(typed) == ""
