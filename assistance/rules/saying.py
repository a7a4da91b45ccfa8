"""A known value as people say it: with its unit, and a yes or a no in the words of what was asked.

Documents that programs read keep the plain texts of `display.py`.
"""

from __future__ import annotations

from fractions import Fraction

from .household import Band, FactValue
from .vocabulary import YUAN, Fact, decimal_text
from .words import Words

NOTHING = Words("没有", "none")
OR_MORE = Words("{}以上", "{} or more")
COMMA = Words("、", ", ")


def value_in_words(fact: Fact, value: FactValue, locale: str) -> str:
    """One value as a person says it, a band by both its ends."""
    if isinstance(value, bool):
        return fact.yes_no[value].in_language(locale)
    if isinstance(value, str):
        return fact.options[value].in_language(locale)
    if isinstance(value, frozenset):
        words = [words.in_language(locale) for key, words in fact.options.items() if key in value]
        return COMMA.in_language(locale).join(words) or NOTHING.in_language(locale)
    assert isinstance(value, Band)
    if fact.zero is not None and value == (0, 0):
        return fact.zero.in_language(locale)
    low = _number(fact, value.low)
    if value.high >= fact.high and not value.is_exact:
        return OR_MORE.in_language(locale).format(_with_unit(fact, low, locale))
    return _with_unit(fact, low if value.is_exact else f"{low}–{_number(fact, value.high)}", locale)


def amount_in_words(fact: Fact, whole: int, locale: str) -> str:
    """So many whole units of a fact (fen, hundredths of a square metre, pieces) as people say it."""
    return _with_unit(fact, _number(fact, whole), locale)


def _with_unit(fact: Fact, number: str, locale: str) -> str:
    """A number that is already written, with the unit of its fact where it has one."""
    return fact.unit.say(number, locale) if fact.unit is not None else number


def money_in_words(fen: int, locale: str) -> str:
    """So much money as people write it: whole yuan, or both places of the fen."""
    return YUAN.say(_yuan(fen), locale)


def _number(fact: Fact, whole: int) -> str:
    return _yuan(whole) if fact.kind == "money" else decimal_text(Fraction(whole, fact.scale))


def _yuan(fen: int) -> str:
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02}"
