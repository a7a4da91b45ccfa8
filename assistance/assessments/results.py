"""What is shown of the verdicts: which come first, for whom, how much, why, and what would change them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistance.policies import (
    LIKELY,
    NOT_NOW,
    POSSIBLE,
    AmountRange,
    Finding,
    Policy,
    Verdict,
    open_questions,
)
from assistance.rules import MET, NOT_MET, Standard, Words

from .figures import own_figure, threshold
from .questions import QUESTIONS, Question

MANY_UNSURE = 3
UP_TO = 50
SAMPLE = Words("示例数据，以当地文件为准", "sample figure; the local document decides")
SHORT_NAMES = {
    "minimum-living-allowance": Words("低保", "the minimum living allowance"),
    "dibao-edge-recognition": Words("低边", "near-poor recognition"),
    "special-hardship-support": Words("特困", "special hardship support"),
    "rigid-expenditure-recognition": Words("刚性支出困难", "rigid-expenditure recognition"),
    "expenditure-poverty-relief": Words("支出型贫困", "expenditure-poverty recognition"),
    "low-income-rural-support": Words("低收入农户", "low-income rural recognition"),
    "hardship-worker-assistance": Words("困难职工", "recognition as a worker in hardship"),
}
"""What a status is called where another policy waits for it."""


@dataclass(frozen=True)
class Reason:
    """One condition: what it asks, how it came out, the household's figure and the limit."""

    says: str
    result: str
    """`met`, `unknown` or `not_met`."""
    figure: str | None
    limit: str | None
    document: str
    """The limit's own document with its day, where a county's standard decides."""
    is_sample: bool
    is_unpublished: bool
    basis: str
    note: str
    todo: str
    """What a family can do or wait for, so that the condition would be met."""
    question: int | None
    """The question to go back to where the answer was mistaken."""


@dataclass(frozen=True)
class Person:
    """One member for whom a policy is open."""

    name: str
    outcome: str


@dataclass(frozen=True)
class Row:
    """One policy as the result shows it."""

    policy: Policy
    name: str
    outcome: str
    is_had: bool
    amount: str
    people: tuple[Person, ...]
    about: str
    """The member whose figures the reasons name, where there are several."""
    required: tuple[Reason, ...]
    one_of: tuple[Reason, ...]
    changes: tuple[Reason, ...]
    waits_for: str
    open_points: tuple[str, ...]
    """What still has to be found out, in a few words each."""

    @property
    def told(self) -> tuple[Reason, ...]:
        """The reasons that speak for it: what is required, and of the others those that are not ruled out."""
        return self.required + tuple(reason for reason in self.one_of if reason.result != "not_met")


@dataclass(frozen=True)
class Choice:
    """Policies of which only one can be had beside the first."""

    first: Row
    others: tuple[Row, ...]


@dataclass(frozen=True)
class Change:
    """A policy that now comes out otherwise than when the answers were saved."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Result:
    """Everything that the result page shows, in its order."""

    likely: tuple[Row, ...]
    possible: tuple[Row, ...]
    after: tuple[Row, ...]
    had: tuple[Row, ...]
    others: tuple[Row, ...]
    choices: tuple[Choice, ...]
    to_settle: tuple[Question, ...]
    has_samples: bool
    has_unpublished: bool


def present(
    verdicts: Sequence[Verdict],
    *,
    names: Sequence[Words],
    county: str,
    locale: str,
    count_unsure: int = 0,
) -> Result:
    """Order the verdicts as a household reads them: likely, possible, what follows, what it has, the rest."""
    shown = [verdict for verdict in verdicts if verdict.policy.applies_to(county)]
    writer = _Writer(names, locale)
    rows = {verdict.policy.code: writer.row(verdict) for verdict in shown}
    groups: dict[str, list[Row]] = {"likely": [], "possible": [], "after": [], "had": [], "others": []}
    for verdict in shown:
        groups[_group(verdict)].append(rows[verdict.policy.code])
    everything = [reason for row in rows.values() for reason in (*row.required, *row.one_of)]
    return Result(
        likely=tuple(groups["likely"]),
        possible=tuple(groups["possible"]),
        after=tuple(groups["after"]),
        had=tuple(groups["had"]),
        others=tuple(groups["others"]),
        choices=_choices(shown, rows),
        to_settle=tuple(QUESTIONS[number - 1] for number in open_questions(shown))
        if count_unsure >= MANY_UNSURE
        else (),
        has_samples=any(reason.is_sample for reason in everything),
        has_unpublished=any(reason.is_unpublished for reason in everything),
    )


def outcomes_of(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """The outcome of every policy, as saved answers remember it."""
    return {verdict.policy.code: verdict.outcome for verdict in verdicts}


def changes_since(
    before: Mapping[str, str], verdicts: Sequence[Verdict], *, county: str, locale: str
) -> tuple[Change, ...]:
    """What comes out otherwise than it did; a policy that is new counts from not now."""
    return tuple(
        Change(
            verdict.policy.name.in_language(locale), before.get(verdict.policy.code, NOT_NOW), verdict.outcome
        )
        for verdict in verdicts
        if verdict.policy.applies_to(county) and before.get(verdict.policy.code, NOT_NOW) != verdict.outcome
    )


def _group(verdict: Verdict) -> str:
    if verdict.already:
        return "had"
    if verdict.outcome in (LIKELY, POSSIBLE):
        return verdict.outcome
    return "after" if verdict.after else "others"


def _choices(verdicts: Sequence[Verdict], rows: Mapping[str, Row]) -> tuple[Choice, ...]:
    pairs = {
        frozenset((verdict.policy.code, other))
        for verdict in verdicts
        for other in verdict.excludes
        if not verdict.already and other in rows and not rows[other].is_had
    }
    choices = []
    while pairs:
        # The policy that stands against most others comes first, so that one card says it all.
        degrees = {code: sum(code in pair for pair in pairs) for pair in pairs for code in pair}
        first = min(degrees, key=lambda code: (-degrees[code], rows[code].policy.order))
        others = sorted(
            (code for pair in pairs if first in pair for code in pair if code != first),
            key=lambda code: rows[code].policy.order,
        )
        choices.append(Choice(rows[first], tuple(rows[code] for code in others)))
        pairs = {pair for pair in pairs if first not in pair}
    return tuple(choices)


class _Writer:
    def __init__(self, names: Sequence[Words], locale: str) -> None:
        self.names = [name.in_language(locale) for name in names]
        self.locale = locale

    def row(self, verdict: Verdict) -> Row:
        findings = verdict.findings
        # Of what is not open now the page shows no reasons in full, only what stands in the way.
        whole = verdict.outcome != NOT_NOW
        required = [
            self.reason(finding, whole or finding.result == NOT_MET)
            for finding in findings
            if finding.bound.line.group != "any"
        ]
        one_of = [self.reason(finding, whole) for finding in findings if finding.bound.line.group == "any"]
        policy = verdict.policy
        return Row(
            policy=policy,
            name=policy.name.in_language(self.locale),
            outcome=verdict.outcome,
            is_had=verdict.already,
            amount=self.amount(verdict) if verdict.outcome != NOT_NOW else "",
            people=self.people(verdict),
            about=self.about(verdict),
            required=tuple(required),
            one_of=tuple(one_of),
            changes=tuple(self.reason(finding, False) for finding in verdict.changes),
            waits_for=self.either(verdict.after),
            open_points=self.open_points(verdict, required, one_of),
        )

    def amount(self, verdict: Verdict) -> str:
        least, most = verdict.amount
        # From a band the least may be next to nothing: “up to” says it better than 0.01.
        if least is not None and most is not None and 0 < least * UP_TO < most:
            verdict = replace(verdict, amount=AmountRange(0, most))
        return verdict.amount_text(self.locale)

    def people(self, verdict: Verdict) -> tuple[Person, ...]:
        if len(self.names) < 2:
            return ()
        return tuple(
            Person(self.names[member.index], member.outcome)
            for member in verdict.members or ()
            if member.outcome != NOT_NOW or member.already
        )

    def about(self, verdict: Verdict) -> str:
        if len(self.names) < 2:
            return ""
        best = (member.index for member in verdict.members or () if member.outcome == verdict.outcome)
        return next((self.names[index] for index in best), "")

    def either(self, codes: Sequence[str]) -> str:
        words = [SHORT_NAMES[code].in_language(self.locale) for code in codes if code in SHORT_NAMES]
        return (" or " if self.locale.startswith("en") else "或").join(words)

    def open_points(
        self, verdict: Verdict, required: Sequence[Reason], one_of: Sequence[Reason]
    ) -> tuple[str, ...]:
        if verdict.outcome != POSSIBLE:
            return ()
        open_reasons = [reason for reason in required if reason.result == "unknown"]
        if not any(reason.result == "met" for reason in one_of):
            open_reasons += [reason for reason in one_of if reason.result == "unknown"]
        words = [reason.says for reason in open_reasons]
        words += [words.in_language(self.locale) for words in verdict.policy.settled_by]
        return tuple(dict.fromkeys(words))

    def reason(self, finding: Finding, whole: bool) -> Reason:
        locale = self.locale
        # What somebody else finds is met as far as the household can say, and still open.
        settled = {MET: "met", NOT_MET: "not_met"}.get(finding.result, "unknown")
        result = "unknown" if finding.hangs and settled == "met" else settled
        return Reason(
            says=finding.says.in_language(locale),
            result=result,
            figure=_sensible(own_figure(finding, locale)) if whole else None,
            limit=threshold(finding, locale) if whole else None,
            document=_document(finding.limits, locale) if whole else "",
            is_sample=any(standard.is_sample for standard in finding.limits),
            is_unpublished=bool(finding.unpublished),
            basis=_basis(finding, locale),
            note=finding.note.in_language(locale) if finding.note else "",
            todo=finding.do.in_language(locale) if finding.do and result != "met" else "",
            question=_question_of(finding),
        )


def _basis(finding: Finding, locale: str) -> str:
    # A county's own limit rests on its document, which is named beside it already.
    named = {standard.document for standard in finding.limits}
    return "" if finding.basis.zh in named else finding.basis.in_language(locale)


def _document(limits: Sequence[Standard], locale: str) -> str:
    texts = []
    for standard in limits:
        label, day = standard.setting.label.in_language(locale), standard.from_on
        document = SAMPLE.in_language(locale) if standard.is_sample else standard.document
        since = (
            ""
            if day is None
            else f"from {day}"
            if locale.startswith("en")
            else f"{day.year}年{day.month}月{day.day}日起"
        )
        texts.append(" ".join(part for part in (label, since, document or "") if part))
    return ("; " if locale.startswith("en") else "；").join(texts)


def _sensible(figure: str | None) -> str | None:
    # What is left after spending without an upper end runs down without an end: no figure for anybody.
    return None if figure is None or re.search(r"(^|[^\d])-\d", figure) else figure


def _question_of(finding: Finding) -> int | None:
    return finding.facts[0].question if finding.facts else None
