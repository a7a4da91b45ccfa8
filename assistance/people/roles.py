"""Roles of staff: granted, agreed to by a second person where it matters, ended at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.divisions import Level, national_index
from assistance.errors import NotFound, Refusal
from assistance.people.actors import Actor
from assistance.people.models import RoleAssignment, StaffAccount
from assistance.permissions import ADMINISTRATORS, Permission, Role
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

STANDING = ("proposed", "active")


def needs_a_second(role: Role, division_code: str) -> bool:
    """Whether two persons are needed: for the three administrators, and in a county or above."""
    place = national_index().get(division_code)
    is_high = place is not None and place.level in (Level.PROVINCE, Level.CITY, Level.COUNTY)
    return role in ADMINISTRATORS or is_high


def grant(
    session: Session,
    *,
    account_id: uuid.UUID,
    role: Role,
    division_code: str,
    valid_from: date,
    valid_until: date | None = None,
    department: str | None = None,
    by: Actor,
    now: datetime,
) -> RoleAssignment:
    """Grant a role in a division from a day to a day; where a second person is needed it waits.

    An operator at the server may give the first holder of a role what a second person would have to agree to,
    because there is nobody yet who could; never the audit administrator, who watches the operators.
    """
    if role is Role.RESIDENT:
        raise Refusal(N_("居民不是岗位"))
    if national_index().get(division_code) is None:
        raise Refusal(N_("没有这个地方"))
    if by.kind != "operator" and not by.covers(Permission.ROLES_GRANT, division_code):
        raise Refusal(N_("这件事您办不了"))
    if account_id == by.account_id:
        raise Refusal(N_("不能给自己授予岗位"))
    today = now.astimezone(SHANGHAI).date()
    if valid_until is not None and (valid_until < valid_from or valid_until < today):
        raise Refusal(N_("最后一天不能比第一天早，也不能已经过去"))
    if (role is Role.DEPARTMENT_OFFICER) != bool(department):
        raise Refusal(N_("部门工作人员要写明是哪个部门，别的岗位不写"))
    account = _locked(session, account_id)
    _check_fits(session, account, role, division_code, department)
    waits = needs_a_second(role, division_code)
    if waits and by.kind == "operator" and role is not Role.AUDIT_ADMINISTRATOR:
        waits = _is_held(session, role)
    granted = RoleAssignment(
        id=uuid.uuid4(),
        account_id=account_id,
        role=role.value,
        division_code=division_code,
        department=department,
        state="proposed" if waits else "active",
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=by.account_id,
        granted_at=now,
    )
    session.add(granted)
    session.flush()
    audit.record(
        session,
        audit.Event.ROLE_GRANTED,
        by=by.for_the_log(Permission.ROLES_GRANT, division_code),
        now=now,
        object_ref=str(granted.id),
        fields={**_held(granted), "from": valid_from.isoformat(), "needs_a_second": waits},
    )
    return granted


def approve(session: Session, assignment_id: uuid.UUID, *, by: Actor, now: datetime) -> RoleAssignment:
    """Agree as the second person; the role holds from the next request on. Raises Refusal."""
    proposed = _proposed_for(session, assignment_id, by)
    account = _locked(session, proposed.account_id)
    if account.id == by.account_id:
        raise Refusal(N_("不能同意给自己的岗位"))
    if by.account_id is None or by.account_id == proposed.granted_by:
        raise Refusal(N_("要由另一个人来同意"))
    role = Role(proposed.role)
    if role is Role.AUDIT_ADMINISTRATOR and by.roles <= {Role.SYSTEM_ADMINISTRATOR}:
        raise Refusal(N_("审计管理员不能只由系统管理员定"))
    _check_fits(session, account, role, proposed.division_code, proposed.department, but=proposed.id)
    _decide(session, proposed, "active", approved_by=by.account_id, approved_at=now)
    _record(session, audit.Event.ROLE_APPROVED, proposed, by, Permission.ROLES_APPROVE, now)
    return proposed


def decline(session: Session, assignment_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """Do not agree as the second person, or take back what one has proposed oneself."""
    proposed = _proposed_for(session, assignment_id, by)
    _decide(session, proposed, "declined", ended_by=by.account_id, ended_at=now)
    _record(session, audit.Event.ROLE_DECLINED, proposed, by, Permission.ROLES_APPROVE, now)


def end(session: Session, assignment_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """End a role, with effect on its holder's next request. Raises Refusal."""
    held = _get(session, assignment_id)
    if by.kind != "operator" and not by.covers(Permission.ROLES_GRANT, held.division_code):
        raise NotFound
    ended = session.execute(
        update(RoleAssignment)
        .where(RoleAssignment.id == assignment_id, RoleAssignment.state.in_(STANDING))
        .values(state="ended", ended_by=by.account_id, ended_at=now)
    )
    if not ended.rowcount:  # type: ignore[attr-defined]
        raise Refusal(N_("这个岗位已经收回了"))
    _record(session, audit.Event.ROLE_ENDED, held, by, Permission.ROLES_GRANT, now)


def list_roles(session: Session, account_id: uuid.UUID) -> Sequence[RoleAssignment]:
    """Every role that an account has, waits for or has had, the newest first."""
    wanted = select(RoleAssignment).where(RoleAssignment.account_id == account_id)
    return session.scalars(wanted.order_by(RoleAssignment.granted_at.desc(), RoleAssignment.id)).all()


def list_standing_roles(session: Session) -> Sequence[RoleAssignment]:
    """Every role that is held or proposed now, by division and role."""
    wanted = select(RoleAssignment).where(RoleAssignment.state.in_(STANDING))
    return session.scalars(
        wanted.order_by(RoleAssignment.division_code, RoleAssignment.role, RoleAssignment.id)
    ).all()


def list_proposed(session: Session, actor: Actor) -> Sequence[RoleAssignment]:
    """What waits for a second person and may be agreed to by this one, the oldest first."""
    wanted = select(RoleAssignment).where(RoleAssignment.state == "proposed")
    found = session.scalars(wanted.order_by(RoleAssignment.granted_at, RoleAssignment.id)).all()
    return [one for one in found if may_agree(one, actor)]


def may_agree(proposed: RoleAssignment, actor: Actor) -> bool:
    """Whether this member of staff could be the second person."""
    return actor.account_id not in (None, proposed.granted_by, proposed.account_id) and actor.covers(
        Permission.ROLES_APPROVE, proposed.division_code
    )


def _check_fits(
    session: Session,
    account: StaffAccount,
    role: Role,
    division_code: str,
    department: str | None,
    but: uuid.UUID | None = None,
) -> None:
    if account.state == "disabled":
        raise Refusal(N_("这个账号停用了，先恢复它"))
    standing = session.scalars(
        select(RoleAssignment).where(
            RoleAssignment.account_id == account.id, RoleAssignment.state.in_(STANDING)
        )
    ).all()
    others = [one for one in standing if one.id != but]
    if any(
        (one.role, one.division_code, one.department) == (role.value, division_code, department)
        for one in others
    ):
        raise Refusal(N_("这个人在这里已经有这个岗位"))
    # The three administrators are three persons, and none of them handles residents' affairs.
    if role in ADMINISTRATORS and any(one.role != role.value for one in others):
        raise Refusal(N_("管理员要由专人担任：这个人已经有别的岗位"))
    if role not in ADMINISTRATORS and any(Role(one.role) in ADMINISTRATORS for one in others):
        raise Refusal(N_("这个人是管理员，不能再有别的岗位"))


def _is_held(session: Session, role: Role) -> bool:
    wanted = select(RoleAssignment.id).where(
        RoleAssignment.role == role.value, RoleAssignment.state == "active"
    )
    return session.scalar(wanted.limit(1)) is not None


def _locked(session: Session, account_id: uuid.UUID) -> StaffAccount:
    # Two grants to the same person wait for each other: neither overlooks what the other gives.
    account = session.scalar(select(StaffAccount).where(StaffAccount.id == account_id).with_for_update())
    if account is None:
        raise NotFound
    return account


def _proposed_for(session: Session, assignment_id: uuid.UUID, by: Actor) -> RoleAssignment:
    found = _get(session, assignment_id)
    is_own_proposal = by.account_id is not None and by.account_id == found.granted_by
    if not is_own_proposal and not by.covers(Permission.ROLES_APPROVE, found.division_code):
        raise NotFound
    return found


def _get(session: Session, assignment_id: uuid.UUID) -> RoleAssignment:
    found = session.get(RoleAssignment, assignment_id)
    if found is None:
        raise NotFound
    return found


def _decide(session: Session, proposed: RoleAssignment, state: str, **values: object) -> None:
    decided = session.execute(
        update(RoleAssignment)
        .where(RoleAssignment.id == proposed.id, RoleAssignment.state == "proposed")
        .values(state=state, **values)
    )
    if not decided.rowcount:  # type: ignore[attr-defined]
        raise Refusal(N_("这一份已经有人办过了"))
    session.refresh(proposed)


def _held(one: RoleAssignment) -> dict[str, str]:
    return {"account": str(one.account_id), "role": one.role, "division": one.division_code}


def _record(
    session: Session,
    event: audit.Event,
    one: RoleAssignment,
    by: Actor,
    permission: Permission,
    now: datetime,
) -> None:
    audit.record(
        session,
        event,
        by=by.for_the_log(permission, one.division_code),
        now=now,
        object_ref=str(one.id),
        fields=_held(one),
    )
