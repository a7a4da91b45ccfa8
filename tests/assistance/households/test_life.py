"""What happens in families: nobody in two households on one day, nothing lost, both files readable."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import households
from assistance.errors import Refusal
from assistance.households import (
    Household,
    HouseholdEvent,
    HouseholdLine,
    HouseholdMember,
    MemberDied,
    MemberJoined,
    MemberLeft,
)
from assistance.people import SYSTEM, Person
from infrastructure.database import Database
from tests.assistance.households.families import DAY, OTHER, family, line, person
from tests.conftest import NOW
from tests.signing_in import VILLAGE

ON = date(2026, 6, 1)
BY: dict[str, Any] = {"by": SYSTEM, "now": NOW}


def test_a_split_takes_each_person_s_lines_along_and_leaves_the_house_s(database: Database) -> None:
    with database.transaction() as session:
        yao = family(session, ("姚建国", "head"), ("钱云", "spouse"), ("姚磊", "child"))
        line(session, yao, "work", "employed", "姚磊")
        line(session, yao, "work", "flexible", "钱云")
        line(session, yao, "homes", 1)
        new = households.split(
            session,
            yao.household,
            [yao.members["姚磊"]],
            head=yao.members["姚磊"],
            relations={},
            division_code=OTHER,
            address="8号",
            on=ON,
            **BY,
        )
        old_lines, new_lines = (households.list_lines(session, one) for one in (yao.household, new))
        assert [(one.fact, one.sealed["value"]) for one in new_lines] == [("work", "employed")]
        assert sorted((one.fact, one.sealed["value"]) for one in old_lines) == [
            ("homes", 1),
            ("work", "flexible"),
        ]
        history = households.list_lines(session, yao.household, history=True)
        assert len(history) == 3
        assert [one.person.name for one in households.members_on(session, new, ON)] == ["姚磊"]
        before = households.members_on(session, yao.household, ON - timedelta(days=1))
        assert {one.person.name for one in before} == {"姚建国", "钱云", "姚磊"}
        assert {one.event for one in households.list_events(session, new)} == {"split"}
        assert {one.event for one in households.list_events(session, yao.household)} == {"split"}


def test_a_merger_closes_one_file_and_leads_on(database: Database) -> None:
    with database.transaction() as session:
        one, two = family(session, ("甲", "head"), ("乙", "child")), family(session, ("丙", "head"))
        line(session, one, "work", "employed", "甲")
        line(session, one, "homes", 1)
        line(session, two, "homes", 2)
        relations = {one.members["甲"].id: "parent", one.members["乙"].id: "sibling"}
        households.merge(session, one.household, two.household, relations=relations, on=ON, **BY)
        assert (one.household.state, one.household.followed_by) == ("merged", two.household.id)
        here = households.members_on(session, two.household, ON)
        assert {(here_one.person.name, here_one.member.relation) for here_one in here} == {
            ("丙", "head"),
            ("甲", "parent"),
            ("乙", "sibling"),
        }
        document = households.document(session, two.household, on=date(2026, 11, 22))
        assert document["household"] == {"homes": 2}
        assert document["members"][1]["work"] == "employed"
        assert households.document(session, one.household, on=ON - timedelta(days=1))["household"] == {}
        with pytest.raises(Refusal):
            households.move_out(session, one.household, one.members["甲"], on=ON, **BY)


def test_when_the_head_dies_another_takes_the_place(database: Database) -> None:
    with database.transaction() as session:
        he = family(
            session,
            ("何水根", "head"),
            ("何阿玉", "spouse"),
            ("小何", "grandchild"),
            births={"小何": date(2015, 5, 5)},
            guardians={"小何": "何水根"},
        )
        with pytest.raises(Refusal):
            households.register_death(session, he.household, he.members["何水根"], on=ON, **BY)
        with pytest.raises(Refusal):
            households.register_death(
                session, he.household, he.members["何水根"], on=ON, new_head=he.members["何阿玉"], **BY
            )


def test_a_death_ends_the_place_and_the_guardianship(database: Database) -> None:
    with database.transaction() as session:
        he = family(
            session,
            ("何水根", "head"),
            ("何阿玉", "spouse"),
            ("小何", "grandchild"),
            births={"小何": date(2015, 5, 5)},
            guardians={"小何": "何水根"},
        )
        households.register_death(
            session,
            he.household,
            he.members["何水根"],
            on=ON,
            new_head=he.members["何阿玉"],
            relations={he.members["小何"].id: "grandchild"},
            **BY,
        )
        assert he.persons["何水根"].died_on == ON
        assert (he.members["何水根"].left_on, he.members["何水根"].left_because) == (ON, "died")
        assert he.members["何阿玉"].relation == "head"
        assert he.members["小何"].guardian_id is None
        assert {one.event for one in households.list_events(session, he.household)} == {
            "died",
            "head_changed",
            "guardian_changed",
        }
        with pytest.raises(Refusal):
            households.move_in(
                session, he.household, households.Joining(he.persons["何水根"], "parent"), on=ON, **BY
            )


def test_the_last_one_to_leave_closes_the_file(database: Database) -> None:
    with database.transaction() as session:
        zhou = family(session, ("周福根", "head"))
        households.register_death(session, zhou.household, zhou.members["周福根"], on=ON, **BY)
        assert zhou.household.state == "dissolved"
        assert households.list_everybody(session, zhou.household)[0].person.name == "周福根"


def test_a_birth_adds_a_member_with_a_guardian(database: Database) -> None:
    with database.transaction() as session:
        feng = family(session, ("冯晓东", "head"), ("陶娜", "spouse"))
        child = person(session, "冯安", date(2026, 10, 30))
        with pytest.raises(Refusal):
            households.register_birth(
                session, feng.household, child, relation="child", guardian_id=None, on=ON, **BY
            )
        born = households.register_birth(
            session,
            feng.household,
            child,
            relation="child",
            guardian_id=feng.persons["陶娜"].id,
            on=date(2026, 10, 30),
            **BY,
        )
        assert born.guardian_id == feng.persons["陶娜"].id
        document = households.document(session, feng.household, on=date(2026, 11, 22))
        assert document["members"][-1] == {"age": 0, "sex": "F", "relation": "child"}


def test_a_household_that_moves_out_of_the_county_is_closed_here(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        moved: dict[str, Any] = {"address": "9号", "county": "330482", "on": ON, **BY}
        households.move_household(session, chen.household, division_code=OTHER, **moved)
        assert (chen.household.division_code, chen.household.state) == (OTHER, "active")
        assert households.list_events(session, chen.household)[0].sealed["from"] == VILLAGE
        with pytest.raises(Refusal):
            households.move_household(session, chen.household, division_code="330482", **moved)
        households.move_household(session, chen.household, division_code="330481", **moved)
        assert chen.household.state == "moved_out"


def test_nobody_is_in_two_households_even_past_the_checks(database: Database) -> None:
    with database.transaction() as session:
        chen, zhou = family(session, ("陈国良", "head")), family(session, ("周福根", "head"))
        with pytest.raises(Refusal):
            households.move_in(
                session, zhou.household, households.Joining(chen.persons["陈国良"], "other"), on=ON, **BY
            )
        session.add(
            HouseholdMember(
                household_id=zhou.household.id,
                person_id=chen.persons["陈国良"].id,
                relation="other",
                joined_on=ON,
            )
        )
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_later_nouns_are_told_whom_an_event_touches(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("assistance.reactions.happened", lambda session, event: told.append(event))
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"), ("陆秀珍", "spouse"))
        told.clear()
        households.register_death(session, chen.household, chen.members["陆秀珍"], on=ON, **BY)
        households.move_in(
            session, chen.household, households.Joining(person(session, "丁"), "other"), on=ON, **BY
        )
    assert [type(one) for one in told] == [MemberLeft, MemberDied, MemberJoined]
    assert told[0].because == "died"
    assert told[1].person_id == chen.persons["陆秀珍"].id


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_nobody_is_doubled_and_nothing_is_lost(database: Database, seed: int) -> None:
    luck = random.Random(seed)
    day = date(2021, 1, 1)
    with database.transaction() as session:
        for number in range(4):
            fam = family(session, (f"户{number}", "head"), *((f"人{number}{k}", "child") for k in range(2)))
            for name in fam.members:
                line(session, fam, "own_income_fen", 100 * (number + 1), name, dated_on=date(2020, 6, 1))
        income, persons = _income(session), len(session.scalars(select(Person)).all())
        done = 0
        for _ in range(25):
            day += timedelta(days=luck.randrange(1, 40))
            done += _something_happens(session, luck, day)
            session.flush()
            _nobody_is_doubled(session)
        assert done > 8
        dead = len(session.scalars(select(Person).where(Person.died_on.is_not(None))).all())
        current = session.scalars(select(HouseholdMember).where(HouseholdMember.left_on.is_(None))).all()
        assert len(current) + dead == persons
        assert len(session.scalars(select(Person)).all()) == persons
        assert _income(session) + _income_of_the_dead(session) == income
        for household in session.scalars(select(Household)):
            heads = [one for one in current if one.household_id == household.id and one.relation == "head"]
            assert len(heads) == (1 if household.state == "active" else 0)
            assert households.document(session, household, on=date(2026, 11, 22))["county"] == "330482"


def _something_happens(session: Session, luck: random.Random, day: date) -> int:
    active = session.scalars(
        select(Household).where(Household.state == "active").order_by(Household.number)
    ).all()
    household = luck.choice(active)
    members = households.current_members(session, household.id)
    others = [one for one in members if one.relation != "head"]
    act = luck.choice(("split", "merge", "move", "die", "head"))
    try:
        if act == "split" and others:
            one = luck.choice(others)
            households.split(
                session,
                household,
                [one],
                head=one,
                relations={},
                division_code=VILLAGE,
                address="",
                on=day,
                **BY,
            )
        elif act == "merge" and len(active) > 1:
            into = luck.choice([one for one in active if one.id != household.id])
            relations = {one.id: "other" for one in members}
            households.merge(session, household, into, relations=relations, on=day, **BY)
        elif act == "move" and others and len(active) > 1:
            into = luck.choice([one for one in active if one.id != household.id])
            households.move_member(
                session, household, luck.choice(others), into, relation="other", on=day, **BY
            )
        elif act == "die" and others and luck.random() < 0.3:
            households.register_death(session, household, luck.choice(others), on=day, **BY)
        elif act == "head" and others:
            head = luck.choice(others)
            relations = {one.id: "other" for one in members if one.id != head.id}
            households.change_head(session, household, head, relations=relations, on=day, **BY)
        else:
            return 0
    except Refusal:
        return 0
    return 1


def _nobody_is_doubled(session: Session) -> None:
    places: dict[Any, list[HouseholdMember]] = {}
    for one in session.scalars(select(HouseholdMember).where(HouseholdMember.is_supporter.is_(False))):
        places.setdefault(one.person_id, []).append(one)
    for rows in places.values():
        rows.sort(key=lambda one: (one.joined_on, one.left_on or date.max))
        for earlier, later in pairwise(rows):
            assert earlier.left_on is not None
            assert earlier.left_on <= later.joined_on


def _income(session: Session) -> int:
    living = select(HouseholdLine).join(HouseholdMember, HouseholdMember.id == HouseholdLine.member_id)
    lines = session.scalars(
        living.where(HouseholdLine.replaced_at.is_(None), HouseholdMember.left_on.is_(None))
    )
    return sum(one.sealed["value"] for one in lines)


def _income_of_the_dead(session: Session) -> int:
    dead = select(HouseholdLine).join(HouseholdMember, HouseholdMember.id == HouseholdLine.member_id)
    lines = session.scalars(
        dead.where(HouseholdLine.replaced_at.is_(None), HouseholdMember.left_because == "died")
    )
    return sum(one.sealed["value"] for one in lines)


def test_who_lives_on_own_wages_at_sixteen_decides_alone(database: Database) -> None:
    with database.transaction() as session:
        births = {"倪晓峰": date(2009, 11, 10)}
        ni = family(session, ("倪根娣", "head"), ("倪晓峰", "grandchild"), births=births)
        guardian = ni.persons["倪根娣"].id
        with pytest.raises(Refusal):
            households.change_guardian(
                session, ni.household, ni.members["倪根娣"], None, on=ON, on_own_wages=True, **BY
            )
        households.change_guardian(
            session, ni.household, ni.members["倪晓峰"], guardian, on=ON, on_own_wages=True, **BY
        )
        assert ni.members["倪晓峰"].lives_on_own_wages
        here = households.members_on(session, ni.household, ON)
        assert households.guardians_of(here[1], here, ON) == frozenset()


def test_an_event_is_written_once_and_tells_who_wrote_it(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"), ("陆秀珍", "spouse"))
        relations = {chen.members["陈国良"].id: "spouse"}
        households.change_head(
            session, chen.household, chen.members["陆秀珍"], relations=relations, on=DAY, **BY
        )
        (written,) = session.scalars(select(HouseholdEvent)).all()
        assert (written.event, written.recorded_by) == ("head_changed", "system")
        assert written.sealed["relations_before"][str(chen.members["陈国良"].id)] == "head"
        assert chen.household.head_initial == "L"
