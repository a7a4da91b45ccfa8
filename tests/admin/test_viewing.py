"""T09: nobody opens more files than a day's work needs, nor those of their own family."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin import viewing
from assistance import audit, people
from assistance.people import relatives
from assistance.permissions import Role
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.signing_in import VILLAGE, make_household, make_person, sign_in_account, sign_in_staff


def count(app: Flask, event: str) -> int:
    with app.extensions["huimin"].database.reading() as session:
        wanted = select(func.count()).select_from(audit.AuditEntry).where(audit.AuditEntry.event == event)
        return session.scalar(wanted) or 0


def test_T09_the_sixty_first_file_of_a_day_is_refused_and_noted(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert viewing.IN_A_VILLAGE == 60
    # Three in place of sixty: what is counted is the same.
    monkeypatch.setattr(viewing, "IN_A_VILLAGE", 3)
    with app.extensions["huimin"].database.transaction() as session:
        household = make_household(session, [make_person(session)]).id
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    answers = [client.get(f"/admin/households/{household}").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert count(app, "household_shown") == 3
    assert count(app, "staff_viewed_too_often") == 1
    other = app.test_client()
    sign_in_staff(other, Role.VILLAGE_OFFICER, VILLAGE)
    assert other.get(f"/admin/households/{household}").status_code == 200


def test_T09_the_file_of_ones_own_family_stays_closed(client: ComplainingClient, app: Flask) -> None:
    account_id = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    with app.extensions["huimin"].database.transaction() as session:
        account = session.get_one(people.StaffAccount, account_id)
        own = session.get_one(people.Person, account.person_id)
        father = make_person(session, "王老伯")
        mine = make_household(session, [own]).id
        his = make_household(session, [father]).id
        neighbours = make_household(session, [make_person(session)]).id
        started, _ = people.start_session(
            session,
            face="admin",
            assurance=people.Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account_id,
        )
        actor = people.actor_of(session, started, clock.now())
        assert actor is not None
        assert father.resident_id is not None
        relatives.declare_relative(
            session,
            name="王老伯",
            resident_id=father.resident_id,
            relation="parent",
            by=actor,
            now=clock.now(),
        )
    sign_in_account(client, account_id)
    for closed in (mine, his):
        answer = client.get(f"/admin/households/{closed}")
        assert answer.status_code == 409
        assert "别的同事" in answer.text
    assert client.get(f"/admin/households/{neighbours}").status_code == 200
    assert count(app, "household_shown") == 1
