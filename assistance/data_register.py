"""The register of personal data: every table, sealed key, form field and cookie with its handling (PIPL-5).

The rules page for residents is made from it (PIPL-17), the retention job takes its tables from it, and the
build fails when something is stored or asked that does not stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistance import retention
from assistance.checked_file import CheckedFile
from assistance.retention import RetentionClass
from assistance.rules import Words, known_alternatives

REGISTER = Path(__file__).parent / "data_register.toml"
CLASSES = ("plain", "pointer", "index", "personal", "sensitive", "secret")
GROUNDS = ("consent", "duty", "agreement_and_duty")
_HANDLING_KEYS = ("code", "name", "holds", "purpose", "ground", "basis", "seen_by", "sensitive", "keep")
_TABLE_KEYS = ("handling", "keep", "from", "sealed", *CLASSES)


class RegisterError(ValueError):
    """The register of data cannot be used; each line names file, line and what would be right."""


@dataclass(frozen=True)
class Handling:
    """One thing that is done with personal data, as a resident reads of it."""

    code: str
    name: Words
    holds: Words
    purpose: Words
    ground: str
    """consent, duty, or agreement_and_duty."""
    basis: Words | None
    """The text of law, where one was read."""
    seen_by: Words
    sensitive: Words | None
    """Why sensitive data are needed and what they mean for the person (PIPL-30)."""
    keeps: tuple[RetentionClass, ...]
    """The keeping times of its tables, each once."""


@dataclass(frozen=True)
class TableEntry:
    """One table with the class of every column."""

    name: str
    handling: str | None
    """Empty for a table that holds nothing about a person."""
    keep: RetentionClass | None
    counts_from: str | None
    """The column that the days of its keeping time count from."""
    columns: Mapping[str, str]
    """The class of each column; a sealed column is `sealed`."""
    sealed: Mapping[str, Mapping[str, str]]
    """For each sealed column the class of each key inside."""


@dataclass(frozen=True)
class FieldsEntry:
    """The fields of one form, or one cookie, with their classes."""

    name: str
    handling: str | None
    fields: Mapping[str, str]


@dataclass(frozen=True)
class DataRegister:
    """Everything that is kept or asked about a person."""

    handlings: tuple[Handling, ...]
    tables: Mapping[str, TableEntry]
    forms: Mapping[str, FieldsEntry]
    cookies: Mapping[str, FieldsEntry]
    grounds: Mapping[str, Words]
    words: Mapping[str, Words]
    """The headings and sentences of the rules page that are no row."""

    def unknown_keys(self, table: str, column: str, keys: Iterable[str]) -> set[str]:
        """The keys of a sealed column that do not stand in the register; `*` there stands for any key."""
        entry = self.tables.get(table)
        known = entry.sealed.get(column, {}) if entry else {}
        return set() if "*" in known else set(keys) - set(known)


def data_register() -> DataRegister:
    """The register of this product; raises RegisterError."""
    return read_register(REGISTER)


@lru_cache(maxsize=2)
def read_register(path: Path) -> DataRegister:
    """Read and check one register file; raises RegisterError naming every mistake."""
    return _Register(path, RegisterError).read()


class _Register(CheckedFile):
    def read(self) -> DataRegister:
        self.times = retention.classes()
        self.codes = [str(row.get("code")) for row in self.data.get("handlings", ())]
        tables = {name: self.table(name, row) for name, row in self.data.get("tables", {}).items()}
        forms = {name: self.form(name, row) for name, row in self.data.get("forms", {}).items()}
        cookies = {name: self.cookie(name, row) for name, row in self.data.get("cookies", {}).items()}
        handlings = tuple(
            self.handling(row, self.lines.of_table("handlings", index), tables.values(), forms.values())
            for index, row in enumerate(self.data.get("handlings", ()))
        )
        start = self.lines.of_key("grounds")
        grounds = {key: self.words(self.data["grounds"], key, start) for key in GROUNDS}
        start = self.lines.of_key("words")
        words = {key: self.words(self.data["words"], key, start) for key in self.data["words"]}
        self.done()
        return DataRegister(handlings, tables, forms, cookies, grounds, words)

    def handling(
        self,
        row: Mapping[str, Any],
        line: int,
        tables: Iterable[TableEntry],
        forms: Iterable[FieldsEntry],
    ) -> Handling:
        self.refuse_unknown(row, _HANDLING_KEYS, "the register", line)
        code = str(row.get("code"))
        own = [table for table in tables if table.handling == code]
        classes = {found for table in own for found in _classes(table)}
        classes |= {found for form in forms if form.handling == code for found in form.fields.values()}
        if "sensitive" in classes and "sensitive" not in row:
            self.fault(f"“{code}” holds sensitive data and does not say why (PIPL-30): sensitive", line)
        times = [self.time(str(name), line) for name in row.get("keep", ())]
        times += [table.keep for table in own]
        keeps = tuple(dict.fromkeys(time for time in times if time is not None))
        if not keeps:
            self.fault(f"“{code}” has no keeping time: keep, or a table of its own", line)
        return Handling(
            code=code,
            name=self.words(row, "name", line),
            holds=self.words(row, "holds", line),
            purpose=self.words(row, "purpose", line),
            ground=self.choice(row, "ground", GROUNDS, line),
            basis=self.words(row, "basis", line) if "basis" in row else None,
            seen_by=self.words(row, "seen_by", line),
            sensitive=self.words(row, "sensitive", line) if "sensitive" in row else None,
            keeps=keeps,
        )

    def table(self, name: str, row: Mapping[str, Any]) -> TableEntry:
        line = self.lines.of_key(f"tables.{name}")
        self.refuse_unknown(row, _TABLE_KEYS, "the register", line)
        columns = self.classes_of(name, row, line)
        sealed = row.get("sealed", {})
        for column, keys in sealed.items():
            columns[column] = "sealed"
            for key, found in keys.items():
                if found not in CLASSES:
                    self.fault(
                        f"unknown class “{found}” of {key}; {known_alternatives(found, CLASSES)}", line
                    )
        handling = self.handling_of(row, line)
        if handling is None and set(columns.values()) != {"plain"}:
            self.fault(f"“{name}” holds something about a person and names no handling", line)
        time = self.time(str(row["keep"]), line) if "keep" in row else None
        if (time is None) != (handling is None):
            self.fault(f"“{name}” has a handling and a keeping time, or neither", line)
        counts_from = row.get("from")
        if counts_from is not None and counts_from not in columns:
            hint = known_alternatives(str(counts_from), columns)
            self.fault(f"unknown column “{counts_from}”; {hint}", self.lines.of_key("from", line))
        if time is not None and (time.days is None) != (counts_from is None):
            self.fault(
                f"“{name}” counts {time.code} from a column exactly where that class has days: from",
                self.lines.of_key("keep", line),
            )
        return TableEntry(name, handling, time, counts_from, columns, sealed)

    def form(self, name: str, row: Mapping[str, Any]) -> FieldsEntry:
        line = self.lines.of_key(name)
        self.refuse_unknown(row, ("handling", *CLASSES), "the register", line)
        return FieldsEntry(name, self.handling_of(row, line), self.classes_of(name, row, line))

    def cookie(self, name: str, row: Mapping[str, Any]) -> FieldsEntry:
        line = self.lines.of_key(name)
        self.refuse_unknown(row, ("handling", "class"), "the register", line)
        return FieldsEntry(name, self.handling_of(row, line), {name: str(row.get("class"))})

    def classes_of(self, name: str, row: Mapping[str, Any], line: int) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in CLASSES:
            for column in row.get(each, ()):
                if column in found:
                    self.fault(f"“{column}” of {name} stands in two classes", self.lines.of_key(each, line))
                found[column] = each
        return found

    def handling_of(self, row: Mapping[str, Any], line: int) -> str | None:
        code = row.get("handling")
        if code is not None and code not in self.codes:
            hint = known_alternatives(str(code), self.codes)
            self.fault(f"unknown handling “{code}”; {hint}", self.lines.of_key("handling", line))
        return code

    def time(self, name: str, line: int) -> RetentionClass | None:
        if name not in self.times:
            hint = known_alternatives(name, self.times)
            self.fault(f"unknown keeping time “{name}”; {hint}", self.lines.of_key("keep", line))
        return self.times.get(name)


def _classes(table: TableEntry) -> set[str]:
    inside = {found for keys in table.sealed.values() for found in keys.values()}
    return set(table.columns.values()) | inside
