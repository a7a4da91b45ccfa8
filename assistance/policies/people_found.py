"""Finds the households of a snapshot that a policy is open to and that do not have it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistance.rules import StandardsInForce

from .law_of_the_day import LawOfTheDay
from .policy import Catalogue
from .snapshots import Snapshot
from .sweeps import compile_law, sweep
from .verdicts import LIKELY, NOT_NOW, POSSIBLE, Judgement, Verdict, judge_policy

_AT_ONCE = 1000
"""How many households are taken out of the columns together."""


@dataclass(frozen=True, eq=False)
class Found:
    """A household that a policy is open to, judged by itself."""

    row: int
    outcome: str
    verdict: Verdict
    members: tuple[Judgement, ...]
    """Of a policy for members, those whom it is open to and who do not have it."""
    stands: bool
    """Whether the columns were right; where they were not, nobody may be told of it."""

    def as_json(self, locale: str) -> dict[str, object]:
        """The find as the JSON interface shows it: a row, never a name."""
        whole = self.verdict.as_json(locale)
        answer: dict[str, object] = {"row": self.row, "outcome": self.outcome}
        if self.members:
            indexes = {member.index for member in self.members}
            people: list[dict[str, object]] = whole["members"]  # type: ignore[assignment]
            return {**answer, "members": [person for person in people if person["index"] in indexes]}
        kept = ("amount_fen", "amount_min_fen", "amount_max_fen", "amount_text", "findings")
        return {**answer, **{key: whole[key] for key in kept}}


@dataclass(frozen=True, eq=False)
class PeopleFound:
    """Whom a policy was found for by columns; judged one by one as they are asked for."""

    snapshot: Snapshot
    law: LawOfTheDay
    code: str
    rows: Mapping[str, Sequence[int]]
    """The rows for which it is likely, and those for which it is possible."""

    def judged(self, outcome: str) -> Iterator[Found]:
        """Those of one outcome, each judged again by itself; they are never all held together."""
        rows, bound = self.rows[outcome], self.law.bound[self.code]
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            for row, household in zip(part, self.snapshot.households_at(part), strict=True):
                case = self.law.case(household, self.snapshot.county)
                yield _found(row, outcome, judge_policy(self.law, bound, case))


def find_people(
    snapshot: Snapshot, catalogue: Catalogue, code: str, standards: StandardsInForce, *, on: datetime.date
) -> PeopleFound:
    """Look through a county for those whom one policy is open to and who do not have it."""
    compiled = compile_law(catalogue, standards, on=on, county=snapshot.county)
    bits = sweep(snapshot, compiled, only=code).households(code)
    likely = bits["likely_missed"]
    rows = {
        LIKELY: likely.arg_true().to_list(),
        POSSIBLE: (bits["missed"] & ~likely).arg_true().to_list(),
    }
    return PeopleFound(snapshot, compiled.law, code, rows)


def _found(row: int, outcome: str, verdict: Verdict) -> Found:
    subjects = verdict.members or (verdict,)
    missed = [one for one in subjects if one.outcome != NOT_NOW and not one.already]
    stands = (LIKELY if any(one.outcome == LIKELY for one in missed) else POSSIBLE) == outcome
    people = tuple(one for one in missed if isinstance(one, Judgement))
    return Found(row, outcome, verdict, people, bool(missed) and stands)
