"""Staff pages about how a member of a household signs in."""

from __future__ import annotations

from datetime import date

import pytest

from assistance import households
from assistance.people import SYSTEM
from assistance.permissions import Role
from infrastructure import clock
from tests.browser.fixtures import staff_cookies
from tests.browser.site import Site
from tests.browser.staff_doings import Doing
from tests.browser.visitor import Visitor
from tests.signing_in import VILLAGE, make_person


def _at_a_member(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, "陈国良", phone="19900000011")
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=(households.Joining(person, "head"),),
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=clock.now(),
        )
        (member,) = households.current_members(session, household.id)
    one.context.add_cookies(staff_cookies(site, Role.VILLAGE_OFFICER, VILLAGE))
    one.go(f"/admin/households/{household.id}/members/{member.id}/phone")


def _nothing_seen(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _at_a_member(one, site, patch)
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main form button.button-primary").first.click()


def _a_slip(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _at_a_member(one, site, patch)
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main form button.button-secondary").first.click()


REACHED: dict[str, tuple[str, Doing]] = {
    "member, number": ("admin/members/edit_phone.html", _at_a_member),
    "member, number refused": ("admin/members/edit_phone.html", _nothing_seen),
    "member, slip": ("admin/members/slip.html", _a_slip),
}
