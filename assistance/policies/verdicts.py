"""Judges a household by every policy of the catalogue, and says why."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistance.rules import (
    FACTS,
    MET,
    NOBODY,
    NOT_MET,
    RESULT_WORDS,
    TEKUN_POLICY,
    UNKNOWN,
    Band,
    Case,
    FactValue,
    Household,
    Standard,
    StandardsInForce,
    Words,
    facts_of,
    figure_text,
    threshold_text,
    uses_size,
)

from .amounts import UNKNOWN_AMOUNT, AmountRange, amount_text
from .law_of_the_day import BoundLine, BoundPolicy, LawCase, LawOfTheDay, law_of_the_day
from .policy import Catalogue, Policy

LIKELY, POSSIBLE, NOT_NOW = "likely", "possible", "not_now"
OUTCOMES = (LIKELY, POSSIBLE, NOT_NOW)

STATUS_POLICIES = {
    "dibao": "minimum-living-allowance",
    "dibian": "dibao-edge-recognition",
    "tekun": TEKUN_POLICY,
    "rigid": "rigid-expenditure-recognition",
    "expend": "expenditure-poverty-relief",
    "rural_low_income": "low-income-rural-support",
    "hardship_worker": "hardship-worker-assistance",
}
"""The policy by which each status is had."""
_POLICY_STATUS = {policy: status for status, policy in STATUS_POLICIES.items()}

_NEVER_SUGGESTED = frozenset(
    """
    age sex relation pregnant cars homes home_area_pc non_residential only_home serious_illness illness
    care_level unpaid_emergency_care dis_type dis_grade dis_suspected in_custody event_6m disaster_home_loss
    house_grade father mother supporter only_child_lost veteran legal_matter crime_victim lives_alone
    left_involuntarily
    """.split()  # noqa: SIM905 - a list of names reads better without a quote around each
) | {key for key, fact in FACTS.items() if fact.kind == "money"}
"""Means, years and misfortunes: nobody is told to change these."""


@dataclass(frozen=True, eq=False)
class Finding:
    """How one condition came out, with the household's own figure and the threshold."""

    bound: BoundLine
    result: int
    hangs: bool
    case: Case
    index: int

    def value(self, locale: str) -> str | None:
        """The household's own figure, or None where it is not known."""
        return figure_text(self.bound.line.condition, self.case, self.index, self.bound.standards, locale)

    def threshold(self, locale: str) -> str | None:
        """The limit, or None where there is none or it is not published."""
        return threshold_text(self.bound.line.condition, self.case, self.bound.standards, locale)

    @property
    def says(self) -> Words:
        """The condition as a plain sentence."""
        return self.bound.line.says

    @property
    def note(self) -> Words | None:
        """Who settles it, or which paper shows it."""
        return self.bound.line.note

    @property
    def do(self) -> Words | None:
        """What a family can do or wait for."""
        return self.bound.line.do

    @property
    def basis(self) -> Words:
        """The text and article, or that the county confirms the basis."""
        return self.bound.basis

    @property
    def limits(self) -> tuple[Standard, ...]:
        """The standards that this condition looked at."""
        return self.bound.limits

    @property
    def unpublished(self) -> tuple[str, ...]:
        """The names of standards that the county has not published and on which this condition hangs."""
        return self.bound.unpublished if self.result == UNKNOWN else ()

    @cached_property
    def unknown_facts(self) -> tuple[str, ...]:
        """The facts that would have to be known better to settle this condition."""
        if self.result != UNKNOWN:
            return ()
        missing = []
        for fact in facts_of(self.bound.line.condition):
            for facts in self._places(fact.subject):
                value = facts.get(fact.key)
                if value is None or (isinstance(value, Band) and not value.is_exact):
                    missing.append(fact.key)
                    break
        if uses_size(self.bound.line.condition) and (self.case.size is None or not self.case.size.is_exact):
            missing.append("size")
        return tuple(missing)

    def _places(self, subject: str) -> Sequence[Mapping[str, FactValue]]:
        if subject == "household":
            return (self.case.facts,)
        return self.case.members or ({},) if self.index == NOBODY else (self.case.member(self.index),)

    def as_json(self, locale: str) -> dict[str, object]:
        """The finding as the JSON interface shows it."""
        line = self.bound.line
        answer: dict[str, object] = {
            "condition": line.condition_text,
            "group": line.group,
            "result": RESULT_WORDS[self.result],
            "value": self.value(locale),
            "threshold": self.threshold(locale),
            "says": self.says.in_language(locale),
            "basis": self.basis.in_language(locale),
        }
        if line.note is not None:
            answer["note"] = line.note.in_language(locale)
        if line.do is not None and self.result != MET:
            answer["do"] = line.do.in_language(locale)
        if self.hangs:
            answer["judged"] = True
        if self.limits:
            answer["standards"] = [_standard_json(standard) for standard in self.limits]
        if self.unpublished:
            answer["unpublished"] = list(self.unpublished)
        return answer


def _standard_json(standard: Standard) -> dict[str, object]:
    return {
        "name": standard.setting.json_name,
        "value": standard.setting.to_json(standard.value),
        "from": standard.from_on.isoformat() if standard.from_on else None,
        "document": standard.document,
        "issuer": standard.issuer_code,
        "sample": standard.is_sample,
        "to_be_confirmed": standard.is_to_be_confirmed,
    }


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a policy came out for one subject: the household, or one member."""

    index: int
    outcome: str
    already: bool
    findings: tuple[Finding, ...]
    amount: AmountRange


@dataclass(eq=False)
class Verdict:
    """How one policy came out for a household, and why."""

    policy: Policy
    edition_from: datetime.date | None
    outcome: str
    already: bool
    findings: tuple[Finding, ...]
    amount: AmountRange
    members: tuple[Judgement, ...] | None = None
    excludes: tuple[str, ...] = ()
    after: tuple[str, ...] = field(default=())

    def amount_text(self, locale: str) -> str:
        """The amount as a resident reads it, or the formula in words."""
        return amount_text(self.amount, self.policy.amount.period, self.policy.how_much, locale)

    @property
    def changes(self) -> tuple[Finding, ...]:
        """The fewest conditions that would have to differ, what a family can do or wait for first.

        Empty where one of them is a matter of means, years or misfortune, which nobody is told to change.
        """
        if self.outcome != NOT_NOW:
            return ()
        needed = [f for f in self.findings if f.result == NOT_MET and f.bound.line.group != "any"]
        choices = [f for f in self.findings if f.bound.line.group == "any"]
        if choices and all(f.result == NOT_MET for f in choices):
            needed.append(min(choices, key=_hardness))
        if not all(_may_be_suggested(f) for f in needed):
            return ()
        return tuple(sorted(needed, key=_hardness))

    def as_json(self, locale: str = "zh_Hans_CN") -> dict[str, object]:
        """The verdict as the JSON interface shows it."""
        answer: dict[str, object] = {
            "policy": self.policy.code,
            "name": self.policy.name.in_language(locale),
            "outcome": self.outcome,
            "already": self.already,
            "basis_edition": self.edition_from.isoformat() if self.edition_from else None,
            "amount_fen": self.amount.exact,
            "amount_min_fen": self.amount.least,
            "amount_max_fen": self.amount.most,
            "amount_period": self.policy.amount.period,
            "amount_text": self.amount_text(locale),
            "findings": [finding.as_json(locale) for finding in self.findings],
            "needs": [words.in_language(locale) for words in self.policy.needs],
            "settled_by": [words.in_language(locale) for words in self.policy.settled_by],
            "excludes": list(self.excludes),
            "after": list(self.after),
        }
        if self.members is not None:
            answer["members"] = [
                {
                    "index": member.index,
                    "outcome": member.outcome,
                    "already": member.already,
                    "amount_fen": member.amount.exact,
                    "amount_min_fen": member.amount.least,
                    "amount_max_fen": member.amount.most,
                    "findings": [finding.as_json(locale) for finding in member.findings],
                }
                for member in self.members
            ]
        return answer


def _may_be_suggested(finding: Finding) -> bool:
    if finding.do is not None:
        return True
    return not any(fact.key in _NEVER_SUGGESTED for fact in facts_of(finding.bound.line.condition))


def _hardness(finding: Finding) -> tuple[bool, bool]:
    return not _may_be_suggested(finding), finding.do is None


def assess(
    catalogue: Catalogue,
    household: Household,
    standards: StandardsInForce,
    *,
    on: datetime.date,
    county: str,
) -> list[Verdict]:
    """Judge a household by the law of a day: every policy, likely first, then in catalogue order."""
    law = law_of_the_day(catalogue, standards, on)
    case = law.case(household, county)
    verdicts = [_verdict(law, policy, case) for policy in law.policies]
    _name_overlaps(law, verdicts)
    _name_what_follows(law, case, verdicts)
    return sorted(verdicts, key=lambda verdict: OUTCOMES.index(verdict.outcome))


def _verdict(law: LawOfTheDay, bound: BoundPolicy, case: LawCase) -> Verdict:
    policy, edition = bound.policy, bound.edition.from_on
    if not policy.is_of_members:
        one = _judge(bound, case, NOBODY, _has_status(case, policy.code))
        return Verdict(policy, edition, one.outcome, one.already, one.findings, one.amount)
    if not case.members:
        nobody = _judge(bound, case, NOBODY, False)
        return Verdict(policy, edition, nobody.outcome, False, nobody.findings, UNKNOWN_AMOUNT, ())
    people = tuple(
        _judge(bound, case, index, policy.code == TEKUN_POLICY and law.has_tekun(case, index) == MET)
        for index in range(len(case.members))
    )
    best = min(people, key=_distance)
    return Verdict(
        policy,
        edition,
        best.outcome,
        any(person.already for person in people),
        best.findings,
        _sum_of_likely(people),
        people,
    )


def _distance(person: Judgement) -> tuple[int, int]:
    """How far a member is from having it: the outcome, then how many lines are not met."""
    failed = sum(f.result == NOT_MET for f in person.findings if f.bound.line.group != "any")
    choices = [f.result for f in person.findings if f.bound.line.group == "any"]
    return OUTCOMES.index(person.outcome), failed + (bool(choices) and max(choices) == NOT_MET)


def _has_status(case: LawCase, code: str) -> bool:
    status, statuses = _POLICY_STATUS.get(code), case.facts.get("status")
    return status is not None and isinstance(statuses, frozenset) and status in statuses


def _sum_of_likely(people: Sequence[Judgement]) -> AmountRange:
    likely = [person.amount for person in people if person.outcome == LIKELY]
    leasts = [amount.least for amount in likely]
    mosts = [amount.most for amount in likely]
    return AmountRange(
        None if not likely or None in leasts else sum(least for least in leasts if least is not None),
        None if not likely or None in mosts else sum(most for most in mosts if most is not None),
    )


def _judge(bound: BoundPolicy, case: LawCase, index: int, already: bool) -> Judgement:
    outcome = _outcome(bound, case, index)
    findings = tuple(
        Finding(line, *line.finding(case, index), case, index if line.of_member else NOBODY)
        for line in bound.lines
    )
    amount = bound.amount.work_out(case, index) if outcome != NOT_NOW else UNKNOWN_AMOUNT
    return Judgement(index, outcome, already, findings, amount)


def _outcome(bound: BoundPolicy, case: LawCase, index: int) -> str:
    if not bound.policy.applies_to(case.county):
        return NOT_NOW
    result = bound.result(case, index)
    if result == NOT_MET:
        return NOT_NOW
    return LIKELY if result == MET and not bound.policy.settled_by else POSSIBLE


def _name_overlaps(law: LawOfTheDay, verdicts: list[Verdict]) -> None:
    by_code = {verdict.policy.code: verdict for verdict in verdicts}
    for verdict in verdicts:
        if verdict.outcome == NOT_NOW:
            continue
        others = [by_code[code] for code in law.exclusions.get(verdict.policy.code, ())]
        verdict.excludes = tuple(other.policy.code for other in others if _overlap(verdict, other))


def _overlap(one: Verdict, other: Verdict) -> bool:
    """Whether both are open to the same household or the same person."""
    if other.outcome == NOT_NOW:
        return False
    if not one.members or not other.members:
        return True
    return any(
        a.outcome != NOT_NOW and b.outcome != NOT_NOW for a, b in zip(one.members, other.members, strict=True)
    )


def _name_what_follows(law: LawOfTheDay, case: Case, verdicts: list[Verdict]) -> None:
    """Name the statuses in reach for want of which alone a policy is not open now."""
    statuses = case.facts.get("status")
    if not isinstance(statuses, frozenset):
        return
    in_reach = [
        (verdict.policy.code, status)
        for verdict in verdicts
        if verdict.outcome != NOT_NOW
        and (status := _POLICY_STATUS.get(verdict.policy.code)) is not None
        and status not in statuses
    ]
    waiting = [
        (verdict, law.bound[verdict.policy.code])
        for verdict in verdicts
        if verdict.outcome == NOT_NOW and law.bound[verdict.policy.code].asks_status
    ]
    for code, status in in_reach if waiting else ():
        facts = {**case.facts, "status": statuses | {status}}
        with_status = law.case(Household(facts, case.household.members), case.county)
        for verdict, bound in waiting:
            if verdict.policy.code != code and any(
                _outcome(bound, with_status, index) != NOT_NOW for index in _subjects(bound, with_status)
            ):
                verdict.after = (*verdict.after, code)


def _subjects(bound: BoundPolicy, case: LawCase) -> Iterator[int]:
    if bound.policy.is_of_members and case.members:
        yield from range(len(case.members))
    else:
        yield NOBODY


def open_questions(verdicts: Sequence[Verdict], most: int = 3) -> list[int]:
    """The questions whose answers would settle most: those behind what is unknown of possible policies."""
    counts: Counter[int] = Counter()
    for verdict in verdicts:
        if verdict.outcome != POSSIBLE:
            continue
        findings = list(verdict.findings)
        for member in verdict.members or ():
            findings.extend(member.findings if member.outcome == POSSIBLE else ())
        counts.update({FACTS[key].question for finding in findings for key in finding.unknown_facts})
    return [question for question, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]]
