"""What a register holds of somebody without a story: likely for the age, and the same at every call."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from simulators.source_list import Item, Source

HERE = Path(__file__).resolve().parent
# Most people in a register of the poor have little: a draw is pulled towards the lower end of its range.
PULL = 3


def draw(source: Source, number: str, items: Sequence[str], on: date) -> dict[str, Any] | None:
    """The value of each item, None where it is left open; None in all where this register finds nothing."""
    shape = _shapes().get(source.code)
    age = _age(number, on)
    if shape is None:
        return {code: _by_type(source.items[code], _chance(number, source.code, code)) for code in items}
    youngest, oldest = shape["ages"]
    if not youngest <= age <= oldest or _chance(number, source.code) >= shape["chance"]:
        return None
    return {
        code: _value(source.items[code], shape.get(code), _chance(number, source.code, code), age, on)
        for code in items
    }


def _value(item: Item, shape: Any, chance: float, age: int, on: date) -> Any:
    if isinstance(shape, float):
        return chance < shape
    if isinstance(shape, list):
        return _within(shape, chance)
    if not isinstance(shape, dict):
        return [] if item.several else None
    if "words" in shape:
        word = shape["words"][int(chance * len(shape["words"]))]
        return [word] if item.several else word
    if "days" in shape:
        first, last = shape["days"]
        return (on - timedelta(days=first + int(chance * (last - first)))).isoformat()
    if "by_age" in shape:
        return [word for from_age, word in shape["by_age"].items() if int(from_age) <= age][-1]
    return _within(shape["range"], chance) if age >= shape["from_age"] else 0


def _within(ends: Sequence[int], chance: float) -> int:
    low, high = ends
    found = low + int(chance**PULL * (high - low + 1))
    # Sums of money are whole jiao, as on a bank's paper.
    return found // 10 * 10 if high > 1000 and low % 10 == 0 else found


def _by_type(item: Item, chance: float) -> Any:
    if item.type == "flag":
        return chance < 0.1
    if item.type == "count":
        return int(chance * 2)
    if item.type == "money_fen":
        return _within([0, 300000], chance)
    if item.type == "code" and item.codes:
        word = item.codes[int(chance * len(item.codes))]
        return [word] if item.several else word
    return [] if item.several else None


def _chance(*of: str) -> float:
    return int.from_bytes(hashlib.sha256(" ".join(of).encode()).digest()[:6]) / 2**48


def _age(number: str, on: date) -> int:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return 40
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@cache
def _shapes() -> Mapping[str, Any]:
    return tomllib.loads((HERE / "draws.toml").read_text(encoding="utf-8"))
