"""What holds for every household: knowing more never turns a certain verdict round."""

from __future__ import annotations

import datetime
import random

import pytest

from assistance import policies, rules
from tests.random_households import certain_household, random_household, random_standards

CATALOGUE = policies.load_catalogue()
DAYS = (datetime.date(2026, 6, 30), datetime.date(2026, 7, 1))


def assess(
    household: rules.Household, standards: rules.StandardsInForce, day: datetime.date
) -> dict[str, policies.Verdict]:
    verdicts = policies.assess(CATALOGUE, household, standards, on=day, county="330482")
    return {verdict.policy.code: verdict for verdict in verdicts}


@pytest.mark.parametrize("seed", range(12))
def test_knowing_more_never_turns_a_certain_verdict_round(seed: int) -> None:
    luck = random.Random(seed)
    standards = random_standards(luck)
    for _ in range(25):
        vague = random_household(luck)
        day = luck.choice(DAYS)
        before = assess(vague, standards, day)
        after = assess(certain_household(vague, luck), standards, day)
        for code, verdict in before.items():
            pairs = [(verdict, after[code])]
            pairs += zip(verdict.members or (), after[code].members or (), strict=True)  # type: ignore[arg-type]
            for vaguer, surer in pairs:
                if vaguer.outcome != policies.POSSIBLE:
                    assert surer.outcome == vaguer.outcome, code


@pytest.mark.parametrize("seed", range(12))
def test_an_amount_from_bands_is_a_range_around_the_true_one(seed: int) -> None:
    luck = random.Random(1000 + seed)
    standards = random_standards(luck)
    for _ in range(25):
        vague = random_household(luck)
        before = assess(vague, standards, DAYS[1])
        after = assess(certain_household(vague, luck), standards, DAYS[1])
        for code, verdict in before.items():
            for vaguer, surer in zip(
                verdict.members or (verdict,), after[code].members or (after[code],), strict=True
            ):
                if policies.NOT_NOW in (vaguer.outcome, surer.outcome):
                    continue
                if vaguer.amount.least is not None and surer.amount.least is not None:
                    assert vaguer.amount.least <= surer.amount.least, code
                if vaguer.amount.most is not None and surer.amount.most is not None:
                    assert vaguer.amount.most >= surer.amount.most, code


@pytest.mark.parametrize("seed", range(6))
def test_a_household_of_which_nothing_is_known_is_refused_nothing(seed: int) -> None:
    standards = random_standards(random.Random(seed))
    for code, verdict in assess(rules.Household({}), standards, DAYS[1]).items():
        assert verdict.outcome == policies.POSSIBLE, code


def test_no_policy_is_possible_for_every_household() -> None:
    luck = random.Random(7)
    still_possible = {policy.code for policy in CATALOGUE.policies}
    standards = rules.StandardsInForce({}).with_given(
        {"dibao_standard_fen": 110_000, "dibian_multiple": "1.5"}
    )
    for _ in range(1500):
        household = certain_household(random_household(luck), luck)
        if household.members:
            verdicts = assess(household, standards, DAYS[1])
            still_possible -= {
                code for code, verdict in verdicts.items() if verdict.outcome == policies.NOT_NOW
            }
    assert not still_possible


def test_at_least_25_policies_can_come_out_likely_when_all_is_known_and_the_samples_are_loaded() -> None:
    import demo.standards

    day = DAYS[1]
    standards = rules.StandardsInForce(
        {
            row.name: rules.Standard(rules.SETTINGS[row.name], rules.SETTINGS[row.name].read(row.value))
            for row in sorted(
                (*policies.shipped_rows(), *demo.standards.sample_rows()), key=lambda row: row.from_on
            )
            if row.from_on <= day and row.division_code in ("33", "330482")
        }
    )
    luck = random.Random(11)
    likely: set[str] = set()
    for _ in range(1500):
        household = certain_household(random_household(luck), luck)
        verdicts = assess(household, standards, day)
        likely |= {code for code, verdict in verdicts.items() if verdict.outcome == policies.LIKELY}
    assert len(likely) >= 25, sorted(likely)
