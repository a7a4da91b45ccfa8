"""A check as its pages show it: rows of words in one language, for both faces and the printed report."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assistance.authorizations import DataItem, DataSource, Sources
from assistance.economic_checks.comparing import INCOME, OWN_INCOME
from assistance.economic_checks.models import CheckResult, CheckTask, ContestedLine
from assistance.economic_checks.queries import WholeCheck
from assistance.economic_checks.sources.contract import Value
from assistance.economic_checks.states import (
    CONTEST_WORDS,
    KNOWN,
    TASK_WORDS,
    words_of_problem,
)
from assistance.policies import LIKELY, NOT_NOW, POSSIBLE, Catalogue
from assistance.rules import FACTS, YES_NO, Words, amount_in_words, money_in_words
from infrastructure.languages import N_

UNKNOWN = Words("不知道", "not known")
NOTHING = Words("没有", "none")
AND = Words("、", ", ")
OUTCOME_WORDS = {
    LIKELY: N_("很可能可以享受"),
    POSSIBLE: N_("有可能可以享受"),
    NOT_NOW: N_("暂时看不太像"),
}
FAILED = ("unreachable", "wrong_answer")


@dataclass(frozen=True)
class SourceRow:
    """One question to one source, as it stands."""

    task_id: uuid.UUID
    source: str
    name: str
    holder: str
    basis: str
    state: str
    words: str
    problem: str
    tried_at: datetime | None
    again_at: datetime | None
    as_of: date | None
    is_failed: bool
    is_closed_approval: date | None
    """The day until which sharing was approved, where that is over."""


@dataclass(frozen=True)
class ItemRow:
    """One item that a source has answered about one person."""

    person_id: uuid.UUID
    result_id: uuid.UUID
    source: str
    source_name: str
    item: str
    name: str
    value: str
    as_of: date
    contest: ContestRow | None
    facts: tuple[str, ...] = ()
    """The facts that the answer is a part of."""
    is_nought: bool = False
    """Whether it says that there is nothing."""


@dataclass(frozen=True)
class ContestRow:
    """A shared value and what the resident says instead."""

    line: ContestedLine
    source_name: str
    holder: str
    name: str
    shared: str
    own: str
    says: str
    has_picture: bool
    words: str
    answer: str
    reason: str


@dataclass(frozen=True)
class MovedRow:
    """One policy's verdict by what was declared, and by what was checked."""

    policy: str
    name: str
    before: str
    after: str
    is_moved: bool


@dataclass(frozen=True)
class NoteRow:
    """Something that no figure takes up, and that somebody must read."""

    person_id: uuid.UUID
    source_name: str
    name: str
    value: str


def source_rows(whole: WholeCheck, sources: Sources, locale: str, person_id: uuid.UUID) -> list[SourceRow]:
    """Every question about one member, in the order of the register."""
    order = {code: at for at, code in enumerate(sources.codes)}
    mine = [task for task in whole.tasks if task.person_id == person_id]
    return [
        _source_row(task, sources.get(task.source), whole.results.get(task.id), locale)
        for task in sorted(mine, key=lambda task: order.get(task.source, len(order)))
    ]


def _source_row(
    task: CheckTask, source: DataSource | None, result: CheckResult | None, locale: str
) -> SourceRow:
    ended = source.approval.until if source is not None and source.approval is not None else None
    return SourceRow(
        task_id=task.id,
        source=task.source,
        name=source.name.in_language(locale) if source else task.source,
        holder=source.holder.in_language(locale) if source else "",
        basis=source.basis(locale) if source else "",
        state=task.state,
        words=TASK_WORDS[task.state],
        problem=words_of_problem(task.problem) if task.state in FAILED else "",
        tried_at=task.last_tried_at,
        again_at=task.next_try_at if task.state in FAILED else None,
        as_of=result.as_of if result is not None and task.state in KNOWN else None,
        is_failed=task.state in FAILED,
        is_closed_approval=ended if task.state == "approval_ended" else None,
    )


def moved_rows(whole: WholeCheck, catalogue: Catalogue, locale: str) -> list[MovedRow]:
    """What the policies say before and after, those that moved first."""
    rows = whole.report.sealed["moved"] if whole.report is not None else []
    return [
        MovedRow(
            row["policy"],
            policy.name.in_language(locale) if (policy := catalogue.get(row["policy"])) else row["policy"],
            OUTCOME_WORDS[row["before"]],
            OUTCOME_WORDS[row["after"]],
            row["before"] != row["after"],
        )
        for row in rows
    ]


def note_rows(whole: WholeCheck, sources: Sources, locale: str) -> list[NoteRow]:
    """What somebody must read beside the lines."""
    found = []
    for row in whole.report.sealed["notes"] if whole.report is not None else []:
        source = sources.get(row["source"])
        item = source.item(row["item"]) if source else None
        if source is not None and item is not None:
            words = value_words(item, row["value"], locale)
            found.append(
                NoteRow(
                    uuid.UUID(row["person"]),
                    source.name.in_language(locale),
                    item.name.in_language(locale),
                    words,
                )
            )
    return found


def item_rows(
    whole: WholeCheck, sources: Sources, locale: str, person_ids: Collection[uuid.UUID]
) -> list[ItemRow]:
    """Everything that the sources have answered about some people, item by item."""
    contests = {
        (one.line.person_id, one.line.source, one.line.item): one
        for one in contest_rows(whole, sources, locale, person_ids)
        if one.line.state != "withdrawn"
    }
    found = []
    for task in whole.tasks:
        source, result = sources.get(task.source), whole.results.get(task.id)
        if source is None or task.person_id not in person_ids or task.state not in KNOWN:
            continue
        if result is None or result.destroyed_at is not None:
            continue
        items = result.sealed.get("items", {})
        for item in source.items:
            if task.state == "answered" and item.code not in items:
                continue
            found.append(
                ItemRow(
                    task.person_id,
                    result.id,
                    source.code,
                    source.name.in_language(locale),
                    item.code,
                    item.name.in_language(locale),
                    NOTHING.in_language(locale)
                    if task.state == "nothing_found"
                    else value_words(item, items.get(item.code), locale),
                    result.as_of,
                    contests.get((task.person_id, source.code, item.code)),
                    _facts_of(item),
                    is_nought(items.get(item.code)) or task.state == "nothing_found",
                )
            )
    return found


def contest_rows(
    whole: WholeCheck, sources: Sources, locale: str, person_ids: Collection[uuid.UUID]
) -> list[ContestRow]:
    """The objections of some people, both values side by side."""
    by_id = {result.id: result for result in whole.results.values()}
    found = []
    for line in whole.contests:
        result = by_id.get(line.result_id)
        if line.person_id in person_ids:
            row = contest_row(line, result, sources, locale)
            if row is not None:
                found.append(row)
    return found


def contest_row(
    line: ContestedLine, result: CheckResult | None, sources: Sources, locale: str
) -> ContestRow | None:
    """One objection; None where the register does not know the item any more."""
    source = sources.get(line.source)
    item = source.item(line.item) if source else None
    if source is None or item is None:
        return None
    answer = line.sealed.get("answer") or {}
    shared = result.sealed.get("items", {}).get(line.item) if result is not None else None
    return ContestRow(
        line=line,
        source_name=source.name.in_language(locale),
        holder=source.holder.in_language(locale),
        name=item.name.in_language(locale),
        shared=value_words(item, shared, locale),
        own=value_words(item, line.sealed.get("own_value"), locale),
        says=line.sealed.get("says", ""),
        has_picture=bool(line.sealed.get("picture")),
        words=CONTEST_WORDS[line.state],
        answer=value_words(item, answer.get("value"), locale) if answer.get("value") is not None else "",
        reason=answer.get("says", ""),
    )


def _facts_of(item: DataItem) -> tuple[str, ...]:
    if item.fact is None:
        return ()
    return (item.fact, INCOME) if item.fact == OWN_INCOME else (item.fact,)


def is_nought(value: Any) -> bool:
    """Whether a known value says that there is nothing; what is not known says no such thing."""
    return value in (0, "none") or value == []


def value_words(item: DataItem, value: Value, locale: str) -> str:
    """One answer as people say it."""
    if value is None:
        return UNKNOWN.in_language(locale)
    return _WORDS.get(item.type, _as_text)(item, value, locale)


def _money(_item: DataItem, value: Any, locale: str) -> str:
    return money_in_words(value, locale)


def _count(item: DataItem, value: Any, locale: str) -> str:
    fact = FACTS.get(item.fact or "")
    if fact is None:
        return str(value)
    if fact.zero is not None and value == 0:
        return fact.zero.in_language(locale)
    return amount_in_words(fact, value, locale)


def _flag(item: DataItem, value: Any, locale: str) -> str:
    fact = FACTS.get(item.fact or "")
    if item.codes:
        return item.codes["yes" if value else "no"].in_language(locale)
    # A flag that only adds an option, or counts, answers a question of its own.
    return (fact.yes_no if fact is not None and item.yields == "value" else YES_NO)[value].in_language(locale)


def _codes(item: DataItem, value: Any, locale: str) -> str:
    fact = FACTS.get(item.fact or "")
    known: Mapping[str, Words] = item.codes or (fact.options if fact is not None else {})
    words = [known[one].in_language(locale) for one in ([value] if isinstance(value, str) else value)]
    return AND.in_language(locale).join(words) or NOTHING.in_language(locale)


def _as_text(_item: DataItem, value: Any, _locale: str) -> str:
    return str(value)


_WORDS: Mapping[str, Callable[[DataItem, Any, str], str]] = {
    "money_fen": _money,
    "count": _count,
    "flag": _flag,
    "code": _codes,
}
