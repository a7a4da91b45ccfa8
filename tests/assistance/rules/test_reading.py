"""How a line is read: what binds more tightly, whose fact it is, and which mistakes are named."""

from __future__ import annotations

import pytest

from assistance import rules
from tests.assistance.rules.asking import MET, NOT_MET, POLICIES, UNKNOWN, judge, standards

READ_ALIKE = [
    # what is written, what it means
    ("not hukou_local and residence_permit", "(not hukou_local) and residence_permit"),
    ("hukou_local or residence_permit and only_home", "hukou_local or (residence_permit and only_home)"),
    ("hukou_local and residence_permit or only_home", "(hukou_local and residence_permit) or only_home"),
    ("cars between 1 and 2 and hukou_local", "(cars >= 1 and cars <= 2) and hukou_local"),
    ("exists member k: k.age < 18 or k.age >= 60", "exists member k: (k.age < 18 or k.age >= 60)"),
    ("exists member k: k.age < 18 and k.age > 3", "exists member k: age < 18 and age > 3"),
    ("12*income_pc < 96 + 12", "income_pc < 8.5 + 0.5"),
    ("age>=60", "age  >=  60"),
    ("2 * cars + 1 >= 5", "cars >= 2"),
    ("homes - 1 == cars", "homes == cars + 1"),
    ("father in sets.BAD", "father in [severe_disability, severe_illness, prison, detox, restrained, "
     "lost_contact, removed_custody]"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), READ_ALIKE)
def test_two_ways_of_writing_one_line(written: str, meant: str) -> None:
    words = ("prison", "able", "dead", None)
    for place in range(64):
        facts = {
            "hukou_local": (True, False, None)[place % 3],
            "residence_permit": (True, False, None)[place // 3 % 3],
            "only_home": (True, False, None)[place // 9 % 3],
            "cars": place % 4,
            "homes": place // 4 % 4,
            "income_month_fen": place,
            "size": 1,
        }
        members = [{"age": place % 64 + 10, "father": words[place % 4]}, {"age": 2}]
        assert judge(written, facts, members, member=0) == judge(meant, facts, members, member=0)


def test_a_bracket_ends_what_is_said_of_members() -> None:
    members = [{"age": 70}]
    inside = "exists member k: k.age < 18 or hukou_local"
    outside = "(exists member k: k.age < 18) and hukou_local"
    assert judge(inside, {"hukou_local": True}, members) == MET
    assert judge(outside, {"hukou_local": True}, members) == NOT_MET
    assert judge("(every member k: k.age >= 60) and cars == 0", {"cars": 0}, members) == MET


def test_one_member_may_be_set_beside_the_others() -> None:
    members = [{"age": 70, "dis_grade": 1}, {"age": 30, "dis_grade": 0}]
    line = "age < 60 and (exists member k: k.age >= 60 and k.dis_grade == 1)"
    assert [judge(line, {}, members, member=index) for index in (0, 1)] == [NOT_MET, MET]


def test_words_are_kept_as_they_are_written() -> None:
    judged = rules.read_condition("judged(costs (after aid) are beyond means: 因病致贫)")
    assert judged == rules.Judged("costs (after aid) are beyond means: 因病致贫")
    assert rules.read_condition("procedure(one meter)") == rules.Procedure("one meter")
    assert rules.read_condition("received(a thing)") == rules.Received("a thing", False)
    code = rules.read_condition("received(orphan-allowance)", in_member=True, policies=POLICIES)
    assert code == rules.Received("orphan-allowance", True)


def test_what_a_line_looks_at() -> None:
    line = rules.read_condition(
        "income_ratio < local.dibian_multiple or exists member k: k.age >= 60 and hukou_local "
        "or county(local.medical_aid_groups: status intersects local.medical_aid_groups)"
    )
    assert [fact.name for fact in rules.facts_of(line)] == ["income_month", "age", "hukou_local", "status"]
    assert sorted(rules.settings_of(line)) == ["dibao_standard", "dibian_multiple", "medical_aid_groups"]
    assert rules.uses_size(line)
    assert not rules.looks_at_members(line)


@pytest.mark.parametrize(
    ("text", "of_member"),
    [
        ("age >= 60", True),
        ("hukou_local", False),
        ("hukou_local and age >= 60", True),
        ("exists member k: k.age >= 60", False),
        ("received(tekun)", True),
        ("income_ratio < 1", False),
        ("judged(something)", False),
        ("not (pregnant or cars == 0)", True),
    ],
)
def test_whether_a_line_can_only_be_answered_for_one_member(text: str, of_member: bool) -> None:
    assert rules.looks_at_members(rules.read_condition(text, in_member=True)) == of_member


MISTAKES = [
    ("", "ends too early"),
    ("cars", "unknown operator “the end”; known: <, <=, ==, !=, >, >="),
    ("cars ==", "ends too early"),
    ("cars = 0", "unknown operator “=”; known: <, <="),
    ("cars <> 0", "expected a fact or a number, not “>”"),
    ("cars && hukou_local", "unknown operator “&&”"),
    ("cars ; 3", "cannot read “; 3”"),
    ("cars == 0 hukou_local", "does not understand “hukou_local” here"),
    ("(cars == 0", "expected “)” before “the end”"),
    ("not", "ends too early"),
    ("care == 0", "unknown fact “care”, a value of away; did you mean cars"),
    ("cars == own", "unknown fact “own”, a value of housing"),
    ("nothing_like_it == 0", "known: age, area"),
    ("cars in [none]", "“none” is not a whole number"),
    ("cars not 3", "“cars” is a number"),
    ("hukou_local == true", "“hukou_local” is yes or no"),
    ("hukou_local * 2 == 2", "does not understand “*” here"),
    ("2 * hukou_local == 2", "“hukou_local” is not a number"),
    ("housing > rent", "tested by ==, != or in, not by “>”"),
    ("housing == renting", "“renting” is not a value of “housing”; did you mean rent?"),
    ("status == dibao", "tested by includes, intersects or not empty, not by “==”"),
    ("status includes dibap", "“dibap” is not a value of “status”; did you mean dibao"),
    ("status intersects local.medical_aid_group", "did you mean medical_aid_groups"),
    ("status intersects dibao", "expected “[” before “dibao”"),
    ("liquid < local.dibao_asset_year", "unknown standard “local.dibao_asset_year”"),
    ("cars == local.medical_aid_groups", "“local.medical_aid_groups” is not a number"),
    ("county(dibao_standard: cars == 0)", "unknown standard “dibao_standard”"),
    ("county(local.dibao_standard cars == 0)", "expected “:” before “cars”"),
    ("county == 33048", "a county is named by its six digits, not by “33048”"),
    ("age >= 60", "“age” belongs to a member: say exists, every, no or count member"),
    ("exists k: k.age >= 60", "expected “member” before “k”"),
    ("exists member k: n.age >= 60", "unknown fact “n.age”"),
    ("count(member k: k.age >= 60) = 2", "unknown operator “=”"),
    ("count(member k: k.age >= 60) plus 2", "a count is compared by one of <, <="),
    ("count(member k: k.age >= 60) > cars", "a count is compared with a whole number"),
    ("father in sets.BAD", "“father” belongs to a member"),
    ("exists member k: k.father in sets.GOOD", "unknown list “sets.GOOD”; known: BAD"),
    ("judged()", "judged() says nothing"),
    ("judged(something", "a bracket is not closed"),
    ("judged something", "expected “(” before “something”"),
    ("received(orphan-alowance)", "unknown policy “orphan-alowance”; did you mean orphan-allowance?"),
    ("received(orphan-allowance)", "a policy's code is received by a person"),
    ("exists member k: received(rigid)", "a person receives one of dibao, tekun or a policy's code"),
    ("income_month * liquid < 3", "multiplies facts with one another"),
    ("income_pc * size * liquid < 3", "multiplies facts with one another"),
    ("liquid < 2 * rigid_share", "multiplies facts with one another"),
    ("income_pc + income_ratio < 3", "uses “income_month” twice"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_what_would_be_right(text: str, message: str) -> None:
    with pytest.raises(rules.ConditionError) as caught:
        rules.read_condition(text, policies=POLICIES)
    assert message in str(caught.value)
    assert str(caught.value).endswith(f"(in “{text}”)")


def test_the_size_cancels_where_it_stands_on_both_sides() -> None:
    """A line that is written a person and then times the size needs no size to be judged."""
    line = "12 * income_pc * size - medical_oop_12m < 1000"
    assert judge(line, {"income_month_fen": 100, "medical_oop_12m_fen": 201}) == MET
    assert judge(line, {"income_month_fen": 100, "medical_oop_12m_fen": 200}) == NOT_MET
    assert judge(line, {"income_month_fen": 100}) == UNKNOWN


def test_a_product_of_standards_is_one_limit() -> None:
    line = "car_price < 12 * local.dibian_vehicle_years * local.dibao_standard"
    given = standards(dibian_vehicle_years="1.5", dibao_standard_fen=1001)
    for price, expected in [(18017, MET), (18018, NOT_MET)]:
        assert judge(line, {"car_price_fen": price}, given=given) == expected
    assert judge(line, {"car_price_fen": 0}, given=standards(dibao_standard_fen=1001)) == UNKNOWN
