"""Judges conditions for one household by Kleene's three values: met, not met, unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .conditions import (
    Both,
    Compare,
    Condition,
    CountyIs,
    CountyLine,
    Either,
    Flag,
    Intersects,
    Judged,
    Members,
    NotEmpty,
    NumberIn,
    OneOf,
    Opposite,
    Procedure,
    Received,
    Term,
)
from .household import Band, FactValue, Household
from .reading import STATUS_WORDS
from .standards import StandardsInForce
from .vocabulary import SETTINGS, Fact

NOT_MET, UNKNOWN, MET = 0, 1, 2
"""In their order: `and` is the least of its parts, `or` the greatest, `not` is 2 minus the value."""

RESULT_WORDS = {NOT_MET: "not_met", UNKNOWN: "unknown", MET: "met"}

TEKUN_POLICY = "special-hardship-support"
"""The policy whose own lines say which member of a household is in special hardship."""

NOBODY = -1
"""The index of a member of whom nothing is known, for lines about a person where no member was named."""


class Case:
    """One household that is being judged for one county."""

    def __init__(
        self,
        household: Household,
        county: str,
        policy_result: Callable[[Case, str, int], int] | None = None,
    ) -> None:
        self.household = household
        self.facts = household.facts
        self.members: tuple[Mapping[str, FactValue], ...] = household.members
        self.people: tuple[Mapping[str, FactValue], ...] = (*household.members, {})
        """The members by their index, and nobody behind them, where `NOBODY` finds nothing known."""
        self.size = household.size
        self.county = county
        self.policy_result = policy_result

    def member(self, index: int) -> Mapping[str, FactValue]:
        """The facts of one member; of nobody nothing is known."""
        return self.people[index]


Judge = Callable[[Case, int], int]


def bind(condition: Condition, standards: StandardsInForce, judged: int = UNKNOWN) -> Judge:
    """Prepare a condition for the standards of one day: a function of a case and a member's index.

    A standard that is still to be confirmed is unknown to every verdict.
    """
    return _Binder(standards, judged).bind(condition)


class _Binder:
    def __init__(self, standards: StandardsInForce, judged: int) -> None:
        self.standards = standards
        self.judged = judged

    def bind(self, condition: Condition) -> Judge:
        judge: Judge = getattr(self, "bind_" + type(condition).__name__.lower())(condition)
        return judge

    def value(self, name: str) -> object:
        standard = self.standards.find(name)
        return None if standard is None or standard.is_to_be_confirmed else standard.value

    def bind_flag(self, condition: Flag) -> Judge:
        return _look_up(condition.fact, {None: UNKNOWN, True: MET, False: NOT_MET})

    def bind_oneof(self, condition: OneOf) -> Judge:
        fact, values = condition.fact, condition.values
        results: dict[object, int] = {word: MET if word in values else NOT_MET for word in fact.options}
        results[None] = UNKNOWN
        return _look_up(fact, results)

    def _set_judge(self, key: str, of_member: bool, judge_value: Callable[[FactValue], int]) -> Judge:
        if of_member:

            def of_person(case: Case, index: int) -> int:
                value = case.people[index].get(key)
                return UNKNOWN if value is None else judge_value(value)

            return of_person

        def of_household(case: Case, index: int) -> int:
            value = case.facts.get(key)
            return UNKNOWN if value is None else judge_value(value)

        return of_household

    def bind_numberin(self, condition: NumberIn) -> Judge:
        values, fact = condition.values, condition.fact

        def judge(value: FactValue) -> int:
            assert isinstance(value, Band)
            inside = sum(value.low <= number <= value.high for number in values)
            if inside == 0:
                return NOT_MET
            return MET if inside == value.high - value.low + 1 else UNKNOWN

        if fact.key == "size":
            # The size that counts may be worked out from the members.
            return lambda case, index: UNKNOWN if case.size is None else judge(case.size)
        return self._set_judge(fact.key, fact.subject == "member", judge)

    def bind_intersects(self, condition: Intersects) -> Judge:
        fact = condition.fact
        values: frozenset[str] | None = condition.values
        if condition.setting:
            values = self.value(condition.setting)  # type: ignore[assignment]

        def judge(value: FactValue) -> int:
            assert isinstance(value, frozenset)
            if not value:
                return NOT_MET
            if values is None:
                return UNKNOWN
            return NOT_MET if value.isdisjoint(values) else MET

        return self._set_judge(fact.key, fact.subject == "member", judge)

    def bind_notempty(self, condition: NotEmpty) -> Judge:
        fact = condition.fact
        return self._set_judge(fact.key, fact.subject == "member", lambda value: MET if value else NOT_MET)

    def bind_countyis(self, condition: CountyIs) -> Judge:
        code = condition.code
        return lambda case, index: MET if case.county == code else NOT_MET

    def bind_judged(self, condition: Judged) -> Judge:
        value = self.judged
        return lambda case, index: value

    def bind_procedure(self, condition: Procedure) -> Judge:
        return lambda case, index: MET

    def bind_received(self, condition: Received) -> Judge:
        what = condition.what
        if what in STATUS_WORDS:

            def status(case: Case, index: int) -> int:
                statuses = case.facts.get("status")
                if statuses is None:
                    return UNKNOWN
                return MET if what in statuses else NOT_MET  # type: ignore[operator]

            if what != "tekun" or not condition.of_member:
                return status
            # A household's special hardship belongs to those of its members who meet that policy's own lines.
            return lambda case, index: min(status(case, index), _policy_result(case, TEKUN_POLICY, index))
        if "-" in what and " " not in what:
            return lambda case, index: _policy_result(case, what, index)
        return lambda case, index: NOT_MET

    def bind_countyline(self, condition: CountyLine) -> Judge:
        standard = self.standards.find(condition.setting)
        inner = self.bind(condition.inner)
        if standard is not None and standard.setting.is_option:
            if standard.is_to_be_confirmed:
                return lambda case, index: min(UNKNOWN, inner(case, index))
            return inner if standard.value else lambda case, index: NOT_MET
        value = self.value(condition.setting)
        if value is False or value == frozenset():
            return lambda case, index: NOT_MET
        if value is None and not SETTINGS[condition.setting].is_option:
            return lambda case, index: min(UNKNOWN, inner(case, index))
        return inner

    def bind_both(self, condition: Both) -> Judge:
        parts = [self.bind(part) for part in condition.parts]

        def judge(case: Case, index: int) -> int:
            least = MET
            for part in parts:
                value = part(case, index)
                if value < least:
                    if value == NOT_MET:
                        return NOT_MET
                    least = value
            return least

        return judge

    def bind_either(self, condition: Either) -> Judge:
        parts = [self.bind(part) for part in condition.parts]

        def judge(case: Case, index: int) -> int:
            most = NOT_MET
            for part in parts:
                value = part(case, index)
                if value > most:
                    if value == MET:
                        return MET
                    most = value
            return most

        return judge

    def bind_opposite(self, condition: Opposite) -> Judge:
        inner = self.bind(condition.inner)
        return lambda case, index: MET - inner(case, index)

    def bind_members(self, condition: Members) -> Judge:
        inner, quantifier = self.bind(condition.inner), condition.quantifier
        holds = _BAND_TESTS[condition.operator]
        number = condition.number

        def judge(case: Case, index: int) -> int:
            if not case.members:
                return UNKNOWN
            results = [inner(case, person) for person in range(len(case.members))]
            if quantifier == "exists":
                return max(results)
            if quantifier == "every":
                return min(results)
            if quantifier == "no":
                return MET - max(results)
            met = results.count(MET)
            return holds(met - number, met + results.count(UNKNOWN) - number)

        return judge

    def bind_compare(self, condition: Compare) -> Judge:
        bound = [(self._coefficient(term.standards), term) for term in condition.terms]
        if any(coefficient is None for coefficient, _ in bound):
            return lambda case, index: UNKNOWN
        by_sex = any(isinstance(coefficient, dict) for coefficient, _ in bound)
        if not by_sex:
            return _compare_judge(
                [(coefficient * term.factor, term) for coefficient, term in bound],  # type: ignore[operator]
                condition.operator,
            )
        judges = {
            sex: _compare_judge(
                [((c[sex] if isinstance(c, dict) else c) * term.factor, term) for c, term in bound],  # type: ignore[operator]
                condition.operator,
            )
            for sex in ("F", "M")
        }

        def judge(case: Case, index: int) -> int:
            sex = case.people[index].get("sex")
            return UNKNOWN if sex is None else judges[sex](case, index)  # type: ignore[index]

        return judge

    def _coefficient(self, names: tuple[str, ...]) -> Fraction | dict[str, Fraction] | None:
        product, by_sex = Fraction(1), {"F": Fraction(1), "M": Fraction(1)}
        is_by_sex = False
        for name in names:
            value: Any = self.value(name)
            if value is None:
                return None
            if SETTINGS[name].kind == "by_sex":
                is_by_sex = True
                by_sex = {sex: by_sex[sex] * years for sex, years in value}
            else:
                product *= Fraction(value)
        return {sex: product * years for sex, years in by_sex.items()} if is_by_sex else product


def _look_up(fact: Fact, results: Mapping[object, int]) -> Judge:
    """A fact that can only be one of a few values: every answer is known beforehand."""
    key = fact.key
    if fact.subject == "member":
        return lambda case, index: results[case.people[index].get(key)]
    return lambda case, index: results[case.facts.get(key)]


def _policy_result(case: Case, code: str, index: int) -> int:
    return UNKNOWN if case.policy_result is None else case.policy_result(case, code, index)


def _less(low: int, high: int) -> int:
    return MET if high < 0 else NOT_MET if low >= 0 else UNKNOWN


def _at_most(low: int, high: int) -> int:
    return MET if high <= 0 else NOT_MET if low > 0 else UNKNOWN


def _more(low: int, high: int) -> int:
    return MET if low > 0 else NOT_MET if high <= 0 else UNKNOWN


def _at_least(low: int, high: int) -> int:
    return MET if low >= 0 else NOT_MET if high < 0 else UNKNOWN


def _equal(low: int, high: int) -> int:
    return MET if low == high == 0 else NOT_MET if low > 0 or high < 0 else UNKNOWN


def _different(low: int, high: int) -> int:
    return MET - _equal(low, high)


_BAND_TESTS: dict[str, Callable[[int, int], int]] = {
    "<": _less,
    "<=": _at_most,
    ">": _more,
    ">=": _at_least,
    "==": _equal,
    "!=": _different,
}


def whole_terms(bound: list[tuple[Fraction, Term]]) -> list[tuple[int, Term]]:
    """The same terms with whole coefficients: all multiplied by their least common denominator."""
    common = math.lcm(*(factor.denominator for factor, _ in bound)) if bound else 1
    return [(int(factor * common), term) for factor, term in bound]


def _compare_judge(bound: list[tuple[Fraction, Term]], operator: str) -> Judge:
    holds = _BAND_TESTS[operator]
    constant, household, member, size = 0, [], [], 0
    for factor, term in whole_terms(bound):
        if term.times_size or (term.fact is not None and term.fact.key == "size"):
            size += factor
        elif term.fact is None:
            constant += factor
        elif term.fact.subject == "member":
            member.append((term.fact.key, factor))
        else:
            household.append((term.fact.key, factor))

    if not size and len(household) + len(member) == 1 and operator in ("<", "<=", ">", ">="):
        ((key, factor),) = household or member
        if factor:
            return _limit_judge(key, bool(member), factor, operator, constant)

    def judge(case: Case, index: int) -> int:
        low = high = constant
        facts: Mapping[str, Any] = case.facts
        for key, factor in household:
            band = facts.get(key)
            if band is None:
                return UNKNOWN
            low += factor * (band[0] if factor > 0 else band[1])
            high += factor * (band[1] if factor > 0 else band[0])
        if member:
            of_person: Mapping[str, Any] = case.people[index]
            for key, factor in member:
                band = of_person.get(key)
                if band is None:
                    return UNKNOWN
                low += factor * (band[0] if factor > 0 else band[1])
                high += factor * (band[1] if factor > 0 else band[0])
        if size:
            if case.size is None:
                return UNKNOWN
            low += size * (case.size.low if size > 0 else case.size.high)
            high += size * (case.size.high if size > 0 else case.size.low)
        return holds(low, high)

    return judge


def _limit_judge(key: str, of_member: bool, factor: int, operator: str, constant: int) -> Judge:
    """`factor * x + constant` beside zero, where x is one whole number: what most comparisons come to."""
    # The greatest x on the lower side: a strict limit at a whole number leaves that number out.
    lower_has_limit = (operator in ("<=", ">")) == (factor > 0)
    limit = -constant if factor > 0 else constant
    most = limit // abs(factor) if lower_has_limit else -(-limit // abs(factor)) - 1
    below, above = (MET, NOT_MET) if (operator in ("<", "<=")) == (factor > 0) else (NOT_MET, MET)

    def of_person(case: Case, index: int) -> int:
        band = case.people[index].get(key)
        if band is None:
            return UNKNOWN
        return below if band[1] <= most else above if band[0] > most else UNKNOWN  # type: ignore[index, operator]

    def of_household(case: Case, index: int) -> int:
        band = case.facts.get(key)
        if band is None:
            return UNKNOWN
        return below if band[1] <= most else above if band[0] > most else UNKNOWN  # type: ignore[index, operator]

    return of_person if of_member else of_household
