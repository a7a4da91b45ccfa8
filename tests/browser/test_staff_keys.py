"""The staff side by single keys, which can be switched off; a full number does not stay on the screen."""

from __future__ import annotations

from datetime import date

import pytest

from assistance import households
from assistance.people import SYSTEM
from assistance.permissions import Role
from infrastructure import clock
from tests.browser.fixtures import NewVisitor, staff_cookies
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.signing_in import TOWN, VILLAGE, make_person

pytestmark = pytest.mark.browser


@pytest.fixture
def numbers(site: Site) -> list[str]:
    """Two families of one village, in the order of the list."""
    with site.app.extensions["huimin"].database.transaction() as session:
        opened = [
            households.open_household(
                session,
                division_code=VILLAGE,
                address="3号",
                joining=[households.Joining(make_person(session, name, birth=date(1974, 6, 15)), "head")],
                on=date(2020, 1, 1),
                by=SYSTEM,
                now=clock.now(),
            )
            for name in ("陈国良", "周福根")
        ]
        return sorted(one.number for one in opened)


def _officer(visitor: NewVisitor, site: Site) -> Visitor:
    one = visitor()
    # Keys are for whoever sits at a desk.
    one.page.set_viewport_size({"width": 1280, "height": 800})
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    return one


def _focused(one: Visitor) -> str:
    words: str = one.page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")
    return words


def test_rows_are_walked_and_opened_by_keys(visitor: NewVisitor, site: Site, numbers: list[str]) -> None:
    one = _officer(visitor, site)
    one.go("/admin/households")
    keys = one.page.keyboard
    keys.press("j")
    assert _focused(one) == numbers[0]
    keys.press("j")
    assert _focused(one) == numbers[1]
    keys.press("k")
    with one.page.expect_navigation():
        keys.press("o")
    assert numbers[0] in one.text()
    with one.page.expect_navigation():
        keys.type("gq")
    assert one.path == "/admin/"


def test_a_key_in_a_field_is_a_letter_and_none_counts_once_switched_off(
    visitor: NewVisitor, site: Site, numbers: list[str]
) -> None:
    one = _officer(visitor, site)
    one.go("/admin/households")
    keys = one.page.keyboard
    keys.press("/")
    assert _focused(one) == "name"
    keys.type("jo?")
    assert one.page.input_value("#name") == "jo?"
    one.page.locator("h1").click()
    keys.press("?")
    one.page.locator("[data-keys-switch]").click()
    one.go("/admin/households")
    keys.press("j")
    assert one.page.evaluate("document.activeElement.tagName") == "BODY"


def test_a_full_number_is_gone_after_a_minute(visitor: NewVisitor, site: Site, numbers: list[str]) -> None:
    one = _officer(visitor, site)
    one.go("/admin/households")
    one.page.clock.install()
    with one.page.expect_navigation():
        one.page.get_by_role("link", name=numbers[0]).click()
    one.page.locator("details.why summary").first.click()
    one.page.select_option("#why-1", "identity_confirmation")
    with one.page.expect_navigation():
        one.page.get_by_role("button", name="看完整号码").click()
    shown = one.page.locator(".secret")
    one.page.clock.fast_forward("00:59")
    assert shown.inner_text().isalnum()
    one.page.clock.fast_forward("00:02")
    assert "已经收起" in shown.inner_text()
