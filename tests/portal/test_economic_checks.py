"""What residents see of a check: their own results in full, that others have some, and objecting."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

import simulators
from assistance import audit, economic_checks, households
from assistance.economic_checks import CheckParts, CheckResult, ContestedLine
from assistance.households import Household
from assistance.people import SYSTEM, Assurance, Person
from infrastructure.database import Database
from tests.assistance.economic_checks.checking import (
    BANK,
    KEYS,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    start,
)
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import make_person, sign_in_resident


@dataclass(frozen=True)
class Checked:
    """A couple and a grandmother; all of them were checked."""

    check_id: uuid.UUID
    household: Household
    father: Person
    mother: Person
    stranger: Person
    database: Database
    parts: CheckParts

    @property
    def address(self) -> str:
        return f"/me/economic-checks/{self.check_id}"

    def result(self, person: Person, source: str = BANK) -> CheckResult:
        with self.database.reading() as session:
            query = select(CheckResult).join(
                economic_checks.CheckTask, economic_checks.CheckTask.id == CheckResult.task_id
            )
            return session.scalars(
                query.where(economic_checks.CheckTask.person_id == person.id, CheckResult.source == source)
            ).one()


@pytest.fixture
def registers() -> Iterator[Any]:
    with simulators.serve_in_thread(jwks=KEYS.jwks()) as running:
        yield running


@pytest.fixture
def checked(app: Flask, registers: Any) -> Checked:
    database = app.extensions["huimin"].database
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father, mother) = make_family(session, "陈国良", "陆秀珍")
        stranger = make_person(session, "周福根")
        households.record_line(
            session,
            household,
            fact="liquid_fen",
            value=100000,
            source="declaration",
            dated_on=NOW.date(),
            by=SYSTEM,
            now=NOW,
        )
        request = make_request(session, household, [father, mother])
    check_id = start(parts, request.id)
    for person in (father, mother):
        economic_checks.ask_member(parts, check_id, person.id)
    return Checked(check_id, household, father, mother, stranger, database, parts)


def form(page: str, **data: Any) -> dict[str, Any]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def contested(database: Database) -> list[ContestedLine]:
    with database.reading() as session:
        return list(session.scalars(select(ContestedLine)))


def test_own_results_are_shown_in_full_and_anothers_only_by_being_there(
    client: ComplainingClient, checked: Checked
) -> None:
    sign_in_resident(client, checked.father.id)
    assert "核对完了" in client.get("/me/economic-checks").text
    page = client.get(checked.address)
    assert page.status_code == 200
    assert "活期存款" in page.text
    assert "8200 元" in page.text
    # Lu Xiuzhen's account is hers alone to see; the household's sum is both of theirs.
    assert "3100 元" not in page.text
    assert "陆*" in page.text
    assert "陆秀珍" not in page.text
    with checked.database.reading() as session:
        looks = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.event == "check_shown")).all()
    assert [entry.subject_ref for entry in looks] == [checked.father.audit_subject]


def words_of(page: str) -> str:
    """What a reader sees, without the markup and its blanks."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


def test_the_page_begins_with_what_came_of_it_and_tells_each_difference(
    client: ComplainingClient, checked: Checked
) -> None:
    sign_in_resident(client, checked.father.id)
    page = client.get(checked.address).text
    told = words_of(page)
    assert "核对的结果查过了，有1项和您家说的对不上。" in told
    assert "10个工作日里答复您，这期间先按您说的算" in told
    assert "打电话问" in told
    # The family said 1,000 yuan; more is known already, and nobody has asked about securities.
    assert "您家说：1000元登记里查到：至少" in told
    assert "差在：登记里至少多" in told
    assert "还没有取到：股票证券" in told
    assert "谁说的：银行存款、手机支付账户" in told
    # One row for each amount of mine that is in it, none for those that are another's.
    row = page[page.index("不对，是……</span>") :]
    rows = row[: row.index("</details>")]
    assert "8200 元" in rows
    assert rows.count("/objection") == rows.count("<li>")
    assert "3100 元" not in page


def test_what_could_not_be_reached_says_when_it_was_tried_and_when_it_is_next(
    client: ComplainingClient, checked: Checked, registers: Any
) -> None:
    registers.set_source(WALLET, "down")
    with checked.database.transaction() as session:
        request = make_request(session, checked.household, [checked.father])
    check_id = start(checked.parts, request.id)
    with pytest.raises(Exception, match="unreachable"):
        economic_checks.ask_member(checked.parts, check_id, checked.father.id)
    sign_in_resident(client, checked.father.id)
    page = client.get(f"/me/economic-checks/{check_id}").text
    told = words_of(page)
    assert "还有1处没取到，通了自己会补上" in told
    assert "手机支付账户连不上上次问：2026年11月22日09:00下次问：2026年11月22日09:" in told
    assert "取不到不等于没有" in told
    # What one source has said is a least, and never the whole.
    assert "登记里查到：至少" in told


def test_a_check_without_a_report_yet_says_that_it_goes_on(
    client: ComplainingClient, checked: Checked
) -> None:
    with checked.database.transaction() as session:
        request = make_request(session, checked.household, [checked.father])
    check_id = start(checked.parts, request.id)
    sign_in_resident(client, checked.father.id)
    told = words_of(client.get(f"/me/economic-checks/{check_id}").text)
    assert "还在查，查好了发消息告诉您" in told
    assert "对不上" not in told


def test_a_line_that_rests_on_anothers_answers_says_who_can_object(
    client: ComplainingClient, checked: Checked
) -> None:
    with checked.database.transaction() as session:
        request = make_request(session, checked.household, [checked.mother])
    check_id = start(checked.parts, request.id)
    economic_checks.ask_member(checked.parts, check_id, checked.mother.id)
    sign_in_resident(client, checked.father.id)
    page = client.get(f"/me/economic-checks/{check_id}").text
    assert "这一项是家里别人名下查到的" in page
    assert "/objection" not in page


def test_a_stranger_does_not_find_it(client: ComplainingClient, checked: Checked) -> None:
    sign_in_resident(client, checked.stranger.id)
    assert client.get(checked.address).status_code == 404
    assert "还没有核对过" in client.get("/me/economic-checks").text


def test_ZP_7_both_values_stand_side_by_side_and_the_residents_own_counts(
    client: ComplainingClient, checked: Checked
) -> None:
    sign_in_resident(client, checked.father.id)
    result = checked.result(checked.father)
    address = f"{checked.address}/results/{result.id}/current_fen/objection"
    page = client.get(address)
    assert "8200 元" in page.text
    sent = client.post(
        address,
        data=form(
            page.text, value="500", says="那是替村里代管的钱", picture=(io.BytesIO(picture()), "a.png")
        ),
    )
    assert sent.status_code == 303
    economic_checks.write_if_due(checked.parts, checked.check_id, now=NOW)
    page = client.get(checked.address)
    assert "8200 元" in page.text
    assert "500 元" in page.text
    assert "正在请对方核实" in page.text
    (line,) = contested(checked.database)
    assert line.sealed["own_value"] == 50000
    assert line.sealed["picture"]
    # Ten working days from Sunday 22 November.
    assert line.due_on.isoformat() == "2026-12-04"
    with checked.database.reading() as session:
        assert economic_checks.has_open_contest(session, checked.household.id)
        assert session.get_one(CheckResult, result.id).sealed["items"]["current_fen"] == 820000
    # Said twice it stands once.
    again = client.get(address)
    assert client.post(address, data=form(again.text, value="500")).status_code == 422


@pytest.mark.parametrize("typed", ["", "many", "-5", "1.234"])
def test_what_cannot_be_a_value_is_said_at_the_field(
    client: ComplainingClient, checked: Checked, typed: str
) -> None:
    sign_in_resident(client, checked.father.id)
    address = f"{checked.address}/results/{checked.result(checked.father).id}/current_fen/objection"
    answer = client.post(address, data=form(client.get(address).text, value=typed))
    assert answer.status_code == 422
    assert "field-wrong" in answer.text
    assert contested(checked.database) == []


def test_a_picture_that_is_none_is_refused_and_what_was_typed_stays(
    client: ComplainingClient, checked: Checked
) -> None:
    sign_in_resident(client, checked.father.id)
    address = f"{checked.address}/results/{checked.result(checked.father).id}/current_fen/objection"
    sent = form(client.get(address).text, value="500", says="看照片", picture=(io.BytesIO(b"PK"), "a.png"))
    answer = client.post(address, data=sent)
    assert answer.status_code == 422
    assert "看照片" in answer.text


def test_nobody_objects_to_anothers_value(client: ComplainingClient, checked: Checked) -> None:
    sign_in_resident(client, checked.father.id)
    result = checked.result(checked.mother)
    assert client.get(f"{checked.address}/results/{result.id}/current_fen/objection").status_code == 404


def test_an_objection_is_taken_back_with_one_tap(client: ComplainingClient, checked: Checked) -> None:
    sign_in_resident(client, checked.father.id, Assurance.L3)
    address = f"{checked.address}/results/{checked.result(checked.father).id}/current_fen/objection"
    client.post(address, data=form(client.get(address).text, value="500"))
    (line,) = contested(checked.database)
    page = client.get(checked.address)
    withdrawn = client.post(f"{checked.address}/objections/{line.id}/withdrawal", data=form(page.text))
    assert withdrawn.status_code == 303
    assert [one.state for one in contested(checked.database)] == ["withdrawn"]
