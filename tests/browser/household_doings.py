"""Pages of household files: a family's own, and what staff see and do."""

from __future__ import annotations

import uuid
from datetime import date
from functools import partial

import pytest

from admin.forms.household_events import EVENTS
from assistance import households, people
from assistance.people import SYSTEM, Assurance
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.spreadsheets import write_book
from tests.browser.fixtures import resident_cookies, staff_cookies
from tests.browser.site import Site
from tests.browser.staff_doings import Doing
from tests.browser.visitor import Visitor
from tests.signing_in import TOWN, VILLAGE, make_person

HEADS = ("家庭编号", "村（社区）", "姓名", "身份证号", "与户主关系")
GOOD = ("1", VILLAGE, "陈国良", "330499197406150239", "户主")
BAD = ("1", "没有这个村", "陆秀珍", "330499197611020328", "房东")


def _family(site: Site) -> tuple[uuid.UUID, uuid.UUID]:
    """A family with lines of every standing, and a child; the file's id and the father's."""
    with site.app.extensions["huimin"].database.transaction() as session:
        father = make_person(session, "陈国良", birth=date(1974, 6, 15))
        mother = make_person(session, "陆秀珍", birth=date(1976, 11, 2))
        child = make_person(session, "陈小雨", birth=date(2016, 9, 20))
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="水口头三组 18 号，村口小店后面",
            joining=[
                households.Joining(father, "head"),
                households.Joining(mother, "spouse"),
                households.Joining(child, "child", guardian_id=father.id),
            ],
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=clock.now(),
        )
        members = {one.person_id: one for one in households.current_members(session, household.id)}
        for fact, value, who, standing, source in (
            ("own_income_fen", 123450, father, "declared", "counter"),
            ("own_income_fen", 345600, father, "checked", "social-insurance"),
            ("work", "flexible", father, "declared", "declaration"),
            ("work", "employed", father, "visited", "visit"),
            ("illness", ["uraemia", "other"], mother, "declared", "questionnaire"),
            ("stage", "primary", child, "declared", "import"),
            ("income_month_fen", {"min": 100000, "max": 200000}, None, "declared", "questionnaire"),
            ("income_month_fen", 345600, None, "declared", "declaration"),
            ("event_6m", ["illness", "job_loss"], None, "declared", "declaration"),
        ):
            households.record_line(
                session,
                household,
                fact=fact,
                value=value,
                source=source,
                dated_on=date(2026, 11, 1),
                by=SYSTEM,
                now=clock.now(),
                member=members[who.id] if who else None,
                standing=standing,
                authorization_id=uuid.uuid4() if standing == "checked" else None,
            )
        return household.id, father.id


def _as_officer(one: Visitor, site: Site, patch: pytest.MonkeyPatch, rest: str = "") -> None:
    household_id, _ = _family(site)
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go(f"/admin/households/{household_id}{rest}")


def _listed(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _family(site)
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go("/admin/households")


def _pressed(one: Visitor, site: Site, patch: pytest.MonkeyPatch, *, address: str, why: str = "") -> None:
    _as_officer(one, site, patch)
    form = one.page.locator(f'form[action$="{address}"]').first
    one.page.locator("details", has=form).first.evaluate("one => one.setAttribute('open', '')")
    if why:
        form.locator("select").select_option(why)
    with one.page.expect_navigation(wait_until="load"):
        form.locator("button").click()


def _event_refused(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _as_officer(one, site, patch, "/events/split")
    _send(one)


def _fact_refused(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _as_officer(one, site, patch, "/facts/event_6m")
    _send(one)


def _send(one: Visitor) -> None:
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main form button.button-primary").first.click()


def _sent(one: Visitor, site: Site, patch: pytest.MonkeyPatch, row: tuple[str, ...] = GOOD) -> None:
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go("/admin/households/import")
    content = write_book([("登记", HEADS, [row])])
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    one.page.set_input_files("#sheet", {"name": "家庭.xlsx", "mimeType": mime, "buffer": content})
    _send(one)


def _nothing_sent(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.context.add_cookies(staff_cookies(site, Role.TOWN_REVIEWER, TOWN))
    one.go("/admin/households/import")
    _send(one)


def _as_father(one: Visitor, site: Site, patch: pytest.MonkeyPatch, rest: str = "") -> None:
    _, father = _family(site)
    with site.app.extensions["huimin"].database.transaction() as session:
        _, token = people.start_session(
            session,
            face="portal",
            assurance=Assurance.L2,
            proved_by="code",
            now=clock.now(),
            person_id=father,
        )
    one.context.add_cookies([{"name": "huimin_resident", "value": token, "url": site.address}])
    one.go(f"/me/household{rest}")


def _own_refused(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _as_father(one, site, patch, "/facts/own_income_fen")
    one.page.fill("#value", "很多")
    _send(one)


def _without_a_file(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    cookies = resident_cookies(site, Assurance.L2)
    with site.app.extensions["huimin"].database.transaction() as session:
        for member in session.query(households.HouseholdMember):
            member.left_on, member.left_because = date(2026, 1, 1), "left"
    one.context.add_cookies(cookies)
    one.go("/me/household")


REACHED: dict[str, tuple[str, Doing]] = {
    "household, list": ("admin/households/list.html", _listed),
    "household, file": ("admin/households/show.html", _as_officer),
    "household, facts": ("admin/households/facts.html", partial(_as_officer, rest="/facts")),
    "household, fact": (
        "admin/households/edit_fact.html",
        partial(_as_officer, rest="/facts/income_month_fen"),
    ),
    "household, fact refused": ("admin/households/edit_fact.html", _fact_refused),
    "household, events": ("admin/households/events.html", partial(_as_officer, rest="/events")),
    **{
        f"household, event {event}": (
            "admin/households/add_event.html",
            partial(_as_officer, rest=f"/events/{event}"),
        )
        for event in EVENTS
    },
    "household, event refused": ("admin/households/add_event.html", _event_refused),
    "household, number without a purpose": (
        "admin/households/reveal.html",
        partial(_pressed, address="/number"),
    ),
    "household, number": (
        "admin/households/reveal.html",
        partial(_pressed, address="/number", why="contact"),
    ),
    "household, last four": ("admin/households/confirm.html", partial(_pressed, address="/last-four")),
    "household, import refused": ("admin/households/import.html", _nothing_sent),
    "household, import": ("admin/households/review_import.html", _sent),
    "household, import with problems": ("admin/households/review_import.html", partial(_sent, row=BAD)),
    "own household": ("portal/households/show.html", _as_father),
    "own household, what changed": ("portal/households/facts.html", partial(_as_father, rest="/facts")),
    "own household, a choice": (
        "portal/households/edit_fact.html",
        partial(_as_father, rest="/facts/event_6m"),
    ),
    "own household, refused": ("portal/households/edit_fact.html", _own_refused),
    "own household, none": ("portal/households/none.html", _without_a_file),
}
