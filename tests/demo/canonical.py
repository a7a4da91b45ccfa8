"""What a database holds in an order and a form that hang on no drawn id, no ciphertext and no database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import authorizations, economic_checks, households, people
from assistance.authorizations import AuthorizationRequest
from assistance.economic_checks import EconomicCheck
from assistance.households import Household
from infrastructure.clock import SHANGHAI


def canonical(session: Session) -> dict[str, Any]:
    """Files, staff, requests and checks, without what is drawn anew at each loading."""
    found = session.scalars(select(Household).order_by(Household.number)).all()
    return {
        "files": [_file(session, one) for one in found],
        "staff": [
            (
                account.user_name,
                account.work_number,
                person.name,
                account.state,
                account.sealed["totp_secret"],
            )
            for account, person in people.staff.list_accounts(session, limit=1000)
        ],
        "roles": sorted(
            (one.role, one.division_code, one.department or "", one.state)
            for one in people.roles.list_standing_roles(session)
        ),
        "requests": sorted(_request(session, one) for one in session.scalars(select(AuthorizationRequest))),
        "checks": sorted(
            (session.get_one(Household, one.household_id).number, one.state)
            for one in session.scalars(select(EconomicCheck))
        ),
        "sheets": [
            (one.source, one.rows, one.state)
            for one in economic_checks.list_drops(session, list(authorizations.data_sources()))
        ],
    }


def _file(session: Session, one: Household) -> dict[str, Any]:
    everybody = households.list_everybody(session, one)
    number_of = {here.member.id: _number(here.person) for here in everybody}
    lines = households.list_lines(session, one, history=True)
    events = households.list_events(session, one)
    return {
        "number": one.number,
        "division": one.division_code,
        "address": one.address,
        "members": sorted(
            (
                _number(here.person),
                here.person.name,
                here.member.relation,
                here.member.joined_on.isoformat(),
                here.member.is_supporter,
                here.member.guardian_id is not None,
                here.member.is_under_court_guardianship,
                here.member.lives_on_own_wages,
                tuple(phone.phone for phone in people.list_phones(session, here.person.id)),
            )
            for here in everybody
        ),
        "lines": sorted(
            (
                number_of.get(line.member_id, ""),
                line.fact,
                repr(line.sealed["value"]),
                line.standing,
                line.source,
                line.dated_on.isoformat(),
            )
            for line in lines
        ),
        "events": sorted((one.event, one.happened_on.isoformat()) for one in events),
    }


def _number(person: people.Person) -> str:
    return person.resident_id.value if person.resident_id else ""


def _request(session: Session, one: AuthorizationRequest) -> tuple[Any, ...]:
    parts = authorizations.parts_of(session, one.id)
    return (
        session.get_one(Household, one.household_id).number,
        one.purpose,
        one.state,
        one.opened_at.astimezone(SHANGHAI).isoformat(),
        sorted((part.capacity, part.state, part.state_since.isoformat()) for part in parts),
    )
