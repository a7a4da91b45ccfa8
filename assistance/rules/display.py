"""The household's own figure and the threshold of a condition, as a person reads them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

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
from .judging import MET, UNKNOWN, Case, bind
from .standards import StandardsInForce
from .vocabulary import FACT_NAMES, SETTINGS, YES_NO, decimal_text, yuan_text
from .words import Words

NOTHING = Words("没有", "none")
AND_MORE = Words("{} 以上", "{} or more")
PERSONS = Words("{} 人", "{} persons")


def figure_text(
    condition: Condition, case: Case, index: int, standards: StandardsInForce, locale: str
) -> str | None:
    """The household's own figures in a condition, or None where nothing is known."""
    texts = [_figure(leaf, case, index, standards, locale) for leaf in _leaves(condition)]
    known = list(dict.fromkeys(text for text in texts if text))
    return ("；" if not locale.startswith("en") else "; ").join(known) or None


def threshold_text(condition: Condition, case: Case, standards: StandardsInForce, locale: str) -> str | None:
    """The limits in a condition, or None where it has none or the county has not published them."""
    compared = [leaf for leaf in _leaves(condition) if isinstance(leaf, Compare)]
    # Where a line names limits of the county beside plain numbers, the county's limits are the threshold.
    own = [
        leaf
        for leaf in compared
        if any(name.startswith("local.") for powers, _ in leaf.limit for name, _ in powers)
    ]
    texts = [_threshold(leaf, case, standards, locale) for leaf in own or compared[:1]]
    known = list(dict.fromkeys(text for text in texts if text))
    return ("；" if not locale.startswith("en") else "; ").join(known) or None


def _leaves(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Members):
        yield condition
        return
    inside = inner_conditions(condition)
    if not inside:
        yield condition
    for inner in inside:
        yield from _leaves(inner)


def _figure(leaf: Condition, case: Case, index: int, standards: StandardsInForce, locale: str) -> str | None:
    if isinstance(leaf, Compare):
        return _number_text(_values(leaf.figure, case, index, standards), _is_money(leaf.figure), locale)
    if isinstance(leaf, Members):
        if not case.members:
            return None
        inner = bind(leaf.inner, standards)
        results = [inner(case, person) for person in range(len(case.members))]
        if UNKNOWN in results:
            return None
        met = results.count(MET)
        return PERSONS.in_language(locale).format(met)
    if not isinstance(leaf, Flag | OneOf | NumberIn | Intersects | NotEmpty):
        return None
    facts = case.member(index) if leaf.fact.subject == "member" else case.facts
    value = facts.get(leaf.fact.key)
    if value is None:
        return None
    if isinstance(leaf, NumberIn) and isinstance(value, Band):
        if leaf.fact.zero is not None and value == (0, 0):
            return leaf.fact.zero.in_language(locale)
        return _number_text((Fraction(value.low), Fraction(value.high)), False, locale)
    return value_text(leaf.fact.name, value, locale)


def value_text(fact_name: str, value: FactValue, locale: str) -> str:
    """One fact's value in words."""
    fact = FACT_NAMES[fact_name]
    if isinstance(value, bool):
        return YES_NO[value].in_language(locale)
    if isinstance(value, str):
        return fact.options[value].in_language(locale)
    if isinstance(value, frozenset):
        words = [words.in_language(locale) for key, words in fact.options.items() if key in value]
        return ("、" if not locale.startswith("en") else ", ").join(words) or NOTHING.in_language(locale)
    assert isinstance(value, Band)
    low, high = Fraction(value.low, fact.scale), Fraction(value.high, fact.scale)
    open_end = high if value.high < fact.high else None
    return _number_text((low, open_end), fact.kind == "money", locale) or ""


def _threshold(leaf: Compare, case: Case, standards: StandardsInForce, locale: str) -> str | None:
    ends = _values(leaf.limit, case, 0, standards)
    if ends is None and any(name.startswith("local.") for powers, _ in leaf.limit for name, _ in powers):
        name = next(n for powers, _ in leaf.limit for n, _ in powers if n.startswith("local."))
        standard = standards.find(name.removeprefix("local."))
        if standard is not None and standard.setting.kind == "by_sex":
            return standard.setting.show(standard.value, locale)
    return _number_text(ends, _is_money(leaf.limit), locale)


Ends = tuple[Fraction, Fraction | None]


def _values(
    products: tuple[tuple[Powers, Fraction], ...], case: Case, index: int, standards: StandardsInForce
) -> Ends | None:
    """The least and the greatest value of a sum; the greatest is None where a band is open."""
    names = {name for powers, _ in products for name, _ in powers}
    corners: list[tuple[str, tuple[Fraction, ...]]] = []
    is_open = False
    for name in sorted(names):
        if name.startswith("local."):
            value = standards.value(name.removeprefix("local."))
            if value is None or SETTINGS[name.removeprefix("local.")].kind == "by_sex":
                return None
            corners.append((name, (Fraction(value),)))
            continue
        fact = FACT_NAMES[name]
        facts = case.member(index) if fact.subject == "member" and case.members else case.facts
        band = case.size if name == "size" else facts.get(fact.key)
        if not isinstance(band, Band):
            return None
        is_open = is_open or band.high >= fact.high
        corners.append((name, (Fraction(band.low, fact.scale), Fraction(band.high, fact.scale))))
    values = []
    for choice in itertools.product(*(options for _, options in corners)):
        at = dict(zip((name for name, _ in corners), choice, strict=True))
        if any(power < 0 and at[name] == 0 for powers, _ in products for name, power in powers):
            return None
        total = Fraction(0)
        for powers, factor in products:
            for name, power in powers:
                factor *= at[name] ** power
            total += factor
        values.append(total)
    return min(values), None if is_open else max(values)


def _is_money(products: tuple[tuple[Powers, Fraction], ...]) -> bool:
    def degree(powers: Powers) -> int:
        total = 0
        for name, power in powers:
            is_standard = name.startswith("local.")
            kind = SETTINGS[name.removeprefix("local.")].kind if is_standard else FACT_NAMES[name].kind
            total += power if kind == "money" else 0
        return total

    return any(degree(powers) == 1 for powers, _ in products)


def _number_text(ends: Ends | None, is_money: bool, locale: str) -> str | None:
    if ends is None:
        return None
    low, high = ends
    if high is None:
        return AND_MORE.in_language(locale).format(_one_number(low, is_money))
    first, last = _one_number(low, is_money), _one_number(high, is_money)
    return first if first == last else f"{first}–{last}"


def _one_number(value: Fraction, is_money: bool) -> str:
    if is_money:
        fen = Decimal(value.numerator) / Decimal(value.denominator)
        return yuan_text(int(fen.quantize(Decimal(1), rounding=ROUND_HALF_UP)))
    if value.denominator == 1:
        return str(value.numerator)
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
        Decimal("0.01"), rounding=ROUND_HALF_UP
    )
    return decimal_text(Fraction(rounded))
