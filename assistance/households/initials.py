"""The Latin letter with which a name begins in pinyin: officers look for a family by it.

The first level of GB 2312 stands in the order of the sounds, so the letter of a character follows
from its place there; surnames whose sound or place differs from that order are listed by hand.
"""

from __future__ import annotations

import bisect

LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"
STARTS = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8,
    0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
END = 0xD7F9
BY_HAND = {
    **dict.fromkeys("卞邴亳", "B"), **dict.fromkeys("谌晁岑褚", "C"), "笪": "D", "鄂": "E", "樊": "F",
    **dict.fromkeys("郜缑", "G"), **dict.fromkeys("郝邯郇", "H"), **dict.fromkeys("暨嵇郏蹇靳", "J"),
    **dict.fromkeys("蒯隗邝", "K"), **dict.fromkeys("郦骆闾栾蔺", "L"), **dict.fromkeys("牟糜缪", "M"),
    "佴": "N", **dict.fromkeys("逄邳濮", "P"), **dict.fromkeys("祁亓仇瞿", "Q"),
    **dict.fromkeys("阮芮", "R"), **dict.fromkeys("单莘佘邵", "S"), **dict.fromkeys("邰郯佟滕", "T"),
    "邬": "W", **dict.fromkeys("解冼郗奚胥邢", "X"), **dict.fromkeys("鄢晏乐郓尉", "Y"),
    **dict.fromkeys("查曾翟臧訾", "Z"),
}  # fmt: skip


def initial_of(name: str) -> str:
    """One capital letter, or nothing where the first character has none that we know."""
    first = name.strip()[:1]
    if first.isascii():
        return first.upper() if first.isalpha() else ""
    if first in BY_HAND:
        return BY_HAND[first]
    try:
        place = int.from_bytes(first.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not STARTS[0] <= place < END:
        return ""
    return LETTERS[bisect.bisect_right(STARTS, place) - 1]
