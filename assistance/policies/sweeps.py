"""Sweeps: every policy for all households of a snapshot at once, with the same answers as `assess`."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from assistance.rules import (
    FALSE,
    HOUSEHOLD,
    MEMBER,
    NEVER,
    TEKUN_POLICY,
    UNSURE,
    Compiler,
    Graph,
    Rails,
    Received,
    StandardsInForce,
    evaluate,
)

from .law_of_the_day import BoundPolicy, LawOfTheDay, law_of_the_day
from .policy import Catalogue
from .snapshots import Snapshot
from .verdicts import STATUS_POLICIES

if TYPE_CHECKING:
    import polars as pl


_STATUS_OF = {policy: status for status, policy in STATUS_POLICIES.items()}


class Outcome(NamedTuple):
    """The nodes of one policy: where it is likely, where open, where had already, and where missed."""

    likely: int
    open: int
    """Likely or possible."""
    already: int
    likely_missed: int
    missed: int


class CompiledLaw:
    """Every policy of one day compiled for one county and its standards."""

    def __init__(self, law: LawOfTheDay, standards: StandardsInForce, county: str) -> None:
        self.law = law
        self.county = county
        self.graph = Graph()
        self.compiler = Compiler(self.graph, standards, county, self._policy)
        self._rails: dict[tuple[str, str], Rails] = {}
        self.of_members: dict[str, Outcome] = {}
        self.of_households: dict[str, Outcome] = {}
        for bound in law.policies:
            self._compile(bound)

    def _policy(self, code: str, place: str) -> Rails:
        """A policy's lines together, whatever county it applies in; raises ColumnError."""
        bound = self.law.bound.get(code)
        if bound is None:
            return UNSURE
        if not bound.policy.is_of_members:
            place = HOUSEHOLD
        rails = self._rails.get((code, place))
        if rails is None:
            rails = self._rails[code, place] = self._lines(bound, place)
        return rails

    def _lines(self, bound: BoundPolicy, place: str) -> Rails:
        parts = []
        for required in bound.required:
            rails = self.compiler.compile(required.line.condition, place)
            parts.append(self.graph.none_of(rails) if required.line.group == "none" else rails)
        if bound.choices:
            choices = [self.compiler.compile(choice.line.condition, place) for choice in bound.choices]
            parts.append(self.graph.any_of(choices))
        return self.graph.all_of(parts)

    def _compile(self, bound: BoundPolicy) -> None:
        code, graph = bound.policy.code, self.graph
        if not bound.policy.is_of_members:
            has_it = self._status(_STATUS_OF[code]) if code in _STATUS_OF else FALSE
            self.of_households[code] = self._outcome(bound, HOUSEHOLD, has_it)
            return
        has_it = FALSE
        if code == TEKUN_POLICY:
            has_it = graph.both(self._status("tekun"), self._policy(code, MEMBER).met)
        person = self.of_members[code] = self._outcome(bound, MEMBER, has_it)
        # A household of whose members nothing is known is judged as if it had one unknown member.
        nobody = self._outcome(bound, HOUSEHOLD, FALSE)
        has = self.compiler.has_members
        self.of_households[code] = Outcome(
            *(
                graph.either(graph.fold(of_member, has), graph.both(unknown, graph.opposite(has)))
                for of_member, unknown in zip(person, nobody, strict=True)
            )
        )

    def _outcome(self, bound: BoundPolicy, place: str, has_it: int) -> Outcome:
        rails = self._policy(bound.policy.code, place)
        if not bound.policy.applies_to(self.county):
            rails = NEVER
        likely = FALSE if bound.policy.settled_by else rails.met
        has_not = self.graph.opposite(has_it)
        missed = (self.graph.both(likely, has_not), self.graph.both(rails.possible, has_not))
        return Outcome(likely, rails.possible, has_it, *missed)

    def _status(self, status: str) -> int:
        return self.compiler.compile(Received(status, False)).met


@dataclass(eq=False)
class Sweep:
    """How the policies came out for every household of a snapshot."""

    compiled: CompiledLaw
    snapshot: Snapshot
    bits: list[dict[int, pl.Series]]
    """The bitmaps of each block."""

    def households(self, code: str) -> dict[str, pl.Series]:
        """The outcome of a policy row by row."""
        import polars as pl

        outcome = self.compiled.of_households[code]
        return {
            name: pl.concat([bits[number] for bits in self.bits])
            for name, number in zip(Outcome._fields, outcome, strict=True)
        }

    def members(self, code: str) -> dict[str, pl.Series] | None:
        """The same for each member in the order of the snapshot, or None where a policy is not of members."""
        import polars as pl

        outcome = self.compiled.of_members.get(code)
        if outcome is None:
            return None
        order = pl.concat([block.order for block in self.snapshot.blocks])
        return {
            name: pl.DataFrame([order, pl.concat(self._member_bits(number))], orient="col")
            .sort(pl.nth(0))
            .to_series(1)
            for name, number in zip(Outcome._fields, outcome, strict=True)
        }

    def _member_bits(self, number: int) -> Iterable[pl.Series]:
        for block, bits in zip(self.snapshot.blocks, self.bits, strict=True):
            if self.compiled.graph.nodes[number].of_members:
                yield bits[number].alias("bits")
            else:
                yield block.spread(bits[number]).alias("bits")

    def counts(self) -> dict[str, dict[str, int]]:
        """How many households each policy is likely and possible for."""
        counts = {}
        for code, outcome in self.compiled.of_households.items():
            likely = sum(int(bits[outcome.likely].sum()) for bits in self.bits)
            both = sum(int(bits[outcome.open].sum()) for bits in self.bits)
            counts[code] = {"likely": likely, "possible": both - likely}
        return counts


def compile_law(
    catalogue: Catalogue, standards: StandardsInForce, *, on: datetime.date, county: str
) -> CompiledLaw:
    """Every policy as columns, for one day; raises ColumnError where whole numbers would not fit."""
    return CompiledLaw(law_of_the_day(catalogue, standards, on), standards, county)


def sweep(snapshot: Snapshot, compiled: CompiledLaw, only: str | None = None) -> Sweep:
    """Judge every household and member of a snapshot by every policy, or by one."""
    outcomes = [
        outcome
        for group in (compiled.of_households, compiled.of_members)
        for code, outcome in group.items()
        if only in (None, code)
    ]
    wanted = {number for outcome in outcomes for number in outcome}
    return Sweep(compiled, snapshot, evaluate(compiled.graph, wanted, snapshot.blocks))
