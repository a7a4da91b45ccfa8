"""Reads the register of sources, checked whole: a mistake names file, line and what would be right."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistance.checked_file import CheckedFile
from assistance.rules import FACTS, Words, known_alternatives
from infrastructure.settings import Settings

from .sources import (
    ADAPTERS,
    ITEM_TYPES,
    PURPOSE_WORDS,
    ROUTE_WORDS,
    YIELDS,
    Approval,
    Article,
    DataItem,
    DataSource,
    Sources,
)

REGISTER = Path(__file__).parent / "sources.toml"
COUNTY_FILE = "county-sources.toml"
"""What a county calls the file with its own approvals, in its instance folder."""

SOURCES_MOST, ITEMS_MOST = 22, 161
"""The numbers of interfaces and data items that 平湖 reports; the register never grows beyond them."""

_SOURCE_CODE, _ITEM_CODE = re.compile(r"[a-z]+(-[a-z]+)*"), re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SOURCE_KEYS = [
    "name",
    "holder",
    "plain",
    "why",
    "instead",
    "ground",
    "article",
    "confirmed",
    "months_back",
    "serves",
    "route",
    "route_reason",
    "adapter",
    "approval",
    "items",
]
_ITEM_KEYS = ["code", "name", "type", "fact", "yields", "option", "codes", "several", "confirmed", "why"]
_APPROVAL_KEYS = ["is_sample", "document", "items", "purposes", "until"]
_COUNTY_KEYS = ["document", "items", "purposes", "until", "basis", "route", "route_reason"]
# Which kinds of fact an answer may become, by the way it becomes it.
_BECOMES: dict[str, dict[str, tuple[str, ...]]] = {
    "value": {
        "money_fen": ("money",),
        "count": ("whole", "area"),
        "flag": ("bool",),
        "code": ("enum", "set"),
    },
    "part": {"money_fen": ("money",), "count": ("whole",)},
    "shared_part": {"money_fen": ("money",), "count": ("whole",)},
    "part_per_person": {"count": ("area",)},
    "some": {"count": ("bool",)},
    "option": {"flag": ("enum", "set")},
    "recent": {"date": ("set",)},
}


class SourcesError(ValueError):
    """The register of sources cannot be used; each line names file, line and what would be right."""


def data_sources(county_file: Path | None = None) -> Sources:
    """The register, with a county's own approvals in place of the samples; raises SourcesError.

    Without a county's file the shipped samples stand, which count in demo and test only.
    """
    shipped = read_register()
    return shipped if county_file is None else _with_county_file(shipped, county_file)


def sources_of(settings: Settings) -> Sources:
    """The register of this installation: with the county's file where its instance folder holds one."""
    county_file = settings.instance_dir / COUNTY_FILE
    return data_sources(county_file if county_file.exists() else None)


@lru_cache(maxsize=2)
def read_register(path: Path = REGISTER) -> Sources:
    """Read and check one register file; raises SourcesError naming every mistake."""
    return _Register(path).read()


def _with_county_file(shipped: Sources, path: Path) -> Sources:
    return _CountyFile(path, shipped).read()


class _File(CheckedFile):
    """A file that gives approvals."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SourcesError)

    def approval(
        self, row: Mapping[str, Any], codes: tuple[str, ...], document: Words, is_sample: bool, line: int
    ) -> Approval:
        items = self.choices(row, "items", codes, line) if "items" in row else codes
        return Approval(
            document=document,
            items=frozenset(items),
            purposes=frozenset(self.choices(row, "purposes", PURPOSE_WORDS, line)),
            until=self.day(row, "until", line),
            is_sample=is_sample,
        )


class _Register(_File):
    def read(self) -> Sources:
        self.refuse_unknown(self.data, ("texts", "sources"), "the register", 1)
        self.texts = {
            key: self.words(self.data["texts"], key, self.lines.of_key("texts"))
            for key in self.data.get("texts", {})
        }
        sources = [self.source(code, row) for code, row in self.data.get("sources", {}).items()]
        if not sources:
            self.fault("the register names no source", 1)
        if len(sources) > SOURCES_MOST:
            self.fault(f"{len(sources)} sources; at most {SOURCES_MOST}", 1)
        if (total := sum(len(source.items) for source in sources)) > ITEMS_MOST:
            self.fault(f"{total} items; at most {ITEMS_MOST}", 1)
        self.done()
        return Sources(sources)

    def source(self, code: str, row: Mapping[str, Any]) -> DataSource:
        line = self.lines.of_key(code)
        if not _SOURCE_CODE.fullmatch(code):
            self.fault(f"a source is named like bank-deposits, not “{code}”", line)
        self.refuse_unknown(row, _SOURCE_KEYS, "a source", line)
        confirmed = self.flag(row, "confirmed", None, line)
        articles = self.articles(row, line)
        if confirmed != bool(articles):
            self.fault(
                "a source is confirmed exactly when an article that was read names it",
                self.lines.of_key("confirmed", line),
            )
        ground = row.get("ground")
        if not isinstance(ground, dict) or set(ground) != {"agreement", "power"}:
            self.fault(
                "“ground” records both the agreement and the power (conflict 6): "
                '{ agreement = "SA-40", power = "SA-41" }',
                self.lines.of_key("ground", line),
            )
            ground = {"agreement": "", "power": ""}
        route = self.choice(row, "route", ROUTE_WORDS, line)
        if (route == "direct_line") != ("route_reason" in row):
            self.fault(
                "a direct line, and nothing else, says why it is not the gateway: route_reason",
                self.lines.of_key("route", line),
            )
        serves = self.choices(row, "serves", PURPOSE_WORDS, line)
        items = self.items(code, row, confirmed)
        months_back = row.get("months_back")
        if type(months_back) is not int or not 0 <= months_back <= 12:
            self.fault("“months_back” is a whole number from 0 to 12", self.lines.of_key("months_back", line))
            months_back = 0
        return DataSource(
            code=code,
            name=self.words(row, "name", line),
            holder=self.words(row, "holder", line),
            plain=self.words(row, "plain", line),
            why=self.words(row, "why", line),
            instead=self.words(row, "instead", line),
            agreement=str(ground["agreement"]),
            power=str(ground["power"]),
            articles=articles,
            confirmed=confirmed,
            months_back=months_back,
            serves=serves,
            route=route,
            adapter=self.choice(row, "adapter", ADAPTERS, line),
            items=items,
            route_reason=self.words(row, "route_reason", line) if "route_reason" in row else None,
            approval=self.shipped_approval(row, tuple(item.code for item in items), line),
        )

    def articles(self, row: Mapping[str, Any], line: int) -> tuple[Article, ...]:
        found = []
        for clause in row.get("article", ()):
            text, _, article = str(clause).partition("-")
            if text not in self.texts or not article.isdigit():
                hint = known_alternatives(text, self.texts)
                self.fault(
                    f"article “{clause}” must read like ZJ-49; {hint}", self.lines.of_key("article", line)
                )
                continue
            found.append(Article(str(clause), self.texts[text], article))
        return tuple(found)

    def shipped_approval(self, row: Mapping[str, Any], codes: tuple[str, ...], line: int) -> Approval | None:
        given = row.get("approval")
        if given is None:
            return None
        place = self.lines.of_key("approval", line)
        if not isinstance(given, dict):
            self.fault("“approval” is a table with document, purposes and until", place)
            return None
        self.refuse_unknown(given, _APPROVAL_KEYS, "an approval", place)
        if not self.flag(given, "is_sample", False, place):
            self.fault("an approval that ships is a sample: is_sample = true", place)
        return self.approval(given, codes, self.words(given, "document", place), True, place)

    def items(self, source: str, row: Mapping[str, Any], confirmed: bool) -> tuple[DataItem, ...]:
        rows = row.get("items")
        if not isinstance(rows, list) or not rows:
            self.fault("a source has at least one item", self.lines.of_key(source))
            return ()
        found: list[DataItem] = []
        for index, given in enumerate(rows):
            line = self.lines.of_table(f"sources.{source}.items", index)
            item = self.item(source, given, confirmed, line)
            if any(other.code == item.code for other in found):
                self.fault(f"item “{item.code}” stands twice", self.lines.of_key("code", line))
            found.append(item)
        return tuple(found)

    def item(self, source: str, row: Mapping[str, Any], confirmed: bool, line: int) -> DataItem:
        self.refuse_unknown(row, _ITEM_KEYS, "an item", line)
        code = str(row.get("code", ""))
        if not _ITEM_CODE.fullmatch(code):
            self.fault(f"an item is named like balance_fen, not “{code}”", self.lines.of_key("code", line))
        kind = self.choice(row, "type", ITEM_TYPES, line)
        if kind == "money_fen" and not code.endswith("_fen"):
            self.fault("money carries its unit in its name: …_fen", self.lines.of_key("code", line))
        item = DataItem(
            source=source,
            code=code,
            name=self.words(row, "name", line),
            type=kind,
            why=self.words(row, "why", line),
            fact=row.get("fact"),
            yields=row.get("yields"),
            option=row.get("option"),
            several=self.flag(row, "several", False, line),
            # An item is never surer than its source.
            confirmed=self.flag(row, "confirmed", confirmed, line) and confirmed,
        )
        self.check_fact(item, line)
        if kind == "code":
            return dataclasses.replace(item, codes=self.codes(item, row, line))
        if kind == "flag" and "codes" in row:
            return dataclasses.replace(item, codes=self.yes_no(row, line))
        return item

    def check_fact(self, item: DataItem, line: int) -> None:
        if (item.fact is None) != (item.yields is None):
            self.fault("“fact” and “yields” stand together or not at all", line)
        if item.fact is None:
            return
        place = self.lines.of_key("fact", line)
        fact = FACTS.get(item.fact)
        if fact is None:
            self.fault(f"unknown fact “{item.fact}”; {known_alternatives(item.fact, FACTS)}", place)
            return
        if item.yields not in YIELDS:
            hint = known_alternatives(str(item.yields), YIELDS)
            self.fault(f"unknown yields “{item.yields}”; {hint}", self.lines.of_key("yields", line))
            return
        kinds = _BECOMES[item.yields].get(item.type, ())
        if fact.kind not in kinds:
            self.fault(
                f"a {item.type} that yields “{item.yields}” cannot be {item.fact}, which is a {fact.kind}",
                place,
            )
        if (item.option is not None) != (item.yields in ("option", "recent")):
            self.fault("“option” stands with yields = option or recent, and only there", place)
        elif item.option is not None and item.option not in fact.options:
            hint = known_alternatives(item.option, fact.options)
            self.fault(f"unknown option “{item.option}”; {hint}", self.lines.of_key("option", line))
        if item.several != (item.type == "code" and fact.kind == "set"):
            self.fault("“several” stands for a code whose fact is a set, and only there", place)

    def codes(self, item: DataItem, row: Mapping[str, Any], line: int) -> dict[str, Words]:
        """The answers that are known: those of the file, or the options of the fact."""
        fact = FACTS.get(item.fact or "")
        given = row.get("codes")
        if given is None:
            if fact is None:
                self.fault("a code without a fact lists its answers: codes", line)
            return dict(fact.options) if fact else {}
        place = self.lines.of_key("codes", line)
        for key in given:
            if fact is not None and key not in fact.options:
                self.fault(f"unknown answer “{key}”; {known_alternatives(key, fact.options)}", place)
        return {key: self.words(given, key, place) for key in given}

    def yes_no(self, row: Mapping[str, Any], line: int) -> dict[str, Words]:
        """How the yes and the no of a flag read."""
        place = self.lines.of_key("codes", line)
        if set(row["codes"]) != {"yes", "no"}:
            self.fault("a flag has the codes yes and no, both of them", place)
        return {key: self.words(row["codes"], key, place) for key in row["codes"]}


class _CountyFile(_File):
    """A county's own approvals: one table a source, and no approval for a source that it does not name."""

    def __init__(self, path: Path, shipped: Sources) -> None:
        super().__init__(path)
        self.shipped = shipped

    def read(self) -> Sources:
        for code in self.data:
            if code not in self.shipped:
                hint = known_alternatives(code, self.shipped.codes)
                self.fault(f"unknown source “{code}”; {hint}", self.lines.of_key(code))
        sources = [self.source(source) for source in self.shipped]
        self.done()
        return Sources(sources)

    def source(self, source: DataSource) -> DataSource:
        row = self.data.get(source.code)
        if row is None:
            return dataclasses.replace(source, approval=None)
        line = self.lines.of_key(source.code)
        self.refuse_unknown(row, _COUNTY_KEYS, "a county's approval", line)
        document, basis = str(row.get("document", "")).strip(), str(row.get("basis", "")).strip()
        if not document:
            self.fault("“document” names the paper of the approval", line)
        codes = tuple(item.code for item in source.items)
        route = self.choice(row, "route", ROUTE_WORDS, line) if "route" in row else source.route
        reason = str(row.get("route_reason", "")).strip()
        if route == "direct_line" and not reason:
            self.fault("a direct line says why it is not the gateway: route_reason", line)
        # What the county puts its own document under is confirmed, with every item that it approves.
        approval = self.approval(row, codes, Words(document, document), False, line)
        items = tuple(
            dataclasses.replace(
                item, confirmed=item.confirmed or (bool(basis) and item.code in approval.items)
            )
            for item in source.items
        )
        return dataclasses.replace(
            source,
            confirmed=source.confirmed or bool(basis),
            county_document=basis or None,
            items=items,
            route=route,
            route_reason=Words(reason, reason) if route == "direct_line" else None,
            approval=approval,
        )
