"""How a report reads: what lies between two values, what is a least, and what is left out."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assistance import authorizations, economic_checks
from assistance.economic_checks import LineRow, WholeCheck
from assistance.economic_checks.report_lines import gap_in_words
from assistance.rules import FACTS

REGISTER = authorizations.data_sources()
PERSON = uuid.UUID(int=1)


def row(fact: str, declared: Any, checked: Any, state: str, **more: Any) -> dict[str, Any]:
    of_member = FACTS[fact].subject == "member"
    return {
        "fact": fact,
        "person": str(PERSON) if of_member else None,
        "declared": declared,
        "visited": None,
        "checked": checked,
        "is_whole": True,
        "own": None,
        "state": state,
        "sources": ["vehicles"],
        "missing": [],
        **more,
    }


def read(*rows: dict[str, Any], locale: str = "zh") -> list[LineRow]:
    whole = SimpleNamespace(report=SimpleNamespace(sealed={"lines": rows}), tasks=(), results={})
    return economic_checks.line_rows(cast(WholeCheck, whole), REGISTER, locale)


@pytest.mark.parametrize(
    ("fact", "declared", "checked", "zh", "en"),
    [
        ("liquid_fen", 2700000, 2690000, "登记里少 100 元", "the register has 100 yuan less"),
        ("cars", 0, 1, "登记里多 1 辆", "the register has 1 car more"),
        ("liquid_fen", 100, {"min": 250}, "登记里至少多 1.50 元", "the register has at least 1.50 yuan more"),
        ("homes", {"min": 2, "max": 3}, 1, "登记里至少少 1 套", "the register has at least 1 home less"),
        ("home_area_pc", 30, 12.5, "登记里少 17.5 平方米", "the register has 17.5 m² less"),
        (
            "event_6m",
            ["illness", "fire"],
            ["death", "illness"],
            "登记里多了“家人去世”，登记里没有“火灾”",
            "the register also has “death in the family”, the register does not have “fire”",
        ),
        # The steps of a grade and two words have no distance, nor has what is not known.
        ("dis_grade", 1, 3, "", ""),
        ("housing", "own", "rent", "", ""),
        ("non_residential", False, True, "", ""),
        ("liquid_fen", 100, {"min": 50}, "", ""),
        ("liquid_fen", None, 100, "", ""),
        ("liquid_fen", 100, None, "", ""),
    ],
)
def test_how_far_two_values_lie_apart(fact: str, declared: Any, checked: Any, zh: str, en: str) -> None:
    known = FACTS[fact]
    assert gap_in_words(known, declared, checked, "zh") == zh
    assert gap_in_words(known, declared, checked, "en") == en


def test_what_registers_see_in_part_is_the_least_there_is() -> None:
    told = row("income_month_fen", 137600, {"min": 19000}, "partial", is_whole=False)
    (line,) = read(told)
    assert (line.checked, line.words) == ("至少 190 元", "登记里只看得到一部分")
    (waiting,) = read({**told, "missing": ["tax"]})
    assert (waiting.words, waiting.missing) == ("还没有取全", "个人所得税")
    assert read(told, locale="en")[0].checked == "at least 190 yuan"


def test_what_is_not_known_is_never_shown_as_nothing() -> None:
    (line,) = read(row("cars", None, None, "unknown"))
    assert (line.declared, line.checked) == ("不知道", "不知道")
    assert not line.is_nought


@pytest.mark.parametrize(
    ("cars", "price", "is_shown"),
    [
        ((0, 0), (None, 0), False),
        ((None, 0), (None, None), False),
        ((0, None), (None, 0), False),
        # A car that a register knows has a price, and so has one of which nothing is known.
        ((0, 1), (None, 0), True),
        ((None, None), (None, 0), True),
        # Whoever names a price is shown it, whatever the registers say.
        ((0, 0), (5000000, 0), True),
    ],
)
def test_the_price_of_a_car_is_left_out_where_there_is_none(
    cars: tuple[Any, Any], price: tuple[Any, Any], is_shown: bool
) -> None:
    lines = read(row("cars", *cars, "same"), row("car_price_fen", *price, "only_checked"))
    assert [line.fact for line in lines] == ["cars", *(["car_price_fen"] if is_shown else [])]


def test_lines_are_sorted_by_what_they_ask_of_a_reader() -> None:
    lines = read(
        row("liquid_fen", 100, 200, "differs"),
        row("income_month_fen", 100, {"min": 200}, "contested", own=100),
        row("capital_fen", None, 500, "only_checked"),
        row("cars", None, 0, "only_checked"),
        row("homes", 1, 1, "same"),
        row("rigid_12m_fen", 100, {"min": 50}, "partial", is_whole=False),
        row("house_grade", "C", None, "unknown"),
        row("only_home", None, None, "unknown"),
    )
    found = economic_checks.sort_lines(lines)
    named = {
        name: [line.fact for line in getattr(found, name)]
        for name in ("differing", "found", "partial", "agreeing", "open")
    }
    # What neither side knows says nothing.
    assert named == {
        "differing": ["liquid_fen", "income_month_fen"],
        "found": ["capital_fen"],
        "partial": ["rigid_12m_fen"],
        "agreeing": ["cars", "homes"],
        "open": ["house_grade"],
    }
    assert lines[3].words == "家里没说，登记里也没有"
    in_order = [line.fact for line in economic_checks.in_reading_order(lines)]
    # A table for staff shows every line, and that last.
    assert in_order == [*(fact for facts in named.values() for fact in facts), "only_home"]


@pytest.mark.parametrize(
    ("source", "code", "value", "words"),
    [
        ("household-registration", "registered_here", False, "不在"),
        ("real-estate", "homes", 2, "2 套"),
        ("real-estate", "home_area", 8050, "80.5 平方米"),
        ("real-estate", "non_residential", 1, "1"),
        ("bank-deposits", "current_fen", 820050, "8200.50 元"),
        ("disability-certificates", "grade", 2, "2 级"),
        ("funeral", "deceased", True, "是"),
        ("funeral", "deceased", None, "不知道"),
    ],
)
def test_an_answer_is_said_with_its_unit(source: str, code: str, value: Any, words: str) -> None:
    known = REGISTER.get(source)
    item = known.item(code) if known is not None else None
    assert item is not None
    assert economic_checks.value_words(item, value, "zh") == words
