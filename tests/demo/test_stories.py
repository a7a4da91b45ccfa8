"""The files of the demo: complete, invented, and told alike on the staff side and at the simulators' desk."""

from __future__ import annotations

from datetime import date

from assistance import households, rules
from assistance.divisions import Level, national_index
from assistance.permissions import Role
from assistance.rules import Band
from assistance.values import ResidentId
from demo.accounts import colleagues
from demo.draws import Draws
from demo.generated_files import as_json, file_number, generated_files
from demo.generated_households import generated_snapshot
from demo.invented_people import NO_DIVISION
from demo.places import PLACES, is_village, places_of, villages_of
from demo.stories_file import stories
from simulators.people import named_people
from tests.conftest import NOW

SOME = 60


def some_files(seed: int = 1, taken: frozenset[str] = frozenset()) -> list[households.NewFile]:
    villages = villages_of("330482")
    return list(
        generated_files(SOME, seed=seed, county="330482", villages=villages, taken=taken, told=(), now=NOW)
    )


def test_the_stories_and_the_simulators_name_the_same_people() -> None:
    told = {
        one.key: (story.name, one.name, one.phone.value if one.phone else "", one.resident_id.value)
        for story in stories()
        for one in story.members
    }
    known = {key: (one.story, one.name, one.phone, one.resident_id) for key, one in named_people().items()}
    assert told == known
    assert len(stories()) == 12


def test_every_value_of_a_story_is_one_that_the_fact_can_have() -> None:
    for story in stories():
        keys = {one.key for one in story.members}
        for told in story.told:
            assert told.source in households.SOURCE_WORDS
            assert set(told.members or {}) <= keys
            said = [(told.household or {}, "household")]
            said += [(facts, "member") for facts in (told.members or {}).values()]
            for facts, subject in said:
                for fact, value in facts.items():
                    assert rules.FACTS[fact].subject == subject, fact
                    assert households.check_value(fact, value) is not None, (story.name, fact)
        assert story.title.en
        assert story.follow.en


def test_a_story_says_enough_to_count_the_household() -> None:
    for story in stories():
        everybody = {one.key for one in story.members if not one.is_supporter}
        told: dict[str, dict[str, object]] = {key: {} for key in everybody}
        for one in story.told:
            for key, facts in (one.members or {}).items():
                told[key].update(facts)
        members = [{**facts, "relation": "other"} for facts in told.values()]
        size = rules.read_household({}, members).size
        assert isinstance(size, Band)
        assert all({"in_custody", "away"} <= set(facts) for facts in told.values())


def test_nobodys_number_is_a_real_one() -> None:
    numbers = [one.resident_id for story in stories() for one in story.members]
    numbers += [one.resident_id for one in colleagues()]
    numbers += [ResidentId(one.resident_id) for each in colleagues() for one in each.relatives]
    for file in some_files():
        numbers += [one.resident_id for one in file.members if one.resident_id]
    assert len(numbers) > 150
    assert all(number.value.startswith(NO_DIVISION) for number in numbers)
    assert national_index().get(NO_DIVISION) is None


def test_a_seed_and_a_day_give_the_same_files() -> None:
    assert some_files() == some_files()
    assert some_files() != some_files(seed=2)


def test_generated_people_are_as_old_and_of_the_sex_that_their_facts_say() -> None:
    families = generated_snapshot(SOME, seed=1, county="330482", moment=NOW).households_at(range(SOME))
    for family, file in zip(families, some_files(), strict=True):
        for person, member in zip(family.members, file.members, strict=False):
            assert member.resident_id is not None
            age, birth = person.get("age"), member.resident_id.birth
            years = NOW.year - birth.year - ((NOW.month, NOW.day) < (birth.month, birth.day))
            if isinstance(age, Band):
                assert years == age.low
            assert person.get("sex") in (None, member.resident_id.sex)


def test_every_generated_line_is_one_that_the_fact_can_have_and_declared() -> None:
    for file in some_files():
        lines = [*file.lines, *(line for one in file.members for line in one.lines)]
        for line in lines:
            assert line.standing == "declared"
            assert households.check_value(line.fact, line.value) is not None
            assert line.dated_on <= NOW.date()
        assert sum(one.relation == "head" for one in file.members) == 1
        assert file.joined_on <= NOW.date()


def test_values_come_back_as_they_went() -> None:
    for value, fact in ((Band(3966, 3966), "home_area_pc"), (Band(100, 2000), "liquid_fen")):
        assert households.check_value(fact, as_json(rules.FACTS[fact], value)) == value
    assert households.check_value("event_6m", as_json(rules.FACTS["event_6m"], frozenset({"fire"}))) == {
        "fire"
    }


def test_a_number_that_somebody_has_is_given_to_nobody_else() -> None:
    first = some_files()[0].members[0].resident_id
    assert first is not None
    moved = some_files(taken=frozenset({first.value}))
    assert first not in {one.resident_id for file in moved for one in file.members}


def test_file_numbers_are_each_ones_own() -> None:
    draws = Draws("1:files")
    numbers = [file_number(draws, row) for row in range(5000)]
    assert len(set(numbers)) == 5000
    told = {numbers[7]}
    assert file_number(draws, 7, told) not in numbers


def test_the_places_of_the_stories_are_real() -> None:
    index = national_index()
    levels = {name: index.get(code).level for name, code in PLACES.items()}  # type: ignore[union-attr]
    assert levels["county"] is Level.COUNTY
    assert {levels["town"], levels["other-town"]} == {Level.TOWN}
    assert {levels[name] for name in PLACES if "village" in name or "community" in name} == {Level.VILLAGE}
    assert is_village(PLACES["village"])
    assert not is_village(PLACES["community"])
    elsewhere = places_of("330328")
    assert all(index.is_within(code, "330328") for code in elsewhere.values())


def test_every_role_of_the_staff_is_there_and_two_where_two_are_needed() -> None:
    roles = [one.role for one in colleagues()]
    assert set(roles) == set(Role) - {Role.RESIDENT}
    assert min(roles.count(role) for role in (Role.INSPECTOR, Role.SECURITY_ADMINISTRATOR)) == 2
    departments = {one.department for one in colleagues() if one.department}
    assert {"civil_affairs", "disabled_federation", "housing"} <= departments
    assert any(one.relatives for one in colleagues())
    assert len({one.password for one in colleagues()}) == len(colleagues())
    assert all(one.resident_id.birth < date(2005, 1, 1) for one in colleagues())
