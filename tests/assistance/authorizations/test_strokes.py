"""Drawn names: read with bounds, drawn anew, and what to do without one."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assistance.authorizations.strokes import (
    LONGEST_TEXT,
    OTHER_NAME,
    TOO_LARGE,
    UNREADABLE,
    UNSIGNED,
    BadSignature,
    draw,
    picture_text,
    read_signature,
    read_strokes,
    trace_of,
)
from tests.assistance.authorizations.family import STROKES

NAME = "买买提·吐尔逊"


def refused(strokes: str, typed: str = "") -> str:
    with pytest.raises(BadSignature) as error:
        read_signature(strokes, typed, NAME)
    return error.value.message


def test_a_drawn_name_is_enough_and_is_drawn_anew_in_black_and_white() -> None:
    lines = read_signature(STROKES, "", NAME)
    picture = Image.open(io.BytesIO(draw(lines)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "1", (500, 200))
    assert picture.getextrema() == (0, 255)
    assert picture_text([]) is None


@pytest.mark.parametrize(
    "typed", [NAME, "买买提吐尔逊", " 买买提 吐尔逊 ", "买买提・吐尔逊".replace("・", "•")]
)
def test_who_cannot_draw_types_the_own_name(typed: str) -> None:
    assert read_signature("", typed, NAME) == []
    assert read_signature("[[5,5]]", typed, NAME) == []


@pytest.mark.parametrize("strokes", ["", "[]", "[[500,200]]", "[[1,1,2,2]]"])
def test_nothing_drawn_is_no_signature(strokes: str) -> None:
    assert refused(strokes) == UNSIGNED
    assert refused(strokes, "张三") == OTHER_NAME


@pytest.mark.parametrize(
    "strokes",
    [
        "{}",
        "[1]",
        "[[1]]",
        "[[1,2,3]]",
        '[["1",2]]',
        "[[1.5,2]]",
        "[[true,2]]",
        "[[-1,2]]",
        "[[1001,2]]",
        "[[1,401]]",
        "[[]]",
        "not json",
        "[" * 5000,
        "null",
        "[[1e400,1]]",
    ],
)
def test_what_is_no_signature_is_told_so(strokes: str) -> None:
    assert refused(strokes) in (UNREADABLE, UNSIGNED)


def test_ten_megabytes_are_too_large_and_so_are_too_many_points() -> None:
    assert refused("[" + "1," * 5_000_000 + "1]") == TOO_LARGE
    assert refused(json.dumps([[1, 1]] * 301)) == TOO_LARGE
    many = json.dumps([[1, 1] * 12_001], separators=(",", ":"))
    assert len(many) < LONGEST_TEXT
    assert refused(many) == TOO_LARGE


lines = st.lists(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 400)), min_size=1, max_size=20).map(
        lambda points: [one for point in points for one in point]
    ),
    max_size=10,
)


@given(lines)
def test_whatever_was_drawn_makes_a_picture(drawn: list[list[int]]) -> None:
    assert read_strokes(json.dumps(drawn)) == drawn
    assert trace_of(drawn) >= 0
    assert draw(drawn).startswith(b"\x89PNG")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadSignature):
        assert isinstance(read_strokes(text), list)
