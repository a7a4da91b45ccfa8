"""The household's own figure and the threshold, as a person reads them in either language."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import rules
from tests.assistance.rules.asking import POLICIES, case_of, standards

GIVEN = standards(
    dibao_standard_fen=110000,
    dibao_asset_years=4,
    dibao_capital_cap_fen=10000000,
    dibian_multiple="1.5",
    home_area_pc_cap=40.2,
    retirement_age={"F": 55, "M": 60},
    disposable_income_pc_fen=5600000,
    rigid_share_cap="0.5",
)


def shown(
    condition: str, household: dict[str, Any], members: list[dict[str, Any]], index: int, locale: str
) -> tuple[str | None, str | None]:
    read = rules.read_condition(condition, in_member=index >= 0, policies=POLICIES)
    case = case_of(household, members)
    figure = rules.bind_figure(read, GIVEN)(case, index, locale)
    return figure, rules.bind_threshold(read, GIVEN).text(case, index, locale)


ALIKE: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    # condition, household, own figure, threshold: the same in both languages
    ("income_ratio < 1", {"income_month_fen": 210000, "size": 3}, "0.64", "1"),
    # A fen below the line never reads as if it stood on the line.
    ("income_ratio < 1", {"income_month_fen": 329999, "size": 3}, "0.999997", "1"),
    ("income_ratio < 1", {"income_month_fen": 330000, "size": 3}, "1", "1"),
    ("income_pc < local.dibao_standard", {"income_month_fen": 210000, "size": 3}, "700", "1100"),
    ("income_pc < local.dibao_standard", {"income_month_fen": 210001, "size": 3}, "700", "1100"),
    ("income_pc < local.dibao_standard", {"income_month_fen": 210002, "size": 3}, "700.01", "1100"),
    (
        "income_pc < local.dibao_standard",
        {"income_month_fen": {"min": 210000, "max": 299999}, "size": 3},
        "700–1000",
        "1100",
    ),
    (
        "income_pc < local.dibao_standard",
        {"income_month_fen": 210000, "size": {"min": 2, "max": 3}},
        "700–1050",
        "1100",
    ),
    ("income_pc < local.dibao_standard", {"size": 3}, None, "1100"),
    ("liquid_years < local.dibao_asset_years", {"liquid_fen": 1320000, "size": 1}, "1", "4"),
    ("liquid_years < local.dibao_asset_years", {"liquid_fen": 1000000, "size": 3}, "0.25", "4"),
    ("capital <= local.dibao_capital_cap", {"capital_fen": 0}, "0", "100000"),
    ("capital <= local.dibao_capital_cap", {"capital_fen": 12050}, "120.5", "100000"),
    ("rigid_share > local.rigid_share_cap", {"rigid_12m_fen": 6, "income_month_fen": 1}, "0.5", "0.5"),
    ("rigid_share > local.rigid_share_cap", {"rigid_12m_fen": 6, "income_month_fen": 0}, None, "0.5"),
    ("12*income_pc < local.disposable_income_pc", {"income_month_fen": 100000, "size": 1}, "12000", "56000"),
    ("cars == 0", {"cars": 2}, "2", "0"),
    ("cars == 0", {"cars": {"min": 1, "max": 2}}, "1–2", "0"),
    ("homes <= 1 or (homes == 2 and home_area_pc <= local.home_area_pc_cap)", {"homes": 2}, "2", "40.2"),
    ("home_area_pc <= local.home_area_pc_cap", {"home_area_pc": 40.25}, "40.25", "40.2"),
    ("size >= 3", {"size": 2}, "2", "3"),
    ("income_ratio < local.dibian_multiple", {"income_month_fen": 1, "size": 1}, "0.000009", "1.5"),
    ("income_pc <= local.legal_aid_line", {"income_month_fen": 100, "size": 1}, "1", None),
    ("judged(something)", {}, None, None),
    ("procedure(something)", {}, None, None),
    ("county == 330482", {}, None, None),
]


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize(("condition", "household", "figure", "threshold"), ALIKE)
def test_numbers_read_alike_in_both_languages(
    condition: str, household: dict[str, Any], figure: str | None, threshold: str | None, locale: str
) -> None:
    assert shown(condition, household, [], rules.NOBODY, locale) == (figure, threshold)


WORDS: list[tuple[str, dict[str, Any], tuple[str | None, str | None]]] = [
    # condition, household, own figure in Chinese and in English
    ("hukou_local", {"hukou_local": True}, ("是", "yes")),
    ("not hukou_local", {"hukou_local": False}, ("不是", "no")),
    ("hukou_local", {}, (None, None)),
    ("area == rural", {"area": "rural"}, ("农村", "village")),
    ("status includes dibao", {"status": []}, ("没有", "none")),
    (
        "status includes dibao",
        {"status": ["dibian", "dibao"]},
        ("低保、低边", "minimum living allowance, near-poor household"),
    ),
    ("liquid_pc < 1", {"liquid_fen": {"min": 10000}, "size": 1}, ("100 以上", "100 or more")),
    ("liquid < 1", {"liquid_fen": {"min": 10000}}, ("100 以上", "100 or more")),
    ("exists member k: k.age >= 60", {}, ("1 人", "1 person")),
    ("count(member k: k.age >= 3) >= 3", {}, ("2 人", "2 persons")),
    ("exists member k: k.pregnant", {}, (None, None)),
    (
        "cars == 1 and area == rural",
        {"cars": 1, "area": "rural"},
        ("1；农村", "1; village"),
    ),
    ("cars == 1 and cars <= 3", {"cars": 1}, ("1", "1")),
]


@pytest.mark.parametrize(("condition", "household", "expected"), WORDS)
def test_words_read_in_each_language(
    condition: str, household: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    members = [{"age": 70}, {"age": 5}]
    found = [shown(condition, household, members, rules.NOBODY, locale)[0] for locale in ("zh", "en")]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("condition", "member", "expected"),
    [
        ("age >= 60", {"age": 70}, ("70", "70")),
        ("age >= 60", {"age": {"min": 59, "max": 60}}, ("59–60", "59–60")),
        ("dis_grade in [1,2]", {"dis_grade": 2}, ("2", "2")),
        ("dis_grade in [1,2]", {"dis_grade": 0}, ("没有证", "no certificate")),
        ("dis_grade in [1,2]", {"dis_grade": {"min": 1, "max": 2}}, ("1–2", "1–2")),
        ("dis_grade in [1,2]", {}, (None, None)),
        ("stage == none", {"stage": "none"}, ("没在上学", "not in school")),
        ("dis_type intersects [limb]", {"dis_type": ["limb", "mental"]}, ("肢体、精神", "limb, mental")),
        ("own_income < local.dibao_standard", {"own_income_fen": 99999}, ("999.99", "999.99")),
    ],
)
def test_a_members_figure(
    condition: str, member: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    found = [shown(condition, {}, [{}, member], 1, locale)[0] for locale in ("zh", "en")]
    assert tuple(found) == expected


def test_an_age_line_for_women_and_men() -> None:
    line = "age < local.retirement_age"
    assert shown(line, {}, [{"age": 50, "sex": "F"}], 0, "zh") == ("50", "女 55，男 60")
    assert shown(line, {}, [{"age": 50, "sex": "F"}], 0, "en") == ("50", "female 55, male 60")


def test_a_threshold_that_hangs_on_the_household_says_so() -> None:
    fixed = rules.bind_threshold(rules.read_condition("income_ratio < 1"), GIVEN)
    own = rules.bind_threshold(rules.read_condition("medical_oop_12m > 12 * income_month"), GIVEN)
    assert (fixed.hangs_on_facts, own.hangs_on_facts) == (False, True)
    case = case_of({"income_month_fen": 300, "size": 3, "medical_oop_12m_fen": 5})
    assert own.text(case, rules.NOBODY, "zh") == "36"


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0"), (1, "0.01"), (10, "0.1"), (100, "1"), (120050, "1200.5"), (10**15, "10000000000000")],
)
def test_fen_read_as_yuan(fen: int, text: str) -> None:
    assert rules.yuan_text(fen) == text


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("dibao_standard", 120050, "1200.5", "1200.5"),
        ("dibian_multiple", "1.50", "1.5", "1.5"),
        ("dibian_line_inclusive", True, "是", "yes"),
        (
            "medical_aid_groups",
            ["rigid", "dibao"],
            "低保、刚性支出困难",
            "minimum living allowance, rigid-expenditure household",
        ),
        ("retirement_age", {"F": 55, "M": 60}, "女 55，男 60", "female 55, male 60"),
        ("dibao_amount_bands", [[0, 80000], [50000, 40000]], "0→800，500→400", "0→800, 500→400"),
        ("basic_pension_excluded_until", "2025-12-31", "2025-12-31", "2025-12-31"),
    ],
)
def test_a_standard_as_a_person_reads_it(name: str, value: Any, zh: str, en: str) -> None:
    setting = rules.SETTINGS[name]
    read = setting.read(value)
    assert setting.show(read, "zh") == zh
    assert setting.show(read, "en") == en
    assert setting.read(setting.to_json(read)) == read
