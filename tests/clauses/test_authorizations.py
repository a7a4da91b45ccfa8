"""Electronic authorisation: rows of the clauses, each as the law's duty and not as our code has it."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import authorizations, households
from assistance.audit import AuditEntry
from assistance.authorizations import AskedTooSoon, Authorization, GrantRefused
from assistance.authorizations.record import canonical
from assistance.authorizations.states import LEVEL_WORDS
from assistance.authorizations.wording import AskedText
from assistance.errors import Refusal
from assistance.people import Person
from infrastructure.database import Database
from infrastructure.settings import DEFAULT_SIGNING_KEYS
from infrastructure.signing import SigningKeys
from tests.architecture.test_imports import ROOT
from tests.assistance.authorizations.family import (
    KEYS,
    OFFICE,
    Family,
    all_codes,
    make_family,
    officer,
    opened,
    part_of,
    relate,
    resident,
    signed,
)
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_authorizations import sign
from tests.portal.test_help_requests import hidden
from tests.signing_in import make_household, make_person, sign_in_resident

REGISTER = authorizations.data_sources()
SOURCE = "household-registration"


def mint(session, request, person_id, source: str = SOURCE, now=NOW):
    return authorizations.mint_grant(
        session,
        KEYS,
        person_id=person_id,
        source=source,
        purpose=request.purpose,
        request_id=request.id,
        now=now,
    )


def text_of(request, locale: str = "zh_Hans_CN") -> AskedText:
    return authorizations.asked_text(
        REGISTER,
        office=OFFICE,
        purpose=request.purpose,
        scopes=request.scopes,
        deadline_on=request.deadline_on,
        locale=locale,
    )


def with_supporter(session) -> tuple[Family, object]:
    family = make_family(session)
    son = make_person(session, "潘军", birth=date(1990, 2, 2))
    make_household(session, [son])
    session.add(
        households.HouseholdMember(
            household_id=family.household_id,
            person_id=son.id,
            relation="child",
            is_supporter=True,
            joined_on=date(2020, 1, 1),
        )
    )
    session.flush()
    return family, son


def test_SA_40_one_agreement_for_each_adult_dated_and_naming_both_articles(
    database: Database,
) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        for person in (family.head, family.spouse):
            signed(session, request, part_of(session, request, person))
        records = session.scalars(select(Authorization)).all()
        assert {one.person_id for one in records} == {family.head, family.spouse}
        for one in records:
            said = authorizations.record_facts(one)
            assert said["request"]["legal_basis"] == ["SA-40", "SA-41"]
            assert said["text"]["version"] == authorizations.TEXT_VERSION
            assert said["signed_at"].startswith("2026-11-22")
        # One adult is missing: the others are asked, of the missing one nothing.
        assert mint(session, request, family.head)
        with pytest.raises(GrantRefused):
            mint(session, request, family.grandmother)


def test_SA_41_a_supporter_needs_a_written_reason_and_an_own_signature(database: Database) -> None:
    with database.transaction() as session:
        family, son = with_supporter(session)
        request = opened(session, family)
        with pytest.raises(GrantRefused):
            mint(session, request, son.id)
        with pytest.raises(Refusal):
            opened(session, family, purpose="supporter", supporter_id=son.id, reason="")
        asked = opened(session, family, purpose="supporter", supporter_id=son.id, reason="看能不能赡养")
        with pytest.raises(GrantRefused):
            mint(session, asked, son.id)
        record = signed(session, asked, part_of(session, asked, son.id))
        later = NOW + timedelta(hours=24)
        assert mint(session, asked, son.id, now=later)
        authorizations.withdraw(session, resident(son.id), record.id, now=later)
        with pytest.raises(GrantRefused):
            mint(session, asked, son.id, now=later)


def test_43_10_each_supporter_is_listed_and_a_no_closes_nothing(database: Database) -> None:
    with database.transaction() as session:
        family, son = with_supporter(session)
        case = opened(session, family)
        asked = opened(session, family, purpose="supporter", supporter_id=son.id, reason="看能不能赡养")
        part = part_of(session, asked, son.id)
        assert authorizations.words_for_others(part) == authorizations.PART_WORDS["waiting"]
        authorizations.decline(session, resident(son.id), part.id, now=NOW)
        assert authorizations.words_for_others(part) == authorizations.PART_WORDS["declined"]
        assert case.state == "open"
        signed(session, case, part_of(session, case, family.head))
        assert mint(session, case, family.head)


def test_57_29_a_withdrawal_ends_no_procedure_and_reminders_are_recorded(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head))
        authorizations.withdraw(session, resident(family.head), record.id, now=NOW)
        assert request.state == "open"
        means = authorizations.what_withdrawing_means(request)
        assert "不会自动取消" in means
        assert "提醒您两次" in json.dumps(text_of(request).as_record(), ensure_ascii=False)
        deadline = request.deadline_on
    for days in (7, 2):
        authorizations.remind(database, NOW + (deadline - timedelta(days=days) - NOW.date()))
    with database.reading() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.event == "authorization_reminded")).all()
        assert {json.loads(one.fields)["count"] for one in found} == {1, 2}


def test_PIPL_14_another_scope_needs_another_consent_and_withdrawing_takes_two_taps(
    client: ComplainingClient, app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family, sources=[SOURCE, "tax"])
        part = part_of(session, request, family.head).id
    sign_in_resident(client, family.head)
    sign(client, app, part, [SOURCE])
    database = app.extensions["huimin"].database
    with database.transaction() as session:
        assert mint(session, request, family.head)
        for source in ("tax", "vehicles"):
            with pytest.raises(GrantRefused):
                mint(session, request, family.head, source)
    first_tap = f"/me/authorizations/{part}/withdraw"
    assert first_tap in client.get(f"/me/authorizations/{part}").text
    token = hidden(client.get(first_tap).text)["csrf_token"]
    assert client.post(first_tap, data={"csrf_token": token}).status_code == 303
    with database.transaction() as session, pytest.raises(GrantRefused):
        mint(session, request, family.head)
    for page in ("/me", "/me/household", "/assessment", "/help-requests/new"):
        assert client.get(page).status_code == 200


def test_PIPL_17_before_signing_everything_is_told(database: Database) -> None:
    with database.transaction() as session:
        request = opened(session, make_family(session))
        for locale, headings in (
            (
                "zh_Hans_CN",
                (
                    "谁来查",
                    "向谁查",
                    "用来做什么",
                    "凭什么查",
                    "管到什么时候",
                    "不同意会怎样",
                    "后悔了怎么办",
                ),
            ),
            ("en", ("Who checks", "Who is asked", "What for", "Until when", "What if you say no")),
        ):
            text = text_of(request, locale)
            assert set(headings) <= {section.heading for section in text.sections}
            receivers = next(one for one in text.sections if one.heading in ("向谁查", "Who is asked"))
            for line in text.sources:
                assert line.holder in receivers.sentences[0]
                assert line.why
                assert line.reach
                assert line.items
            assert len(text.sha256) == 64
        assert text_of(request).sha256 != text_of(request, "en").sha256


def test_PIPL_23_each_source_is_ticked_alone_and_one_declined_is_never_asked(
    client: ComplainingClient, app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        part, codes = part_of(session, request, family.head).id, all_codes(request)
    sign_in_resident(client, family.head)
    form = client.get(f"/me/authorizations/{part}/sign").text
    boxes = re.findall(r'<input type="checkbox"[^>]*name="agreed" value="([^"]+)"([^>]*)>', form)
    assert [code for code, _ in boxes] == codes
    assert not any("checked" in rest for _, rest in boxes)
    sign(client, app, part, codes[1:])
    with app.extensions["huimin"].database.transaction() as session:
        with pytest.raises(GrantRefused):
            mint(session, request, family.head, codes[0])
        assert mint(session, request, family.head, codes[1])


def test_PIPL_31_no_data_of_a_child_without_the_guardian_and_14_changes_who_signs(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=date(2012, 11, 23))
        request = opened(session, family)
        part = part_of(session, request, family.child)
        assert (part.signer_id, part.capacity) == (family.head, "guardian")
        with pytest.raises(GrantRefused):
            mint(session, request, family.child)
        signed(session, request, part)
        assert mint(session, request, family.child)
        birthday = NOW + timedelta(days=1)
        with pytest.raises(GrantRefused):
            mint(session, request, family.child, now=birthday)
        authorizations.review_birthdays(session, birthday)
        anew = [one for one in authorizations.parts_of(session, request.id) if one.person_id == family.child]
        assert {one.capacity for one in anew} == {"guardian", "ward"}


def test_WLSJ_22_asked_again_the_next_day_is_blocked_with_the_day_it_opens(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        for part in authorizations.parts_of(session, request.id):
            authorizations.decline(session, resident(part.signer_id), part.id, now=NOW)
        with pytest.raises(AskedTooSoon) as blocked:
            opened(session, family, by=officer(session), now=NOW + timedelta(days=1))
        assert blocked.value.opens_on == date(2026, 12, 22)
        mine = opened(session, family, by=resident(family.spouse), now=NOW + timedelta(days=1), reason="")
        assert mine.is_opened_by_household


def test_LN_55_from_60_on_the_own_will_is_asked_apart_and_company_is_marked(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        with pytest.raises(authorizations.AnswerErrors) as missing:
            signed(session, request, part_of(session, request, family.grandmother), own_will="")
        assert set(missing.value.fields) == {"own_will"}
        record = signed(session, request, part_of(session, request, family.grandmother), has_company="yes")
        assert authorizations.record_facts(record)["own_will"]["company"] == "yes"
        younger = signed(session, request, part_of(session, request, family.head), own_will="")
        assert "own_will" not in authorizations.record_facts(younger)


def test_ESIG_3_a_record_of_ten_years_renders_the_same_bytes_and_verifies_offline(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head))
        content, signature, record_id = authorizations.record_bytes(record), record.signature, record.id
    with database.reading() as session:
        later = session.get_one(Authorization, record_id)
        assert authorizations.record_bytes(later) == content
        assert canonical(json.loads(content)) == content
    (tmp_path / "key.pem").write_text(KEYS.pem("demo") or "")
    (tmp_path / "record.sig").write_bytes(signature)
    line = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in record.json -sigfile record.sig"
    for at, expected in ((None, 0), (0, 1), (len(content) // 2, 1), (len(content) - 1, 1)):
        changed = content if at is None else content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        (tmp_path / "record.json").write_bytes(changed)
        assert subprocess.run(line.split(), cwd=tmp_path, capture_output=True).returncode == expected


def test_ESIG_13_every_level_is_stated_and_an_old_signature_outlives_its_key(
    database: Database,
) -> None:
    assert all("普通电子签名" in LEVEL_WORDS[level] for level in ("own_phone", "counter"))
    assert "可靠" not in "".join(LEVEL_WORDS.values())
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head))
        assert authorizations.record_facts(record)["level"]["kind"] == "ordinary electronic signature"
        newer = SigningKeys({**DEFAULT_SIGNING_KEYS, "newer": b"n" * 32})
        assert authorizations.is_signature_good(record, newer)
        without = SigningKeys({"newer": b"n" * 32})
        assert not authorizations.is_signature_good(record, without)


def test_SM_30_our_proof_is_never_called_a_seal() -> None:
    said = re.compile("电子印章|电子公章|电子签章")
    denied = re.compile("未加盖电子印章|不是电子印章")
    places = [
        *(ROOT / "assistance" / "authorizations").glob("*.py"),
        *(ROOT / "portal").rglob("*authoriz*.py"),
        *(ROOT / "admin").rglob("*authoriz*.py"),
        *(ROOT / "templates").rglob("authorizations/*.html"),
        *(ROOT / "templates").rglob("verify/*.html"),
        *(ROOT / "templates" / "printouts").glob("receipt.*"),
    ]
    assert len(places) > 30
    for path in places:
        assert not said.search(denied.sub("", path.read_text(encoding="utf-8"))), path
    assert "未加盖电子印章" in (ROOT / "templates" / "printouts" / "receipt.html").read_text(encoding="utf-8")


WARDS = [
    (date(2018, 11, 23), {}, {"guardian"}, False),
    (date(2018, 11, 22), {}, {"guardian"}, True),
    (date(2009, 1, 1), {}, {"guardian", "ward"}, False),
    (date(2010, 1, 1), {"lives_on_own_wages": True}, {"self"}, False),
    (date(1960, 1, 1), {"is_under_court_guardianship": True}, {"guardian"}, False),
]


@pytest.mark.parametrize(
    ("born", "facts", "capacities", "heard"), WARDS, ids=["7", "8", "17", "working 16", "ward"]
)
def test_MF_18_who_is_asked_to_sign(
    database: Database, born: date, facts: dict, capacities: set[str], heard: bool
) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=born)
        child = session.get_one(Person, family.child)
        relate(session, child, "child", guardian_id=family.head, **facts)
        request = opened(session, family)
        own = [one for one in authorizations.parts_of(session, request.id) if one.person_id == family.child]
        assert {one.capacity for one in own} == capacities
        assert any(one.hears_child for one in own) == heard
