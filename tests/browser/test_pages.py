"""Every page at 360 and 320 px, in three sizes of type and two languages: axe, widths, targets, weight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import abort
from sqlalchemy import text

from assistance import people
from assistance.people import Assurance
from infrastructure import clock
from tests.browser import (
    authorization_doings,
    check_doings,
    household_doings,
    look_doings,
    member_doings,
    page_list,
    rights_doings,
    staff_doings,
)
from tests.browser.fixtures import Known, NewVisitor, resident_cookies
from tests.browser.measures import axe_findings, lay_open, too_small, too_wide
from tests.browser.page_list import OPENED_BY_ADDRESS, REACHED_BY_DOING, Shown
from tests.browser.site import Site
from tests.browser.stories import FAMILY
from tests.browser.visitor import HEIGHT, WIDTH, Visitor

pytestmark = pytest.mark.browser
NARROW, SIZES, LOCALES = 320, (20, 30), ("zh", "en")
AXE_SIZES = {"zh": 30, "en": 20}
"""What axe finds hangs on the size more than on the words: each language is looked at in one."""
STAFF_DOINGS = {
    **staff_doings.REACHED,
    **member_doings.REACHED,
    **household_doings.REACHED,
    **check_doings.REACHED,
    **authorization_doings.REACHED,
    **rights_doings.REACHED,
    **look_doings.REACHED,
}


def test_every_template_is_looked_at() -> None:
    looked_at = {shown.template for shown in OPENED_BY_ADDRESS} | set(REACHED_BY_DOING.values())
    looked_at |= {template for template, _ in STAFF_DOINGS.values()}
    assert looked_at == page_list.framed_templates()
    assert set(REACHED_BY_DOING) == set(DOINGS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("shown", OPENED_BY_ADDRESS, ids=lambda shown: shown.name)
def test_a_page_fits_every_eye_and_hand(visitor: NewVisitor, known: Known, shown: Shown, locale: str) -> None:
    one = visitor(locale=locale, cookies=known(shown.whose))
    response = one.go(shown.address, shown.status)
    assert one.body_id == shown.body_id
    weight = response.request.sizes()["responseBodySize"]
    assert weight <= shown.budget, f"{weight} bytes over the wire"
    look_at(one)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", REACHED_BY_DOING)
def test_a_page_that_follows_from_a_deed_fits_every_eye_and_hand(
    visitor: NewVisitor,
    known: Known,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    locale: str,
) -> None:
    template = REACHED_BY_DOING[name]
    one = visitor(locale=locale, cookies=known("" if template.startswith("errors/") else "family"))
    DOINGS[name](one, site, monkeypatch)
    assert one.body_id == page_list.body_id_of(template)
    look_at(one)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", STAFF_DOINGS)
def test_a_staff_page_that_follows_from_a_deed_fits_every_eye_and_hand(
    visitor: NewVisitor, site: Site, monkeypatch: pytest.MonkeyPatch, name: str, locale: str
) -> None:
    template, do = STAFF_DOINGS[name]
    one = visitor(locale=locale)
    do(one, site, monkeypatch)
    assert one.body_id == page_list.body_id_of(template)
    look_at(one)


def look_at(one: Visitor) -> None:
    """All that is measured of one page, loaded once."""
    lay_open(one.page)
    found: dict[str, list[str]] = {}
    for size in SIZES:
        one.page.locator(f'[data-size-step="{size}"]').click()
        assert one.page.get_attribute("html", "data-size") == str(size)
        if size == AXE_SIZES[one.locale]:
            found[f"axe at {size} px"] = axe_findings(one.page)
        for width in (WIDTH, NARROW):
            one.page.set_viewport_size({"width": width, "height": HEIGHT})
            found[f"too wide at {size} px in {width}"] = too_wide(one.page)
            found[f"too small at {size} px in {width}"] = too_small(one.page)
        one.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    told = "\n".join(f"{what}:\n  " + "\n  ".join(lines) for what, lines in found.items() if lines)
    assert not told, f"{one.path}\n{told}"


def _submit_raw(one: Visitor) -> None:
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main form button.button-primary").first.click()


def _wrong_answers(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/assessment/questions/2/members/new")
    one.page.fill("#birth_year", "18")
    _submit_raw(one)


def _wrong_members(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/assessment/questions/2?notice=full")


def _saved(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/assessment/save")
    one.page.locator('label[for="agreed"]').click()
    _submit_raw(one)


def _save_refused(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/assessment/save")
    _submit_raw(one)


def _return_refused(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/assessment/return")
    one.page.fill("#code", "7K2M 9PQR")
    _submit_raw(one)


def _printing_failed(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("portal.views.assessment_results.PDF_SECONDS", 0.01)
    one.go("/assessment/result.pdf", 503)


def _ask(one: Visitor, **written: str) -> None:
    one.go("/help-requests/new?policy=temporary-relief")
    for name, words in written.items():
        one.page.fill(f"#{name}", words)
    one.page.locator('label[for="agreed"]').click()
    _submit_raw(one)


def _asked_badly(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _ask(one, village="新")


def _asked(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _ask(one, name="李阿婆", contact="找村口小店", village="水洞埭")


def _withdrawing(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _asked(one, site, patch)
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator('main a[href$="/withdraw"]').click()


def _signing_in(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/sign-in")
    one.page.fill("#phone", "199 0000 0011")
    _submit_raw(one)


def _signing_in_badly(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/sign-in")
    one.page.fill("#phone", "1990")
    _submit_raw(one)


def _typed_before(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    cookies = resident_cookies(site, Assurance.L3)
    one.context.add_cookies(cookies)
    with site.app.extensions["huimin"].database.transaction() as session:
        people.kept_forms.keep_form(
            session,
            cookies[0]["value"],
            face="portal",
            address="/me/phones/changed",
            fields=[("sure", "yes")],
            now=clock.now(),
        )
    one.go("/sign-in/typed")


def _form_too_old(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/help-requests/new")
    one.context.clear_cookies(name="huimin_session")
    one.page.fill("#name", "李阿婆")
    _submit_raw(one)


def _refused_with(status: int) -> Callable[[Visitor, Site, pytest.MonkeyPatch], None]:
    def refuse(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(site.app.view_functions, "portal.show_urgent", lambda: abort(status))
        one.go("/assessment/urgent", status)

    return refuse


def _crashed(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(site.app.view_functions, "portal.show_urgent", lambda: 1 // 0)
    one.expected_failures = [f"{site.address}/assessment/urgent"]
    one.go("/assessment/urgent", 500)


def _no_standards(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    database = site.app.extensions["huimin"].database
    with database.transaction() as session:
        session.execute(text("ALTER TABLE standards RENAME TO standards_away"))
    try:
        one.go("/assessment")
        _submit_raw(one)
        one.fill(FAMILY["1"])
        _submit_raw(one)
        one.go("/assessment/result", 503)
    finally:
        with database.transaction() as session:
            session.execute(text("ALTER TABLE standards_away RENAME TO standards"))


DOINGS: dict[str, Callable[[Visitor, Site, pytest.MonkeyPatch], None]] = {
    "wrong answers": _wrong_answers,
    "wrong members": _wrong_members,
    "saved": _saved,
    "return refused": _return_refused,
    "save refused": _save_refused,
    "printing failed": _printing_failed,
    "help request refused": _asked_badly,
    "help request, receipt": _asked,
    "help request, withdraw": _withdrawing,
    "sign in, the code": _signing_in,
    "sign in, no number": _signing_in_badly,
    "typed before": _typed_before,
    "form too old": _form_too_old,
    "too large": _refused_with(413),
    "wrong": _refused_with(422),
    "too often": _refused_with(429),
    "crashed": _crashed,
    "no standards": _no_standards,
}
