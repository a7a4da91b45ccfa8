"""What is read of a household, what is refused of it, and how: by its path, never by its value."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import rules
from assistance.rules import Band

WHOLE = "must be a whole number from {} to {}"
YES_NO = "must be true or false"
MOST = 10**13


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"hukou_local": True}, {"hukou_local": True}),
        ({"hukou_local": None}, {}),
        ({"area": "rural"}, {"area": "rural"}),
        ({"house_grade": "unknown"}, {}),
        ({"status": []}, {"status": frozenset()}),
        ({"status": ["dibao", "dibao"]}, {"status": frozenset(["dibao"])}),
        ({"cars": 0}, {"cars": Band(0, 0)}),
        ({"income_month_fen": MOST}, {"income_month_fen": Band(MOST, MOST)}),
        ({"income_month_fen": {"min": 1, "max": 2}}, {"income_month_fen": Band(1, 2)}),
        ({"income_month_fen": {"min": 5}}, {"income_month_fen": Band(5, MOST)}),
        ({"income_month_fen": {"max": 5}}, {"income_month_fen": Band(0, 5)}),
        ({"income_month_fen": {"min": None, "max": 5}}, {"income_month_fen": Band(0, 5)}),
        ({"income_month_fen": {}}, {}),
        ({"income_month_fen": {"min": None, "max": None}}, {}),
        ({"size": {"max": 3}}, {"size": Band(1, 3)}),
        ({"home_area_pc": 40.25}, {"home_area_pc": Band(4025, 4025)}),
        ({"home_area_pc": {"min": 40, "max": 40.5}}, {"home_area_pc": Band(4000, 4050)}),
        ({}, {}),
    ],
)
def test_what_is_read(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert rules.read_household(given, None).facts == expected


WRONG: list[tuple[Any, Any, list[tuple[str, str]]]] = [
    # household, members, every path with a part of its message
    ([], None, [("household", "must be an object")]),
    ("no", None, [("household", "must be an object")]),
    (None, None, [("household", "must be an object")]),
    ({}, {}, [("members", "must be a list")]),
    ({}, "no", [("members", "must be a list")]),
    ({}, [{}] * 31, [("members", "at most 30 members")]),
    ({}, [{}] * 10_000, [("members", "at most 30 members")]),
    ({}, [None], [("members.0", "must be an object")]),
    ({}, [{}, 7], [("members.1", "must be an object")]),
    ({"hukou": True}, None, [("household.hukou", "did you mean hukou_local")]),
    ({"age": 7}, None, [("household.age", "no such fact")]),
    ({}, [{"cars": 1}], [("members.0.cars", "no such fact")]),
    ({"x" * 500: 1}, None, [("household." + "x" * 60, "no such fact")]),
    ({"hukou_local": 1}, None, [("household.hukou_local", YES_NO)]),
    ({"hukou_local": "true"}, None, [("household.hukou_local", YES_NO)]),
    ({"area": "town"}, None, [("household.area", "must be one of: urban, rural")]),
    ({"area": ["rural"]}, None, [("household.area", "must be one of")]),
    ({"status": "dibao"}, None, [("household.status", "must be a list of: dibao")]),
    ({"status": ["dibap"]}, None, [("household.status", "must be a list of")]),
    ({"status": [["dibao"]]}, None, [("household.status", "must be a list of")]),
    ({"status": ["dibao"] * 31}, None, [("household.status", "must be a list of")]),
    ({"size": 0}, None, [("household.size", WHOLE.format(1, 30))]),
    ({"size": 31}, None, [("household.size", WHOLE.format(1, 30))]),
    ({"size": 2.0}, None, [("household.size", WHOLE.format(1, 30))]),
    ({"size": True}, None, [("household.size", WHOLE.format(1, 30))]),
    ({"size": "3"}, None, [("household.size", WHOLE.format(1, 30))]),
    ({"income_month_fen": -1}, None, [("household.income_month_fen", WHOLE.format(0, MOST))]),
    ({"income_month_fen": MOST + 1}, None, [("household.income_month_fen", WHOLE.format(0, MOST))]),
    ({"income_month_fen": 10**18}, None, [("household.income_month_fen", WHOLE.format(0, MOST))]),
    ({"income_month_fen": float("nan")}, None, [("household.income_month_fen", WHOLE.format(0, MOST))]),
    ({"income_month_fen": [1, 2]}, None, [("household.income_month_fen", WHOLE.format(0, MOST))]),
    ({"cars": {"min": 3, "max": 2}}, None, [("household.cars", "min must not be above max")]),
    ({"cars": {"low": 3}}, None, [("household.cars", "a band has only min and max")]),
    ({"cars": {"min": "a"}}, None, [("household.cars", WHOLE.format(0, 1000))]),
    ({"cars": {"min": -1, "max": 2}}, None, [("household.cars", WHOLE.format(0, 1000))]),
    ({"home_area_pc": 40.255}, None, [("household.home_area_pc", "at most two decimals")]),
    ({"home_area_pc": "40"}, None, [("household.home_area_pc", "must be a number from 0 to 1000000")]),
    ({"home_area_pc": float("inf")}, None, [("household.home_area_pc", "must be a number")]),
    ({}, [{"age": 131}], [("members.0.age", WHOLE.format(0, 130))]),
    ({}, [{"age": 200}], [("members.0.age", WHOLE.format(0, 130))]),
    ({}, [{"sex": "f"}], [("members.0.sex", "must be one of: F, M")]),
    ({}, [{"dis_grade": 5}], [("members.0.dis_grade", WHOLE.format(0, 4))]),
    ({}, [{"reg_unemployed_months": 601}], [("members.0.reg_unemployed_months", WHOLE.format(0, 600))]),
    (
        {"cars": -1, "hukou_local": "x"},
        [{"age": 3}, {"age": -3, "sex": 1}],
        [
            ("household.cars", "whole number"),
            ("household.hukou_local", YES_NO),
            ("members.1.age", "whole number"),
            ("members.1.sex", "must be one of"),
        ],
    ),
]


@pytest.mark.parametrize(("household", "members", "expected"), WRONG)
def test_what_is_refused(household: Any, members: Any, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(rules.FactErrors) as caught:
        rules.read_household(household, members)
    assert [error.path for error in caught.value.errors] == [path for path, _ in expected]
    for error, (_, words) in zip(caught.value.errors, expected, strict=True):
        assert words in error.message.en
        assert error.message.zh


def test_a_value_is_never_repeated() -> None:
    secret = "33048219800101"
    wrong = {
        "hukou_local": secret,
        "area": secret,
        "status": [secret],
        "cars": secret,
        "home_area_pc": secret,
    }
    with pytest.raises(rules.FactErrors) as caught:
        rules.read_household(wrong, [{"age": {"min": secret}}])
    assert len(caught.value.errors) == 6
    assert secret not in str(caught.value)
    assert not any(secret in text for error in caught.value.errors for text in error.message)


@pytest.mark.parametrize(
    ("facts", "members", "size"),
    [
        ({"size": 2}, [{}] * 5, Band(2, 2)),
        ({"size": {"min": 2, "max": 4}}, [], Band(2, 4)),
        ({}, [], None),
        ({}, None, None),
        ({}, [{"away": "none", "in_custody": False}] * 3, Band(3, 3)),
        ({}, [{"away": "none", "in_custody": False}, {}], Band(1, 2)),
        # Somebody counts, whoever it is: a household of nobody cannot ask.
        ({}, [{}, {}], Band(1, 2)),
        ({}, [{"in_custody": True}], None),
        ({}, [{"in_custody": True}, {}], Band(1, 1)),
    ],
)
def test_how_many_count(facts: dict[str, Any], members: Any, size: Band | None) -> None:
    assert rules.read_household(facts, members).size == size


@pytest.mark.parametrize(("low", "high", "exact"), [(3, 3, True), (3, 4, False)])
def test_a_band_knows_whether_it_is_one_value(low: int, high: int, exact: bool) -> None:
    assert Band(low, high).is_exact is exact


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"dibao_standard": 1}, "standards.dibao_standard", "did you mean dibao_standard_fen"),
        ({"dibao_standard_fen": 1.5}, "standards.dibao_standard_fen", "whole fen"),
        ({"dibao_standard_fen": True}, "standards.dibao_standard_fen", "whole fen"),
        ({"dibao_standard_fen": 10**13 + 1}, "standards.dibao_standard_fen", "whole fen"),
        ({"dibao_standard_fen": None}, "standards.dibao_standard_fen", "whole fen"),
        ({"dibian_multiple": "x"}, "standards.dibian_multiple", "at most twelve decimals"),
        ({"dibian_multiple": "1.0000000000001"}, "standards.dibian_multiple", "at most twelve decimals"),
        ({"dibian_multiple": -1}, "standards.dibian_multiple", "must be a number from 0"),
        ({"dibian_multiple": "1_0"}, "standards.dibian_multiple", "must be a number from 0"),
        ({"dibian_multiple": " 1.5"}, "standards.dibian_multiple", "must be a number from 0"),
        ({"dibian_multiple": "1e1"}, "standards.dibian_multiple", "must be a number from 0"),
        ({"dibian_line_inclusive": "yes"}, "standards.dibian_line_inclusive", "true or false"),
        ({"dibao_amount_mode": "sum"}, "standards.dibao_amount_mode", "difference, bands"),
        ({"dibao_amount_bands": [[1, 2]]}, "standards.dibao_amount_bands", "begin at 0"),
        ({"dibao_amount_bands": [[0, 2], [0, 1]]}, "standards.dibao_amount_bands", "begin at 0"),
        ({"medical_aid_groups": ["dibap"]}, "standards.medical_aid_groups", "may only hold: dibao"),
        ({"medical_aid_groups": "dibao"}, "standards.medical_aid_groups", "list of words"),
        ({"retirement_age": {"F": 55}}, "standards.retirement_age", "one age for F and one for M"),
        ({"retirement_age": {"F": 55, "M": 131}}, "standards.retirement_age", "one age for F"),
        ({"basic_pension_excluded_until": "soon"}, "standards.basic_pension_excluded_until", "2025-12-31"),
        ([], "standards", "must be an object"),
    ],
)
def test_a_standard_that_cannot_be_used_is_named(given: Any, path: str, words: str) -> None:
    with pytest.raises(rules.FactErrors) as caught:
        rules.StandardsInForce({}).with_given(given)
    (error,) = caught.value.errors
    assert error.path == path
    assert words in error.message.en
