"""Every operator on what is exact, in a band or unknown; Kleene's tables; what a county decides."""

from __future__ import annotations

import itertools
import operator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistance import rules
from tests.assistance.rules.asking import MET, NOT_MET, UNKNOWN, case_of, doubtful, judge, standards

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
}


def over(results: list[bool]) -> str:
    """What is certain where each of these may be true: all, none, or some of them."""
    return MET if all(results) else UNKNOWN if any(results) else NOT_MET


BANDS = [(low, high) for low in range(5) for high in range(low, 5)]


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("limit", range(-1, 6))
def test_a_number_beside_a_limit(sign: str, limit: int) -> None:
    condition = f"cars {sign} {limit}" if limit >= 0 else f"cars + 1 {sign} 0"
    for low, high in BANDS:
        expected = over([OPERATORS[sign](number, limit) for number in range(low, high + 1)])
        assert judge(condition, {"cars": {"min": low, "max": high}}) == expected, (low, high)
        if low == high:
            assert judge(condition, {"cars": low}) == expected
    assert judge(condition, {}) == UNKNOWN


@pytest.mark.parametrize("sign", OPERATORS)
def test_a_limit_beside_a_number_reads_the_other_way_round(sign: str) -> None:
    for low, high in BANDS:
        expected = over([OPERATORS[sign](2, number) for number in range(low, high + 1)])
        assert judge(f"2 {sign} cars", {"cars": {"min": low, "max": high}}) == expected


@pytest.mark.parametrize("sign", OPERATORS)
def test_the_size_of_the_household_beside_a_limit(sign: str) -> None:
    for low, high in [(1, 1), (1, 3), (2, 3), (3, 3), (4, 6)]:
        expected = over([OPERATORS[sign](number, 3) for number in range(low, high + 1)])
        assert judge(f"size {sign} 3", {"size": {"min": low, "max": high}}) == expected
    assert judge(f"size {sign} 3", {}) == UNKNOWN


def test_the_size_follows_from_the_members_where_it_is_not_given() -> None:
    home = {"away": "none", "in_custody": False}
    assert judge("size == 2", {}, [home, home]) == MET
    assert judge("size == 2", {}, [home, {}]) == UNKNOWN
    assert judge("size == 2", {"size": 1}, [home, home]) == NOT_MET


@pytest.mark.parametrize(
    ("condition", "inside"),
    [
        ("cars in [0,2,3]", {0, 2, 3}),
        ("cars not in [0,2,3]", {1, 4}),
        ("cars between 1 and 3", {1, 2, 3}),
        ("cars not between 1 and 3", {0, 4}),
        ("cars > 1 and cars <= 3", {2, 3}),
        ("cars == 1 or cars == 4", {1, 4}),
    ],
)
def test_a_number_that_is_one_of_a_few(condition: str, inside: set[int]) -> None:
    for low, high in BANDS:
        expected = over([number in inside for number in range(low, high + 1)])
        found = judge(condition, {"cars": {"min": low, "max": high}})
        # `and` and `or` are judged part by part, so they may know less of a band, never more.
        assert found in (
            (expected, UNKNOWN) if " or " in condition or "between" in condition else (expected,)
        )
        if low == high:
            assert found == expected
    assert judge(condition, {}) == UNKNOWN


@pytest.mark.parametrize(
    ("condition", "results"),
    [
        ("hukou_local", {True: MET, False: NOT_MET, None: UNKNOWN}),
        ("not hukou_local", {True: NOT_MET, False: MET, None: UNKNOWN}),
        ("not not hukou_local", {True: MET, False: NOT_MET, None: UNKNOWN}),
    ],
)
def test_a_yes_or_no(condition: str, results: dict[bool | None, str]) -> None:
    assert {value: judge(condition, {"hukou_local": value}) for value in results} == results


@pytest.mark.parametrize(
    ("condition", "results"),
    [
        ("housing == rent", {"rent": MET, "own": NOT_MET, None: UNKNOWN}),
        ("housing != rent", {"rent": NOT_MET, "own": MET, None: UNKNOWN}),
        ("housing in [rent, none]", {"rent": MET, "none": MET, "own": NOT_MET, None: UNKNOWN}),
        ("housing not in [rent, none]", {"rent": NOT_MET, "none": NOT_MET, "own": MET, None: UNKNOWN}),
        ("house_grade in [C, D]", {"C": MET, "A": NOT_MET, "unknown": UNKNOWN, None: UNKNOWN}),
    ],
)
def test_a_word(condition: str, results: dict[str | None, str]) -> None:
    key = condition.split()[0]
    assert {value: judge(condition, {key: value}) for value in results} == results


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("status includes dibao", ["dibao", "rigid"], MET),
        ("status includes dibao", ["rigid"], NOT_MET),
        ("status includes dibao", [], NOT_MET),
        ("status includes dibao", None, UNKNOWN),
        ("status intersects [dibao, dibian]", ["dibian"], MET),
        ("status intersects [dibao, dibian]", ["rigid"], NOT_MET),
        ("status intersects [dibao, dibian]", [], NOT_MET),
        ("status intersects [dibao, dibian]", None, UNKNOWN),
        ("status not empty", ["rigid"], MET),
        ("status not empty", [], NOT_MET),
        ("status not empty", None, UNKNOWN),
    ],
)
def test_a_set(condition: str, value: list[str] | None, expected: str) -> None:
    assert judge(condition, {"status": value}) == expected


@pytest.mark.parametrize(
    ("groups", "status", "expected"),
    [
        (["rigid"], ["rigid"], MET),
        (["rigid"], ["dibao"], NOT_MET),
        ([], ["dibao"], NOT_MET),
        (None, ["dibao"], UNKNOWN),
        # Nothing has nothing in common with anything, known or not.
        (None, [], NOT_MET),
        (["rigid"], None, UNKNOWN),
    ],
)
def test_a_set_beside_the_countys_list(groups: Any, status: Any, expected: str) -> None:
    given_ = standards() if groups is None else standards(medical_aid_groups=groups)
    condition = "status intersects local.medical_aid_groups"
    assert judge(condition, {"status": status}, given=given_) == expected


def test_a_county_is_itself() -> None:
    assert judge("county == 330482", county="330482") == MET
    assert judge("county == 330482", county="330328") == NOT_MET


VALUES = {MET: True, NOT_MET: False, UNKNOWN: None}
ORDER = [NOT_MET, UNKNOWN, MET]


@pytest.mark.parametrize(("one", "two"), list(itertools.product(ORDER, repeat=2)))
def test_kleenes_tables(one: str, two: str) -> None:
    facts = {"hukou_local": VALUES[one], "residence_permit": VALUES[two]}
    least, most = sorted([one, two], key=ORDER.index)
    assert judge("hukou_local and residence_permit", facts) == least
    assert judge("hukou_local or residence_permit", facts) == most
    turned = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}
    assert judge("not (hukou_local and residence_permit)", facts) == turned[least]
    assert judge("not hukou_local or not residence_permit", facts) == turned[least]
    assert judge("not (hukou_local or residence_permit)", facts) == turned[most]


AGES = {MET: {"age": 60}, NOT_MET: {"age": 59}, UNKNOWN: {}}


@pytest.mark.parametrize("people", [p for n in range(1, 4) for p in itertools.product(ORDER, repeat=n)])
def test_how_many_members(people: tuple[str, ...]) -> None:
    members = [AGES[result] for result in people]
    ages = sorted(people, key=ORDER.index)
    turned = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}
    assert judge("exists member k: k.age >= 60", {}, members) == ages[-1]
    assert judge("every member k: k.age >= 60", {}, members) == ages[0]
    assert judge("no member k: k.age >= 60", {}, members) == turned[ages[-1]]
    sure, doubt = people.count(MET), people.count(UNKNOWN)
    for sign, number in itertools.product(OPERATORS, range(4)):
        expected = over([OPERATORS[sign](count, number) for count in range(sure, sure + doubt + 1)])
        assert judge(f"count(member k: k.age >= 60) {sign} {number}", {}, members) == expected


@pytest.mark.parametrize("quantifier", ["exists", "every", "no"])
@pytest.mark.parametrize("members", [None, []])
def test_of_members_that_are_not_given_nothing_is_known(quantifier: str, members: Any) -> None:
    assert judge(f"{quantifier} member k: k.age >= 60", {}, members) == UNKNOWN
    assert judge("count(member k: k.age >= 60) >= 0", {}, members) == UNKNOWN
    assert judge("age >= 60", {}, members, member=rules.NOBODY) == UNKNOWN


def test_a_member_line_may_look_at_the_household_and_at_the_other_members() -> None:
    members = [{"age": 70}, {"age": 10}]
    assert judge("age < 18 and hukou_local", {"hukou_local": True}, members, member=1) == MET
    assert judge("age < 18 and exists member k: k.age >= 60", {}, members, member=1) == MET
    assert judge("age < 18 and exists member k: k.age >= 80", {}, members, member=1) == NOT_MET


def test_an_age_that_differs_for_women_and_men() -> None:
    given_ = standards(retirement_age={"F": 55, "M": 60})
    for sex, age, expected in [
        ("F", 54, MET),
        ("F", 55, NOT_MET),
        ("M", 55, MET),
        ("M", 60, NOT_MET),
        (None, 54, UNKNOWN),
        ("F", {"min": 54, "max": 55}, UNKNOWN),
        ("M", {"min": 54, "max": 55}, MET),
    ]:
        member = {"sex": sex, "age": age}
        assert judge("age < local.retirement_age", {}, [member], given=given_, member=0) == expected
    assert judge("age < local.retirement_age", {}, [{"sex": "F", "age": 20}], member=0) == UNKNOWN


LINE = "county(local.housing_income_line: income_pc <= local.housing_income_line)"
OPTION = "county(local.dibian_line_inclusive: cars == 0)"
LISTED = "county(local.hard_to_employ_groups: judged(in the list) and cars == 0)"


@pytest.mark.parametrize(
    ("condition", "given_", "cars", "expected"),
    [
        (LINE, standards(housing_income_line_fen=100), 0, MET),
        (LINE, standards(housing_income_line_fen=99), 0, NOT_MET),
        (LINE, standards(), 0, UNKNOWN),
        (LINE, doubtful(housing_income_line_fen=99), 0, UNKNOWN),
        # An option that is not settled counts as taken; false takes the line away.
        (OPTION, standards(), 0, MET),
        (OPTION, standards(), 1, NOT_MET),
        (OPTION, standards(dibian_line_inclusive=True), 0, MET),
        (OPTION, standards(dibian_line_inclusive=False), 0, NOT_MET),
        (OPTION, doubtful(dibian_line_inclusive=True), 0, UNKNOWN),
        (OPTION, doubtful(dibian_line_inclusive=False), 0, UNKNOWN),
        (OPTION, doubtful(dibian_line_inclusive=False), 1, NOT_MET),
        # An empty list names nobody; without a list all hangs on it, unless the rest already fails.
        (LISTED, standards(hard_to_employ_groups=[]), 0, NOT_MET),
        (LISTED, standards(hard_to_employ_groups=["渔民"]), 0, UNKNOWN),
        (LISTED, standards(hard_to_employ_groups=["渔民"]), 1, NOT_MET),
        (LISTED, standards(), 0, UNKNOWN),
        (LISTED, standards(), 1, NOT_MET),
    ],
)
def test_a_line_of_the_countys_own(
    condition: str, given_: rules.StandardsInForce, cars: int, expected: str
) -> None:
    facts = {"cars": cars, "income_month_fen": 300, "size": 3}
    assert judge(condition, facts, given=given_) == expected


def test_a_standard_that_stands_in_for_another() -> None:
    facts = {"income_month_fen": 200, "size": 1}
    condition = "income_pc <= local.dibian_income_cap"
    assert judge(condition, facts, given=standards(minimum_wage_fen=199)) == NOT_MET
    assert judge(condition, facts, given=standards(minimum_wage_fen=200)) == MET
    assert judge(condition, facts, given=standards(minimum_wage_fen=199, dibian_income_cap_fen=200)) == MET


def test_a_standard_that_is_still_to_be_confirmed_is_unknown() -> None:
    facts = {"income_month_fen": 1, "size": 1}
    assert judge("income_ratio < 1", facts, given=standards(dibao_standard_fen=110000)) == MET
    assert judge("income_ratio < 1", facts, given=doubtful(dibao_standard_fen=110000)) == UNKNOWN


def test_what_somebody_finds_and_what_a_paper_shows() -> None:
    assert judge("judged(an officer looks)") == UNKNOWN
    assert judge("judged(an officer looks)", judged=rules.MET) == MET
    assert judge("judged(an officer looks) or hukou_local", {"hukou_local": True}) == MET
    assert judge("judged(an officer looks) and hukou_local", {"hukou_local": False}) == NOT_MET
    assert judge("procedure(a paper shows it)") == MET
    assert judge("not procedure(a paper shows it)") == NOT_MET


STATUSES = [(None, UNKNOWN), ([], NOT_MET), (["rigid"], NOT_MET), (["dibao", "tekun"], MET)]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
def test_what_a_household_receives(status: list[str] | None, expected: str) -> None:
    assert judge("received(dibao)", {"status": status}) == expected
    assert judge("received(tekun)", {"status": status}) == expected
    assert judge("received(dibao)", {"status": status}, [{}], member=0) == expected
    assert judge("exists member k: received(dibao)", {"status": status}, [{}, {}]) == expected


@pytest.mark.parametrize("own", [rules.MET, rules.NOT_MET, rules.UNKNOWN])
def test_a_households_special_hardship_belongs_to_who_meets_its_lines(own: int) -> None:
    asked: list[tuple[str, int]] = []

    def answer(case: rules.Case, code: str, index: int) -> int:
        asked.append((code, index))
        return own if index == 1 else rules.NOT_MET

    words = {rules.MET: MET, rules.NOT_MET: NOT_MET, rules.UNKNOWN: UNKNOWN}
    tekun = {"status": ["tekun"]}
    assert judge("received(tekun)", tekun, [{}, {}], member=1, policy_result=answer) == words[own]
    assert judge("received(tekun)", tekun, [{}, {}], member=0, policy_result=answer) == NOT_MET
    assert set(asked) == {("special-hardship-support", 0), ("special-hardship-support", 1)}
    assert judge("exists member k: received(tekun)", tekun, [{}, {}], policy_result=answer) == words[own]
    assert judge("received(tekun)", {"status": []}, [{}, {}], member=1, policy_result=answer) == NOT_MET
    # Of a policy's code, that policy's own lines decide alone.
    assert judge("received(orphan-allowance)", {}, [{}, {}], member=1, policy_result=answer) == words[own]


def test_a_benefit_that_only_words_name_counts_as_not_received() -> None:
    assert judge("received(a scholarship of another county)", {}) == NOT_MET
    assert judge("not received(a scholarship of another county)", {}) == MET


# Derived facts: each follows from totals, and no quotient is ever rounded.


def test_a_share_of_an_income_of_nothing() -> None:
    spent = {"income_month_fen": 0, "rigid_12m_fen": 1}
    assert judge("rigid_share > 0.6", spent) == MET
    assert judge("rigid_share > 0.6", {**spent, "rigid_12m_fen": 0}) == NOT_MET
    assert judge("rigid_share > 0.6", {**spent, "rigid_12m_fen": {"min": 0, "max": 1}}) == UNKNOWN
    assert judge("rigid_share <= 0.6", spent) == NOT_MET


def test_one_fen_across_a_line_that_does_not_divide() -> None:
    given_ = standards(dibao_standard_fen=100001)
    for income, expected in [(300002, MET), (300003, NOT_MET), (300004, NOT_MET)]:
        facts = {"income_month_fen": income, "size": 3}
        assert judge("income_ratio < 1", facts, given=given_) == expected
    third = {"income_month_fen": 1, "size": 3}
    assert judge("income_pc * 3 == 1", third) == MET


def test_a_band_of_sizes() -> None:
    given_ = standards(dibao_standard_fen=1000)
    two_or_three = {"min": 2, "max": 3}
    for income, expected in [(1999, MET), (2000, UNKNOWN), (2999, UNKNOWN), (3000, NOT_MET)]:
        facts = {"income_month_fen": income, "size": two_or_three}
        assert judge("income_ratio < 1", facts, given=given_) == expected
    both = {"income_month_fen": {"min": 1, "max": 1999}, "size": two_or_three}
    assert judge("income_ratio < 1", both, given=given_) == MET


money = st.integers(0, 10**13)
sizes = st.integers(1, 30)
limits = st.decimals(min_value=0, max_value=1000, places=4).map(lambda number: format(number, "f"))
DIRECT = {
    "income_pc": lambda i, q, r, n, s: Fraction(i, n),
    "income_ratio": lambda i, q, r, n, s: Fraction(i, n * s),
    "liquid_pc": lambda i, q, r, n, s: Fraction(q, n),
    "liquid_years": lambda i, q, r, n, s: Fraction(q, 12 * n * s),
    "net_ratio": lambda i, q, r, n, s: (i - Fraction(r, 12)) / (n * s),
    "rigid_share": lambda i, q, r, n, s: Fraction(r, 12 * i),
}


@pytest.mark.parametrize("name", DIRECT)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_derived_fact_is_compared_as_a_fraction_would_be(name: str, data: st.DataObject) -> None:
    income, liquid, rigid = data.draw(money.filter(bool)), data.draw(money), data.draw(money)
    size, standard = data.draw(sizes), data.draw(st.integers(1, 10**7))
    direct = DIRECT[name](income, liquid, rigid, size, standard)
    # Half of the limits stand right on the value or a hair beside it, where rounding would tell.
    beside = Fraction(int(direct * 10_000) + data.draw(st.integers(-1, 1)), 10_000)
    limit = data.draw(st.one_of(limits, st.just(rules.decimal_text(abs(beside)))))
    sign = data.draw(st.sampled_from(sorted(OPERATORS)))
    facts = {"income_month_fen": income, "liquid_fen": liquid, "rigid_12m_fen": rigid, "size": size}
    expected = MET if OPERATORS[sign](direct, Fraction(limit)) else NOT_MET
    given_ = standards(dibao_standard_fen=standard)
    assert judge(f"{name} {sign} {limit}", facts, given=given_) == expected
    turned = {"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">": "<", ">=": "<="}[sign]
    assert judge(f"{limit} {turned} {name}", facts, given=given_) == expected
    # A line times the standard is the same line.
    if name == "income_ratio":
        assert judge(f"income_pc {sign} {limit} * local.dibao_standard", facts, given=given_) == expected


@settings(max_examples=150, deadline=None)
@given(
    bands=st.tuples(*[st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted) for _ in range(2)]),
    sizes_=st.tuples(st.integers(1, 6), st.integers(1, 6)).map(sorted),
    standard=st.integers(1, 8),
    sign=st.sampled_from(sorted(OPERATORS)),
    limit=st.integers(-3, 5),
)
def test_a_band_is_certain_only_where_every_value_agrees(
    bands: Any, sizes_: Any, standard: int, sign: str, limit: int
) -> None:
    (income, rigid), (few, many) = bands, sizes_
    facts = {
        "income_month_fen": {"min": income[0], "max": income[1]},
        "rigid_12m_fen": {"min": rigid[0], "max": rigid[1]},
        "size": {"min": few, "max": many},
    }
    shift = f"+ {-limit}" if limit < 0 else ""
    found = judge(
        f"net_ratio {shift} {sign} {max(limit, 0)}", facts, given=standards(dibao_standard_fen=standard)
    )
    each = [
        OPERATORS[sign](DIRECT["net_ratio"](i, 0, r, n, standard), limit)
        for i in income
        for r in rigid
        for n in (few, many)
    ]
    if found == MET:
        assert all(each)
    if found == NOT_MET:
        assert not any(each)
    if income[0] == income[1] and rigid[0] == rigid[1] and few == many:
        assert found == (MET if each[0] else NOT_MET)


def test_an_area_is_held_in_hundredths() -> None:
    for area, expected in [(40.19, MET), (40.2, MET), (40.21, NOT_MET)]:
        assert judge("home_area_pc <= 40.2", {"home_area_pc": area}) == expected
        given_ = standards(home_area_pc_cap=40.2)
        assert (
            judge("home_area_pc <= local.home_area_pc_cap", {"home_area_pc": area}, given=given_) == expected
        )


def test_a_case_knows_nothing_of_nobody() -> None:
    assert case_of({}, [{"age": 3}]).member(rules.NOBODY) == {}
