"""The pages of authorisations: a family that was asked, somebody signing, somebody who said no in silence."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import authorizations, people
from assistance.people import Assurance
from assistance.permissions import Role
from infrastructure import clock
from tests.assistance.authorizations.family import KEYS, OFFICE, make_family, opened, part_of, signed
from tests.browser.fixtures import staff_cookies
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.signing_in import TOWN, VILLAGE, make_staff

Doing = Callable[[Visitor, Site, pytest.MonkeyPatch], None]
WITNESS = (Role.GRID_WORKER, VILLAGE)


@dataclass(frozen=True)
class Asked:
    """What the pages are about."""

    household_id: uuid.UUID
    request_id: uuid.UUID
    head_id: uuid.UUID
    head: uuid.UUID
    spouse: uuid.UUID
    spouse_id: uuid.UUID
    grandmother: uuid.UUID
    code: str
    paper: uuid.UUID
    at_counter: uuid.UUID
    spouse_end: str
    """The last four characters of her identity number."""


def number_of(session: Session, person_id: uuid.UUID) -> str:
    """How a person's identity number ends."""
    number = session.get_one(people.Person, person_id).resident_id
    assert number is not None
    return number.value[-4:]


def asked(site: Site) -> Asked:
    """陈国良 has signed, his mother said no in silence, a paper of his wife's waits for a second person.

    So does what he has signed at the counter for the child whom he stands for.
    """
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(picture, "JPEG")
    with site.app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        parts = {
            one: part_of(session, request, one) for one in (family.head, family.spouse, family.grandmother)
        }
        record = signed(session, request, parts[family.head])
        assert record is not None
        signed(session, request, parts[family.grandmother], is_unwilling=True)
        account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        officer = people.Actor(
            "staff",
            person_id=account.person_id,
            account_id=account.id,
            assurance=Assurance.L4,
            holdings=(people.Holding(Role.VILLAGE_OFFICER, VILLAGE),),
            work_number=account.work_number,
        )
        paper = authorizations.take_paper(
            session,
            officer,
            parts[family.spouse].id,
            picture.getvalue(),
            agreed=["tax"],
            place="家里",
            now=clock.now(),
        )
        assert base64.b64decode(paper.sealed["picture"])
        at_counter = authorizations.sign_at_counter(
            session,
            KEYS,
            authorizations.data_sources(),
            OFFICE,
            officer,
            part_of(session, request, family.child).id,
            authorizations.Answer(agreed=["tax"], typed_name="陈国良", own_will="yes", child_said="好的"),
            last_of_number=number_of(session, family.head),
            witness=authorizations.Witness(work_number=make_staff(session, *WITNESS).work_number),
            now=clock.now(),
        )
        assert isinstance(at_counter, authorizations.CounterSignature)
        return Asked(
            family.household_id,
            request.id,
            family.head,
            parts[family.head].id,
            parts[family.spouse].id,
            family.spouse,
            parts[family.grandmother].id,
            record.verify_code,
            paper.id,
            at_counter.id,
            number_of(session, family.spouse),
        )


def _as_resident(person: str, address: Callable[[Asked], str]) -> Doing:
    def do(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
        found = asked(site)
        with site.app.extensions["huimin"].database.transaction() as session:
            _, token = people.start_session(
                session,
                face="portal",
                assurance=Assurance.L3,
                proved_by="code",
                now=clock.now(),
                person_id=getattr(found, person),
            )
        one.context.add_cookies([{"name": "huimin_resident", "value": token, "url": site.address}])
        one.go(address(found))

    return do


def _code(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _as_resident("spouse_id", lambda found: f"/me/authorizations/{found.spouse}/sign")(one, site, patch)
    one.page.locator('label[for="agreed"]').click()
    box = one.page.locator("canvas").bounding_box()
    assert box is not None
    one.page.locator("canvas").scroll_into_view_if_needed()
    box = one.page.locator("canvas").bounding_box()
    assert box is not None
    one.page.mouse.move(box["x"] + 20, box["y"] + 20)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + 150, box["y"] + 60, steps=5)
    one.page.mouse.up()
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator('button[name="choice"][value="sign"]').click()


def _link(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _as_resident("head_id", lambda _found: "/me/authorizations")(one, site, patch)
    one.go("/authorizations/" + "x" * 27, 404)


def _as_staff(role: Role, division: str, address: Callable[[Asked], str]) -> Doing:
    def do(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
        found = asked(site)
        one.context.add_cookies(staff_cookies(site, role, division))
        one.go(address(found))

    return do


def _verify(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    one.go(f"/verify?code={asked(site).code}")


def _village(address: Callable[[Asked], str]) -> Doing:
    return _as_staff(Role.VILLAGE_OFFICER, VILLAGE, address)


def _as_witness(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    found = asked(site)
    database = site.app.extensions["huimin"].database
    with database.transaction() as session:
        taken = session.get_one(authorizations.CounterSignature, found.at_counter)
        account = session.scalars(
            select(people.StaffAccount).where(people.StaffAccount.person_id == taken.witness_person)
        ).one()
        _, token = people.start_session(
            session,
            face="admin",
            assurance=Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account.id,
        )
    one.context.add_cookies([{"name": "huimin_staff", "value": token, "url": site.address}])
    one.go(f"{REQUESTS}/counter-signatures/{found.at_counter}")


def _own_step(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    found = asked(site)
    one.context.add_cookies(staff_cookies(site, Role.VILLAGE_OFFICER, VILLAGE))
    one.go(f"{REQUESTS}/parts/{found.spouse}/counter")
    one.page.fill("#last_of_number", found.spouse_end)
    one.page.locator('label[for="agreed"]').click()
    one.page.locator("#witness").select_option(str(found.head_id))
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator('button[name="choice"][value="hand_over"]').click()


REQUESTS = "/admin/authorization-requests"
REACHED: dict[str, tuple[str, Doing]] = {
    "own authorisations": (
        "portal/authorizations/list.html",
        _as_resident("head_id", lambda found: "/me/authorizations"),
    ),
    "own wish": (
        "portal/authorizations/new.html",
        _as_resident("head_id", lambda found: "/me/authorizations/new"),
    ),
    "authorisation": (
        "portal/authorizations/show.html",
        _as_resident("spouse_id", lambda found: f"/me/authorizations/{found.spouse}"),
    ),
    "authorisation, sign": (
        "portal/authorizations/sign.html",
        _as_resident("spouse_id", lambda found: f"/me/authorizations/{found.spouse}/sign"),
    ),
    "authorisation, code": ("portal/authorizations/code.html", _code),
    "authorisation, answered": (
        "portal/authorizations/answered.html",
        _as_resident("head_id", lambda found: f"/me/authorizations/{found.head}/answered"),
    ),
    "authorisation, decline": (
        "portal/authorizations/decline.html",
        _as_resident("spouse_id", lambda found: f"/me/authorizations/{found.spouse}/decline"),
    ),
    "authorisation, withdraw": (
        "portal/authorizations/withdraw.html",
        _as_resident("head_id", lambda found: f"/me/authorizations/{found.head}/withdraw"),
    ),
    "authorisation, receipt": (
        "portal/authorizations/receipt.html",
        _as_resident("head_id", lambda found: f"/me/authorizations/{found.head}/receipt"),
    ),
    "authorisation, link": ("portal/authorizations/link.html", _link),
    "verify": ("portal/verify/show.html", _verify),
    "requests": ("admin/authorizations/list.html", _village(lambda found: REQUESTS)),
    "request, new": (
        "admin/authorizations/new.html",
        _village(lambda found: f"/admin/households/{found.household_id}/authorization-requests/new"),
    ),
    "request": (
        "admin/authorizations/show.html",
        _village(lambda found: f"{REQUESTS}/{found.request_id}"),
    ),
    "request, counter": (
        "admin/authorizations/counter.html",
        _village(lambda found: f"{REQUESTS}/parts/{found.spouse}/counter"),
    ),
    "request, counter, own step": ("admin/authorizations/counter_own.html", _own_step),
    "request, counter, witness": ("admin/authorizations/confirm_counter.html", _as_witness),
    "request, paper": (
        "admin/authorizations/paper.html",
        _village(lambda found: f"{REQUESTS}/parts/{found.spouse}/paper"),
    ),
    "request, confirm paper": (
        "admin/authorizations/confirm.html",
        _village(lambda found: f"{REQUESTS}/papers/{found.paper}"),
    ),
    "request, withdraw": (
        "admin/authorizations/withdraw.html",
        _village(lambda found: f"{REQUESTS}/parts/{found.head}/withdraw"),
    ),
    "request, protect": (
        "admin/authorizations/protect.html",
        _as_staff(Role.TOWN_REVIEWER, TOWN, lambda found: "/admin/authorizations-to-protect"),
    ),
}
"""What leads to each page, with its template."""
