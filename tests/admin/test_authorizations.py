"""Authorisations from the staff's side: opening, the counter, paper and its second person, the protected."""

from __future__ import annotations

import io
import re

from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from assistance import authorizations
from assistance.audit import AuditEntry
from assistance.authorizations import Authorization, AuthorizationPart, AuthorizationRequest, PaperSignature
from assistance.messages import Message
from assistance.permissions import Role
from tests.admin.asking import Asked, colleague, post, rows
from tests.assistance.authorizations.family import (
    make_family,
    signed,
)
from tests.complaining_client import ComplainingClient
from tests.portal.test_help_requests import hidden
from tests.signing_in import TOWN, VILLAGE, sign_in_account, sign_in_staff


def photograph(size: tuple[int, int] = (300, 200)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00")
    out.seek(0)
    return out


def test_an_officer_asks_a_household_and_hands_over_links(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    address = f"/admin/households/{family.household_id}/authorization-requests/new"
    page = client.get(address).text
    assert 'type="checkbox"' in page
    assert not re.search(r'type="checkbox"[^>]*checked', page)
    assert not re.search(r'type="radio"[^>]*checked', page)
    assert "从 2026年11月23日 到 2027年2月20日" in page
    refused = post(client, address, purpose="application", reason="", sources=["household-registration"])
    assert refused.status_code == 422
    whole = {"purpose": "application", "reason": "要申请低保", "sources": ["household-registration"]}
    for field, value in (("purpose", ""), ("deadline", "明天"), ("deadline", "2027-02-21"), ("reason", " ")):
        wrong = post(client, address, **{**whole, field: value})
        assert wrong.status_code == 422, field
        assert f'href="#{field}"' in wrong.text
        assert f'id="{field}-error"' in wrong.text
        assert wrong.text.count('-error"><') == 1
    later = post(client, address, **{**whole, "reason": "", "deadline": "2027-02-20"})
    assert 'type="date" id="deadline" name="deadline" value="2027-02-20"' in later.text
    assert rows(app, AuthorizationRequest) == []
    answer = post(
        client,
        address,
        purpose="application",
        reason="要申请低保",
        sources=["household-registration", "bank-deposits"],
    )
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "陈*" in shown
    assert "陈国良" not in shown
    assert shown.count('<svg class="qr"') == 4
    (request,) = rows(app, AuthorizationRequest)
    assert [one["source"] for one in request.scopes] == ["household-registration", "bank-deposits"]
    assert request.number in client.get("/admin/authorization-requests").text


def test_another_village_sees_nothing(client: ComplainingClient, asked: Asked) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, "330482001002")
    assert client.get(f"/admin/authorization-requests/{asked.request_id}").status_code == 404
    assert client.get(f"/admin/authorization-requests/parts/{asked.head}/counter").status_code == 404
    assert "AR-" not in client.get("/admin/authorization-requests").text


def test_a_paper_counts_once_another_colleague_has_confirmed_it(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    first, second = colleague(app), colleague(app)
    sign_in_account(client, first.id)
    address = f"/admin/authorization-requests/parts/{asked.head}/paper"
    page = client.get(address)
    token = hidden(page.text)["csrf_token"]
    sent = {"csrf_token": token, "agreed": asked.codes, "place": "家里"}
    rubbish = client.post(address, data={**sent, "picture": (io.BytesIO(b"GIF89a" + b"0" * 100), "a.gif")})
    assert rubbish.status_code == 422
    assert "照片打不开" in rubbish.text
    whole = client.post(address, data={**sent, "picture": (photograph(), "a.jpg")})
    assert whole.status_code == 303
    twice = client.post(address, data={**sent, "picture": (photograph(), "a.jpg")})
    assert (twice.status_code, twice.location) == (303, whole.location)
    (paper,) = rows(app, PaperSignature)
    confirm = f"/admin/authorization-requests/papers/{paper.id}"
    own = post_unseen(client, confirm, token)
    assert own.status_code == 422
    assert rows(app, Authorization) == []
    assert PAPER_WAITS not in client.get("/admin/").text
    sign_in_account(client, second.id)
    assert PAPER_WAITS in client.get("/admin/").text
    picture = client.get(f"{confirm}/picture")
    assert picture.mimetype == "image/jpeg"
    assert b"Exif" not in picture.data
    assert post(client, confirm, outcome="fits").status_code == 303
    assert PAPER_WAITS not in client.get("/admin/").text
    (record,) = rows(app, Authorization)
    assert record.level == "paper"
    said = authorizations.record_facts(record)
    assert {said["paper"]["photographed_by"], said["paper"]["confirmed_by"]} == {
        first.work_number,
        second.work_number,
    }
    assert client.get(confirm).status_code == 404
    helped = [one for one in rows(app, Message) if one.template == "signed_with_staff"]
    assert [one.person_id for one in helped] == [asked.family.head]


PAPER_WAITS = "有纸上签的字等第二个人看"


def post_unseen(client: ComplainingClient, address: str, token: str) -> TestResponse:
    return client.post(address, data={"csrf_token": token, "outcome": "fits"})


def test_a_picture_of_ten_megabytes_is_too_large(client: ComplainingClient, app: Flask, asked: Asked) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    address = f"/admin/authorization-requests/parts/{asked.head}/paper"
    kind = "multipart/form-data; boundary=x"
    assert client.post(address, data=b"0" * 10_000_000, content_type=kind).status_code == 413
    assert rows(app, PaperSignature) == []


def test_only_the_town_reviewer_learns_who_is_unwilling(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        request = session.get_one(AuthorizationRequest, asked.request_id)
        part = session.get_one(AuthorizationPart, asked.grandmother)
        assert signed(session, request, part, is_unwilling=True) is None
        assert signed(session, request, session.get_one(AuthorizationPart, asked.head)) is not None
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"/admin/authorization-requests/{asked.request_id}").text
    cards = re.findall(r'<section class="card">(.*?)</section>', page, re.DOTALL)
    answered = [re.sub(r"[0-9a-f-]{36}", "", one.partition("</h2>")[2]) for one in cards if "正在核验" in one]
    assert len(answered) == 2
    assert answered[0] == answered[1]
    assert client.get("/admin/authorizations-to-protect").status_code == 403
    assert "单独" not in client.get("/admin/").text
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    assert "1 份授权要单独找本人谈一谈" in client.get("/admin/").text
    protect = client.get("/admin/authorizations-to-protect").text
    assert "这不是我的本意" in protect
    assert "陈阿宜" in protect
    address = f"/admin/authorizations-to-protect/{asked.grandmother}"
    token = hidden(protect)["csrf_token"]
    empty = client.post(address, data={"csrf_token": token, "outcome": "keep_silent", "note": ""})
    assert empty.status_code == 422
    assert f'href="#note-{asked.grandmother}"' in empty.text
    assert f'id="note-{asked.grandmother}-error"' in empty.text
    assert 'value="keep_silent" checked' in empty.text
    unchosen = client.post(address, data={"csrf_token": token, "note": "已经单独谈过"})
    assert unchosen.status_code == 422
    assert f'href="#outcome-{asked.grandmother}"' in unchosen.text
    assert f'id="outcome-{asked.grandmother}"' in unchosen.text
    assert ">已经单独谈过</textarea>" in unchosen.text
    kept = client.post(address, data={"csrf_token": token, "outcome": "keep_silent", "note": "不愿意"})
    assert kept.status_code == 303
    assert "陈阿宜" not in client.get("/admin/authorizations-to-protect").text
    looks = [one for one in rows(app, AuditEntry) if one.event == "authorization_shown"]
    assert {one.subject_ref for one in looks} == {f"person:{asked.family.grandmother}"}


def test_withdrawing_at_the_counter_works_at_once(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        request = session.get_one(AuthorizationRequest, asked.request_id)
        signed(session, request, session.get_one(AuthorizationPart, asked.head))
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    assert post(client, f"/admin/authorization-requests/parts/{asked.head}/withdraw").status_code == 303
    (record,) = rows(app, Authorization)
    assert record.state == "withdrawn"


def test_T21_withdrawing_at_the_counter_does_not_find_out_who_spoke_in_silence(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        request = session.get_one(AuthorizationRequest, asked.request_id)
        signed(session, request, session.get_one(AuthorizationPart, asked.head))
        silent = session.get_one(AuthorizationPart, asked.grandmother)
        assert signed(session, request, silent, is_unwilling=True) is None
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for part in (asked.head, asked.grandmother):
        answer = post(client, f"/admin/authorization-requests/parts/{part}/withdraw")
        assert (answer.status_code, answer.location) == (
            303,
            f"/admin/authorization-requests/{asked.request_id}",
        )
    page = client.get(f"/admin/authorization-requests/{asked.request_id}").text
    assert page.count("已经收回") == 2
    withdrawn = [one for one in rows(app, AuditEntry) if one.event == "authorization_withdrawn"]
    assert len({(one.fields, one.result) for one in withdrawn}) == 1
    assert len([one for one in rows(app, Message) if one.template == "authorization_withdrawn"]) == 2
    # The town reviewer still reads of it, and the list of looks names no doubt to whoever reads it.
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    assert "这不是我的本意" in client.get("/admin/authorizations-to-protect").text
    looks = [one for one in rows(app, AuditEntry) if one.event == "authorization_shown"]
    assert {one.purpose for one in looks} == {"authorization"}


def test_whoever_has_no_phone_says_no_at_the_counter_as_easily_as_yes(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    address = f"/admin/authorization-requests/parts/{asked.grandmother}/counter"
    assert post(client, address, choice="decline").status_code == 303
    states = {one.id: one.state for one in rows(app, AuthorizationPart)}
    assert states[asked.grandmother] == "declined"
    assert rows(app, Authorization) == []
    helped = [one for one in rows(app, Message) if one.template == "signed_with_staff"]
    assert [one.person_id for one in helped] == [asked.family.grandmother]
    assert client.get(address).status_code == 409
