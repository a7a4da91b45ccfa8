"""Which pages come: branches skip what cannot matter, and the next page says so."""

from __future__ import annotations

from itertools import pairwise

import pytest

from assistance import assessments
from assistance.assessments import UNSURE, Answers, Range
from assistance.assessments.flow import (
    KNOWN_MEANS,
    NO_MEMBERS,
    NO_SPENDING,
    NO_WORKERS,
    ONE_PERSON,
    STUDENTS_LEFT_OUT,
)
from tests.assistance.assessments.households import DAY

HEAD = {"relation": "head", "sex": "M", "birth_year": 1976}
SPOUSE = {"relation": "spouse", "sex": "F", "birth_year": 1980}
CHILD = {"relation": "child", "sex": "M", "birth_year": 2014}
STUDENT = {"relation": "child", "sex": "F", "birth_year": 2006, "at_school": "yes", "employed": "no"}


def notes(**kwargs):
    return {
        (step.page.question, step.page.code): step.note
        for step in assessments.steps(Answers(**kwargs), DAY)
        if step.note
    }


@pytest.mark.parametrize(
    ("kwargs", "place", "note"),
    [
        ({"household": {"status": ("dibao",)}}, (6, "spending"), KNOWN_MEANS),
        ({"household": {"status": ("dibian", "hardship_worker")}}, (6, "spending"), KNOWN_MEANS),
        ({"household": {"size": 3}}, (11, "housing"), NO_MEMBERS),
        ({"members": (CHILD,)}, (11, "housing"), NO_WORKERS),
        ({"members": (HEAD, STUDENT)}, (10, "union"), STUDENTS_LEFT_OUT),
        ({"household": {"rigid": Range(0, 0)}, "members": (HEAD,)}, (7, "health"), NO_SPENDING),
        ({"members": (HEAD,)}, (5, "savings"), ONE_PERSON),
    ],
)
def test_whatever_is_left_out_is_said_on_the_next_page(kwargs, place, note):
    assert notes(**kwargs).get(place) == note


def test_with_both_statuses_the_means_are_asked():
    walked = {
        step.page.code for step in assessments.steps(Answers(household={"status": ("dibao", "dibian")}), DAY)
    }
    assert {"income", "savings", "cars", "business"} <= walked


def test_everybody_is_finished_before_the_next_begins():
    unemployed = {"at_school": "no", "employed": "no", "work": "unemployed"}
    answers = Answers(members=({**HEAD, **unemployed}, {**SPOUSE, **unemployed}))
    order = [
        (step.page.code, step.member) for step in assessments.steps(answers, DAY) if step.page.question == 10
    ]
    assert order == [
        ("wages", None), ("work", 0), ("registered", 0), ("insurance", 0), ("work", 1), ("registered", 1),
        ("insurance", 1), ("union", None), ("residents-pension", None),
    ]  # fmt: skip


def test_forward_and_back_meet():
    answers = Answers(
        household={"health": ("ill", "helped"), "status": UNSURE, "special": ("parents", "veteran")},
        members=(
            {**HEAD, "ill": "yes", "needs_care": "no", "is_veteran": "yes", "parents_absent": "no"},
            {**SPOUSE, "ill": "yes", "needs_care": "yes", "is_veteran": "no", "parents_absent": "no"},
            {**CHILD, "ill": "no", "needs_care": "no", "is_veteran": "no", "parents_absent": "yes"},
        ),
    )
    steps = assessments.steps(answers, DAY)
    for one, following in pairwise(steps):
        assert assessments.following(answers, DAY, one.place) == following
        assert assessments.preceding(answers, DAY, following.place) == one
    assert assessments.preceding(answers, DAY, steps[0].place) is None
    assert assessments.following(answers, DAY, steps[-1].place) is None


def test_pregnancy_and_unions_are_offered_to_those_whom_they_can_concern():
    answers = Answers(members=(HEAD, SPOUSE, CHILD))
    listed = {
        name: assessments.candidates(assessments.FIELDS[name], answers, DAY)
        for name in ("pregnant", "union_member", "suspected", "lost_child", "ill")
    }
    assert listed == {
        "pregnant": (1,), "union_member": (0, 1), "suspected": (2,), "lost_child": (0, 1), "ill": (0, 1, 2),
    }  # fmt: skip


def test_the_first_page_without_an_answer_is_where_one_goes_on():
    assert assessments.first_open(Answers(), DAY).place == (1, "registration", None)
    answers = Answers(household={"registration": "local", "area": "rural", "alone": "alone"})
    assert assessments.first_open(answers, DAY).place == (2, "members", None)
