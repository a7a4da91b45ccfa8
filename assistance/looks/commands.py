"""Objecting to a look, answering; hiding an inspector's looks for a time; opening a minor's record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assistance import audit, messages
from assistance.errors import NotFound, Refusal
from assistance.looks.access_log import find_look, reader_of
from assistance.looks.models import LookObjection, MinorApproval, SealedLook
from assistance.people import Actor, Person, StaffAccount
from assistance.permissions import Permission
from assistance.values import age_on
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

ANSWERED_WITHIN_DAYS = 15
"""ZJ-58 gives reports on assistance fifteen days; a question about a look has no longer."""
LONGEST_SEAL_DAYS = 183
LONGEST_TEXT = 500
MINOR_OPEN_DAYS = 30
ADULT = 18


def object_to_look(
    session: Session,
    reference: str,
    person_ids: Iterable[uuid.UUID],
    says: str,
    *,
    by: Actor,
    now: datetime,
) -> LookObjection:
    """A resident does not understand a look; objecting twice to one look keeps the first."""
    if by.person_id is None:
        raise NotFound
    today = now.astimezone(SHANGHAI).date()
    if find_look(session, reference, reader_of(session, by.person_id, person_ids, today)) is None:
        raise NotFound
    mine = (LookObjection.entry_reference == reference) & (LookObjection.person_id == by.person_id)
    known = session.scalar(select(LookObjection).where(mine))
    if known is not None:
        return known
    objection = LookObjection(
        entry_reference=reference,
        person_id=by.person_id,
        sealed={"says": says.strip()[:LONGEST_TEXT]},
        objected_at=now,
        due_on=today + timedelta(days=ANSWERED_WITHIN_DAYS),
        state="open",
    )
    session.add(objection)
    session.flush()
    audit.record(
        session,
        audit.Event.LOOK_OBJECTED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(objection.id),
        subject_ref=f"person:{by.person_id}",
        case_ref=reference,
    )
    return objection


def answer_objection(
    session: Session, objection: LookObjection, answer: str, *, by: Actor, now: datetime
) -> None:
    """An inspector who did not look here answers; an answer is given once and has words."""
    answer = answer.strip()
    if not answer:
        raise Refusal(N_("请写下答复，居民会看到。"))
    _wait_for_others(session, objection)
    if objection.state != "open":
        raise Refusal(N_("已经答复过了。"))
    looked = session.scalar(
        select(audit.AuditEntry.actor_ref).where(audit.AuditEntry.reference == objection.entry_reference)
    )
    if looked is not None and looked == str(by.account_id):
        raise Refusal(N_("您自己的查看要由别人答复。"))
    objection.sealed = {**objection.sealed, "answer": answer[:LONGEST_TEXT]}
    objection.state = "answered"
    objection.answered_at = now
    objection.answered_by = by.account_id
    key = f"objection-answered:{objection.id}"
    messages.say(session, messages.Template.OBJECTION_ANSWERED, {}, objection.person_id, key=key, now=now)
    audit.record(
        session,
        audit.Event.LOOK_OBJECTION_ANSWERED,
        by=by.for_the_log(Permission.OBJECTIONS_ANSWER),
        now=now,
        object_ref=str(objection.id),
        subject_ref=f"person:{objection.person_id}",
        case_ref=objection.entry_reference,
    )


def ask_to_seal(
    session: Session, object_ref: str, reason: str, until: date, *, by: Actor, now: datetime
) -> SealedLook:
    """An inspector asks that own looks at one thing stay hidden until a day, six months ahead at most."""
    reason = reason.strip()
    today = now.astimezone(SHANGHAI).date()
    if not reason:
        raise Refusal(N_("请写明为什么要暂不展示。"))
    if not today < until <= today + timedelta(days=LONGEST_SEAL_DAYS):
        raise Refusal(N_("最长六个月，到期可以再申请。"))
    if by.account_id is None:
        raise NotFound
    asked = SealedLook(
        account_id=by.account_id,
        object_ref=object_ref,
        sealed={"reason": reason[:LONGEST_TEXT]},
        asked_at=now,
        until=until,
        state="asked",
    )
    session.add(asked)
    session.flush()
    audit.record(
        session,
        audit.Event.LOOKS_SEALED_ASKED,
        by=by.for_the_log(Permission.SEALED_LOOKS_ASK),
        now=now,
        object_ref=str(asked.id),
        fields={"of": object_ref, "until": until.isoformat()},
    )
    return asked


def decide_to_seal(session: Session, asked: SealedLook, *, approved: bool, by: Actor, now: datetime) -> None:
    """A second inspector decides; nobody decides what they asked for themselves."""
    _wait_for_others(session, asked)
    _second_person(asked.account_id, asked.state, by)
    asked.state = "approved" if approved else "declined"
    asked.decided_by = by.account_id
    asked.decided_at = now
    audit.record(
        session,
        audit.Event.LOOKS_SEALED_DECIDED,
        by=by.for_the_log(Permission.SEALED_LOOKS_APPROVE),
        now=now,
        object_ref=str(asked.id),
        fields={"of": asked.object_ref, "until": asked.until.isoformat(), "approved": approved},
    )


def list_seals(session: Session) -> Sequence[SealedLook]:
    """What was asked to be hidden, what waits for a decision first, then the newest."""
    newest = select(SealedLook).order_by(SealedLook.asked_at.desc(), SealedLook.id)
    return sorted(session.scalars(newest.limit(200)), key=lambda one: one.state != "asked")


def is_minor(person: Person, today: date) -> bool:
    """Whether somebody is under eighteen; who has no known birthday is treated as one."""
    return person.birth is None or age_on(person.birth, today) < ADULT


def is_minor_open_for(session: Session, actor: Actor, person_id: uuid.UUID, now: datetime) -> bool:
    """Whether a responsible person allows this member of staff to open this minor's record today (WCW-36)."""
    if actor.account_id is None:
        return False
    today = now.astimezone(SHANGHAI).date()
    allowed = select(MinorApproval.id).where(
        MinorApproval.account_id == actor.account_id,
        MinorApproval.person_id == person_id,
        MinorApproval.state == "approved",
        or_(MinorApproval.until.is_(None), MinorApproval.until >= today),
    )
    return session.scalar(allowed.limit(1)) is not None


def ask_to_open_minor(
    session: Session, person: Person, division_code: str, reason: str, *, by: Actor, now: datetime
) -> MinorApproval:
    """A member of staff asks to open a minor's record; asking again while it waits changes nothing."""
    reason = reason.strip()
    if not reason:
        raise Refusal(N_("请写明为什么要看。"))
    if by.account_id is None:
        raise NotFound
    waiting = select(MinorApproval).where(
        MinorApproval.account_id == by.account_id,
        MinorApproval.person_id == person.id,
        MinorApproval.state == "asked",
    )
    known = session.scalar(waiting)
    if known is not None:
        return known
    asked = MinorApproval(
        account_id=by.account_id,
        person_id=person.id,
        division_code=division_code,
        sealed={"reason": reason[:LONGEST_TEXT]},
        asked_at=now,
        state="asked",
    )
    session.add(asked)
    session.flush()
    audit.record(
        session,
        audit.Event.MINOR_APPROVAL_ASKED,
        by=by.for_the_log(Permission.HOUSEHOLDS_READ, division_code),
        now=now,
        object_ref=str(asked.id),
        subject_ref=person.audit_subject,
    )
    return asked


def open_minor_with_task(
    session: Session,
    account: StaffAccount,
    person: Person,
    division_code: str,
    task_ref: str,
    *,
    by: Actor,
    now: datetime,
) -> MinorApproval:
    """A supervisor who hands out a task gives the approval with it, but not to themself."""
    if account.id == by.account_id:
        raise Refusal(N_("自己的申请要由另一位负责人决定。"))
    approval = MinorApproval(
        account_id=account.id,
        person_id=person.id,
        division_code=division_code,
        sealed={"reason": ""},
        task_ref=task_ref,
        asked_at=now,
        state="asked",
    )
    session.add(approval)
    session.flush()
    decide_minor(session, approval, approved=True, by=by, now=now)
    return approval


def decide_minor(session: Session, asked: MinorApproval, *, approved: bool, by: Actor, now: datetime) -> None:
    """A responsible person of the division decides; an approval lasts thirty days."""
    if not by.covers(Permission.MINORS_APPROVE, asked.division_code):
        raise NotFound
    _wait_for_others(session, asked)
    _second_person(asked.account_id, asked.state, by)
    asked.state = "approved" if approved else "declined"
    asked.decided_by = by.account_id
    asked.decided_at = now
    asked.until = now.astimezone(SHANGHAI).date() + timedelta(days=MINOR_OPEN_DAYS) if approved else None
    audit.record(
        session,
        audit.Event.MINOR_APPROVAL_DECIDED,
        by=by.for_the_log(Permission.MINORS_APPROVE, asked.division_code),
        now=now,
        object_ref=str(asked.id),
        subject_ref=f"person:{asked.person_id}",
        fields={"approved": approved},
    )


def list_minor_approvals(session: Session, actor: Actor) -> Sequence[MinorApproval]:
    """What waits for this supervisor's decision, the oldest first."""
    waiting = select(MinorApproval).where(MinorApproval.state == "asked").order_by(MinorApproval.asked_at)
    return [
        one
        for one in session.scalars(waiting.limit(500))
        if one.account_id != actor.account_id and actor.covers(Permission.MINORS_APPROVE, one.division_code)
    ]


def list_objections(session: Session, *, limit: int = 200) -> Sequence[LookObjection]:
    """What waits for an answer by its day, then what was answered."""
    wanted = select(LookObjection).order_by(
        LookObjection.state.desc(), LookObjection.due_on, LookObjection.objected_at, LookObjection.id
    )
    return session.scalars(wanted.limit(limit)).all()


def _wait_for_others(session: Session, row: LookObjection | SealedLook | MinorApproval) -> None:
    """Two who decide at once take turns, and the second reads what the first has decided."""
    session.flush()
    session.refresh(row, with_for_update=True)


def _second_person(asked_by: uuid.UUID, state: str, by: Actor) -> None:
    if by.account_id == asked_by:
        raise Refusal(N_("自己的申请要由另一位负责人决定。"))
    if state != "asked":
        raise Refusal(N_("已经决定过了。"))
