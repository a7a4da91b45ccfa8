"""The catalogue as it stands on one day with one set of standards: every line bound once, then used for many households."""

from __future__ import annotations

import datetime
from collections import OrderedDict

from assistance.rules import (
    MET,
    NOBODY,
    NOT_MET,
    SETTINGS,
    TEKUN_POLICY,
    UNKNOWN,
    Case,
    Compare,
    Household,
    Intersects,
    Judged,
    Standard,
    StandardsInForce,
    Words,
    bind,
    facts_of,
    inner_conditions,
    looks_at_members,
    settings_of,
    walk,
)

from .amounts import BoundAmount
from .policy import COUNTY_CONFIRMS, Catalogue, Edition, Line, Policy


class BoundLine:
    """One line with its basis and limits as they stand on the day."""

    def __init__(
        self, line: Line, policy: Policy, standards: StandardsInForce, on: datetime.date, slot: int
    ) -> None:
        self.line = line
        self.standards = standards
        self.slot = slot
        """Where the result of this line is kept in a case; lines that read alike share one."""
        self.of_member = policy.is_of_members and looks_at_members(line.condition)
        self.judge = bind(line.condition, standards)
        has_judged = any(isinstance(part, Judged) for part in walk(line.condition))
        # In `all`, what an officer finds counts as met, and the verdict only hangs on it.
        self.judge_as_met = (
            bind(line.condition, standards, MET) if has_judged and line.group == "all" else None
        )
        names = settings_of(line.condition)
        found = [standards.find(name) for name in names]
        self.limits: tuple[Standard, ...] = tuple(standard for standard in found if standard is not None)
        self.unpublished = tuple(
            name
            for name, standard in zip(names, found, strict=True)
            if standard is None and not SETTINGS[name].is_option
        )
        self.basis = self._basis(policy, on)

    def _basis(self, policy: Policy, on: datetime.date) -> Words:
        """A county's own limit cites the document of its standard; all else what the policy's sources name."""
        limits = _own_limits(self.line)
        if not limits:
            return policy.basis_on(on)
        standards = [self.standards.find(name) for name in limits]
        for standard in standards:
            if standard is not None and standard.document:
                return Words(standard.document, standard.document)
        return policy.basis_on(on) if any(standard is not None for standard in standards) else COUNTY_CONFIRMS

    def result(self, case: LawCase, index: int) -> int:
        """The line's own result, with what an officer finds left unknown; kept for lines that read alike."""
        key = (self.slot, index if self.of_member else NOBODY)
        result = case.results.get(key)
        if result is None:
            result = case.results[key] = self.judge(case, key[1])
        return result

    def requirement(self, case: LawCase, index: int) -> int:
        """Whether the requirement holds: a `none` line's opposite."""
        result = self.result(case, index)
        return MET - result if self.line.group == "none" else result

    def finding(self, case: LawCase, index: int) -> tuple[int, bool]:
        """The result to show, and whether it hangs on what an officer finds."""
        result = self.requirement(case, index)
        if self.judge_as_met is not None and result == UNKNOWN:
            with_officer = self.judge_as_met(case, index if self.of_member else NOBODY)
            return with_officer, with_officer != result
        return result, False


class LawCase(Case):
    """A household judged by the law of a day, with the results of lines already judged."""

    results: dict[tuple[int, int], int]
    policy_results: dict[tuple[str, int], int]


class BoundPolicy:
    """A policy's edition of the day with its lines bound."""

    def __init__(
        self, policy: Policy, edition: Edition, lines: list[BoundLine], standards: StandardsInForce
    ) -> None:
        self.policy = policy
        self.edition = edition
        self.lines = tuple(lines)
        self.amount = BoundAmount(policy.amount, standards)
        self.required = tuple(bound for bound in lines if bound.line.group != "any")
        self.choices = tuple(bound for bound in lines if bound.line.group == "any")
        self.asks_status = any(
            fact.key == "status" for bound in lines for fact in facts_of(bound.line.condition)
        )

    def result(self, case: Case, index: int) -> int:
        """Kleene's verdict over all lines, with what an officer finds left unknown."""
        assert isinstance(case, LawCase)
        least = MET
        for bound in self.required:
            result = bound.requirement(case, index)
            if result == NOT_MET:
                return NOT_MET
            least = min(least, result)
        if self.choices:
            most = NOT_MET
            for bound in self.choices:
                most = max(most, bound.result(case, index))
                if most == MET:
                    break
            least = min(least, most)
        return least


class LawOfTheDay:
    """Every policy bound for one day and one set of standards."""

    def __init__(self, catalogue: Catalogue, standards: StandardsInForce, on: datetime.date) -> None:
        self.catalogue = catalogue
        slots: dict[tuple[str, bool], int] = {}
        self.policies: list[BoundPolicy] = []
        for policy in catalogue.policies:
            edition = policy.edition_on(on)
            lines = []
            for line in edition.lines:
                slot = slots.setdefault((line.when, policy.is_of_members), len(slots))
                lines.append(BoundLine(line, policy, standards, on, slot))
            self.policies.append(BoundPolicy(policy, edition, lines, standards))
        self.bound = {bound.policy.code: bound for bound in self.policies}
        self.exclusions: dict[str, list[str]] = {}
        for policy in catalogue.policies:
            for other in policy.excludes:
                self.exclusions.setdefault(policy.code, []).append(other)
                self.exclusions.setdefault(other, []).append(policy.code)
        order = {policy.code: number for number, policy in enumerate(catalogue.policies)}
        for code, others in self.exclusions.items():
            self.exclusions[code] = sorted(set(others), key=order.__getitem__)

    def case(self, household: Household, county: str) -> LawCase:
        """A household ready to be judged by this law."""
        case = LawCase(household, county, self._policy_result)
        case.results = {}
        case.policy_results = {}
        return case

    def _policy_result(self, case: Case, code: str, index: int) -> int:
        assert isinstance(case, LawCase)
        bound = self.bound.get(code)
        if bound is None:
            return UNKNOWN
        key = (code, index)
        if key not in case.policy_results:
            case.policy_results[key] = bound.result(case, index)
        return case.policy_results[key]

    def has_tekun(self, case: Case, index: int) -> int:
        """Whether a member has special hardship support already."""
        statuses = case.facts.get("status")
        if statuses is None:
            return UNKNOWN
        if "tekun" not in statuses:  # type: ignore[operator]
            return NOT_MET
        return self._policy_result(case, TEKUN_POLICY, index)


def _own_limits(line: Line) -> list[str]:
    """The standards that a line names itself, where it asks nothing else: then it is the county's own limit."""
    names: dict[str, None] = {}
    for part in walk(line.condition):
        if isinstance(part, Compare):
            own = [
                n
                for powers, _ in (*part.limit, *part.figure)
                for n, p in powers
                if n.startswith("local.") and p > 0
            ]
            if not own:
                return []
            names.update(dict.fromkeys(name.removeprefix("local.") for name in own))
        elif isinstance(part, Intersects) and part.setting:
            names[part.setting] = None
        elif facts_of(part) and not inner_conditions(part):
            return []
    return list(names)


_KEPT: OrderedDict[tuple[object, ...], LawOfTheDay] = OrderedDict()
_KEPT_MOST = 64


def law_of_the_day(catalogue: Catalogue, standards: StandardsInForce, on: datetime.date) -> LawOfTheDay:
    """The law of a day, bound once for each catalogue, set of standards and day."""
    key = (id(catalogue), standards.key, on)
    law = _KEPT.get(key)
    if law is None or law.catalogue is not catalogue:
        law = _KEPT[key] = LawOfTheDay(catalogue, standards, on)
        while len(_KEPT) > _KEPT_MOST:
            _KEPT.popitem(last=False)
    return law
