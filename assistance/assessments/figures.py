"""A household's own figure beside its limit, in yuan a person where the law says multiples."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import floor

from assistance.policies import Finding
from assistance.rules import FACTS, YUAN, Band, Fact, FactValue, Unit, Words, decimal_text, yuan_text

TIMES = Unit(Words("{} 倍", "{} times the standard"), "{} times the standard")
OR_MORE = Words("{}以上", "{} or more")
AND_THEN = Words("；", "; ")
COMMA = Words("、", ", ")
YES_OR_NO = ("是", "不是", "yes", "no")
"""A yes or no repeats what the condition says, so it is no figure."""
MONTHS_OF_YEARS = 12
INCOME, LIQUID = "income_month_fen", "liquid_fen"


def own_figure(finding: Finding, locale: str) -> str | None:
    """The household's own figure with its unit, or None where it is not known."""
    fact = _multiple_of(finding)
    if fact is not None:
        return _a_person(finding, fact, locale)
    facts = _facts(finding)
    if len({fact.unit for fact in facts}) > 1:
        return _one_by_one(finding, facts, locale)
    return _with_unit(finding.value(locale), _unit(finding), locale)


def threshold(finding: Finding, locale: str) -> str | None:
    """The limit with its unit, or None where there is none or it is not published."""
    limit = finding.threshold(locale)
    fact = _multiple_of(finding)
    if limit is None or fact is None:
        return _limit_with_unit(limit, finding, locale)
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
    keys = {fact.key for fact in finding.facts} - {"size"}
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
    return YUAN.say(yuan_text(floor(fen)), locale)


def _limit_with_unit(limit: str | None, finding: Finding, locale: str) -> str | None:
    if len({fact.unit for fact in _facts(finding)}) <= 1:
        return _with_unit(limit, _unit(finding), locale)
    # A limit a year or a person says nothing beside a sum a month; one's own sum has its limit beside it.
    is_own = any(fact.kind == "money" and fact.subject == "member" for fact in _facts(finding))
    return _with_unit(limit, YUAN, locale) if is_own else None


def _with_unit(text: str | None, unit: Unit | None, locale: str) -> str | None:
    if text is None:
        return None
    between = AND_THEN.in_language(locale)
    parts = [part for part in text.split(between) if part not in YES_OR_NO]
    told = [unit.say(part, locale) if unit and part[:1].isdigit() else part for part in parts]
    return between.join(told) or None


def _one_by_one(finding: Finding, facts: Sequence[Fact], locale: str) -> str | None:
    """Each figure of a line about several things, with its own name and unit."""
    texts = []
    for fact in facts:
        place = finding.case.people[finding.index] if fact.subject == "member" else finding.case.facts
        text = _in_words(fact, place.get(fact.key), locale)
        if text is not None:
            name = fact.label.in_language(locale).split("（")[0].split(" (")[0]
            texts.append(f"{name} {text}" if text[:1].isdigit() else text)
    return AND_THEN.in_language(locale).join(texts) or None


def _in_words(fact: Fact, value: FactValue, locale: str) -> str | None:
    if isinstance(value, str):
        return fact.options[value].in_language(locale)
    if isinstance(value, frozenset):
        chosen = [words.in_language(locale) for key, words in fact.options.items() if key in value]
        return COMMA.in_language(locale).join(chosen) or None
    if not isinstance(value, Band):
        return None
    if fact.zero is not None and value == (0, 0):
        return fact.zero.in_language(locale)
    low, high = (_number(fact, end) for end in value)
    text = low if low == high or value.high >= fact.high else f"{low}–{high}"
    text = _with_unit(text, fact.unit, locale) or text
    return OR_MORE.in_language(locale).format(text) if value.high >= fact.high else text


def _number(fact: Fact, whole: int) -> str:
    return yuan_text(whole) if fact.kind == "money" else decimal_text(Fraction(whole, fact.scale))


def _facts(finding: Finding) -> list[Fact]:
    """What a line looks at; nothing where it counts people or compares shares."""
    if _counts(finding.bound.line.when):
        return []
    return [fact for fact in finding.facts if fact.key != "size"]


@lru_cache(maxsize=2000)
def _counts(when: str) -> bool:
    return any(word in when for word in ("net_ratio", "income_ratio", "share", "exists", "every"))


def _unit(finding: Finding) -> Unit | None:
    when = finding.bound.line.when
    if "net_ratio" in when or "income_ratio" in when:
        return TIMES
    facts = _facts(finding)
    return facts[0].unit if facts else None
