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

from assistance.file_lines import FileLines
from assistance.rules import (
    SETTINGS,
    TEKUN_POLICY,
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
ARTICLES = re.compile(r"\d+(-\d+)?(\(\d+\))?(,\d+(-\d+)?(\(\d+\))?)*")


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
    except UnicodeDecodeError:
        raise CatalogueError(f"{path.name}, line 1: the file is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        last = len(path.read_text(encoding="utf-8").splitlines())
        raise CatalogueError(f"{path.name}, line {line.group(1) if line else last}: {message}") from None


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
        self.lines = FileLines(path.read_text(encoding="utf-8"))
        self.departments = departments
        self.sources = sources
        self.codes = codes

    def fail(self, message: str, line: int = 1) -> NoReturn:
        raise CatalogueError(f"{self.path.name}, line {line}: {message}")

    def read(self) -> Policy:
        data = self.data
        self.refuse_unknown_keys(data, _KEYS, "", 1)
        code = self.required("code", str)
        if code != self.path.stem:
            self.fail(f"code “{code}” is not the file's name “{self.path.stem}”", self.lines.of_key("code"))
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
            applies_in=self.counties() if "applies_in" in data else (),
            excludes=self.choices("excludes", self.codes) if "excludes" in data else (),
        )

    def refuse_unknown_keys(self, row: object, known: Iterable[str], where: str, line: int) -> None:
        if not isinstance(row, dict):
            self.fail(f"expected keys{where}, such as {', '.join(sorted(known)[:3])}", line)
        for key in row:
            if key not in known:
                place = self.lines.of_key(key, line)
                self.fail(f"unknown key “{key}”{where}; {known_alternatives(key, known)}", place)

    def required(self, key: str, kind: type) -> Any:
        if key not in self.data:
            self.fail(f"“{key}” is missing")
        value = self.data[key]
        if not isinstance(value, kind):
            self.fail(f"“{key}” must be a {kind.__name__}", self.lines.of_key(key))
        return value

    def choice(self, key: str, known: Iterable[str]) -> str:
        value: str = self.required(key, str)
        if value not in known:
            self.fail(f"unknown {key} “{value}”; {known_alternatives(value, known)}", self.lines.of_key(key))
        return value

    def choices(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        values = self.required(key, list)
        for value in values:
            if value not in known:
                hint = known_alternatives(str(value), known)
                self.fail(f"unknown {key} “{value}”; {hint}", self.lines.of_key(key))
        return tuple(values)

    def counties(self) -> tuple[str, ...]:
        codes = self.required("applies_in", list)
        if not all(isinstance(code, str) and re.fullmatch(r"\d{6}", code) for code in codes):
            self.fail("“applies_in” lists counties by their six digits", self.lines.of_key("applies_in"))
        return tuple(codes)

    def words(self, key: str) -> Words:
        return self.as_words(self.required(key, dict), key, self.lines.of_key(key))

    def as_words(self, value: object, key: str, line: int) -> Words:
        if (
            not isinstance(value, dict)
            or set(value) != {"zh", "en"}
            or not all(isinstance(text, str) and text.strip() for text in value.values())
        ):
            self.fail(f"“{key}” needs one sentence in zh and one in en", line)
        return Words(value["zh"], value["en"])

    def word_list(self, key: str) -> tuple[Words, ...]:
        values = self.required(key, list)
        return tuple(self.as_words(value, key, self.lines.of_item(key, i)) for i, value in enumerate(values))

    def citations(self) -> tuple[Citation, ...]:
        found = []
        for index, row in enumerate(self.required("sources", list)):
            line = self.lines.of_item("sources", index)
            self.refuse_unknown_keys(row, ("ref", "articles", "from"), " in a source", line)
            ref, articles, from_on = row.get("ref", ""), row.get("articles", ""), row.get("from")
            if ref not in self.sources:
                self.fail(f"unknown citation “{ref}”; {known_alternatives(str(ref), self.sources)}", line)
            if articles and not ARTICLES.fullmatch(str(articles)):
                self.fail(f"articles “{articles}” must read like 9-12,48 or 26(3)", line)
            if from_on is not None and not isinstance(from_on, datetime.date):
                self.fail("a source counts from a day: from = 2026-07-01", line)
            found.append(Citation(self.sources[ref], articles, from_on))
        return tuple(found)

    def condition(self, when: object, in_member: bool, line: int) -> Condition:
        if not isinstance(when, str):
            self.fail('a line needs a text: when = "age >= 60"', line)
        try:
            return read_condition(when, in_member=in_member, policies=sorted(self.codes))
        except ConditionError as error:
            self.fail(str(error), line)

    def editions(self, in_member: bool) -> tuple[Edition, ...]:
        editions: list[Edition] = []
        lines: list[Line] = []
        for number, row in enumerate(self.required("editions", list)):
            place = self.lines.of_table("editions", number)
            self.refuse_unknown_keys(row, (*GROUPS, "from", "drops"), " in an edition", place)
            from_on = self.first_day(row, editions, self.lines.of_key("from", place))
            for dropped in row.get("drops", ()):
                if not any(line.when == dropped for line in lines):
                    known = known_alternatives(str(dropped), [line.when for line in lines])
                    self.fail(
                        f"drops “{dropped}”, which no earlier edition has; {known}",
                        self.lines.of_key("drops", place),
                    )
                lines = [line for line in lines if line.when != dropped]
            for group in GROUPS:
                for index, entry in enumerate(row.get(group, ())):
                    header = self.lines.of_table(f"editions.{group}", index, place)
                    lines = [*lines, self.line(group, entry, in_member, header)]
            if not any(line.group != "none" for line in lines):
                self.fail("an edition needs at least one line of all or any", place)
            ordered = sorted(lines, key=lambda line: GROUPS.index(line.group))
            editions.append(Edition(from_on, tuple(ordered)))
        if not editions:
            self.fail("a policy has at least one edition")
        return tuple(editions)

    def first_day(self, row: Mapping[str, Any], earlier: list[Edition], line: int) -> datetime.date | None:
        from_on = row.get("from")
        if not isinstance(from_on, datetime.date):
            if earlier or from_on is not None:
                self.fail("an edition begins on a day: from = 2026-07-01", line)
            return None
        before = earlier[-1].from_on if earlier else None
        if before is not None and from_on <= before:
            self.fail(f"editions stand in the order of their days: {from_on} is not after {before}", line)
        return from_on

    def line(self, group: str, entry: Mapping[str, Any], in_member: bool, header: int) -> Line:
        self.refuse_unknown_keys(entry, _LINE_KEYS, " in a line", header)
        place = self.lines.of_key("when", header)
        condition = self.condition(entry.get("when"), in_member, place)

        def words(key: str) -> Words | None:
            if key not in entry and key != "says":
                return None
            return self.as_words(entry.get(key), key, self.lines.of_key(key, header))

        says = words("says")
        assert says is not None
        return Line(
            group=group,
            when=str(entry["when"]),
            condition=condition,
            says=says,
            note=words("note"),
            do=words("do"),
            file_line=place,
        )

    def amount(self, in_member: bool) -> Amount:
        row = self.required("amount", dict)
        header = self.lines.of_key("amount")
        self.refuse_unknown_keys(row, ("unit", "confidence", "period", "cases"), " in the amount", header)
        for key, known in (("confidence", CONFIDENCES), ("period", PERIODS)):
            if row.get(key) not in known:
                place = self.lines.of_key(key, header)
                self.fail(f"unknown amount {key} “{row.get(key, '')}”; known: {', '.join(known)}", place)
        if not isinstance(row.get("unit"), str):
            self.fail("the amount needs a unit, such as CNY/household/month", header)
        cases = tuple(
            self.amount_case(entry, in_member, self.lines.of_table("amount.cases", index))
            for index, entry in enumerate(row.get("cases", ()))
        )
        if cases and (row["confidence"] != "verified" or not row["unit"].startswith("CNY")):
            self.fail(
                "only a verified amount in CNY may be worked out", self.lines.of_table("amount.cases", 0)
            )
        return Amount(row["unit"], row["confidence"], row["period"], cases)

    def amount_case(self, entry: Mapping[str, Any], in_member: bool, header: int) -> AmountCase:
        self.refuse_unknown_keys(entry, _CASE_KEYS, " in an amount", header)
        for key in ("least_standard", "most_standard"):
            if key in entry and (entry[key] not in SETTINGS or SETTINGS[entry[key]].kind != "money"):
                money = [name for name, setting in SETTINGS.items() if setting.kind == "money"]
                hint = known_alternatives(str(entry[key]), money)
                self.fail(f"unknown standard “{entry[key]}”; {hint}", self.lines.of_key(key, header))
        if "formula" in entry and entry["formula"] not in FORMULAS:
            place = self.lines.of_key("formula", header)
            self.fail(f"unknown formula “{entry['formula']}”; known: {', '.join(FORMULAS)}", place)

        def number(key: str) -> Fraction | None:
            found = exact_decimal(entry[key], 4) if key in entry else None
            if key in entry and found is None:
                self.fail(f"“{key}” must be a number", self.lines.of_key(key, header))
            return found

        def fen(key: str) -> int | None:
            value = entry.get("fen", entry.get(key))
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                self.fail("money is whole fen", self.lines.of_key("fen" if "fen" in entry else key, header))
            return value

        when = entry.get("when")
        return AmountCase(
            condition=None
            if when is None
            else self.condition(when, in_member, self.lines.of_key("when", header)),
            least_fen=fen("least_fen"),
            most_fen=fen("most_fen"),
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
    asks: dict[str, dict[str, int]] = {policy.code: {} for policy in policies}
    for policy in policies:
        for line in (line for edition in policy.editions for line in edition.lines):
            for part in walk(line.condition):
                if not isinstance(part, Received):
                    continue
                if "-" in part.what and " " not in part.what:
                    asks[policy.code].setdefault(part.what, line.file_line)
                elif part.what == "tekun" and part.of_member:
                    asks[policy.code].setdefault(TEKUN_POLICY, line.file_line)

    def visit(code: str, path: tuple[str, ...]) -> None:
        if code in path:
            circle = (*path[path.index(code) :], code)
            line = asks[circle[0]][circle[1]]
            raise CatalogueError(
                f"{circle[0]}.toml, line {line}: received() runs in a circle: {' → '.join(circle)}"
            )
        for next_code in sorted(asks.get(code, ())):
            visit(next_code, (*path, code))

    for code in asks:
        visit(code, ())
