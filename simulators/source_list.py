"""Which data sources there are and what they may be asked, as the product's own register says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from assistance import authorizations
from assistance.rules import FACTS


@dataclass(frozen=True)
class Item:
    """One thing that a source may be asked; `codes` are the words that can be an answer."""

    code: str
    type: str
    codes: tuple[str, ...]
    several: bool
    is_value: bool
    """Whether the answer is a fact by itself, not a part of a sum."""


@dataclass(frozen=True)
class Source:
    """One data source."""

    code: str
    name: str
    holder: str
    items: Mapping[str, Item]


@cache
def _sources() -> Mapping[str, Source]:
    return {
        one.code: Source(one.code, one.name.zh, one.holder.zh, {item.code: _item(item) for item in one.items})
        for one in authorizations.data_sources()
    }


def _item(item: authorizations.DataItem) -> Item:
    fact = FACTS.get(item.fact or "")
    options = tuple(item.codes or (fact.options if fact else ()))
    return Item(item.code, item.type, options, item.several, item.yields == "value")


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
