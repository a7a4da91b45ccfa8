"""Roles: two persons where it matters, nobody for themself, three administrators in three persons."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from assistance import people
from assistance.errors import NotFound, Refusal
from assistance.people import roles
from assistance.permissions import ADMINISTRATORS, Permission, Role
from infrastructure import clock
from infrastructure.database import Database
from tests.assistance.people.test_staff import OPERATOR, actor
from tests.conftest import NOW
from tests.signing_in import COUNTY, TOWN, VILLAGE, make_staff

TODAY = NOW.date()


def newcomer(session: Session) -> people.StaffAccount:
    account = make_staff(session, Role.HELPER, VILLAGE)
    for one in roles.list_roles(session, account.id):
        roles.end(session, one.id, by=OPERATOR, now=NOW)
    return account


def grant(
    session: Session, account: people.StaffAccount, role: Role, division: str, by: people.Actor, **more: Any
) -> people.RoleAssignment:
    return roles.grant(
        session,
        account_id=account.id,
        role=role,
        division_code=division,
        valid_from=more.pop("valid_from", TODAY),
        by=by,
        now=NOW,
        **more,
    )


def test_a_village_role_is_granted_by_one_and_a_county_role_by_two(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        approver = actor(session, make_staff(session, Role.COUNTY_APPROVER))
        village = grant(session, newcomer(session), Role.VILLAGE_OFFICER, VILLAGE, security)
        assert village.state == "active"
        account = newcomer(session)
        county = grant(session, account, Role.COUNTY_APPROVER, COUNTY, security)
        assert county.state == "proposed"
        assert people.current_holdings(session, account.id, NOW) == ()
        with pytest.raises(Refusal, match="另一个人"):
            roles.approve(session, county.id, by=security, now=NOW)
        assert [one.id for one in roles.list_proposed(session, approver)] == [county.id]
        assert roles.list_proposed(session, security) == []
        roles.approve(session, county.id, by=approver, now=NOW)
        (held,) = people.current_holdings(session, account.id, NOW)
        assert (held.role, held.division_code) == (Role.COUNTY_APPROVER, COUNTY)
        with pytest.raises(Refusal, match="已经有人办过"):
            roles.approve(session, county.id, by=approver, now=NOW)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_needs_two_even_in_a_village(database: Database, role: Role) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        assert grant(session, newcomer(session), role, VILLAGE, security).state == "proposed"


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(sorted(ADMINISTRATORS), 2)))
def test_nobody_holds_two_of_the_three_nor_one_of_them_and_anything_else(
    database: Database, first: Role, second: Role
) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        account = newcomer(session)
        grant(session, account, first, COUNTY, security)
        with pytest.raises(Refusal, match="专人"):
            grant(session, account, second, COUNTY, security)
        with pytest.raises(Refusal, match="管理员"):
            grant(session, account, Role.VILLAGE_OFFICER, VILLAGE, security)
        with pytest.raises(Refusal, match="专人"):
            grant(session, make_staff(session, Role.HELPER, VILLAGE), first, COUNTY, security)


def test_nobody_grants_or_agrees_for_themself(database: Database) -> None:
    with database.transaction() as session:
        own = make_staff(session, Role.SECURITY_ADMINISTRATOR)
        by = actor(session, own)
        with pytest.raises(Refusal, match="自己"):
            grant(session, own, Role.VILLAGE_OFFICER, VILLAGE, by)
        # However somebody came to be in both places, their own yes does not count.
        approver = make_staff(session, Role.COUNTY_APPROVER)
        proposed = grant(session, approver, Role.INSPECTOR, COUNTY, by)
        with pytest.raises(Refusal, match="自己"):
            roles.approve(session, proposed.id, by=actor(session, approver), now=NOW)


def test_the_audit_administrator_is_never_made_by_the_server_alone(database: Database) -> None:
    with database.transaction() as session:
        assert (
            grant(session, newcomer(session), Role.SYSTEM_ADMINISTRATOR, COUNTY, OPERATOR).state == "active"
        )
        assert (
            grant(session, newcomer(session), Role.SYSTEM_ADMINISTRATOR, COUNTY, OPERATOR).state == "proposed"
        )
        audits = grant(session, newcomer(session), Role.AUDIT_ADMINISTRATOR, COUNTY, OPERATOR)
        assert audits.state == "proposed"
        system = actor(session, make_staff(session, Role.SYSTEM_ADMINISTRATOR))
        with pytest.raises(NotFound):
            roles.approve(session, audits.id, by=system, now=NOW)
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        assert roles.approve(session, audits.id, by=security, now=NOW).state == "active"


def test_a_role_is_granted_only_below_ones_own_division(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR, TOWN))
        grant(session, newcomer(session), Role.VILLAGE_OFFICER, VILLAGE, security)
        for elsewhere in ("330482100", COUNTY, "330328"):
            with pytest.raises(Refusal):
                grant(session, newcomer(session), Role.VILLAGE_OFFICER, elsewhere, security)


def test_a_role_holds_from_its_first_day_to_its_last(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        account = newcomer(session)
        days = {"valid_from": TODAY + timedelta(days=2), "valid_until": TODAY + timedelta(days=3)}
        grant(session, account, Role.VILLAGE_OFFICER, VILLAGE, security, **days)
        held = [
            bool(people.current_holdings(session, account.id, NOW + timedelta(days=day))) for day in range(5)
        ]
        assert held == [False, False, True, True, False]
        wrong = {"valid_from": TODAY, "valid_until": TODAY - timedelta(days=1)}
        with pytest.raises(Refusal):
            grant(session, account, Role.GRID_WORKER, VILLAGE, security, **wrong)


def test_a_department_is_named_for_its_officer_and_for_nobody_else(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        with pytest.raises(Refusal, match="哪个部门"):
            grant(session, newcomer(session), Role.DEPARTMENT_OFFICER, COUNTY, security)
        with pytest.raises(Refusal, match="哪个部门"):
            grant(session, newcomer(session), Role.VILLAGE_OFFICER, VILLAGE, security, department="medical")
        grant(session, newcomer(session), Role.DEPARTMENT_OFFICER, COUNTY, security, department="medical")


def test_an_ended_role_is_gone_at_once_and_a_declined_one_never_comes(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        account = make_staff(session, Role.TOWN_REVIEWER, TOWN)
        by = actor(session, account)
        assert by.may(Permission.CHECKS_START)
        roles.end(session, by.holdings[0].assignment_id, by=security, now=NOW)
        assert people.current_holdings(session, account.id, NOW) == ()
        proposed = grant(session, newcomer(session), Role.INSPECTOR, COUNTY, security)
        roles.decline(session, proposed.id, by=security, now=NOW)
        approver = actor(session, make_staff(session, Role.COUNTY_APPROVER))
        with pytest.raises(Refusal):
            roles.approve(session, proposed.id, by=approver, now=NOW)


def test_two_approvers_at_once_decide_once(database: Database) -> None:
    with database.transaction() as session:
        security = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        approvers = [actor(session, make_staff(session, Role.COUNTY_APPROVER)) for _ in range(4)]
        proposed = grant(session, newcomer(session), Role.INSPECTOR, COUNTY, security).id
    outcomes: list[str] = []
    gate = threading.Barrier(4)

    def decide(by: people.Actor) -> None:
        gate.wait()
        try:
            with clock.freeze(NOW), database.transaction() as session:
                roles.approve(session, proposed, by=by, now=NOW)
            outcomes.append("approved")
        except Refusal:
            outcomes.append("refused")

    threads = [threading.Thread(target=decide, args=(by,)) for by in approvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "refused", "refused", "refused"]
