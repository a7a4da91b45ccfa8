"""Reads what a source wrote, strictly: one value of another type makes the whole answer wrong."""

from __future__ import annotations

import datetime
from typing import Any

from assistance.authorizations import DataItem
from assistance.economic_checks.sources.contract import Value
from assistance.rules import FACTS

LONGEST_TEXT = 200
MOST_CODES = 20


class Misfit(ValueError):
    """A value that cannot be an answer to its item."""


def read_value(item: DataItem, value: Any) -> Value:
    """One item's value as JSON wrote it, or Misfit; None stays None."""
    if value is None:
        return None
    if item.type in ("money_fen", "count"):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= item.most:
            raise Misfit(item.code)
        return value
    if item.type == "flag":
        if not isinstance(value, bool):
            raise Misfit(item.code)
        return value
    if item.type == "date":
        return _day(item, value)
    if item.type == "code":
        return _codes(item, value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Misfit(item.code)
    return value


def known_codes(item: DataItem) -> frozenset[str]:
    """The words that can be an answer to an item of type code."""
    if item.codes:
        return frozenset(item.codes)
    fact = FACTS.get(item.fact or "")
    return frozenset(fact.options) if fact is not None else frozenset()


def _day(item: DataItem, value: Any) -> str:
    try:
        day = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misfit(item.code) from None
    if day.isoformat() != value or not 1900 <= day.year <= 2200:
        raise Misfit(item.code)
    return day.isoformat()


def _codes(item: DataItem, value: Any) -> Value:
    known = known_codes(item)
    if item.several:
        if not isinstance(value, list) or len(value) > MOST_CODES:
            raise Misfit(item.code)
        if any(not isinstance(one, str) or one not in known for one in value):
            raise Misfit(item.code)
        return sorted(set(value))
    if not isinstance(value, str) or value not in known:
        raise Misfit(item.code)
    return value
