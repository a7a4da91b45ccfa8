"""People, households and sign-ins for tests, made straight in the database."""

from __future__ import annotations

import itertools
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from assistance import people
from assistance.households import Household, HouseholdMember
from assistance.orm import field_cipher
from assistance.people import Actor, Assurance, Person, RecordedPhone, RoleAssignment, StaffAccount
from assistance.permissions import Role
from assistance.values import Phone, ResidentId
from assistance.values.resident_id import check_character
from infrastructure import clock

VILLAGE = "330482001001"
TOWN = "330482001"
COUNTY = "330482"
_numbers = itertools.count(1)


def invented_id(birth: date, *, sex: str = "F") -> ResidentId:
    """An identity number that belongs to nobody: its division code was never assigned."""
    number = next(_numbers) % 499 * 2 + (1 if sex == "M" else 0)
    head = f"330499{birth:%Y%m%d}{number:03d}"
    return ResidentId(head + check_character(head))


def make_person(
    session: Session,
    name: str = "张三",
    resident_id: str | None = None,
    *,
    birth: date = date(1980, 5, 1),
    phone: str | None = None,
    recorded_by: str = "officer",
) -> Person:
    """A person, and the telephone number that somebody recorded for them."""
    number = ResidentId(resident_id) if resident_id else invented_id(birth)
    cipher, now = field_cipher(session), clock.now()
    person = Person(
        resident_id_lookup=cipher.blind_index("people.resident_id", number.value),
        sealed={
            "name": name,
            "resident_id": number.value,
            "birth": number.birth.isoformat(),
            "sex": number.sex,
        },
        created_at=now,
    )
    session.add(person)
    session.flush()
    if phone is not None:
        told = Phone(phone).value
        session.add(
            RecordedPhone(
                person_id=person.id,
                phone_lookup=cipher.blind_index("people.phone", told),
                sealed={"phone": told},
                recorded_by=recorded_by,
                recorded_at=now,
                last_proved_at=now,
            )
        )
        session.flush()
    return person


def make_household(session: Session, persons: list[Person], division: str = VILLAGE) -> Household:
    """A household of these people; the first is its head."""
    now = clock.now()
    household = Household(
        number=f"H{next(_numbers):08d}",
        division_code=division,
        sealed={"address": "1号"},
        state="active",
        created_at=now,
    )
    session.add(household)
    session.flush()
    for place, person in enumerate(persons):
        relation = "head" if place == 0 else "other"
        session.add(
            HouseholdMember(
                household_id=household.id,
                person_id=person.id,
                relation=relation,
                joined_on=date(2020, 1, 1),
            )
        )
    session.flush()
    return household


def make_staff(
    session: Session,
    role: Role,
    division: str = COUNTY,
    *,
    department: str | None = None,
    name: str = "王同志",
) -> StaffAccount:
    """An active member of staff with one role."""
    person = make_person(session, name, birth=date(1985, 1, 1) + timedelta(days=next(_numbers)))
    number, now = next(_numbers), clock.now()
    account = StaffAccount(
        person_id=person.id,
        user_name=f"staff{number}",
        work_number=f"{number:04d}",
        state="active",
        sealed={},
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add(
        RoleAssignment(
            account_id=account.id,
            role=role.value,
            division_code=division,
            department=department,
            state="active",
            valid_from=clock.today(),
            granted_at=now,
        )
    )
    session.flush()
    return account


def sign_in_staff(client: FlaskClient, role: Role, division: str = COUNTY, **more: Any) -> uuid.UUID:
    """Sign a new member of staff in with this client; the account's id."""
    database = _database(client.application)
    with database.transaction() as session:
        account = make_staff(session, role, division, **more)
        _, token = people.start_session(
            session,
            face="admin",
            assurance=Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account.id,
        )
    client.set_cookie("huimin_staff", token)
    return account.id


def sign_in_account(client: FlaskClient, account_id: uuid.UUID) -> None:
    """Sign a member of staff in who is there already."""
    with _database(client.application).transaction() as session:
        _, token = people.start_session(
            session,
            face="admin",
            assurance=Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account_id,
        )
    client.set_cookie("huimin_staff", token)


def sign_in_resident(
    client: FlaskClient, person_id: uuid.UUID | None, assurance: Assurance = Assurance.L3
) -> None:
    """Sign a resident in with this client."""
    with _database(client.application).transaction() as session:
        _, token = people.start_session(
            session,
            face="portal",
            assurance=assurance,
            proved_by="code",
            now=clock.now(),
            person_id=person_id,
        )
    client.set_cookie("huimin_resident", token)


def bearer_of(app: Flask, person_id: uuid.UUID | None, assurance: Assurance = Assurance.L3) -> dict[str, str]:
    """The header of a mini-program in which this person has signed in."""
    parts = app.extensions["huimin"]
    with parts.database.transaction() as session:
        found, _ = people.start_session(
            session,
            face="api",
            assurance=assurance,
            proved_by="code",
            now=clock.now(),
            person_id=person_id,
        )
        tokens = people.issue_tokens(
            session, found, parts.signing_keys, issuer=parts.settings.base_url, now=clock.now()
        )
    return {"Authorization": f"Bearer {tokens.access}"}


def new_key() -> dict[str, str]:
    """The header of a call that creates something and was never sent before."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def _database(app: Flask) -> Any:
    return app.extensions["huimin"].database


def actor_holding(session: Session, token: str, *, face: str, now: datetime) -> Actor | None:
    """Whoever holds this token, as the pages find them."""
    found = people.find_signed_in(session, token, face=face, now=now)
    return None if found is None else found.actor
