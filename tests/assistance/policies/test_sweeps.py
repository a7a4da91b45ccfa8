"""Judging a whole county by columns gives the answers of judging each household by itself."""

from __future__ import annotations

import dataclasses
import datetime
import random
from collections.abc import Iterator
from typing import Any

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


def words(bits: dict[str, Any]) -> list[tuple[str, bool]]:
    """Each row's outcome, and whether it is had already."""
    return [
        (policies.LIKELY if likely else policies.POSSIBLE if is_open else policies.NOT_NOW, already)
        for likely, is_open, already in zip(bits["likely"], bits["open"], bits["already"], strict=True)
    ]


def differences(sweep: policies.Sweep, verdicts: list[dict[str, policies.Verdict]]) -> Iterator[str]:
    """Every policy and household, or member, that came out otherwise."""
    for policy in CATALOGUE.policies:
        code = policy.code
        theirs = [by_code[code] for by_code in verdicts]
        compared: list[tuple[str, list[tuple[str, bool]], list[Any]]] = [
            ("household", words(sweep.households(code)), theirs)
        ]
        people = sweep.members(code)
        if people is not None:
            compared.append(("member", words(people), [one for v in theirs for one in v.members or ()]))
        for subject, ours, others in compared:
            for number, (mine, other) in enumerate(zip(ours, others, strict=True)):
                if mine != (other.outcome, other.already):
                    yield f"{code}, {subject} {number}: {mine} by columns, {other.outcome} in Python"


Judged = tuple[policies.Snapshot, policies.CompiledLaw, list[dict[str, policies.Verdict]]]


def judge_both_ways(luck: random.Random, number: int) -> Judged:
    """A snapshot of random households, the compiled law, and each household's own verdicts, row by row."""
    standards = with_doubts(random_standards(luck), luck)
    return judge(luck, number, standards, luck.choice(DAYS), luck.choice(COUNTIES))


def judge(
    luck: random.Random, number: int, standards: rules.StandardsInForce, day: datetime.date, county: str
) -> Judged:
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
    assert list(differences(policies.sweep(snapshot, compiled), verdicts)) == []


def test_one_policy_alone_comes_out_as_among_all() -> None:
    snapshot, compiled, _ = judge_both_ways(random.Random(99), 100)
    whole = policies.sweep(snapshot, compiled)
    for policy in CATALOGUE.policies:
        alone = policies.sweep(snapshot, compiled, only=policy.code)
        assert words(alone.households(policy.code)) == words(whole.households(policy.code))


def test_whoever_is_found_is_open_and_has_it_not_and_nobody_else() -> None:
    luck = random.Random(7)
    standards = with_doubts(random_standards(luck), luck)
    snapshot, _, verdicts = judge(luck, 200, standards, DAYS[1], COUNTIES[0])
    for policy in CATALOGUE.policies:
        result = policies.find_people(snapshot, CATALOGUE, policy.code, standards, on=DAYS[1])
        for outcome in (policies.LIKELY, policies.POSSIBLE):
            found = list(result.judged(outcome))
            assert all(one.stands for one in found)
            expected = [
                row for row, by_code in enumerate(verdicts) if best_missed(by_code[policy.code]) == outcome
            ]
            assert [one.row for one in found] == expected


def best_missed(verdict: policies.Verdict) -> str | None:
    missed = {
        one.outcome
        for one in verdict.members or (verdict,)
        if one.outcome != policies.NOT_NOW and not one.already
    }
    return policies.LIKELY if policies.LIKELY in missed else min(missed, default=None)


def test_small_blocks_come_out_as_large_ones() -> None:
    snapshot, compiled, _ = judge_both_ways(random.Random(11), 120)
    small = dataclasses.replace(snapshot)
    small.__dict__["blocks"] = rules.lay_out(snapshot.households, snapshot.members, most=7)
    assert len(small.blocks) > 3 * len(snapshot.blocks)
    large, other = policies.sweep(snapshot, compiled), policies.sweep(small, compiled)
    assert large.counts() == other.counts()
    for policy in CATALOGUE.policies:
        assert words(large.households(policy.code)) == words(other.households(policy.code))
        people = large.members(policy.code)
        if people is not None:
            assert words(people) == words(other.members(policy.code) or {})
