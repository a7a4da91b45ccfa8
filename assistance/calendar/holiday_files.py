"""Reads the holidays, one file a year, checked whole: a mistake names file, line and what would be right."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from assistance.file_lines import FileLines

FOLDER = Path(__file__).parent / "holidays"


class HolidayError(ValueError):
    """A file of holidays cannot be used; the message names file, line and what would be right."""


@dataclass(frozen=True)
class Year:
    """The days of one year on which offices rest, and the weekend days on which they work instead."""

    year: int
    source: str
    off: frozenset[datetime.date]
    worked: frozenset[datetime.date]
    names: Mapping[datetime.date, tuple[str, str]]
    """For each day off the name of its holiday, in Chinese and in English."""


@dataclass(frozen=True)
class Calendar:
    """Every year that is known."""

    years: Mapping[int, Year]

    def is_working_day(self, day: datetime.date) -> bool:
        """Whether offices work on a day; Monday to Friday where the year is not known."""
        known = self.years.get(day.year)
        if known is not None and day in known.off:
            return False
        if known is not None and day in known.worked:
            return True
        return day.weekday() < 5


@lru_cache(maxsize=4)
def load_calendar(folder: Path = FOLDER) -> Calendar:
    """Load and check every year of a folder; raises HolidayError naming each bad file."""
    years, problems = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            years.append(_YearFile(path).read())
        except HolidayError as error:
            problems.append(str(error))
    if problems:
        raise HolidayError("\n".join(problems))
    return Calendar({year.year: year for year in years})


class _YearFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            self.data: dict[str, Any] = tomllib.loads(text)
        except UnicodeDecodeError:
            self.fail("the file is not UTF-8")
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            self.fail(str(error).partition(" (at ")[0], int(line.group(1)) if line else 1)
        self.lines = FileLines(text)

    def fail(self, message: str, line: int = 1) -> NoReturn:
        raise HolidayError(f"{self.path.name}, line {line}: {message}")

    def read(self) -> Year:
        for key in self.data:
            if key not in ("year", "source", "holidays"):
                self.fail(f"unknown key “{key}”; known: year, source, holidays", self.lines.of_key(key))
        year, source = self.data.get("year"), self.data.get("source")
        if type(year) is not int or str(year) != self.path.stem:
            self.fail(f"“year” is the file's name, {self.path.stem}", self.lines.of_key("year"))
        if not isinstance(source, str) or not source.strip():
            self.fail("“source” says where the days were read", self.lines.of_key("source"))
        off: dict[datetime.date, tuple[str, str]] = {}
        worked: set[datetime.date] = set()
        for index, row in enumerate(self.data.get("holidays", ())):
            line = self.lines.of_table("holidays", index)
            for key in row:
                if key not in ("name", "off", "worked"):
                    self.fail(f"unknown key “{key}”; known: name, off, worked", self.lines.of_key(key, line))
            name = row.get("name")
            if not isinstance(name, dict) or set(name) != {"zh", "en"}:
                self.fail("“name” needs zh and en", self.lines.of_key("name", line))
            for day in self.days(row, "off", year, line):
                if day in off:
                    self.fail(f"{day} is off twice", self.lines.of_key("off", line))
                off[day] = (name["zh"], name["en"])
            for day in self.days(row, "worked", year, line):
                if day.weekday() < 5:
                    place = self.lines.of_key("worked", line)
                    self.fail(f"{day} is no Saturday or Sunday, so it is worked anyway", place)
                worked.add(day)
        if both := worked & set(off):
            self.fail(f"{min(both)} is both off and worked", self.lines.of_key("worked"))
        if not off:
            self.fail("a year has holidays: [[holidays]] with name, off and worked")
        return Year(year, source, frozenset(off), frozenset(worked), off)

    def days(self, row: Mapping[str, Any], key: str, year: int, line: int) -> list[datetime.date]:
        days = row.get(key)
        if not isinstance(days, list) or not all(type(day) is datetime.date for day in days):
            self.fail(f"“{key}” lists days such as [{year}-10-01]", self.lines.of_key(key, line))
        for day in days:
            if day.year != year:
                self.fail(f"{day} stands in the file of its own year", self.lines.of_key(key, line))
        return days
