"""Finds the households of a snapshot that a policy is open to and that do not have it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from assistance.rules import Household, StandardsInForce

from .policy import Catalogue
from .snapshots import Snapshot
from .sweeps import compile_law, sweep
from .verdicts import LIKELY, NOT_NOW, OUTCOMES, Judgement, Verdict, judge_policy

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
    """Whom a policy was found for, likely first, and where the columns were wrong."""

    found: tuple[Found, ...]
    mistaken_rows: tuple[int, ...]
    """Rows that the columns named and that did not stand when they were judged by themselves."""


def find_people(
    snapshot: Snapshot, catalogue: Catalogue, code: str, standards: StandardsInForce, *, on: datetime.date
) -> PeopleFound:
    """Look through a county for one policy; each find is judged again by itself before it is told."""
    compiled = compile_law(catalogue, standards, on=on, county=snapshot.county)
    rows = sweep(snapshot, compiled, only=code).households(code)["missed"].arg_true().to_list()
    found: list[Found] = []
    mistaken: list[int] = []
    law, bound = compiled.law, compiled.law.bound[code]
    for row, household in _in_parts(snapshot, rows):
        verdict = judge_policy(law, bound, law.case(household, snapshot.county))
        one = _found(row, verdict)
        if one is None:
            mistaken.append(row)
        else:
            found.append(one)
    found.sort(key=lambda one: (OUTCOMES.index(one.outcome), one.row))
    return PeopleFound(tuple(found), tuple(mistaken))


def _in_parts(snapshot: Snapshot, rows: list[int]) -> Iterator[tuple[int, Household]]:
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        yield from zip(part, snapshot.households_at(part), strict=True)


def _found(row: int, verdict: Verdict) -> Found | None:
    if not verdict.members:
        is_missed = verdict.outcome != NOT_NOW and not verdict.already
        return Found(row, verdict.outcome, verdict, ()) if is_missed else None
    people = tuple(member for member in verdict.members if member.outcome != NOT_NOW and not member.already)
    if not people:
        return None
    outcome = LIKELY if any(member.outcome == LIKELY for member in people) else people[0].outcome
    return Found(row, outcome, verdict, people)
