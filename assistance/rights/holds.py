"""Holding back a deletion: one person says so and why, two lift it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from assistance import audit, retention
from assistance.errors import NotFound, Refusal
from assistance.households import Household, HouseholdMember
from assistance.people import Actor, Person
from assistance.permissions import Permission
from assistance.rights.models import SCOPES, LegalHold
from infrastructure.languages import N_

LONGEST_TEXT = 500
SCOPE_WORDS = {"class": N_("一类信息"), "person": N_("一个人"), "household": N_("一户人家")}


def put_hold(session: Session, scope: str, target: str, why: str, *, by: Actor, now: datetime) -> LegalHold:
    """Say that a class, a person's or a household's rows may not be deleted, and why."""
    why = why.strip()
    if by.account_id is None or scope not in SCOPES or not _is_there(session, scope, target):
        raise NotFound
    if not why:
        raise Refusal(N_("请写明为什么要先留着。"))
    hold = LegalHold(
        scope=scope, target=target, sealed={"why": why[:LONGEST_TEXT]}, put_by=by.account_id, put_at=now
    )
    session.add(hold)
    session.flush()
    _record(session, audit.Event.HOLD_PUT, hold, by, now)
    return hold


def lift(session: Session, hold: LegalHold, *, by: Actor, now: datetime) -> None:
    """The first of two persons asks to lift a hold; when another one does the same, it is lifted."""
    if by.account_id is None:
        raise NotFound
    # Two who lift at once take turns: the second agrees to what the first has asked.
    session.refresh(hold, with_for_update=True)
    if hold.lifted_at is not None:
        raise Refusal(N_("已经不再保留了。"))
    if hold.lift_asked_by is None:
        hold.lift_asked_by, hold.lift_asked_at = by.account_id, now
        _record(session, audit.Event.HOLD_LIFT_ASKED, hold, by, now)
        return
    if hold.lift_asked_by == by.account_id:
        raise Refusal(N_("您已经申请过了，要由另一个人同意。"))
    hold.lifted_by, hold.lifted_at = by.account_id, now
    _record(session, audit.Event.HOLD_LIFTED, hold, by, now)


def list_holds(session: Session) -> Sequence[LegalHold]:
    """What is held now, then what was held, the newest first."""
    newest = select(LegalHold).order_by(
        LegalHold.lifted_at.is_not(None), LegalHold.put_at.desc(), LegalHold.id
    )
    return session.scalars(newest.limit(200)).all()


def held_classes(session: Session) -> frozenset[str]:
    """The classes of which nothing is deleted now."""
    return frozenset(session.scalars(_live("class")))


def held_people(session: Session) -> frozenset[uuid.UUID]:
    """The people of whom nothing is deleted now: named themselves, or ever members of a held household."""
    people = {uuid.UUID(target) for target in session.scalars(_live("person"))}
    homes = [uuid.UUID(target) for target in session.scalars(_live("household"))]
    members = select(HouseholdMember.person_id).where(HouseholdMember.household_id.in_(homes))
    return frozenset(people | set(session.scalars(members)))


def _live(scope: str) -> Select[str]:
    return select(LegalHold.target).where(LegalHold.scope == scope, LegalHold.lifted_at.is_(None))


def _is_there(session: Session, scope: str, target: str) -> bool:
    if scope == "class":
        return target in retention.classes()
    try:
        wanted = uuid.UUID(target)
    except ValueError:
        return False
    return session.get(Person if scope == "person" else Household, wanted) is not None


def _record(session: Session, event: audit.Event, hold: LegalHold, by: Actor, now: datetime) -> None:
    audit.record(
        session,
        event,
        by=by.for_the_log(Permission.RETENTION_HOLD),
        now=now,
        object_ref=str(hold.id),
        fields={"scope": hold.scope},
        committed=f"{hold.target}\n{hold.why}".encode(),
    )
