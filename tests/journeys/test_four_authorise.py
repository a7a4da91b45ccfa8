"""A family of four authorises, sources answer, one is down, one member withdraws: what everybody then reads.

Told in real browsers, each person with their own, against the simulators as real servers.
"""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, households, looks
from assistance.people import SYSTEM
from assistance.permissions import Role
from commands.worker import runner_of
from infrastructure import clock
from simulators import Running
from tests.browser.fixtures import NewVisitor
from tests.conftest import NOW
from tests.signing_in import TOWN, VILLAGE, make_person, make_staff, sign_in_account

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

HEAD_PHONE, WIFE_PHONE = "19900000011", "19900000012"
HEAD, WIFE = "330499197406150239", "330499197611020329"
GRANDMOTHER, CHILD = "330499194603080125", "330499201609200426"
SOURCES = ("bank-deposits", "payment-accounts", "vehicles")
BROKEN = "bank-deposits"
OWN = "申请救助"
REPORT_OPENED = 4
"""How often the reviewer's browser shows the report in this story."""


@dataclass
class Family:
    """Who lives together, and the staff who see to them."""

    household_id: uuid.UUID
    people: dict[str, uuid.UUID]
    officer: uuid.UUID
    colleague: uuid.UUID
    colleague_number: str
    reviewer: uuid.UUID


@pytest.fixture
def family(app: Flask) -> Family:
    """A grandmother without a phone, two adults with their own, a child of ten; and the staff."""
    with app.extensions["huimin"].database.transaction() as session:
        head = make_person(session, "陈国良", HEAD, phone=HEAD_PHONE)
        wife = make_person(session, "陆秀珍", WIFE, phone=WIFE_PHONE)
        mother = make_person(session, "陈阿宜", GRANDMOTHER)
        child = make_person(session, "陈小雨", CHILD)
        officer = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE)
        colleague = make_staff(session, Role.GRID_WORKER, VILLAGE)
        reviewer = make_staff(session, Role.TOWN_REVIEWER, TOWN)
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=[
                households.Joining(head, "head"),
                households.Joining(wife, "spouse"),
                households.Joining(mother, "parent"),
                households.Joining(child, "child", guardian_id=head.id),
            ],
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        )
        told = {"head": head.id, "wife": wife.id, "grandmother": mother.id, "child": child.id}
        return Family(
            household.id, told, officer.id, colleague.id, colleague.work_number, reviewer.id
        )


class Town:
    """The house with its worker and its browsers, and a clock that somebody moves."""

    def __init__(self, app: Flask, visitor: NewVisitor, registers: Running) -> None:
        self.app, self.open, self.registers = app, visitor, registers
        self.database = app.extensions["huimin"].database
        self.times = ExitStack()

    def wait(self, **how_long: int) -> None:
        """Time goes by; the clock of the house stands still in between."""
        self.times.enter_context(clock.freeze(clock.now() + timedelta(**how_long)))

    def work(self, at: datetime | None = None) -> None:
        """Let the worker do what is due, as it does every second."""
        runner = runner_of(self.app.extensions["huimin"])
        while runner.run_due(at or clock.now()).done:
            pass

    def staff(self, account_id: uuid.UUID) -> Visitor:
        """A member of staff at a desk."""
        client = self.app.test_client()
        sign_in_account(client, account_id)
        cookie = client.get_cookie("huimin_staff")
        assert cookie is not None
        at_desk = self.open()
        at_desk.context.add_cookies(
            [{"name": "huimin_staff", "value": cookie.value, "url": at_desk.site.address}]
        )
        return at_desk

    def phone(self, number: str) -> Visitor:
        """Somebody with a telephone, who signs in with a code."""
        one = self.open()
        one.go("/me/authorizations")
        one.fill({"phone": number, "own_phone": "yes"})
        one.send()
        self.work()
        one.fill({"code": self.registers.code_sent_to(number)})
        one.send()
        assert one.path == "/me/authorizations", one.path
        return one

    def sign(self, one: Visitor, number: str, *, but: str = "", draws: bool = True, says: str = "") -> None:
        """Read, tick, write the name, and answer the code that was sent for exactly this."""
        one.press("我要签")
        for source in SOURCES:
            if source != but:
                one.page.locator(f'input[name="agreed"][value="{source}"] + label').click()
        if says:
            one.page.fill("#child_said", says)
        if draws:
            draw(one)
        else:
            one.page.fill("#typed_name", "陆秀珍")
        self.wait(minutes=2)
        with one.page.expect_navigation(wait_until="load"):
            one.page.get_by_role("button", name="签，发验证码").click()
        assert one.page.locator(".summary").count() == 0, one.page.inner_text("main")
        self.work()
        one.fill({"code": self.registers.code_sent_to(number)})
        one.send()
        assert one.page.locator("h1").inner_text() == "收到了，正在核验", one.text()


def open_part(one: Visitor, words: str) -> None:
    """Open the row of what waits to be read that is called so."""
    with one.page.expect_navigation(wait_until="load"):
        rows = one.page.locator("main ul.cells").first.get_by_role("link")
        own = rows.filter(has_not_text="替") if words == OWN else rows.filter(has_text=words)
        own.first.click()


def draw(one: Visitor) -> None:
    """Write a name with a finger on the glass."""
    canvas = one.page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    mouse = one.page.mouse
    for row in (0.3, 0.6):
        mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * row)
        mouse.down()
        for step in range(1, 9):
            mouse.move(box["x"] + box["width"] * (0.2 + 0.07 * step), box["y"] + box["height"] * row + step)
        mouse.up()


def ask_the_family(town: Town, family: Family) -> str:
    """The officer asks the household to authorise three sources; the request's address at the desk."""
    desk = town.staff(family.officer)
    desk.go(f"/admin/households/{family.household_id}/authorization-requests/new")
    desk.page.locator('input[name="purpose"][value="application"] + label').click()
    desk.page.fill("#reason", "办最低生活保障")
    for source in SOURCES:
        desk.page.locator(f'input[name="sources"][value="{source}"] + label').click()
    desk.page.fill("#deadline", "2026-12-20")
    with desk.page.expect_navigation(wait_until="load"):
        desk.page.get_by_role("button", name="发出去").click()
    assert re.fullmatch(r"/admin/authorization-requests/[0-9a-f-]+", desk.path), desk.text()
    return desk.path


def sign_for_grandmother(town: Town, family: Family, request_path: str) -> None:
    """She has no phone: at the counter, with the officer and a colleague, who confirms it themselves."""
    desk = town.staff(family.officer)
    desk.go(request_path)
    hers = desk.page.locator("section.card").filter(has_text="长辈").first
    if hers.count() == 0:
        hers = desk.page.locator("section.card").filter(has=desk.page.get_by_text("在窗口签")).last
    with desk.page.expect_navigation(wait_until="load"):
        hers.get_by_text("在窗口签").click()
    desk.page.fill("#last_of_number", GRANDMOTHER[-4:])
    for source in SOURCES:
        desk.page.locator(f'input[name="agreed"][value="{source}"] + label').click()
    desk.page.locator('input[name="has_company"][value="no"] + label').click()
    desk.page.fill("#work_number", family.colleague_number)
    with desk.page.expect_navigation(wait_until="load"):
        desk.page.get_by_role("button", name="交给本人自己签").click()
    # From here on she holds the device herself.
    desk.page.locator('input[name="own_will"][value="yes"] + label').click()
    desk.page.fill("#typed_name", "陈阿宜")
    with desk.page.expect_navigation(wait_until="load"):
        desk.page.get_by_role("button", name="签好了").click()
    assert desk.page.locator(".summary").count() == 0, desk.text()
    assert f"等在场的{family.colleague_number}号同事" in desk.text()
    beside = town.staff(family.colleague)
    beside.go("/admin/")
    with beside.page.expect_navigation(wait_until="load"):
        beside.page.get_by_text("等您确认当时在场").click()
    with beside.page.expect_navigation(wait_until="load"):
        beside.page.get_by_role("button", name="我在场，是本人签的").click()


def test_a_family_of_four_authorises_is_checked_and_reads_what_happened(
    app: Flask, visitor: NewVisitor, family: Family, simulators: Running, tmp_path: Path
) -> None:
    town = Town(app, visitor, simulators)
    with town.times:
        tell(town, family, simulators, tmp_path)


def tell(town: Town, family: Family, simulators: Running, tmp_path: Path) -> None:
    """What happened, in order."""
    wife_id = str(family.people["wife"])
    request_path = ask_the_family(town, family)
    assert simulators.all_calls() == 0

    # The head signs for himself with a finger, and as guardian for the child, whom he has heard.
    head = town.phone(HEAD_PHONE)
    open_part(head, OWN)
    town.sign(head, HEAD_PHONE)
    head.go("/me/authorizations")
    open_part(head, "替 陈小雨")
    town.sign(head, HEAD_PHONE, says="好的")
    # His wife declines one source and types her name; the grandmother has no phone and comes to the counter.
    wife = town.phone(WIFE_PHONE)
    open_part(wife, OWN)
    town.sign(wife, WIFE_PHONE, but="vehicles", draws=False)
    sign_for_grandmother(town, family, request_path)

    # Somebody of the town starts the check, while the banks do not answer.
    simulators.set_source(BROKEN, "down")
    reviewer = town.staff(family.reviewer)
    reviewer.go("/admin/economic-checks")
    with reviewer.page.expect_navigation(wait_until="load"):
        reviewer.page.locator('main form[action="/admin/economic-checks"] button').click()
    check_path = reviewer.path.partition("?")[0].partition("#")[0]
    town.work()
    report = opened(reviewer, check_path)
    assert "暂时取不到" in report
    assert "取不到不等于没有" in report
    first = edition_of(report)
    assert asked(town, "vehicles")[wife_id] == 0
    assert asked(town, "payment-accounts")[wife_id] == 1
    assert simulators.calls(BROKEN).let_in == 0

    # The banks answer again: the worker asks again by itself, and the report is written anew.
    simulators.set_source(BROKEN, "ok")
    town.wait(hours=1)
    town.work()
    reviewer = town.staff(family.reviewer)
    report = opened(reviewer, check_path)
    assert "暂时取不到" not in report
    assert edition_of(report) > first

    # The wife withdraws in two taps; from then on nobody is asked about her.
    assert asked(town, BROKEN)[wife_id] == 1
    before = simulators.all_calls()
    wife.go("/me/authorizations")
    with wife.page.expect_navigation(wait_until="load"):
        wife.page.locator("main ul.cells a").first.click()
    assert "收回" in wife.text(), wife.path + wife.text()
    take_back(wife)
    take_back(wife)
    assert "您已经收回" in wife.text() or "收回" in wife.text()
    town.wait(minutes=5)
    town.work()
    reviewer.go("/admin/economic-checks")
    assert simulators.all_calls() == before
    opened(reviewer, check_path)
    verify_receipts(town, head, tmp_path)
    everybody_reads_what_happened(town, family, {"head": head, "wife": wife})


def take_back(one: Visitor) -> None:
    """One of the two taps."""
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main a.button, main form button").filter(
            has_text=re.compile("^收回$")
        ).first.click()


def edition_of(report: str) -> int:
    """Which edition of the report stands on the page."""
    found = re.search(r"第 (\d+) 版", report)
    return int(found[1]) if found else 0


def opened(at_desk: Visitor, path: str) -> str:
    """What a page says now."""
    at_desk.go(path)
    assert at_desk.body_id == "admin-economic-checks-show"
    return at_desk.page.inner_text("main")


def asked(town: Town, source: str) -> Counter[str]:
    """How often a source answered about each of the family, by the log; the source itself counted as many."""
    with town.database.reading() as session:
        entries = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == audit.Event.QUERY_ANSWERED.value)
        ).all()
    answered = [(entry, json.loads(entry.fields)) for entry in entries]
    by_person = Counter(
        (entry.subject_ref or "").removeprefix("person:")
        for entry, fields in answered
        if fields["source"] == source and fields["outcome"] in ("answered", "nothing_found")
    )
    assert sum(by_person.values()) == town.registers.calls(source).let_in
    return by_person


def verify_receipts(town: Town, head: Visitor, folder: Path) -> None:
    """The record verifies with OpenSSL and the public key alone; one changed byte does not."""
    head.go("/me/authorizations")
    head.page.locator("main ul.cells a").first.click()
    head.page.wait_for_load_state()
    receipt = head.path + "/receipt"
    client = head.context.request
    for name, address in (("record.json", f"{receipt}.json"), ("record.sig", f"{receipt}.sig")):
        answer = client.get(address)
        assert answer.ok, address
        (folder / name).write_bytes(answer.body())
    keys = town.app.extensions["huimin"].signing_keys
    key = client.get(f"/.well-known/keys/{keys.signing_kid}.pem")
    (folder / "key.pem").write_bytes(key.body())
    assert client.get(f"{receipt}.pdf").body().startswith(b"%PDF")
    assert openssl_agrees(folder)
    record = bytearray((folder / "record.json").read_bytes())
    record[len(record) // 2] ^= 1
    (folder / "record.json").write_bytes(bytes(record))
    assert not openssl_agrees(folder)


def openssl_agrees(folder: Path) -> bool:
    """What a court would run, with nothing of ours."""
    command = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in record.json -sigfile record.sig"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0


def everybody_reads_what_happened(town: Town, family: Family, phones: dict[str, Visitor]) -> None:
    """Each look at somebody has one entry in the log, and stands once on that person's page."""
    with town.database.reading() as session:
        for name, one in phones.items():
            own = f"person:{family.people[name]}"
            # Both parents are the child's guardians.
            mine = {own, f"person:{family.people['child']}"}
            told = [event.value for event, kind in audit.KINDS.items() if kind.is_look or kind.is_told]
            entries = session.scalars(
                select(audit.AuditEntry).where(
                    audit.AuditEntry.subject_ref.in_(mine),
                    audit.AuditEntry.event.in_(told),
                    audit.AuditEntry.actor_ref != str(family.people[name]),
                )
            ).all()
            one.go("/me/access-log")
            # What the system asked in one round stands line by line under its sentence.
            rounds = one.page.locator("ol.looks > li:has(details)").count()
            lines = one.page.locator("ol.looks li").count() - rounds
            assert lines == len(entries), name
            by_staff = [
                entry for entry in entries if entry.actor_kind == "staff" and entry.subject_ref == own
            ]
            assert len(by_staff) == REPORT_OPENED, name
        # The grandmother has no phone; her paper list would have the counter and every opening of the report.
        hers = looks.access_log(session, reader_about(session, family.people["grandmother"]))
        purposes = Counter(line.purpose for line in hers.looks if line.is_by_staff)
        assert (purposes["在窗口帮您签字"], purposes["确认您在窗口签字时在场"]) == (1, 1)


def reader_about(session: Session, person_id: uuid.UUID) -> looks.Reader:
    """Somebody who reads about themselves alone."""
    return looks.reader_of(session, person_id, [person_id], clock.today())
