"""The household's own figure and the threshold of a condition, as a person reads them.

Both are prepared once for a condition and the standards of a day; only what hangs on the facts is worked out
for a case.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .conditions import (
    Compare,
    Condition,
    Flag,
    Intersects,
    Members,
    NotEmpty,
    NumberIn,
    OneOf,
    Powers,
    inner_conditions,
)
from .household import Band, FactValue
from .judging import MET, NOBODY, UNKNOWN, Case, bind
from .standards import StandardsInForce
from .vocabulary import FACT_NAMES, SETTINGS, YES_NO, Fact, decimal_text, yuan_text
from .words import Words

NOTHING = Words("没有", "none")
AND_MORE = Words("{} 以上", "{} or more")
PERSON = Words("{} 人", "{} person")
PERSONS = Words("{} 人", "{} persons")
SEPARATOR = Words("；", "; ")
COMMA = Words("、", ", ")

CaseText = Callable[[Case, int, str], str | None]
"""A text for a case, a member's index and a locale; None where there is nothing to show."""


class Threshold(NamedTuple):
    """The limits of a condition, and whether they hang on the household, such as on its size."""

    text: CaseText
    hangs_on_facts: bool


def bind_figure(condition: Condition, standards: StandardsInForce) -> CaseText:
    """The household's own figures in a condition, or None where nothing is known."""
    parts = [part for leaf in _leaves(condition) if (part := _figure(leaf, standards)) is not None]
    return _joined(parts)


def bind_threshold(condition: Condition, standards: StandardsInForce) -> Threshold:
    """The limits in a condition, or None where it has none or the county has not published them."""
    compared = [leaf for leaf in _leaves(condition) if isinstance(leaf, Compare)]
    # Where a line names limits of the county beside plain numbers, the county's limits are the threshold.
    own = [leaf for leaf in compared if any(_standards_in(leaf.limit))] or compared[:1]
    return Threshold(
        _joined([_threshold(leaf, standards) for leaf in own]), any(_facts_in(leaf.limit) for leaf in own)
    )


def _joined(parts: Sequence[CaseText]) -> CaseText:
    if not parts:
        return lambda case, index, locale: None
    if len(parts) == 1:
        return parts[0]

    def all_parts(case: Case, index: int, locale: str) -> str | None:
        texts = dict.fromkeys(part(case, index, locale) for part in parts)
        return SEPARATOR.in_language(locale).join(text for text in texts if text) or None

    return all_parts


def _leaves(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Members):
        yield condition
        return
    inside = inner_conditions(condition)
    if not inside:
        yield condition
    for inner in inside:
        yield from _leaves(inner)


def _figure(leaf: Condition, standards: StandardsInForce) -> CaseText | None:
    if isinstance(leaf, Compare):
        return _sum_text(leaf.figure, standards)
    if isinstance(leaf, Members):
        return _count_text(leaf, standards)
    if isinstance(leaf, NumberIn):
        return _number_text(leaf.fact)
    if isinstance(leaf, Flag | OneOf | Intersects | NotEmpty):
        return _value_text(leaf.fact)
    return None


def _count_text(leaf: Members, standards: StandardsInForce) -> CaseText:
    inner = bind(leaf.inner, standards)

    def count(case: Case, index: int, locale: str) -> str | None:
        if not case.members:
            return None
        results = [inner(case, person) for person in range(len(case.members))]
        if UNKNOWN in results:
            return None
        met = results.count(MET)
        return (PERSON if met == 1 else PERSONS).in_language(locale).format(met)

    return count


def _number_text(fact: Fact) -> CaseText:
    """A number that is one of a few; its open end is shown as it is."""
    key, zero = fact.key, fact.zero

    def number(case: Case, index: int, locale: str) -> str | None:
        band = _place(fact, case, index).get(key)
        if not isinstance(band, Band):
            return None
        if zero is not None and band == (0, 0):
            return zero.in_language(locale)
        return str(band.low) if band.low == band.high else f"{band.low}–{band.high}"

    return number


def _value_text(fact: Fact) -> CaseText:
    key, of_member = fact.key, fact.subject == "member"
    # Sums of money are as many as households; every other value comes again and again.
    written = _plain_text if fact.kind == "money" else _plain_text_kept

    def text(case: Case, index: int, locale: str) -> str | None:
        value = (case.people[index] if of_member else case.facts).get(key)
        return None if value is None else written(fact, value, locale)

    return text


def _plain_text(fact: Fact, value: FactValue, locale: str) -> str:
    if isinstance(value, bool):
        return YES_NO[value].in_language(locale)
    if isinstance(value, str):
        return fact.options[value].in_language(locale)
    if isinstance(value, frozenset):
        words = [words.in_language(locale) for key, words in fact.options.items() if key in value]
        return COMMA.in_language(locale).join(words) or NOTHING.in_language(locale)
    assert isinstance(value, Band)
    return _band_text(fact, value, locale)


_plain_text_kept = lru_cache(maxsize=10_000)(_plain_text)


def _band_text(fact: Fact, band: Band, locale: str) -> str:
    is_money = fact.kind == "money"
    low = _one_number(band.low, fact.scale, is_money)
    if band.high >= fact.high:
        return AND_MORE.in_language(locale).format(low)
    return low if band.low == band.high else f"{low}–{_one_number(band.high, fact.scale, is_money)}"


def _threshold(leaf: Compare, standards: StandardsInForce) -> CaseText:
    names = _standards_in(leaf.limit)
    by_sex = standards.find(names[0]) if names else None
    if by_sex is not None and by_sex.setting.kind == "by_sex":
        setting, value = by_sex.setting, by_sex.value
        return lambda case, index, locale: setting.show(value, locale)
    text = _sum_text(leaf.limit, standards)
    # Where a limit hangs on a member, it is shown for the first.
    return lambda case, index, locale: text(case, 0 if case.members else NOBODY, locale)


Products = tuple[tuple[Powers, Fraction], ...]


def _standards_in(products: Products) -> list[str]:
    names = [name for powers, _ in products for name, _ in powers]
    return [name.removeprefix("local.") for name in names if name.startswith("local.")]


def _facts_in(products: Products) -> list[Fact]:
    names = {name: None for powers, _ in products for name, _ in powers if not name.startswith("local.")}
    return [FACT_NAMES[name] for name in names]


def _sum_text(products: Products, standards: StandardsInForce) -> CaseText:
    """The least and the greatest value of a sum; an end is open where a band is."""
    facts, is_money = _facts_in(products), _is_money(products)
    if len(facts) == 1 and products == ((((facts[0].name, 1),), Fraction(1)),) and facts[0].key != "size":
        return _value_text(facts[0])
    terms = _without_standards(products, standards)
    if terms is None:
        return lambda case, index, locale: None

    def text(case: Case, index: int, locale: str) -> str | None:
        corners: list[tuple[int, ...]] = []
        is_open = False
        for fact in facts:
            key = fact.key
            found = case.size if key == "size" else _place(fact, case, index).get(key)
            if not isinstance(found, Band):
                return None
            is_open = is_open or found.high >= fact.high
            corners.append((found.low,) if found.low == found.high else found)
        values = [_value_of(terms, at) for at in itertools.product(*corners)]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        first = _one_number(*min(known).as_integer_ratio(), is_money)
        if is_open:
            return AND_MORE.in_language(locale).format(first)
        last = first if len(known) == 1 else _one_number(*max(known).as_integer_ratio(), is_money)
        return first if first == last else f"{first}–{last}"

    return text


class _Summand(NamedTuple):
    """A number times some facts, over some others; facts by their places in the sum's list."""

    numerator: int
    denominator: int
    times: tuple[int, ...]
    over: tuple[int, ...]


def _without_standards(products: Products, standards: StandardsInForce) -> list[_Summand] | None:
    """The same sum with the day's standards put in; None where one is not set or is no single number."""
    places = {fact.name: place for place, fact in enumerate(_facts_in(products))}
    summands = []
    for powers, factor in products:
        times: list[int] = []
        over: list[int] = []
        for name, power in powers:
            if name in places:
                (times if power > 0 else over).extend([places[name]] * abs(power))
                factor *= Fraction(1, FACT_NAMES[name].scale) ** power
                continue
            setting = SETTINGS[name.removeprefix("local.")]
            value = standards.value(setting.name)
            if value is None or setting.kind == "by_sex" or (value == 0 and power < 0):
                return None
            factor *= Fraction(value) ** power
        summands.append(_Summand(factor.numerator, factor.denominator, tuple(times), tuple(over)))
    return summands


def _value_of(summands: list[_Summand], at: tuple[int, ...]) -> Fraction | None:
    numerator, denominator = 0, 1
    for summand in summands:
        upper, lower = summand.numerator, summand.denominator
        for place in summand.times:
            upper *= at[place]
        for place in summand.over:
            lower *= at[place]
        if lower == 0:
            return None
        numerator, denominator = numerator * lower + upper * denominator, denominator * lower
    return Fraction(numerator, denominator)


def _place(fact: Fact, case: Case, index: int) -> Mapping[str, FactValue]:
    return case.people[index] if fact.subject == "member" else case.facts


def _is_money(products: Products) -> bool:
    def degree(powers: Powers) -> int:
        total = 0
        for name, power in powers:
            is_standard = name.startswith("local.")
            kind = SETTINGS[name.removeprefix("local.")].kind if is_standard else FACT_NAMES[name].kind
            total += power if kind == "money" else 0
        return total

    return any(degree(powers) == 1 for powers, _ in products)


def _one_number(numerator: int, denominator: int, is_money: bool) -> str:
    """Fen as yuan to the fen, another number to the hundredth; half upwards.

    A ratio that would be rounded onto a number which it does not reach is written with more places, so that
    it never looks as if it stood on the other side of a limit.
    """
    if is_money:
        return yuan_text(_rounded(numerator, denominator))
    for places in (2, 4, 6):
        rounded = _rounded(numerator * 10**places, denominator)
        missing = abs(numerator * 10**places - rounded * denominator)
        looks_rounder = rounded % 10 == 0 or missing * 20 < denominator
        if missing == 0 or not looks_rounder:
            break
    return decimal_text(Fraction(rounded, 10**places))


def _rounded(numerator: int, denominator: int) -> int:
    away = (2 * abs(numerator) + denominator) // (2 * denominator)
    return away if numerator >= 0 else -away
