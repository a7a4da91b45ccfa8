"""Three persons for three stages, and nobody for their own family."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistance import people
from assistance.people.separation import BAR_WORDS, Bar, Stage, Step, check_may_take, find_bar

THREE = [uuid.UUID(int=number) for number in (1, 2, 3)]


def test_T12_of_all_27_assignments_of_three_persons_to_three_stages_six_pass() -> None:
    passed = []
    for persons in itertools.product(THREE, repeat=3):
        earlier: list[Step] = []
        for stage, person in zip(Stage, persons, strict=True):
            if find_bar(person, stage, household=(), is_near_relative=False, earlier=earlier) is not None:
                break
            earlier.append(Step(stage, person))
        else:
            passed.append(persons)
    assert len(passed) == 6
    assert sorted(passed) == sorted(itertools.permutations(THREE))


@given(
    steps=st.lists(st.tuples(st.sampled_from(list(Stage)), st.sampled_from(THREE)), max_size=12),
)
def test_T12_whatever_way_a_case_goes_back_and_forth_nobody_takes_two_stages(
    steps: list[tuple[Stage, uuid.UUID]],
) -> None:
    taken: list[Step] = []
    for stage, person in steps:
        if find_bar(person, stage, household=(), is_near_relative=False, earlier=taken) is None:
            taken.append(Step(stage, person))
    for person in THREE:
        assert len({step.stage for step in taken if step.person_id == person}) <= 1


@given(
    person=st.sampled_from(THREE),
    stage=st.sampled_from(list(Stage)),
    household=st.sets(st.sampled_from(THREE)),
    related=st.booleans(),
)
def test_T13_own_household_and_near_relatives_bar_every_stage(
    person: uuid.UUID, stage: Stage, household: set[uuid.UUID], related: bool
) -> None:
    bar = find_bar(person, stage, household=household, is_near_relative=related)
    if person in household:
        assert bar is Bar.OWN_HOUSEHOLD
    elif related:
        assert bar is Bar.NEAR_RELATIVE
    else:
        assert bar is None


def test_whoever_is_barred_reads_why_and_what_to_do() -> None:
    assert set(BAR_WORDS) == set(Bar)
    with pytest.raises(people.MustRecuse) as refused:
        check_may_take(THREE[0], Stage.REVIEW, household=THREE, is_near_relative=False)
    assert refused.value.bar is Bar.OWN_HOUSEHOLD
    assert "别的同事" in refused.value.message
