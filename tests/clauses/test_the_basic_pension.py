"""57-13: the basic pension is left out of income for the years to 2025; afterwards it is a doubt."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from assistance import assessments, policies, rules
from assistance.assessments import NO, Answers, Range
from tests.clauses.asking import CATALOGUE, LAW_ALONE, MEANS

LAST_DAY = datetime.date(2025, 12, 31)
NEXT_DAY = datetime.date(2026, 1, 1)
RULE = {**MEANS, "basic_pension_excluded_until": "2025-12-31"}
# 1250 yuan a month, of which 200 are the basic pension: 1050 beside a standard of 1100.
PENSIONER = Answers(
    household={
        "registration": "local",
        "area": "rural",
        "status": (),
        "income": Range(125000, 125000),
        "counted": ("basic_pension",),
        "pension": Range(20000, 20000),
        "liquid": Range(0, 0),
        "cars": "0",
        "non_residential": NO,
        "capital": Range(0, 0),
        "housing": "own",
        "homes": "1",
    },
    members=({"relation": "head", "sex": "F", "birth_year": 1955, "situation": NO, "is_away": NO},),
)


def in_force(given: dict[str, Any]) -> rules.StandardsInForce:
    return LAW_ALONE.with_given(given)


def dibao(answers: Answers, day: datetime.date, given: dict[str, Any] = RULE) -> policies.Verdict:
    household = assessments.read(answers, in_force(given), day)
    verdicts = policies.assess(CATALOGUE, household, in_force(given), on=day, county="330482")
    return next(verdict for verdict in verdicts if verdict.policy.code == "minimum-living-allowance")


def income(answers: Answers, day: datetime.date, given: dict[str, Any] = RULE) -> Any:
    return assessments.read(answers, in_force(given), day).facts["income_month_fen"]


def test_57_13_the_basic_pension_is_a_doubt_after_2025() -> None:
    assert income(PENSIONER, LAST_DAY) == (105000, 105000)
    last = dibao(PENSIONER, LAST_DAY)
    assert (last.outcome, last.amount.exact) == ("likely", 5000)

    assert income(PENSIONER, NEXT_DAY) == (105000, 125000)
    next_day = dibao(PENSIONER, NEXT_DAY)
    assert next_day.outcome == "possible"
    assert (next_day.amount.least, next_day.amount.most) == (0, 5000)
    (line,) = [finding for finding in next_day.findings if finding.result == rules.UNKNOWN]
    assert line.bound.line.when == "income_ratio < 1"
    assert line.unknown_facts == ("income_month_fen",)
    # The question behind it is one that would settle most.
    assert 4 in policies.open_questions([next_day])


def test_57_13_without_the_countys_day_it_is_a_doubt_in_2025_too() -> None:
    assert dibao(PENSIONER, LAST_DAY, MEANS).outcome == "possible"


def test_57_13_the_county_may_prolong_the_rule() -> None:
    prolonged = {**RULE, "basic_pension_excluded_until": "2026-12-31"}
    assert dibao(PENSIONER, NEXT_DAY, prolonged).outcome == "likely"


def test_57_13_a_sum_that_leaves_the_pension_out_is_certain() -> None:
    plain = PENSIONER.with_values({"counted": (), "pension": None, "income": Range(105000, 105000)})
    for day in (LAST_DAY, NEXT_DAY):
        assert income(plain, day) == (105000, 105000)
        assert dibao(plain, day).outcome == "likely"


def test_57_13_a_pension_that_nobody_remembers_takes_the_lower_end_with_it() -> None:
    vague = PENSIONER.with_values({"pension": assessments.UNSURE})
    for day in (LAST_DAY, NEXT_DAY):
        assert income(vague, day) == (0, 125000)
        assert dibao(vague, day).outcome == "possible"


@pytest.mark.parametrize(
    ("counted", "is_asked"), [(("basic_pension",), True), (("childcare",), False), ((), False)]
)
def test_57_13_how_much_the_pension_is_gets_asked(counted: tuple[str, ...], is_asked: bool) -> None:
    answers = PENSIONER.with_values({"counted": counted})
    asked = {(step.page.question, step.page.code) for step in assessments.steps(answers, NEXT_DAY)}
    assert ((4, "pension") in asked) == is_asked


def test_57_14_other_money_that_the_law_leaves_out_makes_the_sum_an_upper_end() -> None:
    other = PENSIONER.with_values({"counted": ("entitled",), "pension": None})
    assert income(other, LAST_DAY) == (0, 125000)
    assert dibao(other, LAST_DAY).outcome == "possible"
