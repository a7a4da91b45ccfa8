"""Deadlines over working days: the first day is not counted, a last day of rest moves on (MF-201, MF-203).

A year without data is never guessed silently: days are counted Monday to Friday, the result says that it is
not certain, and the log says which year is missing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from .holiday_files import Calendar, Year, load_calendar

_log = logging.getLogger("huimin.calendar")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A day that a deadline falls on."""

    day: date
    missing_years: tuple[int, ...] = ()
    """The years without holidays that were passed through."""

    @property
    def is_certain(self) -> bool:
        """Whether every day up to it was counted over known holidays; otherwise it is no promise."""
        return not self.missing_years


@dataclass(frozen=True)
class WorkingDays:
    """How many working days lie between two days."""

    count: int
    missing_years: tuple[int, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether every day between was counted over known holidays."""
        return not self.missing_years


def years(calendar: Calendar | None = None) -> tuple[Year, ...]:
    """Every year whose holidays are known, in order."""
    known = _of(calendar).years
    return tuple(known[year] for year in sorted(known))


def knows_year(year: int, calendar: Calendar | None = None) -> bool:
    """Whether the holidays of a year are known."""
    return year in _of(calendar).years


def is_working_day(day: date, calendar: Calendar | None = None) -> bool:
    """Whether offices work on a day; in a year that is not known Monday to Friday, which the log tells."""
    found = _of(calendar)
    _missing(found, day, day)
    return found.is_working_day(day)


def next_working_day(day: date, calendar: Calendar | None = None) -> Due:
    """The day itself where offices work on it, else the first day after it on which they do (MF-203)."""
    found = _of(calendar)
    last = day
    while not found.is_working_day(last):
        last += _DAY
    return Due(last, _missing(found, day, last))


def add_working_days(day: date, n: int, calendar: Calendar | None = None) -> Due:
    """The n-th working day after a day, which itself is not counted (MF-201).

    Raises ValueError for a negative number; 0 is the day itself or the next working day.
    """
    if n < 0:
        raise ValueError("a deadline lies ahead: the number of working days is not negative")
    if n == 0:
        return next_working_day(day, calendar)
    found = _of(calendar)
    last = day
    while n:
        last += _DAY
        n -= found.is_working_day(last)
    return Due(last, _missing(found, day + _DAY, last))


def add_calendar_days(day: date, n: int, calendar: Calendar | None = None) -> Due:
    """The n-th day after a day, moved on to a working day where it is none (MF-201, MF-203).

    Raises ValueError for a negative number.
    """
    if n < 0:
        raise ValueError("a deadline lies ahead: the number of days is not negative")
    return next_working_day(day + n * _DAY, calendar)


def working_days_between(start: date, end: date, calendar: Calendar | None = None) -> WorkingDays:
    """The working days after `start` up to and with `end`; negative where `end` lies before `start`."""
    if end < start:
        turned = working_days_between(end, start, calendar)
        return WorkingDays(-turned.count, turned.missing_years)
    found = _of(calendar)
    days = (start + n * _DAY for n in range(1, (end - start).days + 1))
    count = sum(found.is_working_day(day) for day in days)
    return WorkingDays(count, _missing(found, start + _DAY, end) if end > start else ())


def _of(calendar: Calendar | None) -> Calendar:
    return load_calendar() if calendar is None else calendar


def _missing(calendar: Calendar, first: date, last: date) -> tuple[int, ...]:
    missing = tuple(year for year in range(first.year, last.year + 1) if year not in calendar.years)
    for year in missing:
        _log.warning(
            "no holidays are known for %d: days were counted Monday to Friday and are no promise", year
        )
    return missing
