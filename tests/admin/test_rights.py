"""Staff answer what residents ask about their data; holding back; what is kept how long."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask import Flask

from assistance import audit, rights
from assistance.people import Person
from assistance.permissions import Role
from tests.assistance.authorizations.family import resident
from tests.assistance.rights.test_requests import relative_of
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import COUNTY, TOWN, make_household, make_person, sign_in_staff


def form(page: str, **data: Any) -> dict[str, Any]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}


@pytest.fixture
def request_id(app: Flask) -> uuid.UUID:
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, "陈国良")
        make_household(session, [person])
        by = resident(person.id)
        return rights.ask(
            session, "deletion", "household-files", "都删掉", of=person, county=COUNTY, by=by, now=NOW
        ).id


def test_PIPL_50_a_request_is_listed_without_a_name_and_answered_with_a_reason(
    app: Flask, client: ComplainingClient, request_id: uuid.UUID
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    listed = client.get("/admin/rights-requests").text
    assert "RR-20261122-" in listed
    assert "陈国良" not in listed
    address = f"/admin/rights-requests/{request_id}"
    page = client.get(address).text
    assert "陈国良" in page
    assert "档案法第13、14、21条" in page
    assert "DA-13" not in page
    refused = client.post(address, data=form(page, outcome="declined", answer="不能删", reason=""))
    assert refused.status_code == 422
    assert "不能删" in refused.text
    done = client.post(
        address, data=form(page, outcome="declined", answer="有授权用着", reason="case_rests_on_it")
    )
    assert done.status_code == 303
    with app.extensions["huimin"].database.reading() as session:
        found = session.get_one(rights.RightsRequest, request_id)
        assert (found.state, found.reason) == ("declined", "case_rests_on_it")


def test_every_look_at_a_request_has_one_entry_a_person_shown(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        request, dead = relative_of(session)
        asker = session.get_one(Person, request.person_id)
        subjects, address = {dead.audit_subject, asker.audit_subject}, f"/admin/rights-requests/{request.id}"
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    client.get(address)
    with app.extensions["huimin"].database.reading() as session:
        entries = session.query(audit.AuditEntry).filter_by(event="rights_shown").all()
        assert {one.subject_ref for one in entries} == subjects
        assert len(entries) == 2
    proof = client.get(f"{address}/proof")
    assert (proof.data, proof.mimetype) == (b"jpeg", "image/jpeg")
    assert proof.headers["Cache-Control"] == "private, no-store"


def test_staff_of_another_town_find_no_request(client: ComplainingClient, request_id: uuid.UUID) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, "330482002")
    assert client.get(f"/admin/rights-requests/{request_id}").status_code == 404
    assert "RR-" not in client.get("/admin/rights-requests").text


def test_who_may_not_answer_does_not_see_the_place(client: ComplainingClient, request_id: uuid.UUID) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, TOWN)
    assert client.get("/admin/rights-requests").status_code == 403
    assert client.get("/admin/retention").status_code == 403
    assert client.get("/admin/legal-holds").status_code == 403


def test_PIPL_47_the_keeping_times_stand_with_their_articles(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.AUDIT_ADMINISTRATOR)
    page = client.get("/admin/retention").text
    cited = ("网络安全法第23条；互联网政务应用安全管理规定第20条", "个人信息保护法第19、47条")
    for words in (*cited, "check_results", "由县里确认", "还没有清理过"):
        assert words in page
    for code in ("PIPL-", "CSL-", "GA-20", "DA-13"):
        assert code not in page
    assert "Personal Information Protection Law, art. 19, 47" in in_english(client, "/admin/retention")
    # A class is called what the residents' own page calls it.
    assert "家庭档案<br>" in page


def in_english(client: ComplainingClient, address: str) -> str:
    client.set_cookie("huimin_lang", "en")
    page = client.get(address).text
    client.set_cookie("huimin_lang", "zh")
    return page


def test_a_hold_is_put_with_a_reason_and_lifted_by_two(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, "陈国良")
        household = make_household(session, [person])
        number, household_number = str(person.resident_id.value), household.number  # type: ignore[union-attr]
    sign_in_staff(client, Role.COUNTY_APPROVER)
    page = client.get("/admin/legal-holds").text
    address = "/admin/legal-holds"
    assert client.post(address, data=form(page, scope="person", target=number)).status_code == 422
    nothing = client.post(address, data=form(page, scope="person"))
    assert [f'href="#{name}"' in nothing.text for name in ("target", "why")] == [True, True]
    wrong = client.post(address, data=form(page, scope="person", target="1", why="有诉讼"))
    assert wrong.status_code == 422
    for scope, target in (("person", number), ("class", "")):
        put = client.post(address, data=form(page, scope=scope, target=target, code="messages", why="有诉讼"))
        assert put.status_code == 303
    page = client.get(address).text
    # A class is called by what it holds, in the list as in the form.
    assert "messages" not in re.sub(r'value="messages"', "", page)
    assert "陈*" in page
    assert "陈国良" not in page
    with app.extensions["huimin"].database.reading() as session:
        hold_id = session.query(rights.LegalHold).filter_by(scope="person").one().id
    lifting = f"/admin/legal-holds/{hold_id}/lifting"
    assert client.post(lifting, data=form(page)).status_code == 303
    assert client.post(lifting, data=form(page)).status_code == 409
    waits = "1 项先不删的，等第二个人同意放开"
    assert waits not in client.get("/admin/").text
    # Whose place it is not reads nothing of it, on the desk no more than on the page.
    sign_in_staff(client, Role.COUNTY_APPROVER, "330482002")
    assert waits not in client.get("/admin/").text
    sign_in_staff(client, Role.COUNTY_APPROVER)
    assert waits in client.get("/admin/").text
    page = client.get(address).text
    assert client.post(lifting, data=form(page)).status_code == 303
    assert "已放开" in client.get(address).text
    assert household_number
