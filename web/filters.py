"""How money, days and sentences of the domain are shown, one set of filters a language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from assistance.values import masked_name
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_, translator


def filters_for(locale: str) -> dict[str, Callable[..., Any]]:
    """The template filters of one language."""
    words = translator(locale).gettext
    chinese = locale.startswith("zh")

    def yuan(fen: int) -> str:
        """1086 元, with two decimals only where there are fen."""
        amount = f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02}"
        return words(N_("%(amount)s 元")) % {"amount": amount}

    def long_date(day: date | datetime) -> str:
        """2026年11月22日（星期日）."""
        day = local_day(day)
        if chinese:
            return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"
        return f"{WEEKDAYS[day.weekday()]}, {short_date(day)}"

    def short_date(day: date | datetime) -> str:
        """2026年11月22日."""
        day = local_day(day)
        if chinese:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def clock_time(instant: datetime) -> str:
        """09:05, as it is in Shanghai."""
        return f"{instant.astimezone(SHANGHAI):%H:%M}"

    def in_language(sentences: Any) -> str:
        """A sentence that carries its own languages, in this one."""
        return str(sentences.in_language(locale))

    def translated(sentence: str) -> str:
        """A source sentence that the domain has marked, in this language."""
        return words(str(sentence))

    return {
        "yuan": yuan,
        "long_date": long_date,
        "short_date": short_date,
        "clock_time": clock_time,
        "in_language": in_language,
        "translated": translated,
        "masked_name": masked_name,
    }


def local_day(day: date | datetime) -> date:
    """The day in Shanghai of an instant; a day stays as it is."""
    return day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day


# Written out here, because the process need not load a locale library for nineteen words.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
