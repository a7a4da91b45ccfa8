"""The pages of residents' rights that need a request: one's own, and the one that staff answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from assistance import people, rights
from assistance.people import Assurance
from assistance.permissions import Role
from infrastructure import clock
from tests.assistance.authorizations.family import officer, resident
from tests.assistance.rights.seeding import seed
from tests.assistance.rights.test_requests import relative_of
from tests.browser.fixtures import staff_cookies
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.signing_in import COUNTY, TOWN

Doing = Callable[[Visitor, Site, pytest.MonkeyPatch], None]


def _own_request(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        person = seed(session).other
        by = resident(person.id)
        request = rights.ask(
            session, "deletion", "checks", "都删掉", of=person, county=COUNTY, by=by, now=clock.now()
        )
        answers = officer(session, Role.TOWN_REVIEWER, TOWN)
        rights.answer(
            session, request, "declined", "有授权用着", reason="case_rests_on_it", by=answers, now=clock.now()
        )
        person_id, request_id = person.id, request.id
    one.context.add_cookies(resident_cookies_of(site, person_id))
    one.go(f"/me/data/requests/{request_id}")


def _own_data(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        person_id = seed(session).person.id
    one.context.add_cookies(resident_cookies_of(site, person_id))
    one.go("/me/data")


def _answer(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        request_id = relative_of(session)[0].id
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go(f"/admin/rights-requests/{request_id}")


def resident_cookies_of(site: Site, person_id: uuid.UUID) -> list[Any]:
    """The cookie of a resident who has signed in at L3."""
    with site.app.extensions["huimin"].database.transaction() as session:
        _, token = people.start_session(
            session,
            face="portal",
            assurance=Assurance.L3,
            proved_by="code",
            now=clock.now(),
            person_id=person_id,
        )
    return [{"name": "huimin_resident", "value": token, "url": site.address}]


REACHED: dict[str, tuple[str, Doing]] = {
    "own data of a life": ("portal/rights/show.html", _own_data),
    "own request": ("portal/rights/request.html", _own_request),
    "request to answer": ("admin/rights/answer.html", _answer),
}
"""What leads to each page, with its template."""
