"""Economic checks: rows of the clauses that have no page of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

import simulators
from assistance import audit, economic_checks, people
from assistance.authorizations import AuthorizationPart
from assistance.economic_checks import CheckResult, CheckTask, ContestedLine, Objection
from assistance.errors import NotFound
from assistance.households import HouseholdMember
from assistance.people import SYSTEM, Actor, Holding, Person
from assistance.permissions import GRANTS, Permission, Role
from infrastructure import clock
from infrastructure.database import Database
from tests.assistance.economic_checks.checking import (
    BANK,
    KEYS,
    checks_beside,
    make_family,
    make_request,
    sign,
    start,
)
from tests.conftest import NOW
from tests.signing_in import make_person


@pytest.fixture
def registers() -> Iterator[Any]:
    with simulators.serve_in_thread(jwks=KEYS.jwks()) as running:
        yield running


def refused(database: Database) -> list[tuple[str | None, str]]:
    with database.reading() as session:
        found = select(audit.AuditEntry).where(audit.AuditEntry.event == "query_refused")
        return [(one.subject_ref, one.result) for one in session.scalars(found)]


def officer(role: Role, division: str) -> Actor:
    return Actor(
        "staff",
        person_id=uuid.uuid4(),
        account_id=uuid.uuid4(),
        assurance=people.Assurance.L4,
        holdings=(Holding(role, division),),
    )


def test_SA_11_outside_a_case_or_a_scope_nothing_is_asked_and_each_try_is_one_row(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK])
        stranger = make_person(session, "周福根")
    check_id = start(parts, request.id)
    # Rows as somebody with access to the database might add them: a stranger, and a source outside the scope.
    with database.transaction() as session:
        for person, source in ((stranger, BANK), (father, "tax")):
            session.add(CheckTask(check_id=check_id, person_id=person.id, source=source, state="waiting"))
    for person in (father, stranger):
        economic_checks.ask_member(parts, check_id, person.id)
    assert registers.calls(BANK).total == 1
    assert registers.calls("tax").total == 0
    assert sorted(refused(database)) == sorted(
        [(stranger.audit_subject, "refused"), (father.audit_subject, "refused")]
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESIDENT])
@pytest.mark.parametrize("division", ["330482001", "330482101", "330481"])
def test_SA_11_a_role_starts_a_check_only_where_it_reaches(
    database: Database, registers: Any, role: Role, division: str
) -> None:
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK])
    reaches = Permission.CHECKS_START in GRANTS[role] and household.division_code.startswith(division)
    with database.transaction() as session:
        if reaches:
            economic_checks.start_check(session, request.id, by=officer(role, division), now=NOW)
        else:
            with pytest.raises(NotFound):
                economic_checks.start_check(session, request.id, by=officer(role, division), now=NOW)
    assert registers.all_calls() == 0


def test_SA_41_a_supporter_is_asked_only_under_a_signature_of_their_own_and_after_a_day(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father,) = make_family(session)
        son = make_person(session, "陈明", birth=date(1995, 3, 1))
        session.add(
            HouseholdMember(
                household_id=household.id,
                person_id=son.id,
                relation="child",
                is_supporter=True,
                joined_on=date(2020, 1, 1),
            )
        )
        request = make_request(session, household, [son], [BANK], purpose="supporter", signed=False)
        part = session.scalars(select(AuthorizationPart)).one()
        part.capacity = "supporter"
        of_father = make_request(session, household, [father], [BANK])
    # The father's own signature opens nothing about his son.
    check_id = start(parts, of_father.id)
    with database.transaction() as session:
        session.add(CheckTask(check_id=check_id, person_id=son.id, source=BANK, state="waiting"))
    economic_checks.ask_member(parts, check_id, son.id)
    assert registers.all_calls() == 0
    with database.transaction() as session:
        sign(session, request, son)
    with pytest.raises(Exception, match="还没有人签"):
        start(parts, request.id)
    with clock.freeze(NOW + timedelta(hours=25)):
        own = start(parts, request.id)
        economic_checks.ask_member(parts, own, son.id)
    assert registers.all_calls() == 1
    with database.reading() as session:
        report = economic_checks.newest_report(session, own)
        # Whoever lives elsewhere is not counted in the household's sums.
        assert report is not None
        assert report.sealed["lines"] == []


def contested(database: Database, registers: Any) -> tuple[Any, uuid.UUID, Person, uuid.UUID]:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK])
    check_id = start(parts, request.id)
    economic_checks.ask_member(parts, check_id, father.id)
    with database.transaction() as session:
        result = session.scalars(select(CheckResult)).one()
        said = Objection(50000, "那是替村里代管的钱")
        economic_checks.contest(session, parts.sources, result, "current_fen", said, by=SYSTEM, now=NOW)
    return parts, check_id, father, household.id


def test_57_18_while_an_objection_is_open_nothing_rests_on_the_value_and_both_versions_stay(
    database: Database, registers: Any
) -> None:
    parts, check_id, _, household_id = contested(database, registers)
    economic_checks.write_if_due(parts, check_id, now=NOW)
    with database.reading() as session:
        assert economic_checks.has_open_contest(session, household_id)
        report = economic_checks.newest_report(session, check_id)
        assert report is not None
        (line,) = [line for line in report.sealed["lines"] if line["fact"] == "liquid_fen"]
        assert (line["state"], line["checked"], line["own"]) == (
            "contested",
            {"min": 820000},
            {"min": 50000},
        )
        # Every checked line of the file that rests on the value counts for nothing meanwhile.
        assert set(economic_checks.contested_line_ids(session, household_id)) == {
            row
            for (row,) in session.execute(
                text("SELECT id FROM household_lines WHERE fact = 'liquid_fen' AND standing = 'checked'")
            )
        }
    with database.transaction() as session:
        economic_checks.take_back(session, session.scalars(select(ContestedLine)).one(), by=SYSTEM, now=NOW)
    with database.reading() as session:
        assert not economic_checks.has_open_contest(session, household_id)


def test_ZP_39_a_shared_value_stays_as_it_came_whoever_acts(database: Database, registers: Any) -> None:
    parts, _, _, _ = contested(database, registers)

    def bytes_of_results() -> list[Any]:
        with database.reading() as session:
            return [tuple(row) for row in session.execute(text("SELECT * FROM check_results"))]

    before = bytes_of_results()
    officer_of = Actor(
        "staff",
        account_id=uuid.uuid4(),
        holdings=(Holding(Role.DEPARTMENT_OFFICER, "330482", "civil_affairs"),),
    )
    with database.transaction() as session:
        line = session.scalars(select(ContestedLine)).one()
        economic_checks.answer_correction(
            session, parts.sources, line, value=60000, says="改了", by=officer_of, now=NOW
        )
    economic_checks.write_if_due(parts, line.check_id, now=NOW)
    assert bytes_of_results() == before
