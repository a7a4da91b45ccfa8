"""Accounts of staff on both databases: invited, joined, locked out of the past, shut and opened again."""

from __future__ import annotations

import threading
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, people
from assistance.errors import NotFound, Refusal
from assistance.people import second_factor, staff
from assistance.permissions import Role
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from tests.conftest import NOW
from tests.signing_in import actor_holding, invented_id, make_staff

OPERATOR = people.operator("root")
PASSWORD = "nR8#vT2k!qLm"


def actor(session: Session, account: people.StaffAccount) -> people.Actor:
    started, _ = people.start_session(
        session,
        face="admin",
        assurance=people.Assurance.L4,
        proved_by="password",
        now=NOW,
        account_id=account.id,
    )
    found = people.actor_of(session, started, NOW)
    assert found is not None
    return found


def invited(
    session: Session, user_name: str = "wang.lili", work_number: str = "0312"
) -> tuple[uuid.UUID, str]:
    account, token = staff.invite(
        session,
        name="王丽丽",
        resident_id=invented_id(date(1985, 3, 2)),
        user_name=user_name,
        work_number=work_number,
        by=OPERATOR,
        now=NOW,
    )
    return account.id, token


def join(session: Session, cipher: FieldCipher, token: str) -> people.StaffAccount:
    code = second_factor.code_at(second_factor.secret_of_invitation(cipher, token), NOW)
    return staff.accept_invitation(session, cipher, token, password=PASSWORD, code=code, now=NOW)


def events(session: Session) -> list[str]:
    ours = audit.AuditEntry.event != "standard_set"
    return list(session.scalars(select(audit.AuditEntry.event).where(ours).order_by(audit.AuditEntry.id)))


def test_an_invitation_opens_an_account_once(database: Database, cipher: FieldCipher) -> None:
    with database.transaction() as session:
        account_id, token = invited(session)
    with database.transaction() as session:
        account = join(session, cipher, token)
        assert (account.id, account.state) == (account_id, "active")
        assert len(second_factor.new_codes(account)) == 10
    with database.transaction() as session, pytest.raises(NotFound):
        join(session, cipher, token)
    with database.reading() as session:
        assert events(session) == [
            "staff_invited",
            "password_changed",
            "recovery_codes_made",
            "staff_joined",
        ]
        row = session.get_one(people.StaffAccount, account_id)
        assert PASSWORD not in (row.password_hash or "")


def test_an_invitation_runs_out_and_a_newer_one_ends_it(database: Database) -> None:
    with database.transaction() as session:
        account_id, token = invited(session)
        assert staff.find_invitation(session, token, now=NOW + timedelta(days=2)) is not None
        assert staff.find_invitation(session, token, now=NOW + timedelta(days=3)) is None
        newer = staff.invite_again(session, account_id, by=OPERATOR, now=NOW)
        assert staff.find_invitation(session, token, now=NOW) is None
        assert staff.find_invitation(session, newer, now=NOW) is not None
        assert staff.find_invitation(session, "x" * 43, now=NOW) is None


def test_one_natural_person_has_one_account(database: Database) -> None:
    number = invented_id(date(1985, 3, 2))
    how = {"name": "王丽丽", "resident_id": number, "by": OPERATOR, "now": NOW}
    with database.transaction() as session:
        staff.invite(session, user_name="one", work_number="01", **how)
        with pytest.raises(Refusal, match="一个人只能有一个"):
            staff.invite(session, user_name="two", work_number="02", **how)
        other = {**how, "resident_id": invented_id(date(1986, 3, 2))}
        with pytest.raises(Refusal, match="已经有人用"):
            staff.invite(session, user_name="ONE", work_number="03", **other)
        for bad in ("no spaces", "x", "1abc", "王"):
            with pytest.raises(Refusal, match="用户名"):
                staff.invite(session, user_name=bad, work_number="04", **other)


def test_only_who_manages_staff_invites(database: Database) -> None:
    with database.transaction() as session:
        by = actor(session, make_staff(session, Role.COUNTY_APPROVER))
        with pytest.raises(Refusal):
            staff.invite(
                session,
                name="王",
                resident_id=invented_id(date(1985, 3, 2)),
                user_name="abc",
                work_number="99",
                by=by,
                now=NOW,
            )


def test_a_lost_device_needs_a_second_person(database: Database, cipher: FieldCipher) -> None:
    with database.transaction() as session:
        _, token = invited(session)
        lost = join(session, cipher, token)
        asks = actor(session, make_staff(session, Role.SYSTEM_ADMINISTRATOR))
        agrees = actor(session, make_staff(session, Role.SECURITY_ADMINISTRATOR))
        actor(session, lost)
        staff.report_device_lost(session, lost.id, by=asks, now=NOW)
        assert people.list_sessions(session, account_id=lost.id, now=NOW) == []
        (waiting,) = staff.list_waiting_invitations(session, NOW)
        with pytest.raises(Refusal, match="另一个人"):
            staff.approve_invitation(session, waiting.id, by=asks, now=NOW)
        link = staff.approve_invitation(session, waiting.id, by=agrees, now=NOW)
        with pytest.raises(Refusal):
            staff.approve_invitation(session, waiting.id, by=agrees, now=NOW)
        old = lost.sealed["totp_secret"]
        code = second_factor.code_at(second_factor.secret_of_invitation(cipher, link), NOW)
        again = staff.accept_invitation(session, cipher, link, password="9Qz.otherOne!", code=code, now=NOW)
        assert again.sealed["totp_secret"] != old


def test_a_code_is_good_for_one_step_to_either_side_and_only_once(
    database: Database, cipher: FieldCipher
) -> None:
    with database.transaction() as session:
        _, token = invited(session)
        account = join(session, cipher, token)
        secret = account.sealed["totp_secret"]
        assert not second_factor.accept_code(session, account, second_factor.code_at(secret, NOW), now=NOW)
        session.refresh(account)
        later = NOW + timedelta(minutes=5)
        for seconds, expected in ((-60, False), (60, False), (-30, True), (0, True), (30, True)):
            code = second_factor.code_at(secret, later + timedelta(seconds=seconds))
            assert second_factor.accept_code(session, account, code, now=later) is expected, seconds
            session.refresh(account)
            assert not second_factor.accept_code(session, account, code, now=later)
        assert not second_factor.accept_code(session, account, "000000", now=NOW + timedelta(days=1))
        assert not second_factor.accept_code(session, account, "²²²²²²", now=NOW + timedelta(days=1))
        assert people.current_totp(account, later) == second_factor.code_at(secret, later)


def test_of_many_who_send_the_same_code_at_once_one_is_believed(
    database: Database, cipher: FieldCipher
) -> None:
    with database.transaction() as session:
        _, token = invited(session)
        account_id = join(session, cipher, token).id
    later = NOW + timedelta(minutes=5)
    believed: list[bool] = []
    gate = threading.Barrier(6)

    def send() -> None:
        gate.wait()
        with database.transaction() as session:
            account = session.get_one(people.StaffAccount, account_id)
            code = people.current_totp(account, later)
            believed.append(second_factor.accept_code(session, account, code, now=later))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(believed) == [False] * 5 + [True]


def test_each_recovery_code_helps_once(database: Database, cipher: FieldCipher) -> None:
    with database.transaction() as session:
        _, token = invited(session)
        account = join(session, cipher, token)
        codes = second_factor.new_codes(account)
        second_factor.forget_new_codes(session, account)
        assert second_factor.new_codes(account) == ()
        accept = second_factor.accept_recovery_code
        assert accept(session, account.id, codes[0].lower(), now=NOW)
        assert not accept(session, account.id, codes[0], now=NOW)
        assert not accept(session, account.id, "AAAAA-AAAAA", now=NOW)
        assert not accept(session, account.id, "", now=NOW)
        assert second_factor.count_recovery_codes(account) == 9
        second_factor.make_recovery_codes(session, account, now=NOW)
        assert not accept(session, account.id, codes[1], now=NOW)


def test_T54_a_shut_account_loses_its_sign_ins_and_its_roles(database: Database) -> None:
    with database.transaction() as session:
        by = actor(session, make_staff(session, Role.SYSTEM_ADMINISTRATOR))
        account = make_staff(session, Role.TOWN_REVIEWER, "330482001")
        _, token = people.start_session(
            session,
            face="admin",
            assurance=people.Assurance.L4,
            proved_by="password",
            now=NOW,
            account_id=account.id,
        )
        with pytest.raises(Refusal, match="自己"):
            staff.disable(session, by.account_id or uuid.uuid4(), by=by, now=NOW)
        staff.disable(session, account.id, by=by, now=NOW)
        assert actor_holding(session, token, face="admin", now=NOW) is None
        assert people.current_holdings(session, account.id, NOW) == ()
        assert staff.enable(session, account.id, by=by, now=NOW) is not None
        assert people.current_holdings(session, account.id, NOW) == ()


def test_a_new_password_ends_every_other_sign_in(database: Database) -> None:
    with database.transaction() as session:
        account = make_staff(session, Role.TOWN_REVIEWER, "330482001")
        stays, goes = actor(session, account), actor(session, account)
        staff.set_password(session, account, PASSWORD, by=stays, now=NOW)
        (left,) = people.list_sessions(session, account_id=account.id, now=NOW)
        assert left.id == stays.session_id != goes.session_id
        with pytest.raises(people.passwords.WeakPassword, match="一样"):
            staff.set_password(session, account, PASSWORD, by=stays, now=NOW)
