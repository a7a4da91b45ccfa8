"""The household's own figure beside its limit: each with the unit that it has, and nothing that misleads."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import policies, rules
from assistance.assessments.figures import own_figure, threshold
from tests.conftest import NOW

HOUSEHOLD: dict[str, Any] = {
    "hukou_local": True,
    "area": "rural",
    "status": [],
    "size": 3,
    "income_month_fen": 240000,
    "liquid_fen": 2000000,
    "cars": 0,
    "homes": 1,
    "home_area_pc": 30,
    "capital_fen": 0,
}
SPOUSE: dict[str, Any] = {
    "age": {"min": 53, "max": 54},
    "dis_grade": 2,
    "dis_type": ["limb"],
    "work": "unable",
    "own_income_fen": 0,
}
GIVEN = {"dibao_standard_fen": 113000, "dibao_asset_years": 4, "dibao_capital_cap_fen": 10000000}

Told = dict[tuple[str, str], set[tuple[str | None, str | None]]]


@pytest.fixture(scope="module")
def told() -> Told:
    """What every condition shows: its sentence and the language → the figure and the limit."""
    household = rules.read_household(HOUSEHOLD, [SPOUSE])
    standards = rules.StandardsInForce({}).with_given(GIVEN)
    verdicts = policies.assess(
        policies.load_catalogue(), household, standards, on=NOW.date(), county="330482"
    )
    shown: Told = {}
    for verdict in verdicts:
        for judged in verdict.members or (verdict.best,):
            for one in judged.findings:
                for locale in ("zh", "en"):
                    pair = own_figure(one, locale), threshold(one, locale)
                    shown.setdefault((one.says.in_language(locale), locale), set()).add(pair)
    return shown


@pytest.mark.parametrize(
    ("says", "figure", "limit"),
    [
        ("人均收入低于当地低保标准", "800 元", "1130 元"),
        ("人均存款理财低于低保的限额", "6666.66 元", "54240 元"),
        ("家里没有私家车", "0 辆", "0 辆"),
        ("公司注册资本不超过当地限额", "0 元", "100000 元"),
        ("16到59岁，本人收入不超低保标准的 1.5 倍", "年龄 53–54 岁；本人每月进账 0 元", "1695 元"),
        ("最多一套房；有两套的，人均面积不超当地限额", "房子套数 1 套；人均住房面积 30 平方米", None),
        ("本人是一、二级残疾，干不了活", "残疾等级 2 级；干不了活", None),
        ("有残疾人证", "2 级", None),
        ("年满80岁", "53–54 岁", "80 岁"),
    ],
)
def test_every_figure_has_its_own_unit(told: Told, says: str, figure: str, limit: str | None) -> None:
    assert told[says, "zh"] == {(figure, limit)}


def test_an_english_figure_is_english(told: Told) -> None:
    for (says, locale), pairs in told.items():
        if locale == "en":
            for text in (text for pair in pairs for text in pair if text):
                assert text.isascii() or set(text) & set("–²"), f"{says}: {text}"


def test_a_yes_or_no_is_no_figure(told: Told) -> None:
    assert told["户口在本县", "zh"] == {(None, None)}
