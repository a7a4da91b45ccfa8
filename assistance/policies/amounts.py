"""What a policy would pay: whole fen, rounded once at the end, and a range where a fact is a band."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from assistance.rules import (
    MET,
    NOT_MET,
    Band,
    Case,
    Household,
    Judge,
    StandardsInForce,
    Words,
    bind,
    yuan_text,
)

from .policy import Amount, AmountCase


class AmountRange(NamedTuple):
    """The least and the most in fen; an end that is not known is None."""

    least: int | None
    most: int | None

    @property
    def exact(self) -> int | None:
        """The amount where both ends are alike."""
        return self.least if self.least == self.most else None


UNKNOWN_AMOUNT = AmountRange(None, None)

_PERIODS = {
    "month": (
        Words("每月约 {} 元", "about {} yuan a month"),
        Words("每月最多 {} 元", "up to {} yuan a month"),
        Words("每月至少 {} 元", "at least {} yuan a month"),
    ),
    "year": (
        Words("每年约 {} 元", "about {} yuan a year"),
        Words("每年最多 {} 元", "up to {} yuan a year"),
        Words("每年至少 {} 元", "at least {} yuan a year"),
    ),
    "once": (
        Words("一次约 {} 元", "about {} yuan, paid once"),
        Words("一次最多 {} 元", "up to {} yuan, paid once"),
        Words("一次至少 {} 元", "at least {} yuan, paid once"),
    ),
    "none": (
        Words("约 {} 元", "about {} yuan"),
        Words("最多 {} 元", "up to {} yuan"),
        Words("至少 {} 元", "at least {} yuan"),
    ),
}
_TO = Words("{} 到 {}", "{} to {}")


def amount_text(amount: AmountRange, period: str, formula: Words, locale: str) -> str:
    """The amount as a resident reads it, or the formula in words while it is not known."""
    if amount.least is None and amount.most is None:
        return formula.in_language(locale)
    about, up_to, at_least = (words.in_language(locale) for words in _PERIODS[period])
    if amount.most is None:
        return at_least.format(yuan_text(amount.least or 0))
    if not amount.least:
        return up_to.format(yuan_text(amount.most))
    if amount.exact is not None:
        return about.format(yuan_text(amount.most))
    return about.format(_TO.in_language(locale).format(yuan_text(amount.least), yuan_text(amount.most)))


class BoundAmount:
    """A policy's amount, prepared for the standards of one day."""

    def __init__(self, amount: Amount, standards: StandardsInForce) -> None:
        self.standards = standards
        self.cases: list[tuple[Judge | None, AmountCase]] = [
            (None if case.condition is None else bind(case.condition, standards), case)
            for case in amount.cases
        ]

    def work_out(self, case: Case, index: int) -> AmountRange:
        """The range over every case that may hold; unknown where none surely ends the list."""
        ranges: list[AmountRange] = []
        for judge, amount in self.cases:
            result = MET if judge is None else judge(case, index)
            if result == NOT_MET:
                continue
            ranges.append(self._range(amount, case))
            if result == MET:
                return _over(ranges)
        return UNKNOWN_AMOUNT

    def _range(self, amount: AmountCase, case: Case) -> AmountRange:
        if amount.formula == "top_up_to_standard":
            return top_up_to_standard(case.household, self.standards)
        standard = self.standards.value("dibao_standard")
        if amount.percent_of_standard is not None:
            share = None if standard is None else _rounded(standard * amount.percent_of_standard / 100)
            return AmountRange(share, share)
        if amount.most_standards is not None:
            people = case.size if amount.is_per_person else Band(1, 1)
            if standard is None or people is None:
                return UNKNOWN_AMOUNT
            return AmountRange(
                _rounded(standard * (amount.least_standards or 0) * people.low),
                _rounded(standard * amount.most_standards * people.high),
            )
        least, most = amount.least_fen, amount.most_fen
        if amount.least_standard is not None:
            least = self.standards.value(amount.least_standard)
        if amount.most_standard is not None:
            most = self.standards.value(amount.most_standard)
        if least is not None and most is not None and least > most:
            return UNKNOWN_AMOUNT
        return AmountRange(least, most)


def _over(ranges: list[AmountRange]) -> AmountRange:
    if any(one == UNKNOWN_AMOUNT for one in ranges):
        return UNKNOWN_AMOUNT
    leasts = [one.least for one in ranges]
    mosts = [one.most for one in ranges]
    return AmountRange(
        None if None in leasts else min(least for least in leasts if least is not None),
        None if None in mosts else max(most for most in mosts if most is not None),
    )


def _rounded(value: Fraction | int) -> int:
    """Whole fen, half a fen upwards."""
    return int((Fraction(value) + Fraction(1, 2)) // 1)


def top_up_to_standard(household: Household, standards: StandardsInForce) -> AmountRange:
    """The minimum living allowance: the difference to the standard, or a band's fixed sum.

    Source: 社会救助法 第十八条. Whole fen, rounded once at the end.
    """
    standard, income, size = (
        standards.value("dibao_standard"),
        household.facts.get("income_month_fen"),
        household.size,
    )
    if standard is None or not isinstance(income, Band) or size is None:
        return UNKNOWN_AMOUNT
    bands = None
    if standards.value("dibao_amount_mode") == "bands":
        bands = standards.value("dibao_amount_bands")
        if bands is None:
            return UNKNOWN_AMOUNT
    full = _fully_insured(household) if standards.value("disability_full_standard") else Band(0, 0)
    values = []
    for people in range(size.low, size.high + 1):
        for insured in {min(full.low, people), min(full.high, people)}:
            for total in _telling_incomes(income, people, bands):
                a_person = Fraction(total, people)
                share = (
                    Fraction(_band_amount(bands, a_person))
                    if bands
                    else max(Fraction(0), standard - a_person)
                )
                values.append(_rounded(share * (people - insured) + Fraction(standard) * insured))
    return AmountRange(min(values), max(values))


def _telling_incomes(income: Band, people: int, bands: tuple[tuple[int, int], ...] | None) -> Iterator[int]:
    """The incomes at which an amount is least or most: the ends, and both sides of each step between."""
    yield income.low
    yield income.high
    for start, _ in bands or ():
        for total in (start * people - 1, start * people):
            if income.low < total < income.high:
                yield total


def _band_amount(bands: tuple[tuple[int, int], ...], income: Fraction) -> int:
    amount = 0
    for start, sum_of_band in bands:
        if income >= start:
            amount = sum_of_band
    return amount


def _fully_insured(household: Household) -> Band:
    """How many of those who count are severely disabled (浙江省残疾人保障条例 第二十六条)."""
    if not household.members and household.size is not None:
        return Band(0, household.size.high)
    surely = possibly = 0
    for member in household.members:
        grade = member.get("dis_grade")
        if member.get("in_custody") is True:
            continue
        if grade is None:
            possibly += 1
        elif isinstance(grade, Band) and not (grade.high < 1 or grade.low > 2):
            possibly += 1
            surely += grade.low >= 1 and grade.high <= 2
    return Band(surely, possibly)
