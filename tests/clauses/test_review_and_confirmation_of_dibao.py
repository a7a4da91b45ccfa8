"""民发〔2021〕57号: who belongs to the household (57-7), and who may apply alone (57-8)."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import rules
from tests.clauses.asking import BEFORE, MODEST, result_of, verdict_of

HEAD = {"age": 50, "relation": "head", "away": "none", "in_custody": False}
COUNTS, STAYS_A_QUESTION, LEAVES = (2, 2), (1, 2), (1, 1)
HOME = {"away": "none", "in_custody": False}
GROWN_UP = {"relation": "child", "age": 30, "stage": "none", "care_level": "self", "in_custody": False}


def child(**known: Any) -> dict[str, Any]:
    return {"relation": "child", "in_custody": False, "away": "work", "care_level": "self", **known}


def other(relation: str | None, away: str | None = "work", **known: Any) -> dict[str, Any]:
    return {"relation": relation, "age": 40, "away": away, "in_custody": False, "stage": "none", **known}


# The second person of a household of two.
WHO_COUNTS: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "spouse at home": (other("spouse", "none"), COUNTS),
    "spouse who works away": (other("spouse"), COUNTS),
    "spouse away for any reason": (other("spouse", "other"), COUNTS),
    "spouse of whom it is not known where": (other("spouse", None), COUNTS),
    "child of 17 away to work": (child(age=17, stage="none"), COUNTS),
    "child of 12 who boards away": (child(age=12, stage="junior", away="study"), COUNTS),
    "child of 17 or 18 away": (child(age={"min": 17, "max": 18}, stage="none"), STAYS_A_QUESTION),
    "grown-up child in senior school away": (child(age=19, stage="senior", away="study"), COUNTS),
    "grown-up child in vocational school away": (child(age=19, stage="vocational", away="study"), COUNTS),
    "grown-up child at college away": (child(age=21, stage="college", away="study"), COUNTS),
    "postgraduate child away": (child(age=25, stage="postgraduate", away="study"), STAYS_A_QUESTION),
    "postgraduate child at home": (child(age=25, stage="postgraduate", away="none"), COUNTS),
    "grown-up child who works away": ({**GROWN_UP, "away": "work"}, LEAVES),
    "grown-up child away, schooling unknown": (child(age=30), STAYS_A_QUESTION),
    "child of unknown age away": (child(stage="none"), STAYS_A_QUESTION),
    "grown-up child away who cannot live alone": (
        {**GROWN_UP, "away": "care", "care_level": "fully"},
        COUNTS,
    ),
    "grown-up child away who needs much help": ({**GROWN_UP, "away": "care", "care_level": "mostly"}, COUNTS),
    "grown-up child away, self-care unknown": (
        child(age=30, stage="none", care_level=None),
        STAYS_A_QUESTION,
    ),
    "grown-up child at home": ({**GROWN_UP, "away": "none"}, COUNTS),
    "parent at home": (other("parent", "none"), COUNTS),
    "parent away": (other("parent"), LEAVES),
    "parent of whom it is not known where": (other("parent", None), STAYS_A_QUESTION),
    "brother long away in a monastery": (other("sibling", "other"), LEAVES),
    "grandchild who works away": (other("grandchild"), LEAVES),
    "somebody at home of unknown relation": (other(None, "none"), COUNTS),
    "somebody away of unknown relation": (other(None), STAYS_A_QUESTION),
    "nothing known of somebody": ({}, STAYS_A_QUESTION),
    "prisoner": (other("spouse", "other", in_custody=True), LEAVES),
    "prisoner of whom it is not known where": (other("spouse", None, in_custody=True), LEAVES),
    "child in compulsory treatment": (child(age=17, away="other", in_custody=True), LEAVES),
    "spouse of whom custody is not known": (other("spouse", in_custody=None), STAYS_A_QUESTION),
    "missing person": (other("parent", "other"), LEAVES),
}
# 1650 yuan a month beside a standard of 1100: below it for two people, above it for one.
OUTCOMES = {COUNTS: "likely", STAYS_A_QUESTION: "possible", LEAVES: "not_now"}


@pytest.mark.parametrize("who", WHO_COUNTS)
def test_57_7_who_counts(who: str) -> None:
    person, expected = WHO_COUNTS[who]
    household = rules.read_household({}, [HEAD, person])
    assert rules.counted_members(household.members) == rules.Band(*expected)
    assert household.size == rules.Band(*expected)
    verdict = verdict_of("minimum-living-allowance", {**MODEST, "income_month_fen": 165000}, [HEAD, person])
    assert verdict.outcome == OUTCOMES[expected]


def test_57_7_a_size_that_is_given_counts_as_given() -> None:
    household = {**MODEST, "income_month_fen": 165000, "size": 1}
    assert verdict_of("minimum-living-allowance", household, [HEAD, {**HEAD, **HOME}]).outcome == "not_now"


def test_57_7_of_nobody_who_counts_nothing_is_known() -> None:
    prisoner = {**HEAD, "in_custody": True}
    assert rules.read_household({}, [prisoner]).size is None
    verdict = verdict_of("minimum-living-allowance", {**MODEST, "income_month_fen": 1}, [prisoner])
    assert verdict.outcome == "possible"


NEAR_POOR = {"status": ["dibian"], "hukou_local": True}
NO_STATUS = {"status": [], "hukou_local": True}
WELL = {
    "age": 35,
    "dis_grade": 0,
    "dis_type": [],
    "serious_illness": False,
    "work": "employed",
    "own_income_fen": 110000,
}
ALONE = {**WELL, "dis_grade": 2, "dis_type": ["limb"], "work": "unable", "own_income_fen": 109999}
WHO_APPLIES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "near-poor, grade 1": (NEAR_POOR, {**WELL, "dis_grade": 1}, True),
    "near-poor, grade 2": (NEAR_POOR, {**WELL, "dis_grade": 2}, True),
    "near-poor, limb of grade 3": (NEAR_POOR, {**WELL, "dis_grade": 3, "dis_type": ["limb"]}, False),
    "near-poor, mental of grade 3": (NEAR_POOR, {**WELL, "dis_grade": 3, "dis_type": ["mental"]}, True),
    "near-poor, intellect of grade 3": (NEAR_POOR, {**WELL, "dis_grade": 3, "dis_type": ["intellect"]}, True),
    "near-poor, intellect of grade 4": (
        NEAR_POOR,
        {**WELL, "dis_grade": 4, "dis_type": ["intellect"]},
        False,
    ),
    "near-poor, seriously ill": (NEAR_POOR, {**WELL, "serious_illness": True}, True),
    "near-poor, well": (NEAR_POOR, WELL, False),
    "no status, seriously ill": (NO_STATUS, {**WELL, "serious_illness": True}, False),
    "no status, grade 1 with work": (NO_STATUS, {**ALONE, "dis_grade": 1, "work": "flexible"}, False),
    "no status, grade 2 without work or income": (NO_STATUS, ALONE, True),
    "no status, grade 3 without work or income": (NO_STATUS, {**ALONE, "dis_grade": 3}, False),
    "no status, own income at the standard": (NO_STATUS, {**ALONE, "own_income_fen": 110000}, False),
    "no status, 17": (NO_STATUS, {**ALONE, "age": 17}, False),
    "dibao already": ({**NO_STATUS, "status": ["dibao"]}, ALONE, False),
}


@pytest.mark.parametrize("who", WHO_APPLIES)
def test_57_8_who_may_apply_alone(who: str) -> None:
    household, person, may = WHO_APPLIES[who]
    verdict = verdict_of("single-person-dibao", household, [person], on=BEFORE)
    # It is for the person, so one who may is enough; the county's list of illnesses settles it in the end.
    assert verdict.outcome == ("possible" if may else "not_now")
    if may:
        assert any(f.result == rules.MET for f in verdict.findings if f.bound.line.group == "any")


def test_57_8_one_applies_and_the_rest_of_the_family_does_not() -> None:
    verdict = verdict_of("single-person-dibao", NEAR_POOR, [WELL, {**WELL, "dis_grade": 1}], on=BEFORE)
    assert [person.outcome for person in verdict.members or ()] == ["not_now", "possible"]


def test_57_8_is_cited_until_the_law_of_2026() -> None:
    verdict = verdict_of("single-person-dibao", NEAR_POOR, [{**WELL, "dis_grade": 1}], on=BEFORE)
    line = "status includes dibian and dis_grade in [1,2]"
    assert result_of(verdict, line) == "met"
    bases = {finding.bound.line.when: finding.basis.zh for finding in verdict.findings}
    assert bases[line] == "最低生活保障审核确认办法 第八条"
