"""Families that have signed, and the parts of a check beside real simulators, for the tests of checks."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import authorizations, divisions, economic_checks, policies
from assistance.authorizations import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.economic_checks import CheckParts, CheckResult, CheckTask
from assistance.economic_checks.parts import make_adapters
from assistance.households import Household
from assistance.people import SYSTEM, Person
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.settings import load_settings
from infrastructure.signing import SigningKeys
from tests.signing_in import make_household, make_person

KEYS = SigningKeys({"test": b"huimin-test-signing-key-of-tests"})
CATALOGUE = policies.load_catalogue()
BANK, WALLET, PENSION, HOUSES = "bank-deposits", "payment-accounts", "social-insurance", "real-estate"
SOURCES = (BANK, WALLET)


def checks_beside(database: Database, simulators: Any, *, seconds: float = 6.0, **more: Any) -> CheckParts:
    """The parts of a check whose sources are these simulators."""
    settings = load_settings({"HUIMIN_ENV": "test", **simulators.environment})
    sources = authorizations.data_sources()
    told: dict[str, Any] = {
        "database": database,
        "keys": KEYS,
        "sources": sources,
        "adapters": make_adapters(settings, sources, database, KEYS, seconds=seconds),
        "catalogue": CATALOGUE,
        "divisions": divisions.national_index(),
        "county": "330482",
        "is_demo": True,
        "clock": clock,
    }
    return CheckParts(**{**told, **more})


NAMED = {
    "陈国良": "330499197406150239",
    "陆秀珍": "330499197611020329",
    "陈阿宜": "330499194603080125",
}
"""Three adults who stand in the simulators' registers."""


def make_family(session: Session, *names: str) -> tuple[Household, list[Person]]:
    """Adults of one household, whom the simulators know by name."""
    persons = [make_person(session, name, NAMED[name]) for name in names or ("陈国良",)]
    return make_household(session, persons), persons


def scopes_of(sources: Sequence[str]) -> list[dict[str, Any]]:
    """The scopes of a request for all items of these sources."""
    register = authorizations.data_sources()
    return [{"source": code, "items": [item.code for item in register[code].items]} for code in sources]


def make_request(
    session: Session,
    household: Household,
    persons: Sequence[Person],
    sources: Sequence[str] = SOURCES,
    *,
    purpose: str = "recheck",
    signed: bool = True,
) -> AuthorizationRequest:
    """A request to these people; each has signed for everything, unless told otherwise."""
    now = clock.now()
    request = AuthorizationRequest(
        number=f"AR-{clock.today():%Y%m%d}-{secrets.token_hex(3).upper()}",
        household_id=household.id,
        purpose=purpose,
        scopes=scopes_of(sources),
        months_back=12,
        text_version="1",
        sealed={"reason": "复查"},
        opened_by="staff:1",
        is_opened_by_household=False,
        opened_at=now,
        deadline_on=clock.today() + timedelta(days=30),
        state="open",
    )
    session.add(request)
    session.flush()
    for person in persons:
        part = AuthorizationPart(
            request_id=request.id,
            person_id=person.id,
            signer_id=person.id,
            capacity="self",
            link_lookup=secrets.token_bytes(32),
            state="waiting",
            state_since=now,
            sealed={},
        )
        session.add(part)
        session.flush()
        if signed:
            sign(session, request, person)
    return request


def sign(
    session: Session,
    request: AuthorizationRequest,
    person: Person,
    sources: Sequence[str] | None = None,
    *,
    is_silent_no: bool = False,
) -> Authorization | None:
    """One person's signature under a request, made straight in the database."""
    part = session.scalar(
        select(AuthorizationPart).where(
            AuthorizationPart.request_id == request.id, AuthorizationPart.person_id == person.id
        )
    )
    assert part is not None
    part.state = "signed"
    if is_silent_no:
        session.flush()
        return None
    agreed = [one for one in request.scopes if sources is None or one["source"] in sources]
    now = clock.now()
    made = Authorization(
        verify_code=secrets.token_hex(10).upper(),
        request_id=request.id,
        part_id=part.id,
        person_id=person.id,
        signer_id=person.id,
        sources=agreed,
        declined_sources=[one["source"] for one in request.scopes if one not in agreed],
        level="own_phone",
        assurance=3,
        sealed={"record": "{}"},
        record_sha256=b"1",
        record_sm3=b"1",
        kid="test",
        signature=b"1",
        audit_reference="1",
        audit_content=b"1",
        signed_at=now,
        valid_until=now + timedelta(days=30),
        state="active",
    )
    session.add(made)
    session.flush()
    return made


def withdraw(session: Session, request_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """End what a person has signed under a request, and let follow what follows."""
    found = session.scalar(
        select(Authorization)
        .where(Authorization.request_id == request_id, Authorization.person_id == person_id)
        .with_for_update()
    )
    assert found is not None
    found.state, found.ended_at = "withdrawn", clock.now()
    part = session.get_one(AuthorizationPart, found.part_id)
    part.state = "withdrawn"
    session.flush()
    economic_checks.note_end(session, request_id, person_id, now=clock.now())


def start(parts: CheckParts, request_id: uuid.UUID) -> uuid.UUID:
    """Start the check of a request."""
    with parts.database.transaction() as session:
        return economic_checks.start_check(session, request_id, by=SYSTEM, now=clock.now()).id


def states(database: Database, check_id: uuid.UUID) -> dict[tuple[uuid.UUID, str], str]:
    """How each question stands, by person and source."""
    with database.reading() as session:
        found = session.scalars(select(CheckTask).where(CheckTask.check_id == check_id))
        return {(task.person_id, task.source): task.state for task in found}


def stored(database: Database) -> list[CheckResult]:
    """Every result that is kept."""
    with database.reading() as session:
        return list(session.scalars(select(CheckResult).order_by(CheckResult.source)))


def ids_of(persons: Sequence[Person]) -> list[uuid.UUID]:
    """The ids of some persons."""
    return [person.id for person in persons]


def no_folder() -> Path:
    """A path that is not there."""
    return Path("/nonexistent")
