"""A family that was asked to authorise, for the pages of whoever helps it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance.people import Person, StaffAccount
from assistance.permissions import Role
from tests.assistance.authorizations.family import Family, all_codes, make_family, opened, part_of
from tests.complaining_client import ComplainingClient
from tests.portal.test_help_requests import hidden
from tests.signing_in import VILLAGE, make_staff


@dataclass
class Asked:
    """A request with the parts of two of its people."""

    family: Family
    request_id: uuid.UUID
    codes: list[str]
    head: uuid.UUID
    grandmother: uuid.UUID
    grandmother_end: str


def ask(app: Flask) -> Asked:
    """A family of four that an officer has asked."""
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        number = session.get_one(Person, family.grandmother).resident_id
        assert number is not None
        made = Asked(
            family,
            request.id,
            all_codes(request),
            part_of(session, request, family.head).id,
            part_of(session, request, family.grandmother).id,
            number.value[-4:],
        )
    return made


def post(client: ComplainingClient, address: str, **fields: object) -> TestResponse:
    """Send a form as the page that holds it would."""
    page = client.get(address)
    assert page.status_code == 200, page.text
    return client.post(address, data={"csrf_token": hidden(page.text)["csrf_token"], **fields})


def rows(app: Flask, model: type) -> list:
    """Everything that a table holds."""
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(model)))


def colleague(app: Flask, role: Role = Role.VILLAGE_OFFICER, division: str = VILLAGE) -> StaffAccount:
    """A new member of staff."""
    with app.extensions["huimin"].database.transaction() as session:
        return make_staff(session, role, division)
