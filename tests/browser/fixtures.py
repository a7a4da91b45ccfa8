"""A real Chromium and the application behind a socket, for the stories and the sweeps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from assistance import people
from assistance.people import Assurance
from assistance.permissions import Role
from infrastructure import clock
from tests.browser.site import Site, serving
from tests.signing_in import COUNTY, make_household, make_person, make_staff

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RESIDENT_PHONE = "19900000011"
NewVisitor = Callable[..., "Visitor"]
Known = Callable[[str], list[Any]]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; without it they fail, because nothing else shows these promises kept."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(
            "These tests need Chromium, and it is not installed: apt-get install chromium (or make setup)"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _served(whole_app: Flask) -> Iterator[Site]:
    with serving(whole_app) as site:
        yield site


@pytest.fixture
def site(_served: Site, app: Flask) -> Site:
    """The application behind a socket, with nothing kept from an earlier test."""
    assert app is _served.app
    return _served


@pytest.fixture
def visitor(site: Site, chromium: Browser) -> Iterator[NewVisitor]:
    """Opens browsers at 360×740; at the end of the test none of them may have complained."""
    from tests.browser.visitor import Visitor

    opened: list[Visitor] = []

    def open_one(**how: Any) -> Visitor:
        opened.append(Visitor(site, chromium, **how))
        return opened[-1]

    yield open_one
    for one in opened:
        one.leave()


@pytest.fixture(scope="session")
def _households() -> dict[str, list[Any]]:
    return {}


@pytest.fixture
def known(visitor: NewVisitor, site: Site, _households: dict[str, list[Any]]) -> Known:
    """The cookies of a browser in which a household has answered (once, then kept), or staff signed in."""
    from tests.browser.stories import ELDER, FAMILY, RECIPIENTS

    def cookies_of(whose: str) -> list[Any]:
        if whose.startswith("staff:"):
            _, role, *division = whose.split(":")
            return staff_cookies(site, Role(role), division[0] if division else COUNTY)
        if whose.startswith("resident:"):
            return resident_cookies(site, Assurance[whose.partition(":")[2]])
        if whose and whose not in _households:
            one = visitor(scripts=False)
            one.go("/assessment")
            if whose == "helper":
                one.page.locator('label[for="helped"]').click()
            one.send()
            if whose == "helper":
                one.fill(FAMILY["1"])
                one.send()
            else:
                one.answer({"family": FAMILY, "elder": ELDER, "recipients": RECIPIENTS}[whose])
            _households[whose] = one.cookies()
        return _households.get(whose, [])

    return cookies_of


def resident_cookies(site: Site, assurance: Assurance) -> list[Any]:
    """The cookie of a resident who has signed in: at L1 nobody knows who, above it a person with a home."""
    with site.app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, phone=RESIDENT_PHONE) if assurance > Assurance.L1 else None
        if person is not None:
            make_household(session, [person])
        _, token = people.start_session(
            session,
            face="portal",
            assurance=assurance,
            proved_by="wechat" if person is None else "code",
            now=clock.now(),
            person_id=person.id if person else None,
            device="wechat.android",
        )
    return [{"name": "huimin_resident", "value": token, "url": site.address}]


def staff_cookies(site: Site, role: Role, division: str = COUNTY) -> list[Any]:
    """The cookie of a new member of staff who has signed in."""
    with site.app.extensions["huimin"].database.transaction() as session:
        account = make_staff(session, role, division)
        _, token = people.start_session(
            session,
            face="admin",
            assurance=Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account.id,
        )
    return [{"name": "huimin_staff", "value": token, "url": site.address}]
