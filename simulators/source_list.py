"""Which data sources there are and what they may be asked, as the product's own register says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistance.rules import FACTS

REGISTER = Path(__file__).resolve().parent.parent / "assistance" / "authorizations" / "sources.toml"


@dataclass(frozen=True)
class Item:
    """One thing that a source may be asked."""

    code: str
    name: str
    type: str
    codes: tuple[str, ...]
    several: bool


@dataclass(frozen=True)
class Source:
    """One data source."""

    code: str
    name: str
    holder: str
    items: Mapping[str, Item]


@cache
def _sources() -> Mapping[str, Source]:
    read = tomllib.loads(REGISTER.read_text(encoding="utf-8"))["sources"]
    return {
        code: Source(
            code,
            one["name"]["zh"],
            one["holder"]["zh"],
            {item["code"]: _item(item) for item in one["items"]},
        )
        for code, one in read.items()
    }


def _item(read: dict[str, object]) -> Item:
    codes = read.get("codes")
    fact = FACTS.get(str(read.get("fact", "")))
    options = tuple(codes) if isinstance(codes, dict) else tuple(fact.options) if fact else ()
    name = read["name"]
    assert isinstance(name, dict)
    return Item(str(read["code"]), name["zh"], str(read["type"]), options, bool(read.get("several", False)))


def codes() -> tuple[str, ...]:
    """The code of every source, in the order of the register."""
    return tuple(_sources())


def get(code: str) -> Source | None:
    """The source of this code."""
    return _sources().get(code)


def name_of(code: str) -> str:
    """What people call this source."""
    found = get(code)
    return found.name if found else code
