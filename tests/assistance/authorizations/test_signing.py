"""Signing: what must be filled in, what a code is bound to, two at once, too late, and the silent no."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from assistance import authorizations
from assistance.audit import AuditEntry
from assistance.authorizations import Answer, AnswerErrors, Authorization, AuthorizationRequest
from assistance.errors import NotFound, Refusal
from infrastructure.database import Database
from tests.assistance.authorizations.family import (
    KEYS,
    OFFICE,
    STROKES,
    all_codes,
    make_family,
    opened,
    part_of,
    resident,
    signed,
)
from tests.conftest import NOW

REGISTER = authorizations.data_sources()


def begin(session, part, **changes):
    changes.setdefault("agreed", ["household-registration"])
    changes.setdefault("strokes", STROKES)
    return authorizations.begin_signing(
        session, REGISTER, OFFICE, resident(part.signer_id), part.id, Answer(**changes), now=NOW
    )


def finish(session, part, document, now=NOW):
    return authorizations.finish_signing(
        session,
        KEYS,
        resident(part.signer_id),
        part.id,
        document=document,
        code_id="c",
        phone_end="11",
        now=now,
    )


def test_the_record_stands_on_its_own(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(
            session, request, part_of(session, request, family.head), agreed=all_codes(request)[:2]
        )
        assert record is not None
        said = json.loads(authorizations.record_bytes(record))
        assert said["controller"] == {"name": "平湖市民政局", "telephone": OFFICE.phone}
        assert said["request"]["number"] == request.number
        assert said["request"]["legal_basis"] == ["SA-40", "SA-41"]
        assert said["person"]["name"] == "陈国良"
        assert "*" in said["person"]["resident_id"]
        assert said["signer"]["capacity"] == "self"
        assert [one["source"] for one in said["agreed"]] == all_codes(request)[:2]
        assert said["declined"] == all_codes(request)[2:]
        assert said["text"]["version"] == authorizations.TEXT_VERSION
        assert len(said["text"]["sha256"]) == 64
        assert said["assurance"] == "L3"
        assert said["code"]["document_sha256"]
        assert said["signature"]["picture_png_base64"]
        assert said["signed_at"] == "2026-11-22T09:00:00+08:00"
        assert said["level"]["kind"] == "ordinary electronic signature"
        assert authorizations.is_signature_good(record, KEYS)
        entry = session.scalar(select(AuditEntry).where(AuditEntry.reference == record.audit_reference))
        assert entry is not None
        assert entry.content_sha256 == record.audit_content


@pytest.mark.parametrize(("changes", "field"), [
    ({"agreed": []}, "agreed"),
    ({"agreed": ["never-asked"]}, "agreed"),
    ({"strokes": ""}, "signature"),
    ({"strokes": "[[1,1]]"}, "signature"),
    ({"strokes": "", "typed_name": "张三"}, "signature"),
    ({"strokes": "[" + "1," * 5_000_000 + "1]"}, "signature"),
])  # fmt: skip
def test_what_is_missing_is_named(database: Database, changes: dict, field: str) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.head)
        with pytest.raises(AnswerErrors) as errors:
            begin(session, part, **changes)
        assert set(errors.value.fields) == {field}
        assert part.state == "waiting"


def test_the_old_are_asked_apart_and_the_child_is_heard(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        old, child = part_of(session, request, family.grandmother), part_of(session, request, family.child)
        for part, field in ((old, "own_will"), (child, "child_said")):
            with pytest.raises(AnswerErrors) as errors:
                begin(session, part)
            assert set(errors.value.fields) == {field}
        record = finish(session, child, begin(session, child, child_said="愿意帮妈妈"))
        assert json.loads(authorizations.record_bytes(record))["child_heard"] == "愿意帮妈妈"
        record = finish(session, old, begin(session, old, own_will="yes", has_company="yes"))
        own_will = json.loads(authorizations.record_bytes(record))["own_will"]
        assert own_will == {"asked_apart": True, "answer": "yes", "company": "yes"}


@pytest.mark.parametrize(
    "changes",
    [{"is_unwilling": True}, {"own_will": "no"}, {"is_unwilling": True, "agreed": [], "strokes": ""}],
)
def test_T21_a_silent_no_leaves_the_same_traces_and_no_record(database: Database, changes: dict) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        head, old = part_of(session, request, family.head), part_of(session, request, family.grandmother)
        assert finish(session, head, begin(session, head)) is not None
        assert finish(session, old, begin(session, old, **changes)) is None
        assert head.state == old.state == "signed"
        assert authorizations.words_for_others(head) == authorizations.words_for_others(old)
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.event == "authorization_answered").order_by(AuditEntry.id)
        ).all()
        assert len({(one.event, one.fields, one.result, one.actor_kind) for one in entries}) == 1
        assert all(one.commitment is not None for one in entries)
        assert [one.signer_id for one in session.scalars(select(Authorization))] == [family.head]
        live = authorizations.live_for(
            session, family.grandmother, "household-registration", "application", NOW
        )
        assert live is None


def test_once_said_in_silence_it_stands_whatever_is_filled_in_later(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.spouse)
        begin(session, part, is_unwilling=True)
        assert finish(session, part, begin(session, part)) is None


def test_a_code_for_another_document_is_refused(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.head)
        first = begin(session, part)
        second = begin(session, part, agreed=["household-registration", "tax"])
        assert first != second
        with pytest.raises(Refusal):
            finish(session, part, first)
        assert finish(session, part, second) is not None
        with pytest.raises(Refusal):
            finish(session, part, second)


def test_nobody_signs_for_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.spouse)
        answer = Answer(agreed=["tax"], strokes=STROKES)
        for actor in (resident(family.head),):
            with pytest.raises(NotFound):
                authorizations.begin_signing(session, REGISTER, OFFICE, actor, part.id, answer, now=NOW)
            with pytest.raises(NotFound):
                authorizations.decline(session, actor, part.id, now=NOW)


def test_after_the_last_day_nobody_signs(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family, deadline_on=date(2026, 11, 25))
        part = part_of(session, request, family.head)
        last_evening = NOW + timedelta(days=3, hours=14)
        document = authorizations.begin_signing(
            session,
            REGISTER,
            OFFICE,
            resident(family.head),
            part.id,
            Answer(["tax"], STROKES),
            now=last_evening,
        )
        with pytest.raises(Refusal):
            finish(session, part, document, now=last_evening + timedelta(hours=2))
        assert finish(session, part, document, now=last_evening) is not None


def test_two_members_at_once_both_sign_and_the_last_one_closes(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        signed(session, request, part_of(session, request, family.grandmother))
        signed(session, request, part_of(session, request, family.child))
        request_id = request.id
        parts = [part_of(session, request, one) for one in (family.head, family.spouse)]
        documents = [begin(session, part) for part in parts]
    problems: list[BaseException] = []

    def run(part, document) -> None:
        try:
            with database.transaction() as session:
                finish(session, part, document)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(parts, documents, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.reading() as session:
        assert session.get_one(AuthorizationRequest, request_id).state == "closed"
        assert len(session.scalars(select(Authorization)).all()) == 4


def test_one_member_twice_at_once_signs_once(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.head)
        document = begin(session, part)
    done: list[str] = []

    def run() -> None:
        try:
            with database.transaction() as session:
                finish(session, part, document)
            done.append("signed")
        except Refusal:
            done.append("refused")

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["refused", "signed"]


def test_the_text_says_what_the_law_asks(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        for locale in ("zh_Hans_CN", "en"):
            text = authorizations.asked_text(
                REGISTER,
                office=OFFICE,
                purpose="application",
                scopes=request.scopes,
                deadline_on=request.deadline_on,
                locale=locale,
            )
            assert len(text.sections) == 9
            assert len(text.sources) == len(request.scopes)
            for line in text.sources:
                assert all(
                    (
                        line.name,
                        line.holder,
                        line.plain,
                        line.items,
                        line.why,
                        line.reach,
                        line.instead,
                        line.basis,
                    )
                )
            whole = json.dumps(text.as_record(), ensure_ascii=False)
            assert OFFICE.phone in whole
            for word in ("拒绝", "没有资格", "不符合", "电子印章"):
                assert word not in whole
