"""What answers make of facts: a missing part is never nought, a contested one counts as the family says."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from assistance import authorizations
from assistance.economic_checks.comparing import Line, Part, compare

REGISTER = authorizations.data_sources()
A, B = uuid.UUID(int=1), uuid.UUID(int=2)
ON = date(2026, 11, 22)


def part(source: str, item: str, value: Any = None, person: uuid.UUID = A, **more: Any) -> Part:
    found = REGISTER[source].item(item)
    assert found is not None
    return Part(person, source, found, value=value, **{"is_known": True, **more})


def only(parts: list[Part], declared: Any = None, *, size: int = 2, fact: str | None = None) -> Line:
    wanted = fact or str(parts[0].item.fact)
    said = {(wanted, None): declared, (wanted, A): declared}
    (line,) = [line for line in compare(parts, said, {}, size=size, on=ON) if line.fact == wanted]
    return line


def test_parts_add_up_only_when_every_one_is_known() -> None:
    known = part("bank-deposits", "current_fen", 700)
    missing = part("payment-accounts", "balance_fen", is_known=False)
    whole = only([known, part("payment-accounts", "balance_fen", 300)])
    assert (whole.checked.value, whole.checked.is_whole) == (1000, True)
    half = only([known, missing])
    assert (half.checked.value, half.checked.is_whole, half.missing) == (
        {"min": 700},
        False,
        ("payment-accounts",),
    )
    # Nothing known at all is nothing, and never a nought.
    assert only([missing]).checked.value is None
    # A value that the source leaves open is missing too.
    assert only([known, part("payment-accounts", "balance_fen", None)]).checked.is_whole is False


def test_a_register_without_the_person_is_nought_in_a_sum_and_unknown_elsewhere() -> None:
    assert only([part("bank-deposits", "current_fen", is_nothing=True)]).checked.value == 0
    assert only([part("schooling", "stage", is_nothing=True)]).checked.value is None
    assert only([part("disability-certificates", "grade", is_nothing=True)]).checked.value == 0
    assert only([part("prison", "in_custody", is_nothing=True)]).checked.value is False
    for source, item in (
        ("medical-settlement", "illness"),
        ("medical-settlement", "serious_illness"),
        ("employment", "left_involuntarily"),
        ("schooling", "boarding"),
        ("household-registration", "registered_here"),
    ):
        assert only([part(source, item, is_nothing=True)]).checked.value is None, item


def test_a_home_that_a_couple_shares_is_not_two() -> None:
    shared = [part("real-estate", "homes_shared", 1, person) for person in (A, B)]
    own = [part("real-estate", "homes", 0, person) for person in (A, B)]
    assert only([*own, *shared]).checked.value == {"min": 1, "max": 2}
    # What the family says lies within what the registers leave open, and says more; two homes would, too.
    assert only([*own, *shared], 1).counts == 1
    assert only([*own, *shared], {"min": 1, "max": 4}).counts == {"min": 1, "max": 2}
    assert only([*own, *shared], 3).counts == {"min": 1, "max": 2}
    areas = [part("real-estate", "home_area", 9200, person) for person in (A, B)]
    assert only(areas, size=2).checked.value == {"min": 46.0, "max": 92.0}
    assert only([part("real-estate", "home_area", 9860)], 24.65, size=4).checked.value == 24.65
    # What is found stands beside what was declared: the engine reads both.
    assert only([part("real-estate", "home_area", 9860)], 24.65, size=4).state == "same"
    assert only(areas, 20, size=2).state == "differs"


@pytest.mark.parametrize(
    ("declared", "found", "state"),
    [
        (1000, 1000, "same"),
        (900, 1000, "differs"),
        ({"min": 500, "max": 2000}, 1000, "same"),
        ({"min": 0, "max": 900}, 1000, "differs"),
        (None, 1000, "only_checked"),
    ],
)
def test_discrepancies_are_named(declared: Any, found: int, state: str) -> None:
    assert only([part("bank-deposits", "current_fen", found)], declared).state == state


def test_a_part_counts_only_where_it_already_contradicts() -> None:
    missing = part("payment-accounts", "balance_fen", is_known=False)
    below = only([part("bank-deposits", "current_fen", 700), missing], 1000)
    assert (below.state, below.counts) == ("partial", 1000)
    above = only([part("bank-deposits", "current_fen", 7000), missing], 1000)
    assert (above.state, above.counts) == ("differs", {"min": 7000})


def test_wages_and_pensions_are_the_least_that_comes_in() -> None:
    parts = [
        part("tax", "wages_month_fen", 200000),
        part("social-insurance", "pension_month_fen", 50000, B),
    ]
    income = only(parts, 100000, fact="income_month_fen")
    assert (income.checked.value, income.checked.is_whole, income.state) == (
        {"min": 250000},
        False,
        "differs",
    )
    assert only(parts, 300000, fact="income_month_fen").counts == 300000


@pytest.mark.parametrize("declared", [6500000, None])
@pytest.mark.parametrize(
    ("source", "item", "fact"),
    [
        ("schooling", "fees_fen", "rigid_12m_fen"),
        ("medical-settlement", "own_pocket_fen", "medical_oop_12m_fen"),
        ("tax", "wages_month_fen", "own_income_fen"),
    ],
)
def test_what_registers_see_in_part_is_never_nought_and_never_the_whole(
    source: str, item: str, fact: str, declared: int | None
) -> None:
    for nothing in (part(source, item, is_nothing=True), part(source, item, 0)):
        line = only([nothing], declared, fact=fact)
        assert (line.checked.value, line.checked.is_whole, line.counts) == (None, False, declared)
    some = only([part(source, item, 800000)], declared, fact=fact)
    assert (some.checked.value, some.checked.is_whole) == ({"min": 800000}, False)
    assert some.counts == (declared or {"min": 800000})


def test_a_contested_part_counts_as_the_resident_says() -> None:
    parts = [part("bank-deposits", "current_fen", 820000, own_value=50000, is_contested=True)]
    line = only(parts, 50000)
    assert (line.state, line.checked.value, line.counts) == ("contested", 820000, 50000)


def test_a_yes_and_a_recent_day_add_their_word_and_take_none_away() -> None:
    line = only([part("funeral", "died_on", "2026-11-10")], ["fire"])
    assert line.checked.value == ["death", "fire"]
    assert only([part("funeral", "died_on", "2026-01-10")], ["fire"]).checked.value is None
    assert only([part("housing-fund", "employer_pays", False)]).checked.value is None
    assert only([part("housing-fund", "employer_pays", True)]).checked.value is not None


def test_members_registers_that_disagree_are_left_to_an_officer() -> None:
    parts = [
        part("household-registration", "registered_here", True),
        part("household-registration", "registered_here", False, B),
    ]
    assert only(parts, True).checked.value is None
