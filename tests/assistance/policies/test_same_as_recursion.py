"""The prepared, shared engine gives byte for byte what a straight recursion over the conditions gives."""

from __future__ import annotations

import dataclasses
import datetime
import json
import random

import pytest

from assistance import policies, rules
from bench.naive import Naive
from tests.random_households import certain_household, random_household, random_standards

CATALOGUE = policies.load_catalogue()
DAYS = (datetime.date(2026, 6, 30), datetime.date(2026, 7, 1), datetime.date(2026, 11, 22))
COUNTIES = ("330482", "330328", "330402")
BATCHES, BATCH = 20, 60


def documented(standards: rules.StandardsInForce, luck: random.Random) -> rules.StandardsInForce:
    """The same standards, some with a document, some a sample, some still to be confirmed."""
    found = {}
    for name in standards.names():
        standard = standards.find(name)
        assert standard is not None
        found[name] = dataclasses.replace(
            standard,
            document=luck.choice((None, "文件")),
            is_sample=luck.random() < 0.5,
            is_to_be_confirmed=luck.random() < 0.15,
        )
    return rules.StandardsInForce(found)


@pytest.mark.parametrize("seed", range(BATCHES))
def test_every_verdict_reads_the_same_as_a_straight_recursion_gives_it(seed: int) -> None:
    luck = random.Random(seed)
    for number in range(BATCH):
        if number % 10 == 0:
            standards = documented(random_standards(luck), luck)
            day, county = luck.choice(DAYS), luck.choice(COUNTIES)
        household = random_household(luck, members_most=3)
        if luck.random() < 0.3:
            household = certain_household(household, luck)
        locale = luck.choice(("zh_Hans_CN", "en"))
        verdicts = policies.assess(CATALOGUE, household, standards, on=day, county=county)
        ours = [verdict.as_json(locale) for verdict in verdicts]
        plain = Naive(CATALOGUE, household, standards, day, county).verdicts(locale)
        assert json.dumps(ours, ensure_ascii=False) == json.dumps(plain, ensure_ascii=False)
