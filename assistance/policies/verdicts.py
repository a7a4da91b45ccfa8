"""Judges a household by every policy of the catalogue, and says why."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistance.rules import (
    FACTS,
    MET,
    NOBODY,
    NOT_MET,
    TEKUN_POLICY,
    UNKNOWN,
    Band,
    Fact,
    FactValue,
    Household,
    Standard,
    StandardsInForce,
    Words,
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


@dataclass(eq=False)
class Finding:
    """How one condition came out, with the household's own figure and the threshold."""

    bound: BoundLine
    result: int
    hangs: bool
    case: LawCase
    index: int

    def value(self, locale: str) -> str | None:
        """The household's own figure, or None where it is not known."""
        return self.bound.figure(self.case, self.index, locale)

    def threshold(self, locale: str) -> str | None:
        """The limit, or None where there is none or it is not published."""
        return self.bound.threshold(self.case, locale)

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
    def facts(self) -> tuple[Fact, ...]:
        """The facts that the condition looks at, in the order of reading."""
        return self.bound.reading.facts

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
        for fact in self.bound.reading.facts:
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


@dataclass(eq=False)
class Judgement:
    """How a policy came out for one subject: the household, or one member."""

    index: int
    outcome: str
    already: bool
    amount: AmountRange
    bound: BoundPolicy
    case: LawCase

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """How every condition came out; put together when somebody asks why."""
        case, index = self.case, self.index
        return tuple(
            Finding(line, *line.finding(case, index), case, index if line.of_member else NOBODY)
            for line in self.bound.lines
        )

    def findings_json(self, locale: str) -> list[dict[str, object]]:
        """The findings as the JSON interface shows them."""
        return self.bound.findings_json(self.case, self.index, locale)


@dataclass(eq=False)
class Verdict:
    """How one policy came out for a household, and why."""

    policy: Policy
    edition_from: datetime.date | None
    outcome: str
    already: bool
    amount: AmountRange
    best: Judgement
    """For the household, or for the member who is nearest to having it."""
    members: tuple[Judgement, ...] | None = None
    excludes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """How every condition came out for the household, or for the member who is nearest to having it."""
        return self.best.findings

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
        """The verdict as the JSON interface shows it; lists in it are shared, so they are only to be read."""
        findings = self.best.findings_json(locale)
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
            "findings": findings,
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
                    "findings": findings if member is self.best else member.findings_json(locale),
                }
                for member in self.members
            ]
        return answer


def _may_be_suggested(finding: Finding) -> bool:
    if finding.do is not None:
        return True
    return not any(fact.key in _NEVER_SUGGESTED for fact in finding.bound.reading.facts)


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
    verdicts = [judge_policy(law, policy, case) for policy in law.policies]
    _name_overlaps(law, verdicts)
    _name_what_follows(law, case, verdicts)
    return sorted(verdicts, key=lambda verdict: OUTCOMES.index(verdict.outcome))


def judge_policy(law: LawOfTheDay, bound: BoundPolicy, case: LawCase) -> Verdict:
    """How one policy came out by itself, without what it excludes or waits for."""
    policy, edition = bound.policy, bound.edition.from_on
    if not policy.is_of_members:
        one = _judge(bound, case, NOBODY, _has_status(case, policy.code))
        return Verdict(policy, edition, one.outcome, one.already, one.amount, one)
    if not case.members:
        nobody = _judge(bound, case, NOBODY, False)
        return Verdict(policy, edition, nobody.outcome, False, UNKNOWN_AMOUNT, nobody, ())
    people = tuple(
        _judge(bound, case, index, policy.code == TEKUN_POLICY and law.has_tekun(case, index) == MET)
        for index in range(len(case.members))
    )
    best = _nearest(people)
    already = any(person.already for person in people)
    return Verdict(policy, edition, best.outcome, already, _sum_of_likely(people), best, people)


def _nearest(people: Sequence[Judgement]) -> Judgement:
    """The member nearest to having it: by the outcome, then by how few lines are not met."""
    best = min(OUTCOMES.index(person.outcome) for person in people)
    nearest = [person for person in people if person.outcome == OUTCOMES[best]]
    return nearest[0] if len(nearest) == 1 else min(nearest, key=_missing)


def _missing(person: Judgement) -> int:
    case, index, bound = person.case, person.index, person.bound
    failed = sum(line.finding(case, index)[0] == NOT_MET for line in bound.required)
    choices = [line.finding(case, index)[0] for line in bound.choices]
    return failed + (bool(choices) and max(choices) == NOT_MET)


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
    amount = bound.amount.work_out(case, index) if outcome != NOT_NOW else UNKNOWN_AMOUNT
    return Judgement(index, outcome, already, amount, bound, case)


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


def _name_what_follows(law: LawOfTheDay, case: LawCase, verdicts: list[Verdict]) -> None:
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
        with_status = case.with_status(statuses | {status})
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
