"""What may stand in a text's braces: few kinds, in forms that hold no name, no amount and no link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from infrastructure.clock import SHANGHAI

PURPOSE = "purpose"
SOME_OFFICE = "民政局"
ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class UnfitValue(ValueError):
    """A value is missing, unknown or of another form than its place takes: a mistake of ours."""


@dataclass(frozen=True)
class Variable:
    """One kind of value: its form as the caller gives it, and how it is shown in a language."""

    form: re.Pattern[str]
    longest: int
    """The most characters that it is ever shown with, in Chinese."""
    longest_elsewhere: int
    shown: Callable[[str, str], str] = lambda value, _language: value


def day_text(value: str, language: str) -> str:
    """A day without its year, which nobody confuses in a message that waits for days at most."""
    day = date.fromisoformat(value)
    if language == "zh":
        return f"{day.month}月{day.day}日"
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]}"


def moment_text(value: str, language: str) -> str:
    """A day and the time of day as it is in Shanghai."""
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(value)
    here = instant.astimezone(SHANGHAI)
    time = f"{here.hour}:{here.minute:02}"
    day = day_text(here.date().isoformat(), language)
    return f"{day}{time}" if language == "zh" else f"{time} on {day}"


VARIABLES: Mapping[str, Variable] = {
    "code": Variable(re.compile(r"[0-9]{4,6}"), 6, 6),
    # An office and never a person: names of people are shorter and end otherwise.
    "office": Variable(re.compile(r"[一-鿿]{2,19}(?:局|办|处|所|会|心|府|站|科)"), 10, 10),
    "count": Variable(re.compile(r"[1-9][0-9]?"), 2, 2),
    PURPOSE: Variable(re.compile(r"[a-z][a-z_]{1,30}"), 6, 24),
    "day": Variable(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), 6, 6, day_text),
    "moment": Variable(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{5,24}"), 11, 15, moment_text),
    "number": Variable(re.compile(r"[A-Z]{2}-[0-9]{8}-[0-9A-Z]{4,8}"), 20, 20),
}
# What a text message may carry; the number of a request is for reading at leisure.
IN_SMS = frozenset(VARIABLES) - {"number"}


def with_known_office(values: Mapping[str, str]) -> dict[str, str]:
    """The values, with a plain word for an office whose name a text message cannot carry."""
    office = values.get("office")
    if office is None or VARIABLES["office"].form.fullmatch(office):
        return dict(values)
    return {**values, "office": SOME_OFFICE}


def check_values(values: Mapping[str, str], asked: frozenset[str]) -> None:
    """Raise UnfitValue, naming the places and never their values, unless exactly what is asked is there."""
    wrong = set(values) ^ asked
    for name in set(values) & asked:
        variable = VARIABLES[name]
        try:
            if not variable.form.fullmatch(values[name]):
                raise ValueError(name)
            variable.shown(values[name], "zh")
        except (ValueError, TypeError):
            wrong.add(name)
    if wrong:
        raise UnfitValue(", ".join(sorted(wrong)))
