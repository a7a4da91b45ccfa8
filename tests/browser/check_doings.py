"""The pages of economic checks: a couple that was checked beside real simulators, one source down."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

import simulators
from assistance import economic_checks, people
from assistance.economic_checks import CheckResult, CheckTask, ContestedLine, Objection, SourceDrop
from assistance.people import SYSTEM, Assurance
from assistance.permissions import Role
from infrastructure import clock
from infrastructure.jobs import TryLater
from infrastructure.spreadsheets import write_book
from tests.assistance.economic_checks.checking import (
    BANK,
    KEYS,
    SOURCES,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    start,
)
from tests.browser.fixtures import staff_cookies
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.signing_in import COUNTY, make_staff

Doing = Callable[[Visitor, Site, pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Checked:
    """What the pages are about."""

    check_id: uuid.UUID
    father_id: uuid.UUID
    result_id: uuid.UUID
    line_id: uuid.UUID


def checked(site: Site) -> Checked:
    """陈国良 and 陆秀珍 are checked; a wallet does not answer, and he objects to what his bank says."""
    database = site.app.extensions["huimin"].database
    with simulators.serve_in_thread(jwks=KEYS.jwks()) as registers:
        parts = checks_beside(database, registers)
        with database.transaction() as session:
            household, (father, mother) = make_family(session, "陈国良", "陆秀珍")
            request = make_request(session, household, [father, mother], (*SOURCES, "real-estate"))
        check_id = start(parts, request.id)
        registers.set_source(WALLET, "down")
        for person in (father, mother):
            with contextlib.suppress(TryLater):
                economic_checks.ask_member(parts, check_id, person.id)
        with database.transaction() as session:
            of_father = (
                select(CheckResult)
                .join(CheckTask, CheckTask.id == CheckResult.task_id)
                .where(CheckTask.person_id == father.id, CheckResult.source == BANK)
            )
            result = session.scalars(of_father).one()
            said = Objection(50000, "那是替村里代管的钱")
            line = economic_checks.contest(
                session, parts.sources, result, "current_fen", said, by=SYSTEM, now=clock.now()
            )
        economic_checks.write_if_due(parts, check_id, now=clock.now())
    return Checked(check_id, father.id, result.id, line.id)


def _as_staff(role: Role, address: Callable[[Checked], str]) -> Doing:
    def do(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
        found = checked(site)
        one.context.add_cookies(staff_cookies(site, role))
        one.go(address(found))

    return do


def _as_officer(one: Visitor, site: Site, address: str) -> None:
    with site.app.extensions["huimin"].database.transaction() as session:
        account = make_staff(session, Role.DEPARTMENT_OFFICER, COUNTY, department="civil_affairs")
        _, token = people.start_session(
            session,
            face="admin",
            assurance=Assurance.L4,
            proved_by="password",
            now=clock.now(),
            account_id=account.id,
        )
    one.context.add_cookies([{"name": "huimin_staff", "value": token, "url": site.address}])
    one.go(address)


def _corrections(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    checked(site)
    _as_officer(one, site, "/admin/corrections")


def _correction(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    _as_officer(one, site, f"/admin/corrections/{checked(site).line_id}")


def _drops(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    _as_officer(one, site, "/admin/source-drops")


def _drop(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
    _as_officer(one, site, "/admin/source-drops")
    heads = ["身份证号", "是不是已经去世", "去世的日子"]
    sheet = write_book([("表", heads, [["330499194603080125", "也许", "2026-11-10"]])])
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    one.page.fill("#as_of", "2026-11-20")
    one.page.set_input_files("#sheet", {"name": "a.xlsx", "mimeType": kind, "buffer": sheet})
    one.send()
    with site.app.extensions["huimin"].database.reading() as session:
        assert session.scalars(select(SourceDrop)).one().problems


def _as_resident(address: Callable[[Checked], str]) -> Doing:
    def do(one: Visitor, site: Site, _patch: pytest.MonkeyPatch) -> None:
        found = checked(site)
        with site.app.extensions["huimin"].database.transaction() as session:
            _, token = people.start_session(
                session,
                face="portal",
                assurance=Assurance.L3,
                proved_by="code",
                now=clock.now(),
                person_id=found.father_id,
            )
            assert session.get_one(ContestedLine, found.line_id).state == "asked"
        one.context.add_cookies([{"name": "huimin_resident", "value": token, "url": site.address}])
        one.go(address(found))

    return do


REACHED: dict[str, tuple[str, Doing]] = {
    "checks": (
        "admin/economic_checks/list.html",
        _as_staff(Role.TOWN_REVIEWER, lambda found: "/admin/economic-checks"),
    ),
    "check": (
        "admin/economic_checks/show.html",
        _as_staff(Role.COUNTY_APPROVER, lambda found: f"/admin/economic-checks/{found.check_id}"),
    ),
    "corrections": ("admin/corrections/list.html", _corrections),
    "correction": ("admin/corrections/answer.html", _correction),
    "source drops": ("admin/corrections/drops.html", _drops),
    "source drop": ("admin/corrections/drop.html", _drop),
    "own checks": ("portal/economic_checks/list.html", _as_resident(lambda found: "/me/economic-checks")),
    "own check": (
        "portal/economic_checks/show.html",
        _as_resident(lambda found: f"/me/economic-checks/{found.check_id}"),
    ),
    "objection": (
        "portal/economic_checks/objection.html",
        _as_resident(
            lambda found: f"/me/economic-checks/{found.check_id}/results/{found.result_id}/term_fen/objection"
        ),
    ),
}
"""What leads to each page, with its template."""
