"""Messages leave after their act, once, sealed until then; what did not arrive is never called sent."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from assistance import audit, messages
from assistance.errors import NotFound
from assistance.messages import Channel, Message, MessageState, Template
from assistance.people import Actor, Person, SignInIdentity
from assistance.values import Phone
from infrastructure import clock, jobs
from infrastructure.database import Database
from infrastructure.platforms import Kind, PlatformRefused
from tests.conftest import NOW

PHONE = Phone("19900000011")
OPENID = "oHuimin-guoliang"
CODE = {"code": "482915"}
ASKED = {"number": "AR-20261122-AB12C", "day": "2026-11-25"}
MINUTE = timedelta(minutes=1)


class Carrier:
    """A gateway that notes what it is given and answers as it is told."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, dict[str, str], str]] = []

    def send(self, to: str, template_id: str, params: Mapping[str, str], idempotency_key: str = "") -> object:
        self.sent.append((to, template_id, dict(params), idempotency_key))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return None


def refusal(kind: Kind, code: str = "X1", wait: int | None = None) -> PlatformRefused:
    return PlatformRefused("sms", code, kind, retry_after_seconds=wait)


def say(database: Database, template: Template, values: Mapping[str, str], **also: Any) -> Message:
    given = {"to_person": None, "to_phone": PHONE, "now": NOW, "key": "one", **also}
    with database.transaction() as session:
        return messages.send(session, template, values, **given)


def run(
    database: Database, sms: Carrier | None, wechat: Carrier | None = None, now: datetime = NOW
) -> jobs.Done:
    return jobs.Runner(database, {messages.DELIVER: messages.Delivery(sms, wechat)}, clock).run_due(now)


def kept(database: Database) -> Message:
    with database.reading() as session:
        return session.scalars(select(Message)).one()


def entries(database: Database) -> list[tuple[str, str, str | None, str]]:
    with database.reading() as session:
        of_messages = select(audit.AuditEntry).where(audit.AuditEntry.object_type == "message")
        found = session.scalars(of_messages.order_by(audit.AuditEntry.id)).all()
        return [(one.event, one.result, one.subject_ref, one.fields) for one in found]


def add_person(database: Database, *, with_wechat: bool = False) -> uuid.UUID:
    person = uuid.uuid4()
    with database.transaction() as session:
        session.add(Person(id=person, sealed={"name": "陈国良"}, created_at=NOW))
        session.flush()
        if with_wechat:
            session.add(
                SignInIdentity(
                    provider="wechat",
                    subject_lookup=b"w",
                    sealed={"openid": OPENID},
                    person_id=person,
                    created_at=NOW,
                    last_used_at=NOW,
                )
            )
    return person


def raw_bytes(database: Database) -> bytes:
    """Everything that the two tables hold, as an attacker with a copy of them sees it."""
    with database.reading() as session:
        rows = [
            *session.execute(text("SELECT * FROM messages")),
            *session.execute(text("SELECT * FROM jobs")),
        ]
    return b"|".join(
        bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
        for row in rows
        for one in row
    )


def test_a_code_goes_out_once_and_is_forgotten(database: Database) -> None:
    sms = Carrier()
    message = say(database, Template.SIGN_IN_CODE, CODE)
    before = raw_bytes(database)
    assert PHONE.value.encode() not in before
    assert b"482915" not in before
    assert run(database, sms).done == 1
    assert sms.sent == [(PHONE.value, "sign_in_code", CODE, str(message.id))]
    row = kept(database)
    assert (row.state, row.channel, row.sent_at) == ("sent", "sms", NOW)
    assert row.address is None
    assert row.contents is None
    assert entries(database) == [
        ("message_sent", "done", f"message:{message.id}", '{"channel":"sms","template":"sign_in_code"}')
    ]
    assert run(database, sms, now=NOW + MINUTE).tried == 0
    assert len(sms.sent) == 1


def test_an_act_that_fails_says_nothing(database: Database) -> None:
    def act() -> None:
        with database.transaction() as session:
            messages.send(
                session, Template.SIGN_IN_CODE, CODE, to_person=None, to_phone=PHONE, now=NOW, key="one"
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert run(database, Carrier()).tried == 0


def test_the_same_key_is_said_once(database: Database) -> None:
    sms = Carrier()
    assert say(database, Template.SIGN_IN_CODE, CODE).id == say(database, Template.SIGN_IN_CODE, CODE).id
    run(database, sms)
    say(database, Template.SIGN_IN_CODE, CODE)
    run(database, sms, now=NOW + MINUTE)
    assert len(sms.sent) == 1


def test_T50_a_gateway_that_is_away_delays_and_loses_nothing(database: Database) -> None:
    sms = Carrier(refusal(Kind.UNREACHABLE), refusal(Kind.BUSY), refusal(Kind.RATE_LIMITED, wait=90), None)
    say(database, Template.SIGN_IN_CODE, CODE)
    now = NOW
    for _ in range(3):
        assert run(database, sms, now=now).put_back == 1
        row = kept(database)
        assert row.state == "waiting"
        assert row.address == {"phone": PHONE.value}
        with database.reading() as session:
            now = jobs.list_jobs(session)[0].run_at
    # The gateway said how long to wait.
    assert now >= NOW + 1.5 * MINUTE
    assert run(database, sms, now=now).done == 1
    assert kept(database).state == "sent"
    assert len({key for *_, key in sms.sent}) == 1


def test_a_code_is_worthless_after_ten_minutes_and_then_not_sent(database: Database) -> None:
    sms = Carrier()
    say(database, Template.SIGN_IN_CODE, CODE)
    assert run(database, sms, now=NOW + 10 * MINUTE).done == 1
    row = kept(database)
    assert (row.state, row.address, row.contents, sms.sent) == ("expired", None, None, [])
    assert entries(database)[0][:2] == ("message_sent", "failed")


def test_a_code_is_tried_to_the_end_of_its_ten_minutes(database: Database) -> None:
    sms = Carrier(*[refusal(Kind.UNREACHABLE) for _ in range(50)])
    say(database, Template.SIGN_IN_CODE, CODE)
    now = NOW
    while kept(database).state == "waiting":
        run(database, sms, now=now)
        with database.reading() as session:
            left = jobs.list_jobs(session)
        now = left[0].run_at if left else now
    assert kept(database).state == "expired"
    assert 5 <= len(sms.sent) <= 10


@pytest.mark.parametrize(
    ("kind", "code"), [(Kind.REFUSED, "INVALID_NUMBER"), (Kind.BLOCKED, "BLOCKED_NUMBER")]
)
def test_a_refusal_for_good_is_shown_as_one(database: Database, kind: Kind, code: str) -> None:
    person = add_person(database)
    say(database, Template.AUTHORIZATION_ASKED, ASKED, to_person=person)
    assert run(database, Carrier(refusal(kind, code))).done == 1
    row = kept(database)
    assert (row.state, row.refused_code, row.address) == ("refused", code, None)
    with database.reading() as session:
        letter = messages.list_for(session, person)[0]
    assert letter.delivery == "短信没发成：这个号码收不到"
    assert letter.title == "有一份授权请您看看"
    assert entries(database)[-1][1] == "refused"


def test_a_gateway_that_is_switched_off_is_not_called_sent(database: Database) -> None:
    say(database, Template.SIGN_IN_CODE, CODE)
    assert run(database, None).done == 1
    assert (kept(database).state, kept(database).refused_code) == ("refused", "OFF")


def test_our_own_mistakes_wait_for_the_operator(database: Database) -> None:
    sms = Carrier(refusal(Kind.MISCONFIGURED, "BAD_KEY"))
    say(database, Template.NEW_DEVICE, {"moment": NOW.isoformat()}, to_person=add_person(database))
    assert run(database, sms).put_back == 1
    with database.reading() as session:
        assert jobs.list_jobs(session)[0].last_error == "sms_misconfigured"
    assert kept(database).state == "waiting"


def test_a_bug_of_ours_ends_as_failed_and_can_be_tried_again(database: Database) -> None:
    sms = Carrier(*[ValueError("19900000011") for _ in range(jobs.MOST_FAILURES)])
    say(database, Template.NEW_DEVICE, {"moment": NOW.isoformat()}, to_person=add_person(database))
    now = NOW
    for _ in range(jobs.MOST_FAILURES):
        run(database, sms, now=now)
        with database.reading() as session:
            job = jobs.list_jobs(session)[0]
        now = max(now, job.run_at)
    assert (job.state, kept(database).state) == (jobs.DEAD, "failed")
    assert PHONE.value not in (job.last_error or "")
    with database.transaction() as session:
        jobs.retry(session, [job.id], now)
    assert run(database, sms, now=now).done == 1
    assert kept(database).state == "sent"


def test_what_failed_and_is_no_longer_worth_saying_loses_its_address(database: Database) -> None:
    say(database, Template.SIGN_IN_CODE, CODE)
    with database.transaction() as session:
        session.execute(text("UPDATE messages SET state = 'failed'"))
    with database.transaction() as session:
        messages.delete_expired(session, NOW + 9 * MINUTE)
    assert kept(database).state == "failed"
    with database.transaction() as session:
        messages.delete_expired(session, NOW + 10 * MINUTE)
    row = kept(database)
    assert (row.state, row.address, row.contents) == ("expired", None, None)


def test_wechat_carries_it_where_the_person_has_it(database: Database) -> None:
    person = add_person(database, with_wechat=True)
    sms, wechat = Carrier(), Carrier()
    say(database, Template.AUTHORIZATION_ASKED, ASKED, to_person=person)
    assert run(database, sms, wechat).done == 1
    fields = {
        "thing1": "请您看一份授权",
        "character_string2": ASKED["number"],
        "thing3": "11月25日前，签不签由您定",
    }
    assert wechat.sent == [(OPENID, "authorization_asked", fields, "")]
    assert sms.sent == []
    assert (kept(database).channel, kept(database).state) == ("wechat", "sent")


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.UNREACHABLE, Kind.MISCONFIGURED])
def test_what_wechat_does_not_carry_goes_by_text_message(database: Database, kind: Kind) -> None:
    person = add_person(database, with_wechat=True)
    sms, wechat = Carrier(), Carrier(PlatformRefused("wechat", "43101", kind))
    say(database, Template.AUTHORIZATION_ASKED, ASKED, to_person=person)
    assert run(database, sms, wechat).done == 1
    assert [one[:2] for one in sms.sent] == [(PHONE.value, "authorization_asked")]
    assert (kept(database).channel, kept(database).state) == ("sms", "sent")


def test_a_code_never_goes_by_wechat(database: Database) -> None:
    person = add_person(database, with_wechat=True)
    sms, wechat = Carrier(), Carrier()
    say(
        database,
        Template.SIGN_CODE,
        {**CODE, "office": "平湖市民政局", "count": "6", "purpose": "recheck"},
        to_person=person,
    )
    run(database, sms, wechat)
    assert wechat.sent == []
    assert sms.sent[0][2] == {"office": "平湖市民政局", "count": "6", "purpose": "年度复核", "code": "482915"}


def test_without_any_number_it_is_said_in_the_app_alone(database: Database) -> None:
    person = add_person(database)
    message = say(database, Template.AUTHORIZATION_ASKED, ASKED, to_person=person, to_phone=None)
    assert (message.channel, message.state) == (Channel.IN_APP, MessageState.SENT)
    assert run(database, Carrier()).tried == 0
    assert entries(database)[0][:3] == ("message_sent", "done", f"person:{person}")


def test_a_message_that_would_reach_nobody_is_a_mistake(database: Database) -> None:
    for template, values in ((Template.SIGN_IN_CODE, CODE), (Template.AUTHORIZATION_ASKED, ASKED)):
        with pytest.raises(messages.UnfitValue):
            say(database, template, values, to_phone=None)
    with pytest.raises(messages.UnfitValue, match="purpose"):
        say(database, Template.SIGN_CODE, {**CODE, "office": "平湖市民政局", "count": "6", "purpose": "fun"})
    with pytest.raises(messages.UnfitValue, match="code"):
        say(database, Template.SIGN_IN_CODE, {})


def test_an_office_that_no_text_message_can_name_gets_a_plain_word(database: Database) -> None:
    sms = Carrier()
    say(database, Template.SIGN_CODE, {**CODE, "office": "The Bureau", "count": "6", "purpose": "recheck"})
    run(database, sms)
    assert sms.sent[0][2]["office"] == "民政局"


def test_a_reminder_after_its_deadline_is_not_sent(database: Database) -> None:
    sms = Carrier()
    person = add_person(database)
    say(database, Template.AUTHORIZATION_REMINDER, ASKED, to_person=person, worthless_at=NOW + MINUTE)
    run(database, sms, now=NOW + MINUTE)
    assert (kept(database).state, sms.sent) == ("expired", [])


def test_a_person_s_own_messages_are_listed_without_codes_and_read_once(database: Database) -> None:
    person, other = add_person(database), uuid.uuid4()
    by = Actor("resident", person_id=person)
    say(database, Template.SIGN_IN_CODE, CODE, to_person=person, key="code")
    say(database, Template.ALL_SIGNED, {"number": ASKED["number"]}, to_person=person, key="a")
    say(
        database,
        Template.REPORT_READY,
        {"number": ASKED["number"]},
        to_person=person,
        key="b",
        now=NOW + MINUTE,
    )
    with database.reading() as session:
        listed = messages.list_for(session, person, language="en")
        assert messages.list_for(session, other) == []
        assert messages.count_unread(session, person) == 2
    assert [one.title for one in listed] == ["The check report is ready", "The authorisations are complete"]
    assert ASKED["number"] in listed[0].body
    for _ in range(2):
        with database.transaction() as session:
            messages.mark_read(session, person, listed[0].id, by=by, now=NOW + 2 * MINUTE)
    with database.transaction() as session:
        assert messages.count_unread(session, person) == 1
        for stranger, which in ((other, listed[0].id), (person, uuid.uuid4())):
            with pytest.raises(NotFound):
                messages.mark_read(session, stranger, which, by=by, now=NOW)
    read = [one for one in entries(database) if one[0] == "message_read"]
    assert read == [("message_read", "done", f"person:{person}", "{}")]


def test_every_end_of_a_message_has_its_words() -> None:
    outward = {(channel, state) for channel in (Channel.SMS, Channel.WECHAT) for state in MessageState}
    assert set(messages.DELIVERY_WORDS) == outward | {(Channel.IN_APP, MessageState.SENT)}


def test_messages_end(database: Database) -> None:
    person = add_person(database)
    say(database, Template.SIGN_IN_CODE, CODE, key="code")
    say(database, Template.REPORT_READY, {"number": ASKED["number"]}, to_person=person, key="b")
    with database.transaction() as session:
        assert messages.count_expired(session, NOW + timedelta(days=7)) == 1
        assert messages.delete_expired(session, NOW + timedelta(days=7)) == 1
        assert messages.delete_expired(session, NOW + timedelta(days=365)) == 1


def test_listing_uses_an_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the plan of an almost empty table says nothing on PostgreSQL")
    with database.reading() as session:
        plan = session.execute(
            text("EXPLAIN QUERY PLAN SELECT 1 FROM messages WHERE person_id = 'x' ORDER BY created_at DESC")
        ).all()
    assert "ix_messages_person_id_created_at" in str(plan)


def test_two_acts_that_say_the_same_at_once_say_it_once(database: Database) -> None:
    """On PostgreSQL neither sees the other's row before it ends; on SQLite they take turns."""
    begun = threading.Barrier(2, timeout=30)

    def act() -> None:
        with database.session() as session:
            if not database.is_sqlite:
                session.execute(text("SELECT 1"))
                begun.wait()
            messages.send(
                session, Template.SIGN_IN_CODE, CODE, to_person=None, to_phone=PHONE, now=NOW, key="one"
            )
            session.commit()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sms = Carrier()
    assert run(database, sms).done == 1
    assert len(sms.sent) == 1
