"""Compiles conditions to columns: the same answers as `judging`, for all households of a county at once.

Ratios are cross-multiplied by the conditions already; what is left are whole coefficients, and a comparison
that could leave 64 bits is refused when it is compiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .column_layout import (
    HOUSEHOLD,
    INT64_MOST,
    MEMBER,
    UNKNOWN_BIT,
    UNKNOWN_CODE,
    ColumnError,
    Leaf,
    code_of,
    known,
    mask_of,
    maximum,
    minimum,
    unknown_max,
)
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
from .judging import TEKUN_POLICY, whole_terms
from .rails import ALWAYS, FALSE, NEVER, TRUE, UNSURE, Graph, Rails
from .reading import STATUS_WORDS
from .standards import StandardsInForce
from .vocabulary import FACTS, SETTINGS, Fact

PolicyRails = Callable[[str, str], Rails]
"""How a policy came out, by its code and where it is asked."""

Bound = Callable[[int], int]
"""The node that says where an end of a sum is at least, or below, a limit."""


class Compiler:
    """Turns conditions into nodes of one graph, for one county and the standards of one day."""

    def __init__(
        self, graph: Graph, standards: StandardsInForce, county: str, policy: PolicyRails | None = None
    ) -> None:
        self.graph = graph
        self.standards = standards
        self.county = county
        self.policy = policy
        self.has_members = graph.leaf(Leaf("flag", (("has_members", 1),)), False)
        self._done: dict[tuple[Condition, str], Rails] = {}

    def compile(self, condition: Condition, place: str = HOUSEHOLD) -> Rails:
        """Where a condition is met and where it may be met; raises ColumnError."""
        key = (condition, place)
        rails = self._done.get(key)
        if rails is None:
            compiled = getattr(self, "_compile_" + type(condition).__name__.lower())
            rails = self._done[key] = compiled(condition, place)
        return rails

    def value(self, name: str) -> object:
        """A standard's value; one that is still to be confirmed is unknown to every verdict."""
        standard = self.standards.find(name)
        return None if standard is None or standard.is_to_be_confirmed else standard.value

    def _leaf(self, kind: str, fact: Fact, column: str, number: int = 0) -> int:
        return self.graph.leaf(Leaf(kind, ((column, 1),), number), fact.subject == MEMBER)

    def _known(self, fact: Fact) -> int:
        """Where a fact is known; what stands for the unknown is told by a plain comparison."""
        if fact.kind == "bool":
            return self._leaf("known", fact, known(fact))
        if fact.kind == "enum":
            return self.graph.opposite(self._leaf("equal", fact, fact.key, UNKNOWN_CODE))
        if fact.kind == "set":
            return self.graph.opposite(self._leaf("overlaps", fact, fact.key, UNKNOWN_BIT))
        return self._leaf("at_least", fact, minimum(fact), fact.low)

    def _nobody_knows(self, fact: Fact, place: str) -> bool:
        return fact.subject == MEMBER and place == HOUSEHOLD

    def _compile_flag(self, condition: Flag, place: str) -> Rails:
        fact = condition.fact
        if self._nobody_knows(fact, place):
            return UNSURE
        return self.graph.where(self._known(fact), self._leaf("flag", fact, fact.key))

    def _compile_oneof(self, condition: OneOf, place: str) -> Rails:
        fact = condition.fact
        if self._nobody_knows(fact, place):
            return UNSURE
        met = [
            self._leaf("equal", fact, fact.key, code_of(fact, word))
            for word in fact.options
            if word in condition.values
        ]
        return self.graph.where(self._known(fact), self.graph.either(*met))

    def _compile_numberin(self, condition: NumberIn, place: str) -> Rails:
        # A band is inside when one unbroken run of the numbers holds it, and outside when no run touches it.
        fact = condition.fact
        if self._nobody_knows(fact, place):
            return UNSURE
        parts = []
        for first, last in _runs(condition.values):
            parts.append(
                self.graph.all_of([self._single(fact, 1, -first, ">="), self._single(fact, 1, -last, "<=")])
            )
        if not parts:
            return self.graph.where(self._known(fact), FALSE)
        return self.graph.any_of(parts)

    def _compile_intersects(self, condition: Intersects, place: str) -> Rails:
        fact = condition.fact
        if self._nobody_knows(fact, place):
            return UNSURE
        values: frozenset[str] | None = condition.values
        if condition.setting:
            values = self.value(condition.setting)  # type: ignore[assignment]
        if values is None:
            # Whatever the list will say, an empty set shares nothing with it.
            is_empty = self._leaf("equal", fact, fact.key, 0)
            return Rails(FALSE, self.graph.opposite(is_empty))
        return self._overlaps(fact, mask_of(fact, values))

    def _compile_notempty(self, condition: NotEmpty, place: str) -> Rails:
        fact = condition.fact
        return (
            UNSURE if self._nobody_knows(fact, place) else self._overlaps(fact, (1 << len(fact.options)) - 1)
        )

    def _overlaps(self, fact: Fact, mask: int) -> Rails:
        met = self._leaf("overlaps", fact, fact.key, mask) if mask else FALSE
        return self.graph.where(self._known(fact), met)

    def _compile_countyis(self, condition: CountyIs, place: str) -> Rails:
        return ALWAYS if condition.code == self.county else NEVER

    def _compile_judged(self, condition: Judged, place: str) -> Rails:
        return UNSURE

    def _compile_procedure(self, condition: Procedure, place: str) -> Rails:
        return ALWAYS

    def _compile_received(self, condition: Received, place: str) -> Rails:
        what = condition.what
        if what in STATUS_WORDS:
            status = FACTS["status"]
            has_it = self._overlaps(status, mask_of(status, frozenset([what])))
            if what != "tekun" or not condition.of_member:
                return has_it
            return self.graph.all_of([has_it, self._policy(TEKUN_POLICY, place)])
        if "-" in what and " " not in what:
            return self._policy(what, place)
        return NEVER

    def _policy(self, code: str, place: str) -> Rails:
        return UNSURE if self.policy is None else self.policy(code, place)

    def _compile_countyline(self, condition: CountyLine, place: str) -> Rails:
        standard = self.standards.find(condition.setting)
        inner = self.compile(condition.inner, place)
        if standard is not None and standard.setting.is_option:
            if standard.is_to_be_confirmed:
                return self.graph.all_of([UNSURE, inner])
            return inner if standard.value else NEVER
        value = self.value(condition.setting)
        if value is False or value == frozenset():
            return NEVER
        if value is None and not SETTINGS[condition.setting].is_option:
            return self.graph.all_of([UNSURE, inner])
        return inner

    def _compile_both(self, condition: Both, place: str) -> Rails:
        return self.graph.all_of(self.compile(part, place) for part in condition.parts)

    def _compile_either(self, condition: Either, place: str) -> Rails:
        return self.graph.any_of(self.compile(part, place) for part in condition.parts)

    def _compile_opposite(self, condition: Opposite, place: str) -> Rails:
        return self.graph.none_of(self.compile(condition.inner, place))

    def _compile_members(self, condition: Members, place: str) -> Rails:
        graph, has = self.graph, self.has_members
        inner = self.compile(condition.inner, MEMBER)
        if condition.quantifier == "count":
            found = self._count(inner, condition.operator, condition.number)
        elif condition.quantifier == "every":
            missing = graph.none_of(inner)
            found = graph.none_of(Rails(graph.fold(missing.met, has), graph.fold(missing.possible, has)))
        else:
            some = Rails(graph.fold(inner.met, has), graph.fold(inner.possible, has))
            found = graph.none_of(some) if condition.quantifier == "no" else some
        # Where no member is given, nothing is known of them.
        return Rails(graph.both(found.met, has), graph.either(found.possible, graph.opposite(has)))

    def _count(self, inner: Rails, operator: str, number: int) -> Rails:
        graph = self.graph

        def least(limit: int) -> int:
            return graph.at_least(inner.met, number + limit)

        def below(limit: int) -> int:
            return graph.opposite(graph.at_least(inner.possible, number + limit))

        return _tested(graph, operator, least, below)

    def _compile_compare(self, condition: Compare, place: str) -> Rails:
        if any(term.fact is not None and self._nobody_knows(term.fact, place) for term in condition.terms):
            return UNSURE
        names = [name for term in condition.terms for name in term.standards]
        if any(self.value(name) is None for name in names):
            return UNSURE
        if not any(SETTINGS[name].kind == "by_sex" for name in names):
            return self._compare(condition, "")
        sex = FACTS["sex"]
        if self._nobody_knows(sex, place):
            return UNSURE
        parts = []
        for word in ("F", "M"):
            is_that = self._leaf("equal", sex, sex.key, code_of(sex, word))
            parts.append(self.graph.all_of([Rails(is_that, is_that), self._compare(condition, word)]))
        either = self.graph.any_of(parts)
        return Rails(either.met, self.graph.either(either.possible, self.graph.opposite(self._known(sex))))

    def _factor(self, term: Term, sex: str) -> Fraction:
        factor = term.factor
        for name in term.standards:
            value: Any = self.value(name)
            factor *= dict(value)[sex] if SETTINGS[name].kind == "by_sex" else Fraction(value)
        return factor

    def _compare(self, condition: Compare, sex: str) -> Rails:
        bound = [(self._factor(term, sex), term) for term in condition.terms]
        operator, constant = condition.operator, 0
        factors: dict[str, int] = {}
        for factor, term in whole_terms(bound):
            key = "size" if term.times_size else None if term.fact is None else term.fact.key
            if key is None:
                constant += factor
            else:
                factors[key] = factors.get(key, 0) + factor
        # A size that counts for nothing is not asked; any other fact must be known all the same.
        idle = [FACTS[key] for key, factor in factors.items() if factor == 0 and key != "size"]
        terms = {FACTS[key]: factor for key, factor in factors.items() if factor}
        if not terms:
            found = _tested(
                self.graph,
                operator,
                lambda limit: TRUE if constant >= limit else FALSE,
                lambda limit: TRUE if constant < limit else FALSE,
            )
        elif len(terms) == 1:
            ((fact, factor),) = terms.items()
            found = self._single(fact, factor, constant, operator)
        else:
            found = self._several(terms, constant, operator)
        if not idle:
            return found
        is_known = self.graph.both(*(self._known(fact) for fact in idle))
        return Rails(
            self.graph.both(found.met, is_known),
            self.graph.either(found.possible, self.graph.opposite(is_known)),
        )

    def _single(self, fact: Fact, factor: int, constant: int, operator: str) -> Rails:
        """One fact against a limit: the limit is divided exactly here, so the column is only compared."""

        def low_side(limit: int) -> int:
            if limit > fact.high:
                return FALSE
            return self._leaf("at_least", fact, minimum(fact), max(limit, fact.low))

        def high_side(limit: int) -> int:
            if limit <= fact.low:
                return FALSE
            return self._known(fact) if limit > fact.high else self._leaf("below", fact, maximum(fact), limit)

        if factor > 0:
            return _tested(
                self.graph,
                operator,
                lambda limit: low_side(-((constant - limit) // factor)),
                lambda limit: high_side(-((constant - limit) // factor)),
            )
        return _tested(
            self.graph,
            operator,
            lambda limit: high_side((constant - limit) // -factor + 1),
            lambda limit: low_side((constant - limit) // -factor + 1),
        )

    def _several(self, terms: Mapping[Fact, int], constant: int, operator: str) -> Rails:
        """A sum of facts against a limit, in whole numbers that are known to fit."""
        shared = math.gcd(*terms.values())
        sides = [
            sum(abs(factor) * unknown_max(fact) for fact, factor in terms.items() if (factor > 0) == is_left)
            for is_left in (True, False)
        ]
        most = max(sides) + abs(constant) + 1
        if most > INT64_MOST:
            names = ", ".join(fact.name for fact in terms)
            raise ColumnError(
                f"comparing {names} could reach {most}, more than 64 bits hold: "
                "a standard is far too large or has too many decimals"
            )
        of_members = any(fact.subject == MEMBER for fact in terms)
        is_known = self.graph.both(*(self._known(fact) for fact in terms))

        def leaf(kind: str, limit: int) -> int:
            ends = tuple(
                (minimum(fact) if (factor > 0) == (kind == "at_least") else maximum(fact), factor // shared)
                for fact, factor in terms.items()
            )
            limit = -((constant - limit) // shared)
            return self.graph.both(self.graph.leaf(Leaf(kind, ends, limit), of_members), is_known)

        return _tested(
            self.graph, operator, lambda limit: leaf("at_least", limit), lambda limit: leaf("below", limit)
        )


def _tested(graph: Graph, operator: str, least: Bound, below: Bound) -> Rails:
    """Compare a sum with zero, given where its lower end is at least, and its upper end below, a limit."""
    if operator == "<":
        return Rails(below(0), graph.opposite(least(0)))
    if operator == "<=":
        return Rails(below(1), graph.opposite(least(1)))
    if operator == ">":
        return Rails(least(1), graph.opposite(below(1)))
    if operator == ">=":
        return Rails(least(0), graph.opposite(below(0)))
    equal = Rails(graph.both(least(0), below(1)), graph.opposite(graph.either(least(1), below(0))))
    return equal if operator == "==" else graph.none_of(equal)


def _runs(numbers: frozenset[int]) -> list[tuple[int, int]]:
    """Unbroken runs of whole numbers, each with its first and last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
