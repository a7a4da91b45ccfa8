"""What a register knows of somebody: written down for the named people, drawn for all others."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from simulators.people import named_people
from simulators.source_list import Item, Source

REGISTERS = Path(__file__).resolve().parent / "registers"
EMPTY: dict[str, Any] = {"money_fen": 0, "count": 0, "flag": False, "date": None, "text": None, "code": None}


def about(source: Source, number: str, items: Sequence[str], on: date) -> dict[str, Any] | None:
    """The value of each item, None where it is left open; None in all where the person is not known."""
    written = _registers().get(number)
    if written is None and number not in _named_numbers():
        return _drawn(source, number, items, on)
    found = (written or {}).get(source.code)
    if found is None:
        return None
    return {code: _told(source.items[code], found, on) for code in items}


def _told(item: Item, found: Mapping[str, Any], on: date) -> Any:
    value = found.get(item.code, [] if item.several else EMPTY[item.type])
    if value == "today":
        return on.isoformat()
    return value.isoformat() if isinstance(value, date) else value


@cache
def _registers() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Any] = {}
    for path in sorted(REGISTERS.glob("*.toml")):
        found.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


@cache
def _named_numbers() -> frozenset[str]:
    return frozenset(one.resident_id for one in named_people().values())


def _drawn(source: Source, number: str, items: Sequence[str], on: date) -> dict[str, Any] | None:
    drawn = {code: _draw(source.items[code], f"{number} {source.code} {code}", on) for code in items}
    return drawn


def _draw(item: Item, seed: str, on: date) -> Any:
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6]) / 2**48
    if item.type == "date":
        return (on - timedelta(days=int(chance * 1500))).isoformat()
    if item.type == "flag":
        return chance < 0.2
    if item.type == "count":
        return int(chance * 3)
    if item.type == "money_fen":
        return int(chance * 3000) * 100
    if item.type == "code" and item.codes:
        picked = item.codes[int(chance * len(item.codes))]
        return [picked] if item.several else picked
    return None
