"""When a household is told of its report: at first, and when a missing answer has come; never of a try."""

from __future__ import annotations

import contextlib
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assistance import authorizations, economic_checks
from assistance.authorizations import Authorization
from assistance.economic_checks import CheckParts, CheckTask
from assistance.messages import Message
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.jobs import TryLater
from tests.assistance.authorizations.family import resident
from tests.assistance.economic_checks.checking import (
    BANK,
    PENSION,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    start,
)
from tests.conftest import NOW

A_DAY = timedelta(days=1)


@pytest.fixture
def parts(database: Database, registers: Any) -> CheckParts:
    return checks_beside(database, registers)


def checked(parts: CheckParts, *sources: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A check of one person, and the person."""
    with parts.database.transaction() as session:
        household, (person,) = make_family(session)
        request_id = make_request(session, household, [person], sources).id
    return start(parts, request_id), person.id


def ask(parts: CheckParts, check: tuple[uuid.UUID, uuid.UUID], at: datetime) -> None:
    """Ask everything that is still open, at this moment, whenever its turn would come."""
    with parts.database.transaction() as session:
        for task in session.scalars(select(CheckTask).where(CheckTask.next_try_at.is_not(None))):
            task.next_try_at = at
    with clock.freeze(at), contextlib.suppress(TryLater):
        economic_checks.ask_member(parts, *check)


def told(parts: CheckParts) -> list[str]:
    with parts.database.reading() as session:
        return list(session.scalars(select(Message.template).order_by(Message.created_at)))


def edition(parts: CheckParts, check: tuple[uuid.UUID, uuid.UUID]) -> int:
    with parts.database.reading() as session:
        report = economic_checks.newest_report(session, check[0])
        return report.edition if report is not None else 0


def test_of_a_recovery_it_is_told_once_and_of_no_retry(parts: CheckParts, registers: Any) -> None:
    check = checked(parts, BANK, WALLET)
    registers.set_source(WALLET, "down")
    for hours in (0, 1, 25, 50):
        ask(parts, check, NOW + timedelta(hours=hours))
    assert edition(parts, check) == 4
    assert told(parts) == ["report_ready"]
    registers.set_source(WALLET, "ok")
    ask(parts, check, NOW + timedelta(hours=51))
    assert told(parts) == ["report_ready", "report_completed"]
    ask(parts, check, NOW + timedelta(hours=80))
    economic_checks.write_if_due(parts, check[0], now=NOW + timedelta(hours=81))
    assert told(parts) == ["report_ready", "report_completed"]


def test_what_comes_on_one_day_is_told_together(parts: CheckParts, registers: Any) -> None:
    check = checked(parts, BANK, WALLET, PENSION)
    registers.set_source(WALLET, "down")
    registers.set_source(PENSION, "down")
    ask(parts, check, NOW)
    registers.set_source(WALLET, "ok")
    ask(parts, check, NOW + timedelta(minutes=5))
    assert told(parts) == ["report_ready"]
    registers.set_source(PENSION, "ok")
    ask(parts, check, NOW + timedelta(minutes=10))
    assert told(parts) == ["report_ready", "report_completed"]


def test_what_came_in_between_is_told_the_next_day_though_another_is_still_missing(
    parts: CheckParts, registers: Any
) -> None:
    check = checked(parts, BANK, WALLET, PENSION)
    registers.set_source(WALLET, "down")
    registers.set_source(PENSION, "down")
    ask(parts, check, NOW)
    registers.set_source(WALLET, "ok")
    ask(parts, check, NOW + timedelta(minutes=5))
    ask(parts, check, NOW + A_DAY)
    assert told(parts) == ["report_ready", "report_completed"]
    ask(parts, check, NOW + 2 * A_DAY)
    assert told(parts) == ["report_ready", "report_completed"]
    registers.set_source(PENSION, "ok")
    ask(parts, check, NOW + 3 * A_DAY)
    assert told(parts) == ["report_ready", "report_completed", "report_completed"]


def test_what_was_withdrawn_is_no_answer_that_came(parts: CheckParts, registers: Any) -> None:
    check = checked(parts, BANK, WALLET)
    registers.set_source(WALLET, "down")
    ask(parts, check, NOW)
    with parts.database.transaction() as session:
        record = session.scalars(select(Authorization)).one()
        authorizations.withdraw(session, resident(check[1]), record.id, now=NOW + A_DAY)
    economic_checks.write_if_due(parts, check[0], now=NOW + A_DAY)
    assert edition(parts, check) == 2
    assert told(parts) == ["report_ready"]
