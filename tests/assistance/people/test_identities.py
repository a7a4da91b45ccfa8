"""What residents sign in with: a person comes with it only where a second proof stands."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, people
from assistance.errors import NotFound
from assistance.people import (
    ANONYMOUS,
    Assurance,
    Person,
    Proof,
    SignedIn,
    SignInIdentity,
)
from assistance.values import Phone
from infrastructure.database import Database
from tests.conftest import NOW
from tests.signing_in import actor_holding, make_person

PHONE, OTHER = "19900000011", "19900000099"
CHEN = "330499197406150239"
NINETY = timedelta(days=90)


def enter(session: Session, proof: Proof, **more: object) -> SignedIn:
    asked = {"face": "portal", "by": ANONYMOUS, "now": NOW, **more}
    return people.sign_in(session, proof, **asked)  # type: ignore[arg-type]


def by_phone(session: Session, phone: str = PHONE, **more: object) -> SignedIn:
    return enter(session, Proof("phone", phone), **more)


def state(signed_in: SignedIn) -> tuple[uuid.UUID | None, Assurance]:
    return signed_in.session.person_id, Assurance(signed_in.session.assurance)


@pytest.mark.parametrize("recorded_by", ["officer", "zlb"])
def test_a_code_to_the_recorded_number_is_L3_and_binds(database: Database, recorded_by: str) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE, recorded_by=recorded_by)
        assert state(by_phone(session)) == (person.id, Assurance.L3)
        (identity,) = session.scalars(select(SignInIdentity))
        assert (identity.person_id, identity.bound_by) == (person.id, "recorded_phone")
        own = select(audit.AuditEntry).where(audit.AuditEntry.event != "standard_set")
        events = session.scalars(own.order_by(audit.AuditEntry.id)).all()
    assert [one.event for one in events] == ["identity_bound", "signed_in"]
    assert events[1].actor_ref == str(person.id)
    assert PHONE not in repr([one.__dict__ for one in events])


def test_any_other_number_is_L2_and_nobody(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, phone=PHONE)
        assert state(by_phone(session, OTHER)) == (None, Assurance.L2)


def test_a_number_that_somebody_gave_for_themselves_is_L2_and_nobody(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, phone=PHONE, recorded_by="self")
        assert state(by_phone(session)) == (None, Assurance.L2)


def test_a_number_recorded_for_two_proves_neither(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, "陈国良", phone=PHONE)
        make_person(session, "陆秀珍", birth=date(1976, 11, 2), phone=PHONE)
        assert state(by_phone(session)) == (None, Assurance.L2)


def test_a_dead_persons_number_opens_nothing(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        person.died_on = date(2026, 11, 1)
        session.flush()
        assert state(by_phone(session)) == (None, Assurance.L2)


def test_a_number_unused_for_ninety_days_must_be_bound_anew(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        assert state(by_phone(session)) == (person.id, Assurance.L3)
        almost = NOW + NINETY - timedelta(seconds=1)
        assert state(by_phone(session, now=almost)) == (person.id, Assurance.L3)
        # That sign-in was a use, so the ninety days began again.
        assert state(by_phone(session, now=almost + NINETY)) == (None, Assurance.L2)
        (identity,) = session.scalars(select(SignInIdentity))
        assert identity.person_id is None
        phone = Phone(PHONE)
        people.record_phone(
            session, person.id, phone, recorded_by="officer", by=ANONYMOUS, now=almost + NINETY
        )
        assert state(by_phone(session, now=almost + NINETY)) == (person.id, Assurance.L3)


def test_a_number_bound_by_a_slip_is_unbound_after_ninety_days_too(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, resident_id=CHEN)
        figures = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        first = by_phone(session, OTHER)
        raised = people.raise_by_slip(session, first.session.id, figures, "0239", by=ANONYMOUS, now=NOW)
        assert raised is not None
        assert state(raised) == (person.id, Assurance.L2)
        assert state(by_phone(session, OTHER, now=NOW + NINETY - timedelta(1))) == (person.id, Assurance.L2)
        assert state(by_phone(session, OTHER, now=NOW + 2 * NINETY)) == (None, Assurance.L2)


def test_a_reported_change_closes_what_the_number_opened_but_the_present_sign_in(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        old, present = by_phone(session), by_phone(session)
        wechat = enter(session, Proof("wechat", "openid-of-chen"))
        people.raise_by_code(session, wechat.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        actor = actor_holding(session, present.token, face="portal", now=NOW)
        assert actor is not None
        assert people.report_changed(session, person.id, by=actor, now=NOW) == 1
        session.expire_all()
        assert actor_holding(session, old.token, face="portal", now=NOW) is None
        after = actor_holding(session, present.token, face="portal", now=NOW)
        assert after is not None
        assert (after.person_id, after.assurance) == (person.id, Assurance.L2)
        assert state(by_phone(session)) == (None, Assurance.L2)
        # Whoever has the number now could have bound an account by it: it is bound anew.
        assert actor_holding(session, wechat.token, face="portal", now=NOW) is None
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (None, Assurance.L1)
        assert people.find_relied_on_phone(session, person.id, NOW) is None


def test_whoever_reports_a_change_keeps_the_account_that_they_report_it_with(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        own = enter(session, Proof("wechat", "openid-of-chen"))
        thief = enter(session, Proof("wechat", "x" * 28))
        raised = people.raise_by_code(session, own.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        people.raise_by_code(session, thief.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        assert raised is not None
        actor = actor_holding(session, raised.token, face="portal", now=NOW)
        assert actor is not None
        people.report_changed(session, person.id, by=actor, now=NOW)
        session.expire_all()
        after = actor_holding(session, raised.token, face="portal", now=NOW)
        assert after is not None
        assert (after.person_id, after.assurance) == (person.id, Assurance.L2)
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (person.id, Assurance.L2)
        assert state(enter(session, Proof("wechat", "x" * 28))) == (None, Assurance.L1)


def test_a_newly_recorded_number_closes_what_the_old_one_bound_and_proved(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, resident_id=CHEN, phone=PHONE)
        bound = enter(session, Proof("wechat", "openid-of-chen"))
        people.raise_by_code(session, bound.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        by_slip = enter(session, Proof("wechat", "openid-of-a-slip"))
        figures = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        people.raise_by_slip(session, by_slip.session.id, figures, "0239", by=ANONYMOUS, now=NOW)
        raised = people.raise_by_code(session, by_slip.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        assert raised is not None
        people.record_phone(session, person.id, Phone(OTHER), recorded_by="officer", by=ANONYMOUS, now=NOW)
        session.expire_all()
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (None, Assurance.L1)
        # What a slip has bound stays, and what the old number's code had added to it does not.
        after = actor_holding(session, raised.token, face="portal", now=NOW)
        assert after is not None
        assert (after.person_id, after.assurance) == (person.id, Assurance.L2)


def test_a_code_makes_a_sign_in_sure_for_ninety_days_however_often_it_is_renewed(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        found = people.sign_in(session, Proof("phone", PHONE), face="api", by=ANONYMOUS, now=NOW)
        found.session.expires_at = NOW + 3 * NINETY
        before = people.actor_of(session, found.session, NOW + NINETY - timedelta(seconds=1))
        after = people.actor_of(session, found.session, NOW + NINETY)
        assert before is not None
        assert after is not None
        assert (before.assurance, after.assurance) == (Assurance.L3, Assurance.L2)
        assert after.person_id == person.id


def test_a_newly_recorded_number_ends_the_old_one_and_keeps_its_history(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        old = by_phone(session)
        people.record_phone(
            session, person.id, Phone(OTHER), recorded_by="officer", by=ANONYMOUS, now=NOW + timedelta(1)
        )
        session.expire_all()
        later = NOW + timedelta(1)
        assert actor_holding(session, old.token, face="portal", now=later) is None
        assert state(by_phone(session, now=later)) == (None, Assurance.L2)
        assert state(by_phone(session, OTHER, now=later)) == (person.id, Assurance.L3)
        told = [(one.phone, one.ended_because) for one in people.list_phones(session, person.id)]
    assert told == [(OTHER, None), (PHONE, "replaced")]


def test_wechat_alone_is_L1_and_with_a_number_L2_but_nobody(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, phone=PHONE)
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (None, Assurance.L1)
        shared = Proof("wechat", "openid-of-chen", phone=Phone(PHONE))
        # WeChat has proved the number, but not by a code of ours: it reads nothing of the person yet.
        assert state(enter(session, shared)) == (None, Assurance.L2)


def test_a_code_to_the_recorded_number_binds_wechat_and_renews_the_session(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, phone=PHONE)
        first = enter(session, Proof("wechat", "openid-of-chen"))
        raised = people.raise_by_code(session, first.session.id, Phone(PHONE), by=ANONYMOUS, now=NOW)
        assert raised is not None
        assert state(raised) == (person.id, Assurance.L3)
        # T27: what was held before the step is worthless after it.
        assert raised.token != first.token
        assert actor_holding(session, first.token, face="portal", now=NOW) is None
        assert actor_holding(session, raised.token, face="portal", now=NOW) is not None
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (person.id, Assurance.L2)


def test_a_known_person_is_not_raised_by_somebody_elses_number(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, "陈国良", phone=PHONE)
        make_person(session, "陆秀珍", birth=date(1976, 11, 2), phone=OTHER)
        first = by_phone(session)
        assert people.raise_by_code(session, first.session.id, Phone(OTHER), by=ANONYMOUS, now=NOW) is None
        stranger = Phone("19900000077")
        assert people.raise_by_code(session, first.session.id, stranger, by=ANONYMOUS, now=NOW) is None


def zlb(name: str = "陈国良", resident_id: str = CHEN, phone: str | None = OTHER) -> Proof:
    return Proof("zlb", "u-1", phone=Phone(phone) if phone else None, name=name, resident_id=resident_id)


def test_zlb_proves_name_and_number_and_records_the_phone(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        assert state(enter(session, zlb())) == (person.id, Assurance.L3)
        recorded = people.find_relied_on_phone(session, person.id, NOW)
        assert recorded is not None
        assert (recorded.phone, recorded.recorded_by) == (OTHER, "zlb")
        assert state(by_phone(session, OTHER)) == (person.id, Assurance.L3)


def test_zlb_does_not_replace_what_an_officer_recorded_nor_take_another_persons_number(
    database: Database,
) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN, phone=PHONE)
        son = make_person(session, "陈小弟", birth=date(1999, 3, 3), phone=OTHER)
        enter(session, zlb())
        recorded = people.find_relied_on_phone(session, person.id, NOW)
        assert recorded is not None
        assert recorded.phone == PHONE
        assert state(by_phone(session, OTHER)) == (son.id, Assurance.L3)


def test_zlb_puts_down_whom_nobody_knew(database: Database) -> None:
    with database.transaction() as session:
        signed_in = enter(session, zlb(resident_id="３３０４９９１９７４０６１５０２３９"))
        (person,) = session.scalars(select(Person))
        assert state(signed_in) == (person.id, Assurance.L3)
        assert (person.name, person.resident_id and person.resident_id.value) == ("陈国良", CHEN)


@pytest.mark.parametrize(("name", "number"), [("陈国梁", CHEN), ("陈国良", "330499197406150230"), ("", CHEN)])
def test_where_zlb_contradicts_the_file_nobody_is_bound(database: Database, name: str, number: str) -> None:
    with database.transaction() as session:
        make_person(session, "陈国良", CHEN)
        signed_in = enter(session, zlb(name, number))
        assert signed_in.is_contradicted
        assert state(signed_in) == (None, Assurance.L1)


def test_zlb_binds_the_sign_in_under_way_unless_it_is_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        other = make_person(session, "陆秀珍", birth=date(1976, 11, 2), phone=PHONE)
        wechat = enter(session, Proof("wechat", "openid-of-chen"))
        raised = people.raise_by_zlb(session, wechat.session.id, zlb(), by=ANONYMOUS, now=NOW)
        assert raised is not None
        assert state(raised) == (person.id, Assurance.L3)
        assert state(enter(session, Proof("wechat", "openid-of-chen"))) == (person.id, Assurance.L2)
        hers = by_phone(session)
        assert hers.session.person_id == other.id
        assert people.raise_by_zlb(session, hers.session.id, zlb(), by=ANONYMOUS, now=NOW) is None


def test_a_slip_binds_once_and_only_with_the_end_of_the_identity_number(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        figures = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        first, second = (enter(session, Proof("wechat", f"openid-{one}")) for one in (1, 2))

        def use(held: SignedIn, last: str = "0239", **more: object) -> SignedIn | None:
            asked = {"by": ANONYMOUS, "now": NOW, **more}
            return people.raise_by_slip(session, held.session.id, figures, last, **asked)  # type: ignore[arg-type]

        assert use(first, "0230") is None
        assert use(first, now=NOW + timedelta(days=30)) is None
        raised = use(first)
        assert raised is not None
        assert state(raised) == (person.id, Assurance.L2)
        assert use(second) is None


def test_a_newer_slip_makes_the_older_one_worthless(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        older = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        newer = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        held = enter(session, Proof("wechat", "openid-1")).session.id
        assert people.raise_by_slip(session, held, older, "0239", by=ANONYMOUS, now=NOW) is None
        assert people.raise_by_slip(session, held, newer, "0239", by=ANONYMOUS, now=NOW) is not None


def test_slips_and_subjects_stand_nowhere_as_they_are(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN, phone=PHONE)
        figures = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        enter(session, Proof("wechat", "openid-of-chen"))
        by_phone(session)
        session.flush()
        for table in ("activation_slips", "sign_in_identities", "sign_in_sessions", "recorded_phones"):
            raw = repr(session.connection().exec_driver_sql(f"SELECT * FROM {table}").all())
            for secret in (figures, "openid-of-chen", PHONE):
                assert secret not in raw


def test_an_officer_binds_at_the_counter(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        first = enter(session, Proof("wechat", "openid-1"))
        assert first.session.identity_id is not None
        people.bind_at_counter(session, first.session.identity_id, person.id, by=ANONYMOUS, now=NOW)
        assert state(enter(session, Proof("wechat", "openid-1"))) == (person.id, Assurance.L2)


def test_nobody_ends_somebody_elses_sign_in(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, "陈国良", phone=PHONE)
        make_person(session, "陆秀珍", birth=date(1976, 11, 2), phone=OTHER)
        his, hers = by_phone(session), by_phone(session, OTHER)
        actor = actor_holding(session, his.token, face="portal", now=NOW)
        assert actor is not None
        with pytest.raises(NotFound):
            people.end_own_sign_in(session, hers.session.id, by=actor, now=NOW)
        own = [one.id for one in people.list_own_sign_ins(session, actor, NOW)]
        assert own == [his.session.id]


def test_a_newer_sign_in_is_shown_to_the_older_one_until_it_was_seen(database: Database) -> None:
    with database.transaction() as session:
        make_person(session, phone=PHONE)
        older = by_phone(session)
        newer = by_phone(session, now=NOW + timedelta(minutes=1))
        now = NOW + timedelta(minutes=2)
        actor = actor_holding(session, older.token, face="portal", now=now)
        other = actor_holding(session, newer.token, face="portal", now=now)
        assert actor is not None
        assert other is not None
        assert [one.id for one in people.list_newer_sign_ins(session, actor, now)] == [newer.session.id]
        assert list(people.list_newer_sign_ins(session, other, now)) == []
        people.note_others_seen(session, actor, now)
        session.expire_all()
        assert list(people.list_newer_sign_ins(session, actor, now)) == []


def run_at_once(work: Callable[[int], object], number: int = 4) -> list[object]:
    start, results = threading.Barrier(number), []

    def go(place: int) -> None:
        start.wait()
        results.append(work(place))

    threads = [threading.Thread(target=go, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_same_account_from_four_devices_at_once_is_one_identity(database: Database) -> None:
    def work(_place: int) -> object:
        with database.transaction() as session:
            return enter(session, Proof("wechat", "openid-of-chen")).session.identity_id

    found = run_at_once(work)
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_slip_used_four_times_at_once_binds_one(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "陈国良", CHEN)
        figures = people.issue_slip(session, person.id, by=ANONYMOUS, now=NOW)
        held = [enter(session, Proof("wechat", f"openid-{one}")).session.id for one in range(4)]

    def work(place: int) -> object:
        with database.transaction() as session:
            return people.raise_by_slip(session, held[place], figures, "0239", by=ANONYMOUS, now=NOW)

    assert sum(one is not None for one in run_at_once(work)) == 1


def test_two_numbers_recorded_at_once_leave_one_standing(database: Database) -> None:
    with database.transaction() as session:
        person_id = make_person(session, phone=PHONE).id

    def work(place: int) -> object:
        with database.transaction() as session:
            phone = Phone(f"1990000005{place}")
            people.record_phone(session, person_id, phone, recorded_by="officer", by=ANONYMOUS, now=NOW)
        return None

    run_at_once(work)
    with database.reading() as session:
        standing = [one for one in people.list_phones(session, person_id) if one.ended_at is None]
    assert len(standing) == 1
