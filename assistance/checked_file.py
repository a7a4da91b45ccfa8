"""A TOML file that is checked whole when it is read: a mistake has file, line and what would be right."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

from assistance.file_lines import FileLines
from assistance.rules import Words, known_alternatives


class CheckedFile:
    """One TOML file, and the mistakes found in it so far.

    `error` is raised at once for a file that cannot be read, and by `done` for all mistakes together.
    """

    def __init__(self, path: Path, error: type[ValueError]) -> None:
        self.path = path
        self.error = error
        self.problems: list[str] = []
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.stop("the file is not UTF-8", 1)
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as mistake:
            message, _, place = str(mistake).partition(" (at ")
            line = re.match(r"line (\d+)", place)
            self.stop(message, int(line.group(1)) if line else len(text.splitlines()))
        self.lines = FileLines(text)

    def stop(self, message: str, line: int) -> NoReturn:
        """Raise one mistake at once."""
        raise self.error(f"{self.path.name}, line {line}: {message}")

    def fault(self, message: str, line: int) -> None:
        """Note a mistake and go on, so that all are told together."""
        self.problems.append(f"{self.path.name}, line {line}: {message}")

    def done(self) -> None:
        """Raise every mistake that was noted."""
        if self.problems:
            raise self.error("\n".join(self.problems))

    def refuse_unknown(self, row: Mapping[str, Any], known: Collection[str], where: str, line: int) -> None:
        """Note every key of a row that is not known there."""
        for key in row:
            if key not in known:
                hint = known_alternatives(key, known)
                self.fault(f"unknown key “{key}” in {where}; {hint}", self.lines.of_key(key, line))

    def words(self, row: Mapping[str, Any], key: str, line: int) -> Words:
        """A sentence in both languages."""
        value = row.get(key)
        if (
            not isinstance(value, dict)
            or set(value) != {"zh", "en"}
            or not all(isinstance(text, str) and text.strip() for text in value.values())
        ):
            self.fault(f"“{key}” needs one sentence in zh and one in en", self.lines.of_key(key, line))
            return Words("", "")
        return Words(value["zh"], value["en"])

    def choice(self, row: Mapping[str, Any], key: str, known: Collection[str], line: int) -> str:
        """One word of those that are known."""
        value = row.get(key)
        if value not in known:
            hint = known_alternatives(str(value), known)
            self.fault(f"unknown {key} “{value}”; {hint}", self.lines.of_key(key, line))
        return str(value)

    def choices(self, row: Mapping[str, Any], key: str, known: Collection[str], line: int) -> tuple[str, ...]:
        """At least one word, each of those that are known."""
        values = row.get(key)
        if not isinstance(values, list) or not values:
            self.fault(f"“{key}” lists at least one of {', '.join(known)}", self.lines.of_key(key, line))
            return ()
        for value in values:
            if value not in known:
                hint = known_alternatives(str(value), known)
                self.fault(f"unknown {key} “{value}”; {hint}", self.lines.of_key(key, line))
        return tuple(str(value) for value in values)

    def day(self, row: Mapping[str, Any], key: str, line: int) -> datetime.date:
        """A day."""
        value = row.get(key)
        if type(value) is not datetime.date:
            self.fault(f"“{key}” is a day such as 2027-12-31", self.lines.of_key(key, line))
            return datetime.date.min
        return value

    def flag(self, row: Mapping[str, Any], key: str, default: bool | None, line: int) -> bool:
        """Yes or no; without a default it has to be said."""
        value = row.get(key, default)
        if not isinstance(value, bool):
            self.fault(f"“{key}” is true or false", self.lines.of_key(key, line))
            return False
        return value
