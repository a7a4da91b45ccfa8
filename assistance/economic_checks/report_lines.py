"""The lines of a report in words: what was said, what the registers say, and what lies between."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assistance import households
from assistance.authorizations import Sources
from assistance.economic_checks.queries import WholeCheck
from assistance.economic_checks.showing import UNKNOWN, is_nought
from assistance.economic_checks.states import KNOWN, LINE_WORDS, NOTHING_EITHER, SEEN_IN_PART
from assistance.rules import FACTS, Band, Fact, Words, amount_in_words

AT_LEAST = Words("至少 {}", "at least {}")
MORE = Words("登记里多 {}", "the register has {} more")
LESS = Words("登记里少 {}", "the register has {} less")
AT_LEAST_MORE = Words("登记里至少多 {}", "the register has at least {} more")
AT_LEAST_LESS = Words("登记里至少少 {}", "the register has at least {} less")
ADDED = Words("登记里多了“{}”", "the register also has “{}”")
LACKING = Words("登记里没有“{}”", "the register does not have “{}”")
AND_THEN = Words("，", ", ")
COMMA = Words("、", ", ")


@dataclass(frozen=True)
class LineRow:
    """One fact: what was said, seen and found."""

    fact: str
    title: str
    person_id: uuid.UUID | None
    declared: str
    visited: str
    checked: str
    own: str
    gap: str
    """What lies between what was said and what was found; empty where it cannot be counted or named."""
    is_whole: bool
    is_declared: bool
    is_nought: bool
    """Whether what was found is that there is nothing."""
    state: str
    words: str
    sources: str
    missing: str
    as_of: date | None
    """The oldest day of which the answers in it are true."""


@dataclass(frozen=True)
class SortedLines:
    """The lines of a report by what they ask of a reader, each line in one place."""

    differing: list[LineRow] = field(default_factory=list)
    """The two cannot both be so, or the resident has said that the register is wrong."""
    found: list[LineRow] = field(default_factory=list)
    """The family has said nothing, and a register holds something."""
    partial: list[LineRow] = field(default_factory=list)
    agreeing: list[LineRow] = field(default_factory=list)
    """The two are alike, or nothing was said and there is nothing."""
    open: list[LineRow] = field(default_factory=list)
    """No register says anything; what the family says stands."""


def sort_lines(lines: Iterable[LineRow]) -> SortedLines:
    """Put each line where it is read; what neither side knows is left out, for it says nothing."""
    found = SortedLines()
    for line in lines:
        if line.state in ("differs", "contested"):
            found.differing.append(line)
        elif line.state == "only_checked" and not line.is_nought:
            found.found.append(line)
        elif line.state in ("same", "only_checked"):
            found.agreeing.append(line)
        elif line.state == "partial":
            found.partial.append(line)
        elif line.is_declared:
            found.open.append(line)
    return found


def in_reading_order(lines: Sequence[LineRow]) -> list[LineRow]:
    """Every line, what differs first and what nobody knows last."""
    found = sort_lines(lines)
    told = [*found.differing, *found.found, *found.partial, *found.agreeing, *found.open]
    return [*told, *(line for line in lines if line not in told)]


def line_rows(whole: WholeCheck, sources: Sources, locale: str) -> list[LineRow]:
    """Declared beside checked, line by line, as the newest report has it.

    What makes no sense for the household is left out, such as the price of a car where nobody has one.
    """
    rows: Sequence[Mapping[str, Any]] = whole.report.sealed["lines"] if whole.report is not None else []
    by_key = {(row["fact"], row["person"]): row for row in rows}
    return [_line_row(row, whole, sources, locale) for row in rows if _makes_sense(row, by_key)]


def _makes_sense(row: Mapping[str, Any], by_key: Mapping[tuple[str, Any], Mapping[str, Any]]) -> bool:
    needed = by_key.get((FACTS[row["fact"]].needs or "", row["person"]))
    if needed is None or row["state"] == "contested":
        return True
    if any(row[side] is not None and not is_nought(row[side]) for side in ("declared", "visited", "checked")):
        return True
    told = [needed[side] for side in ("declared", "visited", "checked") if needed[side] is not None]
    return not told or not all(is_nought(value) for value in told)


def _line_row(row: Mapping[str, Any], whole: WholeCheck, sources: Sources, locale: str) -> LineRow:
    fact = FACTS[row["fact"]]
    is_contested = row["state"] == "contested"
    return LineRow(
        fact=fact.key,
        title=fact.label.in_language(locale),
        person_id=uuid.UUID(row["person"]) if row["person"] else None,
        declared=_said(fact, row["declared"], locale),
        visited=_said(fact, row["visited"], locale) if row["visited"] is not None else "",
        checked=_found(fact, row["checked"], locale),
        own=_found(fact, row["own"], locale) if is_contested else "",
        gap=gap_in_words(fact, row["declared"], row["checked"], locale) if row["state"] == "differs" else "",
        is_whole=row["is_whole"],
        is_declared=row["declared"] is not None,
        is_nought=is_nought(row["checked"]),
        state=row["state"],
        words=_words_of_state(row),
        sources=_source_names(row["sources"], sources, locale),
        missing=_source_names(row["missing"], sources, locale),
        as_of=_as_of(row, whole),
    )


def _words_of_state(row: Mapping[str, Any]) -> str:
    if row["state"] == "partial" and not row["missing"]:
        return SEEN_IN_PART
    if row["state"] == "only_checked" and is_nought(row["checked"]):
        return NOTHING_EITHER
    return LINE_WORDS[row["state"]]


def _said(fact: Fact, value: Any, locale: str) -> str:
    if value is None:
        return UNKNOWN.in_language(locale)
    return households.value_in_words(fact.key, value).in_language(locale)


def _found(fact: Fact, value: Any, locale: str) -> str:
    """What registers say together; where they see a part, it is the least there is."""
    if isinstance(value, dict) and set(value) == {"min"}:
        band = households.check_value(fact.key, value)
        assert isinstance(band, Band)
        return AT_LEAST.in_language(locale).format(amount_in_words(fact, band.low, locale))
    return _said(fact, value, locale)


def gap_in_words(fact: Fact, declared: Any, checked: Any, locale: str) -> str:
    """How far two values of one fact lie apart; empty where they touch, or are neither numbers nor lists."""
    if declared is None or checked is None:
        return ""
    said, found = households.check_value(fact.key, declared), households.check_value(fact.key, checked)
    if isinstance(said, frozenset) and isinstance(found, frozenset):
        return AND_THEN.in_language(locale).join(
            pattern.in_language(locale).format(_options(fact, words, locale))
            for pattern, words in ((ADDED, found - said), (LACKING, said - found))
            if words
        )
    # The steps of a grade are no amount.
    if not isinstance(said, Band) or not isinstance(found, Band) or fact.zero is not None:
        return ""
    is_exact = said.is_exact and found.is_exact
    if found.low > said.high:
        pattern, apart = (MORE if is_exact else AT_LEAST_MORE), found.low - said.high
    elif found.high < said.low:
        pattern, apart = (LESS if is_exact else AT_LEAST_LESS), said.low - found.high
    else:
        return ""
    return pattern.in_language(locale).format(amount_in_words(fact, apart, locale))


def _options(fact: Fact, chosen: frozenset[str], locale: str) -> str:
    words = [words.in_language(locale) for key, words in fact.options.items() if key in chosen]
    return COMMA.in_language(locale).join(words)


def _source_names(codes: Sequence[str], sources: Sources, locale: str) -> str:
    names = [found.name.in_language(locale) if (found := sources.get(code)) else code for code in codes]
    return COMMA.in_language(locale).join(names)


def _as_of(row: Mapping[str, Any], whole: WholeCheck) -> date | None:
    days = [
        whole.results[task.id].as_of
        for task in whole.tasks
        if task.id in whole.results
        and task.state in KNOWN
        and task.source in row["sources"]
        and row["person"] in (None, str(task.person_id))
    ]
    return min(days, default=None)
