"""What a register knows of somebody: written down for the named people, drawn for all others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from simulators.draws import draw
from simulators.people import named_people
from simulators.source_list import Item, Source

REGISTERS = Path(__file__).resolve().parent / "registers"
EMPTY: dict[str, Any] = {"money_fen": 0, "count": 0, "flag": False}


def about(source: Source, number: str, items: Sequence[str], on: date) -> dict[str, Any] | None:
    """The value of each item, None where it is left open; None in all where the person is not known."""
    if number not in _named_numbers():
        return draw(source, number, items, on)
    found = registers().get(number, {}).get(source.code)
    if found is None:
        return None
    return {code: _told(source.items[code], found) for code in items}


@cache
def registers() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """What stands in the registers of the named people: number, source, item."""
    found: dict[str, Any] = {}
    for path in sorted(REGISTERS.glob("*.toml")):
        found.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


def _told(item: Item, found: Mapping[str, Any]) -> Any:
    value = found.get(item.code)
    if value is None and item.several:
        return []
    # Of a part of a sum nothing written is nothing; of a value of its own it is not known.
    if value is None and not item.is_value:
        return EMPTY.get(item.type)
    return value.isoformat() if isinstance(value, date) else value


@cache
def _named_numbers() -> frozenset[str]:
    return frozenset(one.resident_id for one in named_people().values())
