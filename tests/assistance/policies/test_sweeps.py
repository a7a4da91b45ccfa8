"""Judging a whole county by columns gives the answers of judging each household by itself."""

from __future__ import annotations

import dataclasses
import datetime
import random

import pytest

from assistance import policies, rules
from infrastructure.clock import SHANGHAI
from tests.random_households import certain_household, random_household, random_standards

CATALOGUE = policies.load_catalogue()
DAYS = (datetime.date(2026, 6, 30), datetime.date(2026, 7, 1))
COUNTIES = ("330482", "330328")
MOMENT = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)
BATCHES, BATCH = 28, 360
"""More than 10,000 households altogether."""


def with_doubts(standards: rules.StandardsInForce, luck: random.Random) -> rules.StandardsInForce:
    """The same standards, of which some are still to be confirmed."""
    found = {}
    for name in standards.names():
        standard = standards.find(name)
        assert standard is not None
        found[name] = dataclasses.replace(standard, is_to_be_confirmed=luck.random() < 0.15)
    return rules.StandardsInForce(found)


def some_households(luck: random.Random, number: int) -> list[rules.Household]:
    found = []
    for _ in range(number):
        household = random_household(luck, members_most=luck.choice((2, 5, 12)))
        if luck.random() < 0.4:
            household = certain_household(household, luck)
        found.append(household)
    return found


def outcomes_by_columns(sweep: policies.Sweep, code: str) -> tuple[list[str], list[str] | None]:
    def words(bits: dict[str, object]) -> list[str]:
        return [
            policies.LIKELY if likely else policies.POSSIBLE if is_open else policies.NOT_NOW
            for likely, is_open in zip(bits["likely"], bits["open"], strict=True)  # type: ignore[call-overload]
        ]

    people = sweep.members(code)
    return words(sweep.households(code)), None if people is None else words(people)


def differences(
    snapshot: policies.Snapshot, sweep: policies.Sweep, verdicts: list[dict[str, object]]
) -> list[str]:
    """Every policy and household, or member, that came out otherwise."""
    found = []
    for policy in CATALOGUE.policies:
        code = policy.code
        ours, people = outcomes_by_columns(sweep, code)
        theirs = [by_code[code] for by_code in verdicts]
        found += [
            f"{code}, row {row}: {a} by columns, {b.outcome} in Python"  # type: ignore[attr-defined]
            for row, (a, b) in enumerate(zip(ours, theirs, strict=True))
            if a != b.outcome  # type: ignore[attr-defined]
        ]
        already = sweep.households(code)["already"]
        found += [
            f"{code}, row {row}: already {a} by columns"
            for row, (a, b) in enumerate(zip(already, theirs, strict=True))
            if a != b.already  # type: ignore[attr-defined]
        ]
        if people is None:
            continue
        of_people = [member for verdict in theirs for member in verdict.members]  # type: ignore[attr-defined]
        found += [
            f"{code}, member {number}: {a} by columns, {b.outcome} in Python"
            for number, (a, b) in enumerate(zip(people, of_people, strict=True))
            if a != b.outcome
        ]
    return found


def judge_both_ways(luck: random.Random, number: int) -> tuple[policies.Snapshot, policies.CompiledLaw, list]:  # type: ignore[type-arg]
    standards = with_doubts(random_standards(luck), luck)
    day, county = luck.choice(DAYS), luck.choice(COUNTIES)
    households = some_households(luck, number)
    snapshot = policies.take_snapshot(households, county=county, moment=MOMENT)
    verdicts = [
        {v.policy.code: v for v in policies.assess(CATALOGUE, household, standards, on=day, county=county)}
        for household in sorted(households, key=lambda household: -len(household.members))
    ]
    return snapshot, policies.compile_law(CATALOGUE, standards, on=day, county=county), verdicts


@pytest.mark.parametrize("seed", range(BATCHES))
def test_columns_and_python_judge_alike(seed: int) -> None:
    snapshot, compiled, verdicts = judge_both_ways(random.Random(seed), BATCH)
    assert differences(snapshot, policies.sweep(snapshot, compiled), verdicts) == []
