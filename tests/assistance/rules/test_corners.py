"""Corners of the engine that no policy of the catalogue stands in yet."""

from __future__ import annotations

import pytest

from assistance import rules
from assistance.rules import MET, NOT_MET, UNKNOWN, Band

COUNTY = "330482"


def judge(text: str, household: rules.Household, *, index: int = rules.NOBODY, **given: object) -> int:
    condition = rules.read_condition(text, in_member=index != rules.NOBODY)
    standards = rules.StandardsInForce({}).with_given(given)
    return rules.bind(condition, standards)(rules.Case(household, COUNTY), index)


def test_a_size_worked_out_from_the_members_can_be_one_of_a_list() -> None:
    at_home = {"away": "none", "in_custody": False}
    two = rules.Household({}, (at_home, at_home))
    assert two.size == Band(2, 2)
    assert judge("size in [2, 3]", two) == MET
    assert judge("size in [1]", two) == NOT_MET
    assert judge("size in [2]", rules.Household({})) == UNKNOWN


@pytest.mark.parametrize(
    "product", ["local.retirement_age * local.dibian_multiple", "1.5 * local.retirement_age"]
)
def test_an_age_by_sex_can_be_multiplied(product: str) -> None:
    for sex, age, result in (("F", 75, MET), ("F", 74, NOT_MET), ("M", 90, MET), ("M", 89, NOT_MET)):
        person = {"sex": sex, "age": Band(age, age)}
        answer = judge(
            f"age >= {product}",
            rules.Household({}, (person,)),
            index=0,
            retirement_age={"F": 50, "M": 60},
            dibian_multiple="1.5",
        )
        assert answer == result


def test_a_fact_that_counts_for_nothing_must_still_be_known() -> None:
    rich = rules.Household({"income_month_fen": Band(10**6, 10**6)})
    assert judge("local.rigid_share_cap * income_month < 1", rich, rigid_share_cap="0") == MET
    assert (
        judge("local.rigid_share_cap * income_month < 1", rules.Household({}), rigid_share_cap="0") == UNKNOWN
    )


def test_a_set_is_compared_with_a_list_only() -> None:
    with pytest.raises(rules.ConditionError, match="not a list of words"):
        rules.read_condition("status intersects local.dibao_standard")
