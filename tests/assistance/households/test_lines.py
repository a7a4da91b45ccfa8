"""One value a line: its standing, its day, its history; a checked one only with an authorisation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assistance import audit, households
from assistance.errors import Refusal
from assistance.households import HouseholdLine
from infrastructure.database import Database
from tests.assistance.households.families import DAY, family, line
from tests.conftest import NOW


def test_a_newer_value_follows_and_the_older_stays(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        first = line(session, chen, "work", "flexible", "陈国良")
        second = line(session, chen, "work", "employed", "陈国良", dated_on=DAY + timedelta(days=2))
        assert (first.replaced_at, first.replaced_by) == (NOW, second.id)
        assert second.replaced_at is None
        history = households.list_history(session, chen.household.id, second)
        assert [one.sealed["value"] for one in history] == ["employed", "flexible"]
        assert [one.id for one in households.list_lines(session, chen.household)] == [second.id]


def test_a_value_of_an_earlier_day_is_history_at_once(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        stands = line(session, chen, "cars", 1)
        earlier = line(session, chen, "cars", 2, dated_on=DAY - timedelta(days=30))
        assert stands.replaced_at is None
        assert (earlier.replaced_at, earlier.replaced_by) == (NOW, stands.id)


def test_a_button_pressed_twice_writes_once(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        first, again = line(session, chen, "cars", 1), line(session, chen, "cars", 1)
        assert first is again
        assert line(session, chen, "cars", 1, source="visit") is not first


def test_standings_stand_beside_each_other(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        for standing in households.STANDINGS:
            line(session, chen, "cars", 1, standing=standing)
        assert len(households.list_lines(session, chen.household)) == 3


def test_a_checked_line_needs_an_authorisation(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        with pytest.raises(Refusal):
            line(session, chen, "cars", 1, standing="checked", authorization_id=None)
        checked = line(session, chen, "cars", 1, standing="checked")
        checked.authorization_id = None
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


@pytest.mark.parametrize(
    ("fact", "value", "whose"),
    [
        ("cars", -1, None),
        ("cars", "two", None),
        ("cars", True, None),
        ("cars", None, None),
        ("status", ["rich"], None),
        ("income_month_fen", 10**14, None),
        ("work", "astronaut", "陈国良"),
        ("no_such_fact", 1, None),
        ("work", "employed", None),
        ("cars", 1, "陈国良"),
        ("age", 40, "陈国良"),
        ("size", 3, None),
    ],
)
def test_what_cannot_be_a_line_is_refused(
    database: Database, fact: str, value: Any, whose: str | None
) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        with pytest.raises(Refusal) as refused:
            line(session, chen, fact, value, whose)
        assert refused.value.message


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(1999, 12, 31)])
def test_a_day_that_cannot_be_is_refused(database: Database, day: date) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        with pytest.raises(Refusal):
            line(session, chen, "cars", 1, dated_on=day)


def test_somebody_else_s_file_takes_no_line(database: Database) -> None:
    with database.transaction() as session:
        chen, zhou = family(session, ("陈国良", "head")), family(session, ("周福根", "head"))
        mixed = type(chen)(chen.household, zhou.members, zhou.persons)
        with pytest.raises(Refusal):
            line(session, mixed, "work", "employed", "周福根")


def test_the_log_names_the_fact_and_never_the_value(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        line(session, chen, "own_income_fen", 777700, "陈国良")
        line(session, chen, "cars", 7)
        rows = session.scalars(
            select(audit.AuditEntry)
            .where(audit.AuditEntry.event.like("%line_recorded"))
            .order_by(audit.AuditEntry.id)
        ).all()
        assert [(row.event, row.subject_ref) for row in rows] == [
            ("member_line_recorded", f"person:{chen.persons['陈国良'].id}"),
            ("household_line_recorded", None),
        ]
        assert all("7777" not in row.fields for row in rows)


def test_a_value_lies_encrypted_in_the_database(database: Database) -> None:
    with database.transaction() as session:
        chen = family(session, ("陈国良", "head"))
        written = line(session, chen, "work", "flexible", "陈国良")
        raw = session.connection().exec_driver_sql("SELECT sealed FROM household_lines").scalar_one()
        assert b"flexible" not in bytes(raw)
        session.expire(written)
        assert session.get_one(HouseholdLine, written.id).sealed == {"value": "flexible"}


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("income_month_fen", 108650, ("1086.50 元", "1086.50 yuan")),
        ("income_month_fen", {"min": 100000, "max": 200000}, ("1000–2000 元", "1000–2000 yuan")),
        ("income_month_fen", {"min": 100000}, ("1000 元以上", "1000 yuan or more")),
        ("status", [], ("没有", "none")),
        ("hukou_local", False, ("不在", "no")),
        ("non_residential", False, ("没有", "no")),
        ("left_involuntarily", False, ("自己要走的，或者没有这回事", "no")),
        ("union_member", True, ("是", "yes")),
        ("cars", 1, ("1 辆", "1 car")),
        ("cars", 0, ("0 辆", "0 cars")),
        ("homes", {"min": 2}, ("2 套以上", "2 homes or more")),
        ("ui_paid_months", {"min": 3, "max": 6}, ("3–6 个月", "3–6 months")),
        ("dis_grade", 2, ("2 级", "grade 2")),
        ("dis_grade", 0, ("没有证", "no certificate")),
        ("home_area_pc", 12.5, ("12.5 平方米", "12.5 m²")),
    ],
)
def test_a_value_is_said_in_words(fact: str, value: Any, words: tuple[str, str]) -> None:
    assert tuple(households.value_in_words(fact, value)) == words
