"""Answers become facts: nothing is invented, a known nothing is known, doubts become bands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistance import assessments
from assistance.assessments import FIELDS, UNSURE, Answers, Range, household_facts
from assistance.assessments.changes import answer_page, answer_who
from assistance.assessments.questions import MEMBER_FIELDS, PAGES
from assistance.rules import read_household
from tests.assistance.assessments.households import DAY, SAMPLE, random_answers, standards

ALL = standards(**SAMPLE)
THREE = (
    {"relation": "head", "sex": "M", "birth_year": 1976},
    {"relation": "spouse", "sex": "F", "birth_year": 1980},
    {"relation": "child", "sex": "M", "birth_year": 2014},
)


def facts_of(answers, day=DAY, known=ALL):
    return household_facts(answers, known, day)


@given(random_answers(), st.sampled_from([date(2025, 12, 31), DAY]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_answered_the_engine_can_read(answers, day):
    facts = facts_of(answers, day)
    read_household(facts["household"], facts["members"])
    json.dumps(facts)


def test_what_was_not_asked_is_unknown():
    assert facts_of(Answers()) == {"household": {}, "members": []}
    assert facts_of(Answers(members=({}, {}))) == {"household": {}, "members": [{}, {}]}


def test_not_sure_is_never_no():
    household = {name: UNSURE for name in FIELDS if name not in MEMBER_FIELDS}
    member = dict.fromkeys(MEMBER_FIELDS, UNSURE)
    assert facts_of(Answers(household=household, members=(member,))) == {"household": {}, "members": [{}]}


def test_a_year_of_birth_alone_is_a_band_of_two_ages():
    [head] = facts_of(Answers(members=({"birth_year": 1956},)))["members"]
    assert head == {"age": {"min": 69, "max": 70}}
    [baby] = facts_of(Answers(members=({"birth_year": 2026},)))["members"]
    assert baby["age"] == 0


def answered(code, question, value, members=THREE):
    return answer_page(
        Answers(members=members),
        PAGES[question, code],
        {PAGES[question, code].fields[0].name: value},
        None,
        DAY,
    )


def test_nobody_ill_and_nobody_helped_are_known_nothings():
    for member in facts_of(answered("health", 7, ()))["members"]:
        assert member["serious_illness"] is False
        assert member["illness"] == []
        assert member["care_level"] == "self"
        assert member["unpaid_emergency_care"] is False


def test_no_certificate_is_a_known_nothing():
    for member in facts_of(answered("disability", 8, ()))["members"]:
        assert member["dis_grade"] == 0
        assert member["dis_type"] == []
        assert member["in_institution"] is False
    # Only a child was asked about slow development.
    assert ["dis_suspected" in member for member in facts_of(answered("disability", 8, ()))["members"]] == [
        False,
        False,
        True,
    ]


def test_everyone_at_home_is_neither_away_nor_in_custody_nor_pregnant():
    members = facts_of(answered("situation", 2, ()))["members"]
    assert all(member["away"] == "none" and member["in_custody"] is False for member in members)
    # The whole household was asked, so of the men it is known too.
    assert all(member["pregnant"] is False for member in members)


def test_what_a_man_was_not_asked_stays_unknown():
    assert "pregnant" not in facts_of(Answers(members=({"sex": "M", "birth_year": 1976},)))["members"][0]


def test_who_is_named_is_and_who_is_not_named_is_not():
    gate = answered("health", 7, ("ill",))
    assert all("serious_illness" not in member for member in facts_of(gate)["members"])
    answers = answer_who(gate, FIELDS["ill"], {1}, False, DAY)
    assert [member["serious_illness"] for member in facts_of(answers)["members"]] == [False, True, False]
    partly = answer_who(gate, FIELDS["ill"], {1}, True, DAY)
    assert [member.get("serious_illness") for member in facts_of(partly)["members"]] == [None, True, None]


def test_somebody_added_later_has_not_been_asked():
    later = answered("health", 7, ()).with_member({"relation": "parent", "sex": "F", "birth_year": 1950})
    members = facts_of(later)["members"]
    assert [member.get("serious_illness") for member in members] == [False, False, False, None]
    assert assessments.first_open(replace(later, household=later.household), DAY) is not None
    step = assessments.find_step(later, DAY, (7, "health", None))
    assert not assessments.is_answered(step, later, DAY)


def test_with_one_person_at_home_nobody_asks_who():
    one = answered("health", 7, ("ill",), members=THREE[:1])
    assert facts_of(one)["members"][0]["serious_illness"] is True
    assert assessments.find_step(one, DAY, (7, "ill", None)) is None


def test_whoever_is_in_custody_leaves_the_count():
    answers = Answers(
        members=({**THREE[0], "is_away": "no"}, {**THREE[1], "is_away": "yes", "away": "custody"})
    )
    facts = facts_of(answers)
    assert facts["members"][1]["in_custody"] is True
    assert "away" not in facts["members"][1]
    assert read_household(facts["household"], facts["members"]).size == (1, 1)


def test_57_7_a_postgraduate_child_away_stays_a_question():
    def size(stage):
        child = {
            "relation": "child",
            "sex": "M",
            "birth_year": 2000,
            "is_away": "yes",
            "away": "study",
            "at_school": "yes",
            "stage": stage,
            "needs_care": "no",
        }
        facts = facts_of(Answers(members=({**THREE[0], "is_away": "no"}, child)))
        return read_household(facts["household"], facts["members"]).size

    assert size("college") == (2, 2)
    assert size("postgraduate") == (1, 2)


def with_income(**household):
    return Answers(household={"income": Range(300000, 300000), **household})


@pytest.mark.parametrize(
    ("household", "expected"),
    [
        ({"counted": ()}, 300000),
        ({"counted": ("awards",)}, {"min": 0, "max": 300000}),
        ({"counted": ("assistance", "childcare")}, {"min": 0, "max": 300000}),
        ({"counted": UNSURE}, {"min": 0, "max": 300000}),
        ({}, {"min": 0, "max": 300000}),
    ],
)
def test_57_13_a_total_that_includes_what_the_law_leaves_out_is_only_an_upper_end(household, expected):
    assert facts_of(with_income(**household))["household"]["income_month_fen"] == expected


@pytest.mark.parametrize(
    ("day", "until", "pension", "expected"),
    [
        (date(2025, 12, 31), "2025-12-31", Range(20000, 20000), 280000),
        (date(2026, 1, 1), "2025-12-31", Range(20000, 20000), {"min": 280000, "max": 300000}),
        (date(2026, 1, 1), "2025-12-31", UNSURE, {"min": 0, "max": 300000}),
        (date(2025, 12, 31), "2025-12-31", UNSURE, {"min": 0, "max": 300000}),
        (date(2025, 12, 31), None, Range(20000, 20000), {"min": 280000, "max": 300000}),
        (date(2026, 11, 22), "2027-12-31", Range(20000, 20000), 280000),
        (date(2026, 1, 1), "2025-12-31", Range(900000, 900000), {"min": 0, "max": 300000}),
    ],
)
def test_57_13_a_basic_pension_is_left_out_to_its_day_and_a_doubt_afterwards(day, until, pension, expected):
    settings_ = {**SAMPLE, "basic_pension_excluded_until": until}
    if until is None:
        del settings_["basic_pension_excluded_until"]
    answers = with_income(counted=("basic_pension",), pension=pension)
    facts = household_facts(answers, standards(**settings_), day)
    assert facts["household"]["income_month_fen"] == expected


def test_a_status_gives_its_bands_unless_the_family_said_otherwise():
    members = tuple({**member, "is_away": "no"} for member in THREE)
    facts = facts_of(Answers(household={"status": ("dibao",)}, members=members))["household"]
    assert facts["income_month_fen"] == {"min": 0, "max": 3 * 113000 - 1}
    assert facts["capital_fen"] == {"min": 0, "max": 10000000}
    assert "cars" not in facts
    assert "non_residential" not in facts
    said = Answers(household={"status": ("dibao",), "income": Range(5, 5), "counted": ()}, members=members)
    assert facts_of(said)["household"]["income_month_fen"] == 5
    for status in ("tekun", "rigid", "expend"):
        plain = facts_of(Answers(household={"status": (status,)}, members=members))["household"]
        assert plain == {"status": [status]}


def test_rigid_4_the_last_365_days_count():
    assert assessments.spending_counts_from(date(2026, 11, 22)) == date(2025, 11, 22)


def test_spending_given_one_by_one_adds_up_and_a_gap_leaves_it_open():
    whole = facts_of(Answers(household={"rigid_parts": (100, 200, 0, 300)}))["household"]
    assert whole == {"rigid_12m_fen": 600, "medical_oop_12m_fen": 100}
    partly = facts_of(Answers(household={"rigid_parts": (100, None, 0, None)}))["household"]
    assert partly == {"rigid_12m_fen": {"min": 100}, "medical_oop_12m_fen": 100}
    nothing = facts_of(Answers(household={"rigid": Range(0, 0)}))["household"]
    assert nothing == {"rigid_12m_fen": 0, "medical_oop_12m_fen": 0}


def test_floor_area_a_person_is_never_rounded_past_a_line():
    household = {"floor_area": 100}
    two = tuple({**member, "is_away": "no"} for member in THREE[:2])
    three = tuple({**member, "is_away": "no"} for member in THREE)
    assert facts_of(Answers(household=household, members=two))["household"]["home_area_pc"] == 50.0
    assert facts_of(Answers(household=household, members=three))["household"]["home_area_pc"] == {
        "min": 33.33,
        "max": 33.34,
    }


def test_one_home_is_the_only_home():
    for homes, expected in (("1", True), ("2", False), ("3", False), ("0", None)):
        assert facts_of(Answers(household={"homes": homes}))["household"].get("only_home") is expected
    assert facts_of(Answers(household={"homes": "3"}))["household"]["homes"] == {"min": 3}
    assert "house_grade" not in facts_of(Answers(household={"house_grade": "none"}))["household"]


def test_living_alone_and_a_list_that_says_otherwise():
    def alone(said, *away):
        members = tuple({"is_away": flag} for flag in away)
        return [
            m.get("lives_alone")
            for m in facts_of(Answers(household={"alone": said}, members=members))["members"]
        ]

    assert alone("alone", "no") == [True]
    assert alone("alone", "no", "yes") == [True, None]
    assert alone("alone", "no", "no") == [None, None]
    assert alone("family", "no", "no") == [False, False]


def test_who_lives_alone_has_what_the_household_has():
    answers = Answers(household={"income": Range(80000, 80000), "counted": ()}, members=(THREE[0],))
    assert facts_of(answers)["members"][0]["own_income_fen"] == 80000
    assert assessments.find_step(answers, DAY, (4, "earners", None)) is None


def test_a_child_under_sixteen_was_never_insured_against_unemployment():
    child = facts_of(Answers(members=({"birth_year": 2014},)))["members"][0]
    assert child["ui_paid_months"] == 0
    assert child["union_member"] is False
    youth = facts_of(Answers(members=({"birth_year": 2010},)))["members"][0]
    assert "ui_paid_months" not in youth


def test_a_student_is_not_asked_about_work_again():
    student = {"birth_year": 2005, "at_school": "yes", "stage": "college", "employed": "no"}
    assert facts_of(Answers(members=(student,)))["members"][0]["work"] == "student"
    assert assessments.find_step(Answers(members=(student,)), DAY, (10, "work", 0)) is None


def test_months_of_insurance_are_bands():
    member = {
        "employed": "no",
        "at_school": "no",
        "work": "unemployed",
        "ui_paid_months": "12-59",
        "reg_unemployed_months": "0",
        "ui_drawn_months": "6-600",
        "left": "involuntarily",
    }
    facts = facts_of(Answers(members=(member,)))["members"][0]
    assert facts["ui_paid_months"] == {"min": 12, "max": 59}
    assert facts["reg_unemployed_months"] == 0
    assert facts["ui_drawn_months"] == {"min": 6, "max": 600}
    assert facts["left_involuntarily"] is True
