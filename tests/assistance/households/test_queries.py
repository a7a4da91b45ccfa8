"""Who may read which file: by division on its boundary, residents their own; in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from assistance import households
from assistance.errors import NotFound
from assistance.households import Filters
from assistance.people import ANONYMOUS, SYSTEM
from assistance.permissions import Role
from infrastructure.database import Database
from tests.assistance.households.families import OTHER, family, line, officer, person, resident
from tests.conftest import NOW
from tests.signing_in import TOWN, VILLAGE


@pytest.mark.parametrize(
    ("division", "sees"),
    [
        (VILLAGE, True),
        (TOWN, True),
        ("330482", True),
        ("3304", True),
        ("33", True),
        (OTHER, False),
        ("330482101", False),
        ("330481", False),
        ("3303", False),
        ("3304821", False),
        ("33048200", False),
        ("", False),
        ("%", False),
    ],
)
def test_a_role_reaches_its_subtree_on_the_boundary(database: Database, division: str, sees: bool) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        actor = officer(division)
        assert households.count_visible(session, actor, Filters()) == int(sees)
        if sees:
            assert households.get_visible(session, actor, chen.household.id) is chen.household
        else:
            with pytest.raises(NotFound):
                households.get_visible(session, actor, chen.household.id)


def test_residents_read_their_own_file_while_they_belong_to_it(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"), ("陆秀珍", "spouse"))
        zhou = family(session, ("周福根", "head"))
        mine, theirs = chen.household.id, zhou.household.id
        lu = resident(chen.persons["陆秀珍"])
        assert households.get_visible(session, lu, mine).id == mine
        with pytest.raises(NotFound):
            households.get_visible(session, lu, theirs)
        households.move_out(
            session, chen.household, chen.members["陆秀珍"], on=date(2026, 5, 1), by=SYSTEM, now=NOW
        )
        with pytest.raises(NotFound):
            households.get_visible(session, lu, mine)
        with pytest.raises(NotFound):
            households.get_visible(session, ANONYMOUS, mine)


def test_one_who_only_owes_support_does_not_read_the_file(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("潘爱华", "head"))
        son = person(session, "潘军")
        households.move_in(
            session,
            chen.household,
            households.Joining(son, "child", is_supporter=True),
            on=date(2026, 5, 1),
            by=SYSTEM,
            now=NOW,
        )
        assert households.household_of(session, son.id) is None
        with pytest.raises(NotFound):
            households.get_visible(session, resident(son), chen.household.id)
        assert [
            one.person.name for one in households.members_on(session, chen.household, date(2026, 11, 1))
        ] == ["潘爱华"]


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.HELPER])
def test_who_only_lists_opens_nothing(database: Database, role: Role) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        actor = officer(role=role)
        assert households.count_visible(session, actor, Filters()) == 1
        with pytest.raises(NotFound):
            households.get_visible(session, actor, chen.household.id)


def test_a_list_takes_as_many_queries_for_fifty_as_for_one(database: Database) -> None:
    counts = []
    with database.transaction() as session:
        for _ in range(2):
            for _ in range(5):
                family(session, ("陈国良", "head"), ("陆秀珍", "spouse"))
            session.flush()
            session.expire_all()
            with counted(database) as asked:
                rows = households.list_visible(session, officer(), Filters())
            assert all(row.head and row.members == 2 for row in rows)
            counts.append(len(asked))
    assert counts == [2, 2]


def test_a_resident_s_page_takes_a_fixed_number_of_queries(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"), *((f"孩子{n}", "child") for n in range(8)))
        for name in chen.members:
            line(session, chen, "work", "employed", name)
        session.expire_all()
        household = households.household_of(session, chen.persons["陈国良"].id)
        assert household is not None
        with counted(database) as asked:
            households.as_seen_by(session, household, chen.persons["陈国良"].id, on=date(2026, 11, 22))
        assert len(asked) == 2


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    asked: list[str] = []

    def listen(*args: Any) -> None:
        asked.append(args[2])

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", listen)
    yield asked
    for engine in database.engines:
        event.remove(engine, "before_cursor_execute", listen)


PLANS = {
    "list": (
        "SELECT id FROM households WHERE division_code BETWEEN '330482001' AND '330482001999' "
        "ORDER BY division_code, number LIMIT 50",
        "ix_households_division_code_number",
    ),
    "initial": (
        "SELECT id FROM households WHERE head_initial = 'C' "
        "AND division_code BETWEEN '330482' AND '330482999999'",
        "ix_households_initial",
    ),
    "number": ("SELECT id FROM households WHERE number = 'H1234-5678'", "uq_households_number"),
    "household of": (
        "SELECT household_id FROM household_members WHERE person_id = '{id}' "
        "AND left_on IS NULL AND NOT is_supporter",
        "household_members",
    ),
    "lines": (
        "SELECT id FROM household_lines WHERE household_id = '{id}'",
        "ix_household_lines_household_id_fact",
    ),
    "events": (
        "SELECT id FROM household_events WHERE household_id = '{id}'",
        "ix_household_events_household_id_happened_on",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_hot_queries_use_their_index(database: Database, name: str) -> None:
    query, index = PLANS[name]
    query = query.replace("{id}", "00000000-0000-0000-0000-000000000001")
    with database.transaction() as session:
        connection = session.connection()
        if database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.replace('%', '%%')}").all()
            plan = " ".join(str(row) for row in rows)
            assert "SCAN" not in plan, plan
        else:
            connection.exec_driver_sql("SET enable_seqscan = off")
            plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN {query}").all())
        if index.startswith("uq_") and database.is_sqlite:
            assert "sqlite_autoindex_households" in plan, plan
        else:
            assert index in plan, plan
