"""Accounts of staff: one natural person each, opened by invitation, ended with effect on the next request."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.errors import NotFound, Refusal
from assistance.orm import field_cipher
from assistance.people import passwords, second_factor
from assistance.people.actors import Actor
from assistance.people.models import Person, RoleAssignment, StaffAccount, StaffInvitation
from assistance.people.persons import find_by_resident_id, register_person
from assistance.people.sessions import end_all_sessions
from assistance.permissions import Permission
from assistance.values import ResidentId
from infrastructure.crypto import FieldCipher
from infrastructure.languages import N_

INVITED_FOR = timedelta(days=3)
TOKEN_BYTES = 32
FIRST, DEVICE_LOST = "first", "device_lost"
USER_NAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
WORK_NUMBER = re.compile(r"[0-9A-Z]{2,12}")


def invite(
    session: Session,
    *,
    name: str,
    resident_id: ResidentId,
    user_name: str,
    work_number: str,
    by: Actor,
    now: datetime,
) -> tuple[StaffAccount, str]:
    """A new account for a person who has none, and the token of the link that opens it once."""
    _check_may(by, Permission.STAFF_MANAGE)
    user_name, work_number = user_name.strip().lower(), work_number.strip().upper()
    if not USER_NAME.fullmatch(user_name):
        raise Refusal(N_("用户名用 3 到 32 个小写字母和数字，第一个是字母"))
    if not WORK_NUMBER.fullmatch(work_number):
        raise Refusal(N_("工号用 2 到 12 位数字或字母"))
    person = find_by_resident_id(session, resident_id)
    if person is not None and _of_person(session, person.id) is not None:
        raise Refusal(N_("这个人已经有一个工作账号：一个人只能有一个"))
    if _is_taken(session, user_name, work_number):
        raise Refusal(N_("这个用户名或者工号已经有人用了"))
    if person is None:
        person = register_person(session, name, resident_id=resident_id, now=now)
    account = StaffAccount(
        id=uuid.uuid4(),
        person_id=person.id,
        user_name=user_name,
        work_number=work_number,
        state="invited",
        sealed={},
        created_at=now,
        created_by=by.account_id,
    )
    session.add(account)
    session.flush()
    return account, _new_invitation(session, account, FIRST, by=by, now=now)


def invite_again(session: Session, account_id: uuid.UUID, *, by: Actor, now: datetime) -> str:
    """A new link for somebody who has not used theirs; the old one stops working."""
    _check_may(by, Permission.STAFF_MANAGE)
    account = get_account(session, account_id)
    if account.state != "invited":
        raise Refusal(N_("这个账号已经在用了；设备丢了请走“设备丢了”"))
    return _new_invitation(session, account, FIRST, by=by, now=now)


def report_device_lost(session: Session, account_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """Ask for a new second factor for somebody who has lost theirs; a second person must agree.

    Every sign-in of the account ends at once: whoever holds the lost device is out.
    """
    _check_may(by, Permission.STAFF_MANAGE)
    account = get_account(session, account_id)
    if account.state != "active":
        raise Refusal(N_("这个账号现在不能用，先恢复它"))
    if account.id == by.account_id:
        raise Refusal(N_("自己的设备丢了，请同事替您办"))
    end_all_sessions(session, because="device_lost", now=now, account_id=account.id)
    _new_invitation(session, account, DEVICE_LOST, by=by, now=now)


def approve_invitation(session: Session, invitation_id: uuid.UUID, *, by: Actor, now: datetime) -> str:
    """Agree as the second person that somebody gets a new second factor; the token of the link."""
    if not by.may(Permission.STAFF_MANAGE) and not by.may(Permission.ROLES_APPROVE):
        raise Refusal(N_("这件事您办不了"))
    invitation = session.get(StaffInvitation, invitation_id)
    if invitation is None or invitation.kind != DEVICE_LOST:
        raise NotFound
    if by.account_id is None or by.account_id in (invitation.invited_by, invitation.account_id):
        raise Refusal(N_("要由另一个人来同意"))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    approved = session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.id == invitation_id,
            StaffInvitation.approved_by.is_(None),
            StaffInvitation.used_at.is_(None),
            StaffInvitation.expires_at > now,
        )
        .values(approved_by=by.account_id, token_hash=_hashed(session, token), expires_at=now + INVITED_FOR)
    )
    if not approved.rowcount:  # type: ignore[attr-defined]
        raise Refusal(N_("这一份已经有人办过，或者过期了"))
    audit.record(
        session,
        audit.Event.STAFF_INVITATION_APPROVED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(invitation.account_id),
    )
    return token


def list_waiting_invitations(session: Session, now: datetime) -> Sequence[StaffInvitation]:
    """Lost devices for which a second person has not yet agreed, the oldest first."""
    waiting = select(StaffInvitation).where(
        StaffInvitation.kind == DEVICE_LOST,
        StaffInvitation.approved_by.is_(None),
        StaffInvitation.used_at.is_(None),
        StaffInvitation.expires_at > now,
    )
    return session.scalars(waiting.order_by(StaffInvitation.created_at, StaffInvitation.id)).all()


def find_invitation(session: Session, token: str, *, now: datetime) -> StaffInvitation | None:
    """The invitation of this link where it can still be used."""
    if not 20 <= len(token) <= 100:
        return None
    found = session.scalar(
        select(StaffInvitation).where(StaffInvitation.token_hash == _hashed(session, token))
    )
    if found is None or found.used_at is not None or now >= found.expires_at:
        return None
    return None if found.kind == DEVICE_LOST and found.approved_by is None else found


def accept_invitation(
    session: Session, cipher: FieldCipher, token: str, *, password: str, code: str, now: datetime
) -> StaffAccount:
    """Set a password and a second factor, and open the account; of two at once only one succeeds."""
    invitation = find_invitation(session, token, now=now)
    if invitation is None:
        raise NotFound
    account = get_account(session, invitation.account_id)
    if account.state == "disabled":
        raise NotFound
    set_password(session, account, password, by=None, now=now)
    secret = second_factor.secret_of_invitation(cipher, token)
    step = second_factor.matching_step(secret, code, now, None)
    if step is None:
        raise Refusal(N_("动态码不对。请看手机上现在的 6 位数字，手机时间要准"))
    used = session.execute(
        update(StaffInvitation)
        .where(StaffInvitation.id == invitation.id, StaffInvitation.used_at.is_(None))
        .values(used_at=now)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise NotFound
    end_all_sessions(session, because="new_second_factor", now=now, account_id=account.id)
    account.sealed = {**account.sealed, "totp_secret": secret}
    account.totp_last_step, account.state, account.locked_until = step, "active", None
    second_factor.make_recovery_codes(session, account, now=now)
    audit.record(
        session,
        audit.Event.STAFF_JOINED,
        by=audit.Actor("staff", str(account.id)),
        now=now,
        object_ref=str(account.id),
        fields={"kind": invitation.kind},
    )
    return account


def set_password(
    session: Session, account: StaffAccount, password: str, *, by: Actor | None, now: datetime
) -> None:
    """Change the password; every other sign-in of the account ends. Raises passwords.WeakPassword."""
    person = session.get(Person, account.person_id)
    birth = person.birth.strftime("%Y%m%d") if person is not None and person.birth else ""
    passwords.check_password(
        password, user_name=account.user_name, work_number=account.work_number, birth=birth
    )
    if account.password_hash and passwords.is_password(password, account.password_hash):
        raise passwords.WeakPassword(N_("新密码不能和现在的一样"))
    account.password_hash = passwords.hash_password(password)
    account.password_changed_at = now
    session.flush()
    end_all_sessions(
        session,
        because="password_changed",
        now=now,
        account_id=account.id,
        but=by.session_id if by is not None else None,
    )
    audit.record(
        session,
        audit.Event.PASSWORD_CHANGED,
        by=by.for_the_log() if by is not None else audit.Actor("staff", str(account.id)),
        now=now,
        object_ref=str(account.id),
    )


def disable(session: Session, account_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """Shut an account: its sign-ins end, its roles end, and the next request of its owner is refused."""
    _check_may(by, Permission.STAFF_MANAGE)
    if account_id == by.account_id:
        raise Refusal(N_("不能停用自己的账号"))
    account = get_account(session, account_id)
    if account.state == "disabled":
        return
    account.state, account.disabled_at = "disabled", now
    session.flush()
    end_all_sessions(session, because="disabled", now=now, account_id=account_id)
    ended = session.execute(
        update(RoleAssignment)
        .where(RoleAssignment.account_id == account_id, RoleAssignment.state.in_(("active", "proposed")))
        .values(state="ended", ended_by=by.account_id, ended_at=now)
    )
    session.execute(
        update(StaffInvitation)
        .where(StaffInvitation.account_id == account_id, StaffInvitation.used_at.is_(None))
        .values(used_at=now)
    )
    audit.record(
        session,
        audit.Event.STAFF_DISABLED,
        by=by.for_the_log(Permission.STAFF_MANAGE),
        now=now,
        object_ref=str(account_id),
        fields={"roles": int(ended.rowcount)},  # type: ignore[attr-defined]
    )


def enable(session: Session, account_id: uuid.UUID, *, by: Actor, now: datetime) -> str | None:
    """Open an account again, without the roles it had: they are granted anew.

    The token of a new link where its owner had never set a password; otherwise the old password holds.
    """
    _check_may(by, Permission.STAFF_MANAGE)
    account = get_account(session, account_id)
    if account.state != "disabled":
        raise Refusal(N_("这个账号没有停用"))
    has_joined = account.password_hash is not None and "totp_secret" in account.sealed
    account.state, account.disabled_at = ("active" if has_joined else "invited"), None
    session.flush()
    audit.record(
        session,
        audit.Event.STAFF_ENABLED,
        by=by.for_the_log(Permission.STAFF_MANAGE),
        now=now,
        object_ref=str(account_id),
    )
    return None if has_joined else _new_invitation(session, account, FIRST, by=by, now=now)


def get_account(session: Session, account_id: uuid.UUID) -> StaffAccount:
    """The account with this id, or NotFound."""
    account = session.get(StaffAccount, account_id)
    if account is None:
        raise NotFound
    return account


def find_account(session: Session, user_name: str) -> StaffAccount | None:
    """The account with this user name, however it was typed."""
    wanted = user_name.strip().lower()
    return session.scalar(select(StaffAccount).where(StaffAccount.user_name == wanted))


def list_accounts(
    session: Session, *, offset: int = 0, limit: int = 50
) -> Sequence[tuple[StaffAccount, Person]]:
    """Accounts with their persons, by work number."""
    wanted = (
        select(StaffAccount, Person)
        .join(Person, Person.id == StaffAccount.person_id)
        .order_by(StaffAccount.work_number)
        .offset(offset)
        .limit(limit)
    )
    return [(account, person) for account, person in session.execute(wanted)]


def find_by_work_number(session: Session, work_number: str) -> StaffAccount | None:
    """The account with this work number, however it was typed."""
    wanted = work_number.strip().upper()
    return session.scalar(select(StaffAccount).where(StaffAccount.work_number == wanted))


def work_numbers(session: Session, account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The work numbers of some accounts, in one query."""
    wanted = select(StaffAccount.id, StaffAccount.work_number).where(StaffAccount.id.in_(account_ids))
    return dict(session.execute(wanted).all())


def count_accounts(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(StaffAccount)) or 0


def _new_invitation(session: Session, account: StaffAccount, kind: str, *, by: Actor, now: datetime) -> str:
    session.execute(
        update(StaffInvitation)
        .where(StaffInvitation.account_id == account.id, StaffInvitation.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        StaffInvitation(
            id=uuid.uuid4(),
            account_id=account.id,
            token_hash=_hashed(session, token),
            kind=kind,
            invited_by=by.account_id,
            created_at=now,
            expires_at=now + INVITED_FOR,
        )
    )
    session.flush()
    audit.record(
        session,
        audit.Event.STAFF_INVITED,
        by=by.for_the_log(Permission.STAFF_MANAGE),
        now=now,
        object_ref=str(account.id),
        fields={"kind": kind},
    )
    return token


def _of_person(session: Session, person_id: uuid.UUID) -> StaffAccount | None:
    return session.scalar(select(StaffAccount).where(StaffAccount.person_id == person_id))


def _is_taken(session: Session, user_name: str, work_number: str) -> bool:
    taken = or_(StaffAccount.user_name == user_name, StaffAccount.work_number == work_number)
    return bool(session.scalar(select(func.count()).select_from(StaffAccount).where(taken)))


def _check_may(by: Actor, permission: Permission) -> None:
    if by.kind != "operator" and not by.may(permission):
        raise Refusal(N_("这件事您办不了"))


def _hashed(session: Session, token: str) -> bytes:
    return field_cipher(session).blind_index("staff_invitations.token", token)
