"""A file as the engine reads it: checked, then visited, then declared, contested never, unknown absent."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from assistance import divisions, households, policies, rules
from assistance.errors import NotFound
from assistance.people import SYSTEM
from infrastructure.database import Database
from tests.assistance.households.families import DAY, family, line, person
from tests.conftest import NOW

TODAY = date(2026, 11, 22)


def test_checked_comes_before_visited_and_that_before_declared(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        declared = line(session, chen, "liquid_fen", 100)
        assert households.document(session, chen.household, on=TODAY)["household"] == {"liquid_fen": 100}
        line(session, chen, "liquid_fen", 200, standing="visited", source="visit")
        assert households.document(session, chen.household, on=TODAY)["household"] == {"liquid_fen": 200}
        checked = line(session, chen, "liquid_fen", 300, standing="checked", source="bank-deposits")
        told = households.with_sources(session, chen.household, on=TODAY)
        assert told.document["household"] == {"liquid_fen": 300}
        assert told.household_lines["liquid_fen"].id == checked.id
        contested = households.document(session, chen.household, on=TODAY, contested={checked.id})
        assert contested["household"] == {"liquid_fen": 200}
        own = households.with_sources(session, chen.household, on=TODAY, standing="declared")
        assert own.document["household"] == {"liquid_fen": 100}
        assert own.household_lines["liquid_fen"].id == declared.id


def test_what_nobody_knows_is_absent_and_a_known_nothing_is_not(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        line(session, chen, "status", [])
        line(session, chen, "dis_grade", 0, "陈国良")
        document = households.document(session, chen.household, on=TODAY)
        assert document["household"] == {"status": []}
        assert document["members"] == [{"age": 52, "sex": "F", "relation": "head", "dis_grade": 0}]


def test_an_earlier_day_is_answered_as_it_was(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"), ("陆秀珍", "spouse"))
        line(session, chen, "cars", 0, dated_on=DAY)
        line(session, chen, "cars", 1, dated_on=DAY + timedelta(days=10))
        left = DAY + timedelta(days=5)
        households.move_out(session, chen.household, chen.members["陆秀珍"], on=left, by=SYSTEM, now=NOW)
        before = households.document(session, chen.household, on=DAY)
        assert (before["household"], len(before["members"])) == ({"cars": 0}, 2)
        now = households.with_sources(session, chen.household, on=TODAY)
        assert (now.document["household"], len(now.members)) == ({"cars": 1}, 1)
        assert now.before_a_change == frozenset()
        between = households.with_sources(session, chen.household, on=left)
        assert between.before_a_change == {between.household_lines["cars"].id}


def test_members_stand_in_their_order_without_those_who_only_owe_support(database: Database) -> None:
    with database.transaction() as session:
        births = {"孙": date(2015, 1, 1), "女": date(2010, 1, 1), "妻": date(1980, 1, 1)}
        chen = family(
            session,
            ("孙", "grandchild"),
            ("女", "child"),
            ("妻", "spouse"),
            ("陈国良", "head"),
            births=births,
        )
        households.move_in(
            session,
            chen.household,
            households.Joining(person(session, "子"), "child", is_supporter=True),
            on=DAY,
            by=SYSTEM,
            now=NOW,
        )
        document = households.document(session, chen.household, on=TODAY)
        assert [one["relation"] for one in document["members"]] == ["head", "spouse", "child", "grandchild"]


def test_a_file_is_judged_as_answers_are(database: Database) -> None:
    with database.transaction() as session:
        chen = family(
            session,
            ("陈国良", "head"),
            ("陆秀珍", "spouse"),
            ("陈小雨", "child"),
            births={"陈小雨": date(2016, 9, 20)},
        )
        facts: dict[str, Any] = {
            "hukou_local": True, "status": [], "income_month_fen": 100000, "liquid_fen": 0, "cars": 0,
            "homes": 1, "non_residential": False, "capital_fen": 0,
        }  # fmt: skip
        for fact, value in facts.items():
            line(session, chen, fact, value)
        for name in chen.members:
            line(session, chen, "in_custody", False, name)
            line(session, chen, "away", "none", name)
        document = households.document(session, chen.household, on=TODAY)
        read = rules.read_household(document["household"], document["members"])
        assert read.size == rules.Band(3, 3)
        standards = policies.standards_in_force(session, divisions.national_index(), "330482", TODAY)
        catalogue = policies.load_catalogue()
    verdicts = policies.assess(catalogue, read, standards, county=document["county"], on=TODAY)
    outcomes = {verdict.policy.code: verdict.outcome for verdict in verdicts}
    assert outcomes["minimum-living-allowance"] == "likely"


@pytest.mark.parametrize(
    ("reader", "sees"),
    [
        ("父", {"父", "小", "大"}),
        ("母", {"母", "小", "大"}),
        ("祖", {"祖", "被监护"}),
        ("小", {"小"}),
        ("独", {"独"}),
    ],
)
def test_who_sees_whose_lines(database: Database, reader: str, sees: set[str]) -> None:
    births = {
        "小": date(2016, 1, 1), "大": date(2009, 12, 1), "独": date(2009, 11, 1), "被监护": date(1960, 1, 1),
    }  # fmt: skip
    with database.transaction() as session:
        chen = family(
            session,
            ("父", "head"), ("母", "spouse"), ("祖", "parent"), ("小", "child"), ("大", "child"),
            ("独", "child"), ("被监护", "other"),
            births=births,
            guardians={"小": "父", "被监护": "祖"},
        )  # fmt: skip
        chen.members["独"].lives_on_own_wages = True
        chen.members["被监护"].is_under_court_guardianship = True
        for name in chen.members:
            line(session, chen, "work", "employed", name)
        seen = households.as_seen_by(session, chen.household, chen.persons[reader].id, on=TODAY)
        assert {one.person.name for one in seen.people if one.lines} == sees
        assert all(one.has_lines for one in seen.people)
        with pytest.raises(NotFound):
            households.as_seen_by(session, chen.household, uuid.uuid4(), on=TODAY)


def test_many_files_are_written_as_single_ones_are(database: Database) -> None:
    made = [
        households.NewFile(
            "330482001001",
            f"{number}号",
            [
                households.NewMember(
                    "head",
                    "陈国良",
                    birth=date(1974, 6, 15),
                    sex="M",
                    lines=[households.NewLine("work", "flexible", DAY)],
                ),
                households.NewMember("child", "陈小雨", birth=date(2016, 9, 20), sex="F", guardian=0),
            ],
            date(2020, 1, 1),
            [households.NewLine("cars", 1, DAY)],
        )
        for number in range(30)
    ]
    with database.transaction() as session:
        written = households.write_many(session, made, now=NOW)
        assert (written.households, written.people, written.lines) == (30, 60, 60)
        household = session.get_one(households.Household, written.household_ids[3])
        assert (household.address, household.head_initial) == ("3号", "C")
        assert households.read_number(household.number) == household.number
        document = households.document(session, household, on=TODAY)
        assert document["household"] == {"cars": 1}
        assert document["members"] == [
            {"age": 52, "sex": "M", "relation": "head", "work": "flexible"},
            {"age": 10, "sex": "F", "relation": "child"},
        ]
        child = households.members_on(session, household, TODAY)[1]
        assert child.member.guardian_id == written.person_ids[3][0]
        assert len({session.get_one(households.Household, one).number for one in written.household_ids}) == 30
