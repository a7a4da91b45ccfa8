"""Loads the catalogue: each file is checked whole; a mistake names file, line and what would be right."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from assistance.rules import (
    SETTINGS,
    Condition,
    ConditionError,
    Received,
    Words,
    exact_decimal,
    known_alternatives,
    read_condition,
    walk,
)

from .policy import Amount, AmountCase, Catalogue, Citation, Edition, Line, Policy, SourceText

CATALOGUE_FOLDER = Path(__file__).parent / "catalogue"
VERSION = "2026-11-22"
"""The day on which the catalogue was last changed."""

KINDS = ("cash", "service", "fee-waiver", "in-kind", "insurance")
FAMILIES = ("basic_living", "special", "emergency", "other")
"""The three families of aid (社会救助法 第十五条), and benefits that are none of them."""
APPLICATIONS = ("apply", "automatic", "others")
LIFE_EVENTS = (
    "low_income",
    "illness",
    "disability",
    "old_age",
    "children",
    "schooling",
    "unemployment",
    "housing",
    "sudden_hardship",
    "disaster",
    "veterans",
    "daily_life",
)
CONFIDENCES = ("verified", "known", "neighbour", "uncertain")
PERIODS = ("month", "year", "once", "none")
GROUPS = ("all", "any", "none")
_KEYS = frozenset(
    """
    code order department kind subject family life_events application confidence applies_in excludes
    name summary how_much how where notes documents needs settled_by sources amount editions
    """.split()  # noqa: SIM905 - a list of names reads better without a quote around each
)
_CASE_KEYS = frozenset(
    """
    when fen least_fen most_fen percent_of_standard least_standard most_standard
    least_standards most_standards per_person formula
    """.split()  # noqa: SIM905
)
_LINE_KEYS = ("when", "says", "note", "do")
FORMULAS = ("top_up_to_standard",)


class CatalogueError(ValueError):
    """A catalogue file cannot be used; the message names file, line and what would be right."""


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Load and check every policy file of a folder; raises CatalogueError naming each bad file."""
    return _load(folder or CATALOGUE_FOLDER)


@lru_cache(maxsize=4)
def _load(folder: Path) -> Catalogue:
    departments = {
        key: Words(row["zh"], row["en"])
        for key, row in _toml(Path(__file__).parent / "departments.toml").items()
    }
    sources = {
        key: SourceText(key, Words(**row["title"]), row["issuer"], row["number"], row["year"])
        for key, row in _toml(Path(__file__).parent / "sources.toml").items()
    }
    files = sorted(folder.glob("*.toml"))
    codes = frozenset(path.stem for path in files)
    policies, problems = [], []
    for path in files:
        try:
            policies.append(_PolicyFile(path, departments, sources, codes).read())
        except CatalogueError as error:
            problems.append(str(error))
    if problems:
        raise CatalogueError("\n".join(problems))
    policies.sort(key=lambda policy: (policy.order, policy.code))
    _refuse_circles(policies)
    return Catalogue(VERSION, tuple(policies), departments, sources)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: {error}") from None


class _PolicyFile:
    def __init__(
        self,
        path: Path,
        departments: Mapping[str, Words],
        sources: Mapping[str, SourceText],
        codes: frozenset[str],
    ) -> None:
        self.path = path
        self.data = _toml(path)
        self.text = path.read_text(encoding="utf-8").splitlines()
        self.departments = departments
        self.sources = sources
        self.codes = codes
        self.used_lines: set[int] = set()

    def fail(self, message: str, *, near: str | None = None, line: int | None = None) -> NoReturn:
        place = line if line is not None else self.line_of(near) if near else 1
        raise CatalogueError(f"{self.path.name}, line {place}: {message}")

    def line_of(self, text: str) -> int:
        """The first line that holds a text; `tomllib` gives no line numbers, so the raw text is asked."""
        for number, line in enumerate(self.text, 1):
            if text in line:
                return number
        return 1

    def next_line_of(self, value: str) -> int:
        """The first line not yet taken that sets `when` to a value."""
        for number, line in enumerate(self.text, 1):
            if (
                number not in self.used_lines
                and re.match(r"\s*when\s*=", line)
                and value in line.replace('\\"', '"')
            ):
                self.used_lines.add(number)
                return number
        return self.line_of(value)

    def read(self) -> Policy:
        data = self.data
        for key in data:
            if key not in _KEYS:
                self.fail(f"unknown key “{key}”; {known_alternatives(key, _KEYS)}", near=key)
        code = self.required("code", str)
        if code != self.path.stem:
            self.fail(f"code “{code}” is not the file's name", near="code")
        subject = self.choice("subject", ("household", "member"))
        return Policy(
            code=code,
            order=self.required("order", int),
            department=self.choice("department", self.departments),
            kind=self.choice("kind", KINDS),
            subject=subject,
            family=self.choice("family", FAMILIES),
            life_events=self.choices("life_events", LIFE_EVENTS),
            application=self.choice("application", APPLICATIONS),
            confidence=self.choice("confidence", CONFIDENCES),
            name=self.words("name"),
            summary=self.words("summary"),
            how_much=self.words("how_much"),
            how=self.words("how"),
            where=self.words("where"),
            notes=self.words("notes") if "notes" in data else None,
            documents=self.word_list("documents"),
            needs=self.word_list("needs"),
            settled_by=self.word_list("settled_by"),
            citations=self.citations(),
            amount=self.amount(subject == "member"),
            editions=self.editions(subject == "member"),
            applies_in=tuple(data.get("applies_in", ())),
            excludes=self.choices("excludes", self.codes) if "excludes" in data else (),
        )

    def required(self, key: str, kind: type) -> Any:
        if key not in self.data:
            self.fail(f"“{key}” is missing")
        value = self.data[key]
        if not isinstance(value, kind):
            self.fail(f"“{key}” must be a {kind.__name__}", near=key)
        return value

    def choice(self, key: str, known: Iterable[str]) -> str:
        value: str = self.required(key, str)
        if value not in known:
            self.fail(f"unknown {key} “{value}”; {known_alternatives(value, known)}", near=f"{key} = ")
        return value

    def choices(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        values = self.required(key, list)
        for value in values:
            if value not in known:
                self.fail(
                    f"unknown {key} “{value}”; {known_alternatives(str(value), known)}", near=f"{key} = "
                )
        return tuple(values)

    def words(self, key: str) -> Words:
        return self.as_words(self.required(key, dict), key, self.line_of(f"{key} = "))

    def as_words(self, value: object, key: str, line: int) -> Words:
        if (
            not isinstance(value, dict)
            or set(value) != {"zh", "en"}
            or not all(isinstance(text, str) and text.strip() for text in value.values())
        ):
            self.fail(f"“{key}” needs one sentence in zh and one in en", line=line)
        return Words(value["zh"], value["en"])

    def word_list(self, key: str) -> tuple[Words, ...]:
        line = self.line_of(f"{key} = ")
        return tuple(self.as_words(value, key, line) for value in self.required(key, list))

    def citations(self) -> tuple[Citation, ...]:
        found = []
        for row in self.required("sources", list):
            ref = row.get("ref", "")
            if ref not in self.sources:
                self.fail(
                    f"unknown citation “{ref}”; {known_alternatives(ref, self.sources)}", near=f'"{ref}"'
                )
            articles = row.get("articles", "")
            if articles and not re.fullmatch(r"\d+(-\d+)?(\(\d+\))?(,\d+(-\d+)?(\(\d+\))?)*", articles):
                self.fail(f"articles “{articles}” must read like 9-12,48 or 26(3)", near=f'"{ref}"')
            found.append(Citation(self.sources[ref], articles, row.get("from")))
        return tuple(found)

    def condition(self, when: object, in_member: bool, line: int) -> Condition:
        if not isinstance(when, str):
            self.fail("`when` must be a text", line=line)
        try:
            return read_condition(when, in_member=in_member, policies=sorted(self.codes))
        except ConditionError as error:
            self.fail(str(error), line=line)

    def editions(self, in_member: bool) -> tuple[Edition, ...]:
        editions: list[Edition] = []
        lines: list[Line] = []
        rows = self.required("editions", list)
        for number, row in enumerate(rows):
            from_on = row.get("from")
            if not isinstance(from_on, datetime.date) and (number > 0 or from_on is not None):
                self.fail("an edition begins on a day: from = 2026-07-01", near="[[editions]]")
            if editions and editions[-1].from_on is not None and from_on <= editions[-1].from_on:
                self.fail("editions stand in the order of their days", near=f"from = {from_on}")
            for dropped in row.get("drops", ()):
                if not any(line.when == dropped for line in lines):
                    self.fail(f"drops “{dropped}”, which no earlier edition has", near="drops")
                lines = [line for line in lines if line.when != dropped]
            for key in row:
                if key not in (*GROUPS, "from", "drops"):
                    known = known_alternatives(key, [*GROUPS, "from", "drops"])
                    self.fail(f"unknown key “{key}” in an edition; {known}", near=key)
            for group in GROUPS:
                lines = lines + [self.line(group, entry, in_member) for entry in row.get(group, ())]
            if not any(line.group != "none" for line in lines):
                self.fail("an edition needs at least one line of all or any", near="[[editions]]")
            ordered = sorted(lines, key=lambda line: GROUPS.index(line.group))
            editions.append(Edition(from_on, tuple(ordered)))
        if not editions:
            self.fail("a policy has at least one edition")
        return tuple(editions)

    def line(self, group: str, entry: Mapping[str, Any], in_member: bool) -> Line:
        when = entry.get("when")
        place = self.next_line_of(when) if isinstance(when, str) else self.line_of(f"[[editions.{group}]]")
        for key in entry:
            if key not in _LINE_KEYS:
                self.fail(f"unknown key “{key}” in a line; {known_alternatives(key, _LINE_KEYS)}", line=place)
        condition = self.condition(when, in_member, place)
        return Line(
            group=group,
            when=str(when),
            condition=condition,
            says=self.as_words(entry.get("says"), "says", place),
            note=self.as_words(entry["note"], "note", place) if "note" in entry else None,
            do=self.as_words(entry["do"], "do", place) if "do" in entry else None,
            file_line=place,
        )

    def amount(self, in_member: bool) -> Amount:
        row = self.required("amount", dict)
        for key, known in (("confidence", CONFIDENCES), ("period", PERIODS)):
            if row.get(key) not in known:
                self.fail(f"amount {key} must be one of {', '.join(known)}", near="[amount]")
        cases = tuple(self.amount_case(entry, in_member) for entry in row.get("cases", ()))
        if cases and (row["confidence"] != "verified" or not row["unit"].startswith("CNY")):
            self.fail("only a verified amount in CNY may be worked out", near="[[amount.cases]]")
        return Amount(row["unit"], row["confidence"], row["period"], cases)

    def amount_case(self, entry: Mapping[str, Any], in_member: bool) -> AmountCase:
        place = self.next_line_of(entry["when"]) if "when" in entry else self.line_of("[[amount.cases]]")
        for key in entry:
            if key not in _CASE_KEYS:
                self.fail(
                    f"unknown key “{key}” in an amount; {known_alternatives(key, _CASE_KEYS)}", line=place
                )
        for key in ("least_standard", "most_standard"):
            if key in entry and (entry[key] not in SETTINGS or SETTINGS[entry[key]].kind != "money"):
                self.fail(
                    f"unknown standard “{entry[key]}”; {known_alternatives(entry[key], SETTINGS)}", line=place
                )
        if "formula" in entry and entry["formula"] not in FORMULAS:
            self.fail(f"unknown formula “{entry['formula']}”; known: {', '.join(FORMULAS)}", line=place)

        def number(key: str) -> Fraction | None:
            return exact_decimal(entry[key], 4) if key in entry else None

        return AmountCase(
            condition=self.condition(entry["when"], in_member, place) if "when" in entry else None,
            least_fen=entry.get("fen", entry.get("least_fen")),
            most_fen=entry.get("fen", entry.get("most_fen")),
            percent_of_standard=number("percent_of_standard"),
            least_standard=entry.get("least_standard"),
            most_standard=entry.get("most_standard"),
            least_standards=number("least_standards"),
            most_standards=number("most_standards"),
            is_per_person=entry.get("per_person", False),
            formula=entry.get("formula"),
        )


def _refuse_circles(policies: list[Policy]) -> None:
    """A policy may ask whether another is received, never in a circle."""
    asks = {
        policy.code: {
            part.what if "-" in part.what else "special-hardship-support"
            for edition in policy.editions
            for line in edition.lines
            for part in walk(line.condition)
            if isinstance(part, Received)
            and (("-" in part.what and " " not in part.what) or (part.what == "tekun" and part.of_member))
        }
        for policy in policies
    }

    def visit(code: str, path: tuple[str, ...]) -> None:
        if code in path:
            raise CatalogueError(f"{path[0]}.toml: received() runs in a circle: {' → '.join([*path, code])}")
        for next_code in sorted(asks.get(code, ())):
            visit(next_code, (*path, code))

    for code in asks:
        visit(code, ())
