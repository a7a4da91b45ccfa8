"""Signing at the counter: the person's own step, the colleague who was there, and a no said in silence."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assistance import authorizations
from assistance.audit import AuditEntry
from assistance.authorizations import Authorization, AuthorizationPart, AuthorizationRequest, CounterSignature
from assistance.messages import Message
from assistance.people import KeptForm, Person, RoleAssignment, StaffAccount
from assistance.permissions import Role
from infrastructure import clock
from tests.admin.asking import Asked, ask, colleague, post, rows
from tests.assistance.authorizations.family import STROKES, signed
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_help_requests import hidden
from tests.signing_in import TOWN, VILLAGE, sign_in_account, sign_in_resident, sign_in_staff

PARTS = "/admin/authorization-requests/parts"
WAITING = "/admin/authorization-requests/counter-signatures"


def fields(app: Flask, asked: Asked, part: uuid.UUID, **changes: object) -> dict[str, object]:
    """What the officer and the signer of a part fill in."""
    with app.extensions["huimin"].database.reading() as session:
        signer = session.get_one(Person, session.get_one(AuthorizationPart, part).signer_id)
        number = signer.resident_id
    assert number is not None
    filled = {
        "agreed": asked.codes[:3],
        "last_of_number": number.value[-4:],
        "has_company": "no",
        "own_will": "yes",
        "strokes": STROKES,
        "choice": "sign",
    }
    return {**filled, **changes}


def take(
    client: ComplainingClient, app: Flask, asked: Asked, part: uuid.UUID, **changes: object
) -> TestResponse:
    """Sign at the counter with whoever is signed in."""
    return post(client, f"{PARTS}/{part}/counter", **fields(app, asked, part, **changes))


def waiting(app: Flask) -> CounterSignature:
    taken = [one for one in rows(app, CounterSignature) if one.confirmed_at is None]
    (found,) = [one for one in taken if one.refused_because is None]
    return found


def state_of(app: Flask, part: uuid.UUID) -> str:
    return next(one.state for one in rows(app, AuthorizationPart) if one.id == part)


def told(app: Flask) -> list[uuid.UUID | None]:
    return [one.person_id for one in rows(app, Message) if one.template == "signed_with_staff"]


def test_what_a_colleague_witnesses_counts_once_they_have_said_so_themselves(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    first, second, third = colleague(app), colleague(app), colleague(app)
    sign_in_account(client, first.id)
    done = take(client, app, asked, asked.grandmother, work_number=second.work_number)
    assert done.status_code == 303
    assert rows(app, Authorization) == []
    assert told(app) == []
    address = f"{WAITING}/{waiting(app).id}"
    shown = client.get(done.location).text
    assert f"等在场的{second.work_number}号同事" in shown
    assert f"{PARTS}/{asked.grandmother}/counter" not in shown
    # Neither who prepared it nor anybody else there can confirm it, and to them it names nobody.
    for other in (first, third):
        sign_in_account(client, other.id)
        assert address not in client.get("/admin/").text
        page = client.get(address).text
        assert "我在场" not in page
        assert "陈阿宜" not in page
        sent = client.post(address, data={"csrf_token": hidden(page)["csrf_token"], "outcome": "there"})
        assert sent.status_code == 422
    assert rows(app, Authorization) == []
    sign_in_account(client, second.id)
    assert address in client.get("/admin/").text
    assert post(client, address, outcome="there").status_code == 303
    (record,) = rows(app, Authorization)
    said = authorizations.record_facts(record)
    assert record.level == "counter"
    assert said["counter"] == {
        "officer": first.work_number,
        "identity_card_seen": True,
        "signed_at": said["signed_at"],
        "witness": {
            "kind": "staff",
            "work_number": second.work_number,
            "confirmed_at": said["signed_at"],
        },
    }
    assert said["own_will"] == {"asked_apart": True, "answer": "yes", "company": "no"}
    assert said["declined"] == asked.codes[3:]
    words, values = authorizations.words_of_presence(said) or ("", {})
    assert values == {"officer": first.work_number, "witness": second.work_number}
    assert "用自己的账号确认过" in words
    # Whoever has not been there hears of it all the same, and what has gone into the record waits no more.
    assert told(app) == [asked.family.grandmother]
    (kept,) = rows(app, CounterSignature)
    assert kept.sealed.keys() == {"officer", "witness"}
    assert client.get(address).status_code == 404
    by = {
        one.event: one.actor_ref
        for one in rows(app, AuditEntry)
        if one.object_ref == str(asked.grandmother) and one.event != "authorization_shown"
    }
    assert by["authorization_counter_taken"] == str(first.id)
    assert by["authorization_answered"] == str(second.id)


def test_the_officer_s_step_is_whole_before_the_device_is_handed_over(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    hand_over = {"choice": "hand_over", "strokes": "", "own_will": "", "work_number": second.work_number}
    for wrong in ({"last_of_number": "0000"}, {"agreed": []}, {"work_number": ""}, {"work_number": "9999"}):
        answer = take(client, app, asked, asked.grandmother, **{**hand_over, **wrong})
        assert answer.status_code == 422, wrong
        assert "请本人拿着，自己签" not in answer.text
    own = take(client, app, asked, asked.grandmother, **hand_over)
    assert own.status_code == 200
    assert "请本人拿着，自己签" in own.text
    assert not re.search(r'name="own_will"[^>]*checked', own.text)
    assert rows(app, CounterSignature) == []


def test_with_one_of_the_family_beside_it_counts_at_once_and_says_what_that_proves(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    done = take(client, app, asked, asked.grandmother, witness=str(asked.family.spouse))
    assert done.status_code == 303
    (record,) = rows(app, Authorization)
    said = authorizations.record_facts(record)
    assert said["counter"]["witness"] == {"kind": "family", "name": "陆秀珍"}
    assert said["own_will"]["company"] == "relative"
    words, _ = authorizations.words_of_presence(said) or ("", {})
    assert "没有另外确认过" in words
    assert told(app) == [asked.family.grandmother]


def test_what_the_colleague_refuses_is_signed_again(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    first, second = colleague(app), colleague(app)
    sign_in_account(client, first.id)
    take(client, app, asked, asked.head, work_number=second.work_number)
    address = f"{WAITING}/{waiting(app).id}"
    sign_in_account(client, second.id)
    assert post(client, address, outcome="not_there", why=" ").status_code == 422
    assert post(client, address, outcome="not_there", why="那天我不在").status_code == 303
    (refused,) = rows(app, CounterSignature)
    assert refused.sealed.keys() == {"officer", "witness"}
    assert client.get(address).status_code == 404
    assert state_of(app, asked.head) == "waiting"
    sign_in_account(client, first.id)
    assert take(client, app, asked, asked.head, work_number=second.work_number).status_code == 303
    assert told(app) == []


def test_it_waits_and_can_be_taken_back_by_whoever_helps_there(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    first, second, third = colleague(app), colleague(app), colleague(app)
    sign_in_account(client, first.id)
    take(client, app, asked, asked.head, work_number=second.work_number)
    again = take(client, app, asked, asked.head, work_number=second.work_number)
    assert "收回" in client.get(again.location).text
    assert "请先收回" in client.get(f"{PARTS}/{asked.head}/counter").text
    sign_in_account(client, third.id)
    address = f"{WAITING}/{waiting(app).id}"
    assert post(client, address, outcome="take_back").status_code == 303
    sign_in_account(client, second.id)
    assert address not in client.get("/admin/").text
    assert client.get(address).status_code == 404
    events = [one.event for one in rows(app, AuditEntry)]
    assert events.count("authorization_counter_taken_back") == 1
    sign_in_account(client, first.id)
    assert take(client, app, asked, asked.head, work_number=third.work_number).status_code == 303


def test_a_no_at_the_counter_needs_nobody_to_take_the_signature_back(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, work_number=second.work_number)
    address = f"{WAITING}/{waiting(app).id}"
    assert post(client, f"{PARTS}/{asked.head}/counter", choice="decline").status_code == 303
    assert state_of(app, asked.head) == "declined"
    assert rows(app, CounterSignature)[0].sealed.keys() == {"officer", "witness"}
    sign_in_account(client, second.id)
    assert client.get(address).status_code == 404


def test_the_last_day_ends_what_nobody_confirmed_and_until_then_nobody_is_reminded(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, work_number=second.work_number)
    near = NOW + timedelta(days=25)
    with app.extensions["huimin"].database.reading() as session:
        reminded = [part.id for part, _ in authorizations.list_to_remind(session, near)]
    assert asked.grandmother in reminded
    assert asked.head not in reminded
    over = NOW + timedelta(days=31)
    authorizations.look_after(app.extensions["huimin"].database, over)
    assert state_of(app, asked.head) == "expired"
    assert rows(app, CounterSignature)[0].sealed.keys() == {"officer", "witness"}
    assert rows(app, Authorization) == []
    with clock.freeze(over):
        sign_in_account(client, second.id)
        with app.extensions["huimin"].database.transaction() as session:
            for role in session.scalars(select(RoleAssignment)):
                role.valid_until = None
        assert client.get(f"{WAITING}/{rows(app, CounterSignature)[0].id}").status_code == 404


def test_who_signs_on_the_own_phone_meanwhile_has_signed(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, work_number=second.work_number)
    with app.extensions["huimin"].database.transaction() as session:
        request = session.get_one(AuthorizationRequest, asked.request_id)
        assert signed(session, request, session.get_one(AuthorizationPart, asked.head)) is not None
    (record,) = rows(app, Authorization)
    assert record.level == "own_phone"
    (moot,) = rows(app, CounterSignature)
    assert moot.sealed.keys() == {"officer", "witness"}
    sign_in_account(client, second.id)
    assert client.get(f"{WAITING}/{moot.id}").status_code == 404


def test_a_colleague_who_is_no_longer_on_duty_there_confirms_nothing(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, work_number=second.work_number)
    with app.extensions["huimin"].database.transaction() as session:
        for role in session.scalars(select(RoleAssignment).where(RoleAssignment.account_id == second.id)):
            role.division_code = "330482001002"
    sign_in_account(client, second.id)
    address = f"{WAITING}/{waiting(app).id}"
    assert address not in client.get("/admin/").text
    assert client.get(address).status_code == 404


def bare(page: str) -> list[str]:
    """The pieces of a page without what tells one family from another, whose members stand in any order."""
    for mark in (
        r'name="csrf_token" value="[^"]+"',
        r"[0-9a-f]{8}-[0-9a-f-]{27}",
        r'name="last_of_number" value="[^"]+"',
        r"AR-\d+-\w+",
        r"H\d{8}",
        r"<svg class=.qr.*?</svg>",
        r"/authorizations/[\w-]{20,}",
    ):
        page = re.sub(mark, "", page, flags=re.DOTALL)
    return sorted(re.split(r"[\n<]", page))


@pytest.mark.parametrize("who", ["head", "grandmother"])
@pytest.mark.parametrize("beside", ["colleague", "family"])
def test_T21_at_the_counter_a_silent_no_of_any_age_looks_like_a_signature(
    client: ComplainingClient, app: Flask, who: str, beside: str
) -> None:
    second, seen, left = colleague(app), {}, {}
    officer = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for will in ("yes", "no"):
        asked = ask(app)
        part = getattr(asked, who)
        with_whom = {"witness": str(asked.family.spouse)}
        if beside == "colleague":
            with_whom = {"work_number": second.work_number}
        request = f"/admin/authorization-requests/{asked.request_id}"
        sign_in_account(client, officer)
        # A no has to be as complete as a yes: what may be left out would tell the two apart.
        answers = [
            take(client, app, asked, part, own_will=will, strokes="", **with_whom),
            take(client, app, asked, part, own_will=will, **with_whom),
        ]
        pages = [client.get(request).text]
        if beside == "colleague":
            address = f"{WAITING}/{waiting(app).id}"
            sign_in_account(client, second.id)
            pages.append(client.get(address).text)
            answers.append(post(client, address, outcome="there"))
            sign_in_account(client, officer)
            pages.append(client.get(request).text)
        assert "正在核验" in pages[-1]
        head = app.test_client()
        sign_in_resident(head, asked.family.spouse)
        pages.append(head.get("/me/authorizations").text)
        people = {f"person:{one}" for one in vars(asked.family).values()}
        seen[will] = (
            [(one.status_code, bare(one.text), bare(one.location or ""), len(one.data)) for one in answers],
            [bare(one) for one in pages],
            [
                (one.event, one.fields, one.result, one.commitment is None)
                for one in sorted(rows(app, AuditEntry), key=lambda one: one.id)
                if one.subject_ref in people
            ],
            sorted(one.template for one in rows(app, Message) if f"person:{one.person_id}" in people),
        )
        left[will] = [one.part_id for one in rows(app, Authorization)].count(part)
    for yes, no in zip(seen["yes"], seen["no"], strict=True):
        assert yes == no
    assert left == {"yes": 1, "no": 0}


def test_T21_nor_can_who_reads_the_log_tell_them_apart_once_they_are_withdrawn(
    client: ComplainingClient, app: Flask
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    left = {}
    for will in ("yes", "no"):
        asked = ask(app)
        take(client, app, asked, asked.head, own_will=will, witness=str(asked.family.spouse))
        post(client, f"{PARTS}/{asked.head}/withdraw")
        assert state_of(app, asked.head) == "withdrawn"
        left[will] = [
            (one.event, one.object_type, one.object_ref == str(asked.head), one.fields)
            for one in rows(app, AuditEntry)
            if one.subject_ref == f"person:{asked.family.head}"
        ]
    assert left["yes"] == left["no"]
    assert "authorization_withdrawn" in [one[0] for one in left["no"]]


def test_T21_what_was_chosen_comes_back_to_no_page(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    officer = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    told = {"work_number": second.work_number, "own_will": "no"}
    for wrong in ({"strokes": ""}, {"last_of_number": "0000"}, {"agreed": []}):
        page = take(client, app, asked, asked.head, **told, **wrong)
        assert page.status_code == 422
        assert not re.search(r'name="own_will"[^>]*(checked|value="no" )', page.text)
        assert not re.search(r'type="hidden" name="own_will"', page.text)
    # Nor does it come back with what was typed when the officer's sign-in ran out.
    with clock.freeze(NOW + timedelta(minutes=31)):
        token = {"csrf_token": hidden(page.text)["csrf_token"]}
        client.post(f"{PARTS}/{asked.head}/counter", data={**fields(app, asked, asked.head), **told, **token})
    (kept,) = rows(app, KeptForm)
    names = [name for name, _ in kept.sealed["fields"]]
    assert "last_of_number" in names
    assert "own_will" not in names
    assert officer


def test_T21_the_town_reviewer_reads_of_it_before_the_colleague_has_answered(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    second = colleague(app)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, work_number=second.work_number, own_will="no")
    sign_in_account(client, second.id)
    post(client, f"{WAITING}/{waiting(app).id}", outcome="take_back")
    # Whatever is signed for them afterwards ends without a record.
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    take(client, app, asked, asked.head, witness=str(asked.family.spouse))
    assert state_of(app, asked.head) == "signed"
    assert rows(app, Authorization) == []
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    protect = client.get("/admin/authorizations-to-protect").text
    assert "本人悄悄说" in protect
    assert "陈国良" in protect


def test_nobody_is_their_own_witness_nor_one_who_is_not_there(
    client: ComplainingClient, app: Flask, asked: Asked
) -> None:
    first, elsewhere = colleague(app), colleague(app, division="330482001002")
    sign_in_account(client, first.id)
    numbers: list[StaffAccount] = [first, elsewhere]
    for one in numbers:
        assert take(client, app, asked, asked.head, work_number=one.work_number).status_code == 422
    assert rows(app, CounterSignature) == []


@pytest.mark.parametrize("has_colleague", [True, False])
def test_signing_at_the_counter_twice_leads_to_the_request_and_does_nothing(
    client: ComplainingClient, app: Flask, asked: Asked, has_colleague: bool
) -> None:
    sign_in_account(client, colleague(app).id)
    by_colleague, by_family = {"work_number": colleague(app).work_number}, {"witness": asked.family.spouse}
    beside: dict[str, object] = {**(by_colleague if has_colleague else by_family)}
    address = f"{PARTS}/{asked.head}/counter"
    filled = fields(app, asked, asked.head, **beside)
    filled["csrf_token"] = hidden(client.get(address).text)["csrf_token"]
    for choice in ("sign", "sign", "hand_over"):
        answer = client.post(address, data={**filled, "choice": choice})
        assert answer.status_code == 303, answer.text
        assert answer.location == f"/admin/authorization-requests/{asked.request_id}"
    taken = CounterSignature if has_colleague else Authorization
    assert len(rows(app, taken)) == 1
    assert len(told(app)) == (0 if has_colleague else 1)


def test_comparing_numbers_too_often_is_said_on_the_page_and_is_no_call(
    client: ComplainingClient, app: Flask, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.views.authorization_counter.COMPARED_AN_HOUR", 0)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    answer = take(client, app, asked, asked.head, child_said="")
    assert answer.status_code == 429
    assert 'class="summary" role="alert"' in answer.text
    assert "核对身份证号的次数太多了" in answer.text
    assert "notice-urgent" not in answer.text
    assert "<title>有错误：" in answer.text
