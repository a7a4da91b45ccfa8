"""The cookie: small, encrypted, good for a day, and nobody else's."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistance.assessments import Answers, Kept, Range, seal, unseal
from assistance.assessments.codec import BrokenAnswersError, pack, unpack
from assistance.assessments.cookie import LARGEST
from infrastructure.crypto import FieldCipher
from tests.assistance.assessments.households import fullest, random_answers

CIPHER = FieldCipher({1: b"k" * 32})
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HERE = {"county": "330482", "now": NOW}
SOME = Answers(household={"income": Range(0, 329999), "area": "rural"}, members=({"relation": "head"},))


@given(random_answers())
@settings(max_examples=200, deadline=None)
def test_answers_come_back_as_they_were(answers):
    assert unseal(CIPHER, seal(CIPHER, answers, **HERE), **HERE) == answers


def test_twenty_members_with_everything_answered_fit():
    before = {f"a-policy-with-a-rather-long-code-{n}": "not_now" for n in range(20)}
    kept = Kept("0" * 16, 739000, True, before=before)
    value = seal(CIPHER, replace(fullest(20), kept=kept), **HERE)
    assert len(value) <= LARGEST
    assert unseal(CIPHER, value, **HERE) == replace(fullest(20), kept=kept)


@given(st.data())
@settings(max_examples=10, deadline=None)
def test_the_most_random_twenty_fit_too(data):
    answers = data.draw(random_answers(0))
    whole = fullest(20)
    mixed = replace(whole, household={**whole.household, **answers.household})
    assert len(seal(CIPHER, mixed, **HERE)) <= LARGEST


def test_no_word_of_the_answers_can_be_read():
    value = seal(CIPHER, SOME, **HERE)
    raw = base64.urlsafe_b64decode(value + "==")
    assert b"rural" not in raw
    assert pack(SOME) not in raw


def test_it_is_good_for_a_day_by_our_clock():
    value = seal(CIPHER, SOME, **HERE)
    late = NOW + timedelta(hours=24)
    assert unseal(CIPHER, value, county="330482", now=late - timedelta(seconds=1)) == SOME
    assert unseal(CIPHER, value, county="330482", now=late) is None
    assert unseal(CIPHER, value, county="330482", now=NOW - timedelta(hours=1)) is None


def test_another_countys_or_another_servers_cookie_is_none():
    value = seal(CIPHER, SOME, **HERE)
    assert unseal(CIPHER, value, county="330328", now=NOW) is None
    assert unseal(FieldCipher({1: b"x" * 32}), value, **HERE) is None


def test_a_new_key_still_reads_the_old_one():
    value = seal(CIPHER, SOME, **HERE)
    assert unseal(FieldCipher({1: b"k" * 32, 2: b"n" * 32}), value, **HERE) == SOME


@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
@settings(max_examples=200, deadline=None)
def test_anything_forged_is_none(value):
    assert unseal(CIPHER, value, **HERE) is None


def test_anything_cut_or_changed_is_none():
    value = seal(CIPHER, SOME, **HERE)
    for cut in range(len(value)):
        assert unseal(CIPHER, value[:cut], **HERE) is None
    for place in range(len(value) - 1):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        assert unseal(CIPHER, changed, **HERE) is None


@pytest.mark.parametrize("junk", [b"", b"x", b"\x78\x9c", pack(SOME)[:-3], b"[]"])
def test_broken_bytes_are_told_apart(junk):
    with pytest.raises(BrokenAnswersError):
        unpack(junk)


def test_an_answer_that_no_question_knows_any_more_is_left_out():
    import json
    import zlib

    data = [1, 0, [999, 3, 2, 1, 6, "nonsense", 2, 77], [[101, 0, 998, 1]], []]
    found = unpack(zlib.compress(json.dumps(data).encode()))
    assert found.members == ({"relation": "head"},)
    assert set(found.household) <= {"area"}
