"""A department corrects its data and hands in its spreadsheet; nobody else's, and nothing half."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

import simulators
from assistance import audit, economic_checks
from assistance.economic_checks import (
    CheckResult,
    CheckTask,
    ContestedLine,
    Objection,
    SourceDrop,
    SourceDropRow,
)
from assistance.messages import Message
from assistance.people import SYSTEM
from assistance.permissions import Role
from infrastructure.spreadsheets import write_book
from tests.assistance.economic_checks.checking import (
    BANK,
    KEYS,
    NAMED,
    checks_beside,
    make_family,
    make_request,
    start,
)
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import sign_in_staff

FUNERAL = "funeral"
HEADS = ["身份证号", "是不是已经去世", "去世的日子", "火化的日子"]


@pytest.fixture
def registers() -> Iterator[Any]:
    with simulators.serve_in_thread(jwks=KEYS.jwks()) as running:
        yield running


def form(page: str, **data: Any) -> dict[str, Any]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}


def sheet(*rows: list[str]) -> bytes:
    return write_book([("表", HEADS, rows)])


def hand_in(client: ComplainingClient, content: bytes, name: str = "a.xlsx", **more: str) -> Any:
    page = client.get("/admin/source-drops").text
    data = form(page, source=FUNERAL, as_of="2026-11-20", sheet=(io.BytesIO(content), name), **more)
    return client.post("/admin/source-drops", data=data)


def use(client: ComplainingClient, address: str) -> Any:
    return client.post(address, data=form(client.get(address).text, act="use"))


def test_a_spreadsheet_answers_only_under_a_grant_and_says_its_day(
    client: ComplainingClient, app: Flask, registers: Any
) -> None:
    database = app.extensions["huimin"].database
    parts = checks_beside(database, registers)
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    staged = hand_in(client, sheet([NAMED["陈阿宜"], "是", "2026-11-10", "2026-11-12"]))
    assert staged.status_code == 303
    with database.transaction() as session:
        household, (grandmother, father) = make_family(session, "陈阿宜", "陈国良")
        request = make_request(session, household, [grandmother, father], [FUNERAL])
    check_id = start(parts, request.id)
    # Staged is not in force: nothing is known, and nothing is taken for nought.
    with pytest.raises(Exception, match="unreachable"):
        economic_checks.ask_member(parts, check_id, grandmother.id)
    assert use(client, staged.location).status_code == 303
    with database.transaction() as session:
        for task in session.scalars(select(CheckTask)):
            task.next_try_at = None
    economic_checks.ask_member(parts, check_id, grandmother.id)
    economic_checks.ask_member(parts, check_id, father.id)
    with database.reading() as session:
        states = {task.person_id: task.state for task in session.scalars(select(CheckTask))}
        assert states == {grandmother.id: "answered", father.id: "nothing_found"}
        result = session.scalars(
            select(CheckResult).join(CheckTask).where(CheckTask.person_id == grandmother.id)
        ).one()
        assert result.sealed["items"]["deceased"] is True
        assert result.as_of.isoformat() == "2026-11-20"
        report = economic_checks.newest_report(session, check_id)
        assert report is not None
        assert [note["item"] for note in report.sealed["notes"]] == ["deceased"]
    assert registers.all_calls() == 0


def test_rows_that_are_wrong_are_named_by_place_and_never_put_in_force(
    client: ComplainingClient, app: Flask
) -> None:
    database = app.extensions["huimin"].database
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    wrong = hand_in(
        client,
        sheet(
            ["33049919740615023X", "是", "2026-11-10", ""],
            [NAMED["陈阿宜"], "也许", "2026-11-10", ""],
            [NAMED["陈国良"], "是", "不记得", ""],
            [NAMED["陈国良"], "否", "", ""],
        ),
    )
    page = client.get(wrong.location)
    for words in ("身份证号不对", "内容的写法不对", "出现了两次"):
        assert words in page.text
    assert "也许" not in page.text
    assert use(client, wrong.location).status_code == 409
    assert client.post(wrong.location, data=form(page.text, act="give_up")).status_code == 303
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SourceDropRow)) == 0
        assert session.scalars(select(SourceDrop)).one().state == "given_up"


@pytest.mark.parametrize(
    ("content", "name"), [(b"PK\x03\x04", "a.xlsx"), (b"MZ", "a.exe"), ("身份证号\n".encode(), "a.csv")]
)
def test_what_is_no_such_spreadsheet_is_refused_in_words(
    client: ComplainingClient, content: bytes, name: str
) -> None:
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    answer = hand_in(client, content, name)
    assert answer.status_code == 422
    assert "field-wrong" in answer.text


def test_another_department_sees_and_hands_in_nothing(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    staged = hand_in(client, sheet([NAMED["陈阿宜"], "是", "2026-11-10", ""]))
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="education")
    assert client.get(staged.location).status_code == 404
    page = client.get("/admin/source-drops").text
    assert "没有要交表的登记" in page
    assert client.get("/admin/source-drops/templates/funeral").status_code == 404


def contest_bank(parts: Any, app: Flask) -> ContestedLine:
    """陈国良 says that his current account holds 500 yuan."""
    database = app.extensions["huimin"].database
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK])
    check_id = start(parts, request.id)
    economic_checks.ask_member(parts, check_id, father.id)
    with database.transaction() as session:
        result = session.scalars(select(CheckResult)).one()
        said = Objection(50000, "那是替村里代管的钱")
        return economic_checks.contest(
            session, parts.sources, result, "current_fen", said, by=SYSTEM, now=NOW
        )


def test_ZS_26_the_holder_corrects_and_the_verdict_is_worked_out_anew(
    client: ComplainingClient, app: Flask, registers: Any
) -> None:
    database = app.extensions["huimin"].database
    parts = checks_beside(database, registers)
    line = contest_bank(parts, app)
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    assert "2026年12月4日" in client.get("/admin/corrections").text
    address = f"/admin/corrections/{line.id}"
    page = client.get(address)
    assert "8200 元" in page.text
    assert "500 元" in page.text
    assert client.post(address, data=form(page.text)).status_code == 422
    assert client.post(address, data=form(page.text, outcome="corrected", value="x")).status_code == 422
    answer = form(page.text, outcome="corrected", value="520.50", says="户头是代管的")
    assert client.post(address, data=answer).status_code == 303
    economic_checks.write_if_due(parts, line.check_id, now=NOW)
    with database.reading() as session:
        corrected = session.get_one(ContestedLine, line.id)
        assert corrected.state == "corrected"
        report = economic_checks.newest_report(session, line.check_id)
        assert report is not None
        (sums,) = [row for row in report.sealed["lines"] if row["fact"] == "liquid_fen"]
        assert sums["checked"] == {"min": 52050}
        # The shared row itself stays as the bank sent it (ZP-39).
        assert session.scalars(select(CheckResult)).one().sealed["items"]["current_fen"] == 820000
        told = session.scalars(
            select(Message).where(Message.template.in_(("report_ready", "correction_answered")))
        ).all()
        assert sorted(one.template for one in told) == ["correction_answered", "report_ready"]
        assert {one.person_id for one in told} == {corrected.person_id}
        events = session.scalars(select(audit.AuditEntry.event).order_by(audit.AuditEntry.id)).all()
    assert [one for one in events if one in ("line_contested", "correction_answered")] == [
        "line_contested",
        "correction_answered",
    ]
    assert client.post(address, data=answer).status_code == 409


def test_ZP_7_the_officer_sees_both_values_on_the_page_and_on_paper(
    client: ComplainingClient, app: Flask, registers: Any
) -> None:
    parts = checks_beside(app.extensions["huimin"].database, registers)
    line = contest_bank(parts, app)
    economic_checks.write_if_due(parts, line.check_id, now=NOW)
    sign_in_staff(client, Role.TOWN_REVIEWER)
    address = f"/admin/economic-checks/{line.check_id}"
    page = client.get(address).text
    for words in ("8200 元", "500 元", "那是替村里代管的钱", "最晚 2026年12月4日 答复"):
        assert words in page
    paper = client.get(f"{address}/report.pdf")
    assert paper.status_code == 200
    assert paper.data.startswith(b"%PDF-")


def test_another_department_neither_reads_nor_answers(
    client: ComplainingClient, app: Flask, registers: Any
) -> None:
    line = contest_bank(checks_beside(app.extensions["huimin"].database, registers), app)
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="education")
    assert "现在没有要核实的" in client.get("/admin/corrections").text
    assert client.get(f"/admin/corrections/{line.id}").status_code == 404


def test_that_it_is_right_needs_a_reason(client: ComplainingClient, app: Flask, registers: Any) -> None:
    line = contest_bank(checks_beside(app.extensions["huimin"].database, registers), app)
    sign_in_staff(client, Role.DEPARTMENT_OFFICER, department="civil_affairs")
    address = f"/admin/corrections/{line.id}"
    page = client.get(address).text
    assert client.post(address, data=form(page, outcome="upheld")).status_code == 422
    done = client.post(address, data=form(page, outcome="upheld", says="户头是本人的"))
    assert done.status_code == 303
