"""The pages about looks and messages that need somebody who has looked, objected or been told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from assistance import looks, messages
from assistance.people import Actor, Assurance
from assistance.permissions import Role
from commands.audit import sealer_of
from infrastructure import clock
from tests.assistance.looks.test_access_log import actor_of
from tests.browser.fixtures import staff_cookies
from tests.browser.rights_doings import resident_cookies_of
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.portal.test_access_log import seen_once
from tests.signing_in import TOWN, VILLAGE, make_household, make_person, make_staff

Doing = Callable[[Visitor, Site, pytest.MonkeyPatch], None]


def _own_looks(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    person_id, _ = seen_once(site.app)
    one.context.add_cookies(resident_cookies_of(site, person_id))
    one.go("/me/access-log")


def _object(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    person_id, reference = seen_once(site.app)
    one.context.add_cookies(resident_cookies_of(site, person_id))
    one.go(f"/me/access-log/{reference}/objection")


def _own_messages(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        person_id = make_person(session, "陈国良").id
        told = {"number": "AR-20261122-AAAAA"}
        messages.send(
            session,
            messages.Template.REPORT_READY,
            told,
            to_person=person_id,
            to_phone=None,
            now=clock.now(),
            key="look-doings",
        )
    one.context.add_cookies(resident_cookies_of(site, person_id))
    one.go("/me/messages")


def _objections(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    _objected(site)
    one.context.add_cookies(staff_cookies(site, Role.INSPECTOR))
    one.go("/admin/look-objections")


def _answer_objection(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    objection_id = _objected(site)
    one.context.add_cookies(staff_cookies(site, Role.INSPECTOR))
    one.go(f"/admin/look-objections/{objection_id}")


def _sealed(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        household = make_household(session, [make_person(session)])
        inspector = actor_of(make_staff(session, Role.INSPECTOR), Role.INSPECTOR)
        until = date(2026, 12, 20)
        looks.ask_to_seal(session, str(household.id), "查一件事", until, by=inspector, now=clock.now())
    one.context.add_cookies(staff_cookies(site, Role.INSPECTOR))
    one.go("/admin/sealed-looks")


def _minors(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        child = make_person(session, "陈小雨", birth=date(2016, 9, 20))
        asks = actor_of(make_staff(session, Role.VILLAGE_OFFICER, VILLAGE), Role.VILLAGE_OFFICER, VILLAGE)
        looks.ask_to_open_minor(session, child, VILLAGE, "上门看望", by=asks, now=clock.now())
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go("/admin/minor-approvals")


def _ask_minor(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        child = make_person(session, "陈小雨", birth=date(2016, 9, 20))
        household = make_household(session, [make_person(session), child])
    one.context.add_cookies(staff_cookies(site, Role.VILLAGE_OFFICER, VILLAGE))
    one.go(f"/admin/households/{household.id}/minors/{child.id}/approval")


def _log_entry(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    _, reference = seen_once(site.app)
    sealer_of(site.app.extensions["huimin"]).run(clock.now())
    one.context.add_cookies(staff_cookies(site, Role.AUDIT_ADMINISTRATOR))
    one.go(f"/admin/log/entries/{reference}")


def _log(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    seen_once(site.app)
    one.context.add_cookies(staff_cookies(site, Role.AUDIT_ADMINISTRATOR))
    one.go("/admin/log?since=2026-01-01")


def _objected(site: Site) -> uuid.UUID:
    person_id, reference = seen_once(site.app)
    with site.app.extensions["huimin"].database.transaction() as session:
        by = Actor("resident", person_id=person_id, assurance=Assurance.L2)  # type: ignore[arg-type]
        looks.object_to_look(session, reference, [person_id], "为什么", by=by, now=clock.now())  # type: ignore[list-item]
        return session.scalars(select(looks.LookObjection.id)).one()


REACHED: dict[str, tuple[str, Doing]] = {
    "own looks": ("portal/access_log/list.html", _own_looks),
    "a look objected to": ("portal/access_log/objection.html", _object),
    "own messages": ("portal/messages/list.html", _own_messages),
    "staff, objections": ("admin/looks/objections.html", _objections),
    "staff, an objection": ("admin/looks/answer_objection.html", _answer_objection),
    "staff, sealed looks": ("admin/looks/sealed.html", _sealed),
    "staff, minors": ("admin/looks/minors.html", _minors),
    "staff, the log": ("admin/log/list.html", _log),
    "staff, an entry of the log": ("admin/log/show.html", _log_entry),
    "staff, a minor asked for": ("admin/looks/ask_minor.html", _ask_minor),
}
"""What leads to each page, with its template."""
