"""The staff side warns in time, in the browser as it is used; only a person's own press keeps it awake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistance.permissions import Role
from infrastructure import clock
from tests.browser.fixtures import NewVisitor, staff_cookies
from tests.browser.site import Site
from tests.conftest import NOW

pytestmark = pytest.mark.browser
TOLD = "[data-expiring]"


def test_it_warns_after_25_minutes_and_says_when_it_has_ended(visitor: NewVisitor, site: Site) -> None:
    one = visitor()
    one.context.add_cookies(staff_cookies(site, Role.VILLAGE_OFFICER))
    one.page.clock.install()
    one.go("/admin/")
    notice, stay = one.page.locator(TOLD), one.page.locator("[data-stay]")
    one.page.clock.fast_forward("24:50")
    assert notice.is_hidden()
    one.page.clock.fast_forward("00:15")
    assert notice.is_visible()
    with clock.freeze(NOW + timedelta(minutes=25)):
        with one.page.expect_response("**/admin/"):
            stay.click()
        one.page.wait_for_function("document.querySelector('[data-expiring]').hidden")
    one.page.clock.fast_forward("29:00")
    assert notice.is_visible()
    assert stay.is_visible()
    one.page.clock.fast_forward("01:05")
    assert "已经退出登录" in notice.inner_text()
    assert stay.is_hidden()


def test_without_scripts_the_page_itself_says_when(visitor: NewVisitor, site: Site) -> None:
    one = visitor(scripts=False)
    one.context.add_cookies(staff_cookies(site, Role.VILLAGE_OFFICER))
    one.go("/admin/")
    assert "到 09:30 还没有动" in one.text()
    assert one.page.locator(TOLD).is_hidden()
