"""A family that signs, made straight in the database, and the short way through a signature."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from assistance import authorizations
from assistance.authorizations import (
    Answer,
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    Office,
)
from assistance.households import HouseholdMember
from assistance.people import Actor, Assurance, Holding, Person
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.settings import DEFAULT_SIGNING_KEYS
from infrastructure.signing import SigningKeys
from tests.signing_in import VILLAGE, make_household, make_person, make_staff

KEYS = SigningKeys(DEFAULT_SIGNING_KEYS)
OFFICE = Office("平湖市民政局", "0573-85012345")
STROKES = json.dumps([[100, 100, 300, 250, 500, 120], [520, 130, 640, 300]])


@dataclass
class Family:
    """A head of 50, a spouse of 48, a grandmother of 80, a child of 10, all in one household."""

    household_id: uuid.UUID
    head: uuid.UUID
    spouse: uuid.UUID
    grandmother: uuid.UUID
    child: uuid.UUID


def make_family(session: Session, *, child_born: date = date(2016, 9, 20), village: str = VILLAGE) -> Family:
    head = make_person(session, "陈国良", birth=date(1974, 6, 15), phone=_phone())
    spouse = make_person(session, "陆秀珍", birth=date(1976, 11, 2), phone=_phone())
    grandmother = make_person(session, "陈阿宜", birth=date(1946, 3, 8))
    child = make_person(session, "陈小雨", birth=child_born)
    household = make_household(session, [head, spouse, grandmother, child], village)
    relate(session, spouse, "spouse")
    relate(session, grandmother, "parent")
    relate(session, child, "child", guardian_id=head.id)
    return Family(household.id, head.id, spouse.id, grandmother.id, child.id)


_last_phone = [0]


def _phone() -> str:
    _last_phone[0] += 1
    return f"199001{_last_phone[0]:05d}"


def relate(session: Session, person: Person, relation: str, **changes: Any) -> None:
    session.execute(
        update(HouseholdMember)
        .where(HouseholdMember.person_id == person.id)
        .values(relation=relation, **changes)
    )
    session.expire_all()


def resident(person_id: uuid.UUID, assurance: Assurance = Assurance.L3) -> Actor:
    return Actor(
        "resident",
        person_id=person_id,
        session_id=uuid.uuid4(),
        assurance=assurance,
        holdings=(Holding(Role.RESIDENT, ""),),
    )


def officer(session: Session, role: Role = Role.VILLAGE_OFFICER, division: str = VILLAGE) -> Actor:
    account = make_staff(session, role, division)
    return Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        session_id=uuid.uuid4(),
        assurance=Assurance.L4,
        holdings=(Holding(role, division),),
        work_number=account.work_number,
    )


def opened(
    session: Session, family: Family, *, by: Actor | None = None, now: datetime | None = None, **more: Any
) -> AuthorizationRequest:
    by = by or officer(session)
    more.setdefault("purpose", "application")
    more.setdefault("reason", "要申请低保")
    return authorizations.open_request(
        session,
        authorizations.data_sources(),
        by,
        family.household_id,
        now=now or clock.now(),
        is_demo=True,
        **more,
    )


def part_of(
    session: Session, request: AuthorizationRequest, person_id: uuid.UUID, capacity: str | None = None
) -> AuthorizationPart:
    found = [
        part
        for part in authorizations.parts_of(session, request.id)
        if part.person_id == person_id and capacity in (None, part.capacity)
    ]
    assert len(found) == 1, found
    return found[0]


def all_codes(request: AuthorizationRequest) -> list[str]:
    return [scope["source"] for scope in request.scopes]


def signed(
    session: Session,
    request: AuthorizationRequest,
    part: AuthorizationPart,
    *,
    now: datetime | None = None,
    **changes: Any,
) -> Authorization | None:
    """Sign a part on the signer's own phone, as after the right code."""
    now = now or clock.now()
    changes.setdefault("agreed", all_codes(request))
    changes.setdefault("strokes", STROKES)
    changes.setdefault("own_will", "yes")
    changes.setdefault("child_said", "愿意")
    actor = resident(part.signer_id)
    document = authorizations.begin_signing(
        session,
        authorizations.data_sources(),
        OFFICE,
        actor,
        part.id,
        Answer(**changes),
        now=now,
    )
    return authorizations.finish_signing(
        session,
        KEYS,
        actor,
        part.id,
        document=document,
        code_id="a code",
        phone_end="11",
        now=now,
    )
