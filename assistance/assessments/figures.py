"""A household's own figure beside its limit, in yuan a person where the law says multiples."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from assistance.policies import Finding
from assistance.rules import FACTS, Band, Words, facts_of, yuan_text

UNITS = {
    "money": Words("元", "yuan"),
    "area": Words("平方米", "m²"),
    "age": Words("岁", "years"),
    "months": Words("个月", "months"),
    "times": Words("倍", "times the standard"),
}
YES_OR_NO = ("是", "不是", "yes", "no")
"""A yes or no repeats what the condition says, so it is no figure."""
MONTHS_OF_YEARS = 12
INCOME, LIQUID = "income_month_fen", "liquid_fen"


def own_figure(finding: Finding, locale: str) -> str | None:
    """The household's own figure with its unit, or None where it is not known."""
    fact = _multiple_of(finding)
    if fact is not None:
        return _a_person(finding, fact, locale)
    return _with_unit(finding.value(locale), finding, locale)


def threshold(finding: Finding, locale: str) -> str | None:
    """The limit with its unit, or None where there is none or it is not published."""
    limit = finding.threshold(locale)
    fact = _multiple_of(finding)
    if limit is None or fact is None:
        return _with_unit(limit, finding, locale)
    standard = finding.bound.standards.value("dibao_standard")
    try:
        times = Fraction(limit)
    except ValueError:
        return None
    if standard is None:
        return None
    fen = times * standard * (1 if fact == INCOME else MONTHS_OF_YEARS)
    return _yuan(fen, locale)


def _multiple_of(finding: Finding) -> str | None:
    when = finding.bound.line.when
    keys = {fact.key for fact in facts_of(finding.bound.line.condition)} - {"size"}
    if "income_ratio" in when and keys == {INCOME}:
        return INCOME
    if "liquid_years" in when and keys == {LIQUID}:
        return LIQUID
    return None


def _a_person(finding: Finding, key: str, locale: str) -> str | None:
    band, size = finding.case.facts.get(key), finding.case.size
    if not isinstance(band, Band) or size is None:
        return None
    low = _yuan(Fraction(band.low, size.high), locale)
    if band.high >= FACTS[key].high:
        return f"{low} or more" if locale.startswith("en") else f"{low}以上"
    high = _yuan(Fraction(band.high, size.low), locale)
    if band.low == 0 and band.high > 0:
        return f"at most {high}" if locale.startswith("en") else f"最多 {high}"
    return low if low == high else f"{low} – {high}"


def _yuan(fen: Fraction, locale: str) -> str:
    # Cut to whole fen for the eye only: the verdict was reached before any division.
    return f"{yuan_text(floor(fen))} {UNITS['money'].in_language(locale)}"


def _with_unit(text: str | None, finding: Finding, locale: str) -> str | None:
    if text in YES_OR_NO:
        return None
    if text is None or not text[:1].isdigit():
        return text
    unit = _unit(finding)
    return f"{text} {UNITS[unit].in_language(locale)}" if unit else text


def _unit(finding: Finding) -> str | None:
    when = finding.bound.line.when
    if "net_ratio" in when or "income_ratio" in when:
        return "times"
    if "share" in when or "exists" in when or "every" in when:
        return None
    facts = facts_of(finding.bound.line.condition)
    if not facts:
        return None
    first = facts[0]
    if first.kind in ("money", "area"):
        return first.kind
    if first.key == "age":
        return "age"
    return "months" if first.key.endswith("_months") else None
