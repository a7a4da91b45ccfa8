"""The registers answer every item in its own type, and for the named people as their stories go."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistance.values import Malformed, ResidentId
from simulators import answers, named_people, source_list

ON = date(2026, 11, 22)
# Invented numbers of nobody in a story, from a newborn to somebody of ninety.
OTHERS = [f"330499{1936 + n % 91}{1 + n % 12:02}{1 + n % 28:02}{n % 1000:03}0" for n in range(400)]


def ask(source: str, person: str, *items: str) -> dict[str, Any] | None:
    found = source_list.get(source)
    assert found is not None
    return answers.about(found, named_people()[person].resident_id, items or tuple(found.items), ON)


def fits(item: source_list.Item, value: Any) -> bool:
    if value is None:
        return not item.several
    if item.several:
        return isinstance(value, list) and set(value) <= set(item.codes)
    if item.type in ("money_fen", "count"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if item.type == "flag":
        return isinstance(value, bool)
    if item.type == "date":
        return date.fromisoformat(value).isoformat() == value
    return value in item.codes if item.type == "code" else isinstance(value, str)


@pytest.mark.parametrize("code", source_list.codes())
def test_every_item_has_an_answer_of_its_type_for_everybody(code: str) -> None:
    source = source_list.get(code)
    assert source is not None
    known = 0
    for number in [*(one.resident_id for one in named_people().values()), *OTHERS]:
        found = answers.about(source, number, tuple(source.items), ON)
        assert found == answers.about(source, number, tuple(source.items), ON)
        if found is None:
            continue
        known += 1
        assert list(found) == list(source.items)
        wrong = {name: value for name, value in found.items() if not fits(source.items[name], value)}
        assert wrong == {}
    assert known > 0, f"nobody at all is in {code}"


def test_everybody_named_stands_in_the_registers_under_sources_and_items_that_exist() -> None:
    written = answers.registers()
    assert set(written) == {one.resident_id for one in named_people().values()}
    unknown = [
        (number, source, item)
        for number, sources in written.items()
        for source, items in sources.items()
        for item in items
        if source_list.get(source) is None or item not in source_list.get(source).items
    ]
    assert unknown == []


def test_what_can_be_drawn_exists() -> None:
    shapes = tomllib.loads((Path(answers.__file__).parent / "draws.toml").read_text(encoding="utf-8"))
    assert set(shapes) == set(source_list.codes())
    for code, shape in shapes.items():
        source = source_list.get(code)
        assert set(shape) - {"ages", "chance"} <= set(source.items), code


def test_the_named_numbers_are_whole_and_of_nobody() -> None:
    for one in named_people().values():
        try:
            number = ResidentId(one.resident_id)
        except Malformed as error:
            raise AssertionError(one.key) from error
        assert number.value.startswith("330499")
        assert one.phone == "" or one.phone.startswith("199000")


def test_chen_guoliang_has_a_wallet_and_a_car_that_nobody_mentioned() -> None:
    assert ask("payment-accounts", "chen-guoliang", "balance_fen") == {"balance_fen": 1860000}
    assert ask("vehicles", "chen-guoliang", "cars") == {"cars": 1}
    assert ask("vehicles", "lu-xiuzhen") is None
    assert ask("prison", "chen-guoliang") is None


def test_he_ayu_is_in_the_funeral_register_and_still_on_the_household_register() -> None:
    assert ask("funeral", "he-ayu") == {
        "deceased": True,
        "died_on": "2026-11-10",
        "cremated_on": "2026-11-12",
    }
    assert ask("household-registration", "he-ayu", "registration_state") == {
        "registration_state": "registered"
    }
    assert ask("funeral", "he-shuigen") is None


def test_the_other_stories_hold() -> None:
    assert ask("prison", "dong-zhiqiang", "in_custody", "since") == {
        "in_custody": True,
        "since": "2026-02-16",
    }
    assert ask("disability-certificates", "wu-guoqiang", "grade", "kind") == {"grade": 2, "kind": ["limb"]}
    assert ask("assistance-records", "pan-aihua", "statuses") == {"statuses": ["dibian"]}
    assert ask("assistance-records", "zhou-fugen", "statuses") == {"statuses": ["tekun"]}
    assert ask("tax", "ni-xiaofeng", "wages_month_fen") == {"wages_month_fen": 315000}
    assert ask("medical-settlement", "jin-jianming", "serious_illness") == {"serious_illness": True}


def test_what_nobody_wrote_down_is_nought_in_a_sum_and_open_by_itself() -> None:
    assert ask("tax", "gu-meifang", "wages_month_fen", "car_price_fen") == {
        "wages_month_fen": 0,
        "car_price_fen": None,
    }
