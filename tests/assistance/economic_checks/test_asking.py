"""A check asks what was authorised, stores what came, and says honestly what did not."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import economic_checks
from infrastructure.database import Database
from infrastructure.jobs import TryLater
from tests.assistance.economic_checks.checking import (
    BANK,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    start,
    states,
    stored,
)


def test_a_signed_request_asks_each_source_and_makes_a_report(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (person,) = make_family(session)
        request = make_request(session, household, [person])
    check_id = start(parts, request.id)
    economic_checks.ask_member(parts, check_id, person.id)
    assert states(database, check_id) == {(person.id, BANK): "answered", (person.id, WALLET): "answered"}
    assert registers.calls(BANK).let_in == registers.calls(WALLET).let_in == 1
    assert registers.all_calls() == 2
    assert all(result.authorization_id for result in stored(database))
    with database.reading() as session:
        report = economic_checks.newest_report(session, check_id)
        assert report is not None
        assert report.edition == 1
        (line,) = [line for line in report.sealed["lines"] if line["fact"] == "liquid_fen"]
        # Securities were not asked about, so the sum is at least this much and never the whole.
        assert line["is_whole"] is False
        assert line["checked"]["min"] > 0
        assert "securities" in line["missing"]


def test_a_source_that_is_down_is_asked_again_and_the_report_follows(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (person,) = make_family(session)
        request = make_request(session, household, [person])
    check_id = start(parts, request.id)
    registers.set_source(WALLET, "down")
    with pytest.raises(TryLater) as later:
        economic_checks.ask_member(parts, check_id, person.id)
    assert later.value.after is not None
    assert states(database, check_id)[person.id, WALLET] == "unreachable"
