"""A fact as a field of a form, and what was typed in it as the engine reads values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistance import authorizations, households, rules
from infrastructure.languages import N_
from web.languages import current_locale, gettext

YES, NO, NOTHING = "yes", "no", "nothing"
EMPTY = N_("请填一个内容")
NOT_A_SUM = N_("请写一个钱数，如 1086 或 1086.50")
NOT_A_NUMBER = N_("请写一个数")
QUESTION_TITLES = {
    1: N_("户口和住的地方"),
    2: N_("家里人"),
    3: N_("已经有的救助"),
    4: N_("每月进账"),
    5: N_("存款和车子"),
    6: N_("必须花的钱"),
    7: N_("生病和照顾"),
    8: N_("残疾"),
    9: N_("上学"),
    10: N_("干活"),
    11: N_("房子"),
    12: N_("特别的难处"),
}


@dataclass(frozen=True)
class FactField:
    """What a template needs to draw the field of one fact."""

    fact: rules.Fact
    label: str
    kind: str
    """choice, several, money or number."""
    choices: tuple[tuple[str, str, str], ...]
    """Value, words and a hint, as rows of a form have them."""
    hint: str


def field_of(fact: rules.Fact) -> FactField:
    """The field of one fact in the language of this answer."""
    locale = current_locale()
    label = fact.label.in_language(locale)
    if fact.kind == "bool":
        told = {answer: words.in_language(locale) for answer, words in fact.yes_no.items()}
        return FactField(fact, label, "choice", ((YES, told[True], ""), (NO, told[False], "")), "")
    if fact.kind in ("enum", "set"):
        options = tuple((key, words.in_language(locale), "") for key, words in fact.options.items())
        if fact.kind == "enum":
            return FactField(fact, label, "choice", options, "")
        nothing = (NOTHING, gettext(N_("以上都没有")), "")
        return FactField(fact, label, "several", (*options, nothing), gettext(N_("有几样就选几样。")))
    if fact.kind == "money":
        return FactField(fact, label, "money", (), gettext(N_("写多少元，没有就写 0。")))
    hint = gettext(N_("写一个数，没有就写 0。"))
    if fact.unit is not None:
        hint = gettext(N_("写一个数，单位是%(unit)s，没有就写 0。")) % {"unit": fact.unit.name(locale)}
    return FactField(fact, label, "number", (), hint)


def read_typed(fact: rules.Fact, typed: Sequence[str]) -> tuple[Any, str]:
    """The value that was typed, or a sentence for the field; one of both is empty."""
    typed = [one.strip() for one in typed if one.strip()][: len(fact.options) + 1 or 1]
    if not typed:
        return None, gettext(EMPTY)
    if fact.kind == "bool":
        return (None, gettext(EMPTY)) if typed[0] not in (YES, NO) else (typed[0] == YES, "")
    if fact.kind == "set":
        value: Any = [] if typed == [NOTHING] else sorted(set(typed) - {NOTHING})
    elif fact.kind == "enum":
        value = typed[0]
    else:
        value = households.read_figure(fact, typed[0])
        if value is None:
            wanted = NOT_A_SUM if fact.kind == "money" else NOT_A_NUMBER
            return None, gettext(wanted)
    try:
        if households.check_value(fact.key, value) is None:
            return None, gettext(EMPTY)
    except households.WrongValue as wrong:
        return None, wrong.words.in_language(current_locale())
    return value, ""


def typed_of(fact: rules.Fact, value: Any) -> list[str]:
    """What would be typed for a value that is known."""
    if isinstance(value, bool):
        return [YES if value else NO]
    if isinstance(value, list):
        return value or [NOTHING]
    if isinstance(value, dict):
        return []
    if fact.kind == "money":
        return [rules.yuan_text(value)]
    return [str(value)]


def source_words(code: str) -> str:
    """Who says so, in the language of this answer."""
    if code in households.SOURCE_WORDS:
        return gettext(households.SOURCE_WORDS[code])
    source = authorizations.data_sources().get(code)
    return source.name.in_language(current_locale()) if source is not None else gettext(N_("别的来源"))
