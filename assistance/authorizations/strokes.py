"""A drawn signature: lines of whole numbers from a form, checked, and drawn anew as a small picture."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw

from infrastructure.languages import N_

WIDTH, HEIGHT = 1000, 400
"""The field in which lines are given, whatever the size of the screen."""
LONGEST_TEXT = 120_000
MOST_LINES, MOST_POINTS = 300, 12_000
SHORTEST_TRACE = 120
"""A trace shorter than this, in units of the field, is a tap and no signature."""
PICTURE_WIDTH, PICTURE_HEIGHT, PEN = 500, 200, 4

Line = list[int]
"""x and y by turns: [x, y, x, y, …]."""

UNSIGNED = N_("请在框里写下您的名字，或者在下面打上名字")
TOO_LARGE = N_("写得太多了，请点“重写”，再写一次名字")
UNREADABLE = N_("没有收到您写的字，请再写一次，或者在下面打上名字")
OTHER_NAME = N_("请打上您自己的名字，要和登记的一样")


class BadSignature(ValueError):
    """What came from the form is no signature; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_strokes(text: str) -> list[Line]:
    """The lines of a signature as the form sends them; raises BadSignature for anything else.

    An empty text is an empty list: whoever cannot draw types the name.
    """
    if not text.strip():
        return []
    if len(text) > LONGEST_TEXT:
        raise BadSignature(TOO_LARGE)
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSignature(UNREADABLE) from error
    if not isinstance(read, list) or not all(_is_line(line) for line in read):
        raise BadSignature(UNREADABLE)
    lines: list[Line] = read
    if len(lines) > MOST_LINES or sum(map(len, lines)) > 2 * MOST_POINTS:
        raise BadSignature(TOO_LARGE)
    return lines


def read_signature(strokes: str, typed_name: str, name: str) -> list[Line]:
    """The lines of a drawn signature, or none where the own name was typed instead; raises BadSignature."""
    lines = read_strokes(strokes)
    if trace_of(lines) >= SHORTEST_TRACE:
        return lines
    if not typed_name.strip():
        raise BadSignature(UNSIGNED)
    if _folded(typed_name) != _folded(name):
        raise BadSignature(OTHER_NAME)
    return []


def trace_of(lines: list[Line]) -> int:
    """How far the pen went, in units of the field."""
    way = 0
    for line in lines:
        points = list(zip(line[::2], line[1::2], strict=True))
        way += sum(abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(points))
    return way


def draw(lines: list[Line]) -> bytes:
    """A picture of the signature in black and white (PNG), made by us and not by the phone."""
    picture = Image.new("1", (PICTURE_WIDTH, PICTURE_HEIGHT), 1)
    pen = ImageDraw.Draw(picture)
    for line in lines:
        points = [
            (x * PICTURE_WIDTH // WIDTH, y * PICTURE_HEIGHT // HEIGHT)
            for x, y in zip(line[::2], line[1::2], strict=True)
        ]
        if len(points) == 1:
            x, y = points[0]
            pen.ellipse((x - PEN // 2, y - PEN // 2, x + PEN // 2, y + PEN // 2), fill=0)
        else:
            pen.line(points, fill=0, width=PEN, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def picture_text(lines: list[Line]) -> str | None:
    """The picture as a record holds it (base64), or nothing where the name was typed."""
    return base64.b64encode(draw(lines)).decode() if lines else None


def _is_line(line: Any) -> bool:
    if not isinstance(line, list) or not line or len(line) % 2:
        return False
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in line)
    return whole and all(
        0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in zip(line[::2], line[1::2], strict=True)
    )


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name[:400]).casefold()
    return "".join(one for one in plain if not one.isspace() and one not in "·•．.‧")
