"""Withdrawing: effect at once for whatever has not been asked yet; what was asked before stays lawful."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.events import AuthorizationWithdrawn, tell
from assistance.authorizations.families import refuse_relatives
from assistance.authorizations.models import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.authorizations.requests import QUIET_DAYS
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

ALREADY_ENDED = N_("这一份已经不算数了，不用再收回。")

MEANS = {
    "application": N_(
        "收回以后，马上不再查您的情况。申请先停在这里，不会自动取消；工作人员会来问您要不要改带纸质材料。"
    ),
    "recheck": N_("收回以后，马上不再查您的情况。正在领的不会马上停；工作人员会来问您要不要改带纸质材料。"),
    "own_wish": N_("收回以后，马上不再查。这是您自己要查的，不影响别的事。"),
    "supporter": N_("收回以后，马上不再查您的情况。您的亲人的申请照样办，情况靠他自己说、靠上门看。"),
}
"""What withdrawing means for the purpose of the request; nobody ends anything without a person (57-29)."""


def withdraw(
    session: Session, actor: Actor, authorization_id: uuid.UUID, *, now: datetime, method: str = "own_phone"
) -> Authorization:
    """Withdraw a record that one signed oneself.

    Raises NotFound for somebody else's record, Refusal for one that no longer holds.
    """
    found = session.get(Authorization, authorization_id, with_for_update=True, populate_existing=True)
    if found is None or actor.kind != "resident" or actor.person_id != found.signer_id:
        raise NotFound
    as_text = f"resident:{actor.person_id}"
    return _withdraw(session, found, by=actor.for_the_log(), as_text=as_text, method=method, now=now)


def withdraw_at_counter(
    session: Session, actor: Actor, authorization_id: uuid.UUID, *, now: datetime
) -> Authorization:
    """Note at the counter or on the telephone that somebody withdraws; it works at once, as on the phone."""
    found = session.get(Authorization, authorization_id, with_for_update=True, populate_existing=True)
    request = session.get(AuthorizationRequest, found.request_id) if found else None
    household = session.get(Household, request.household_id) if request else None
    if found is None or household is None:
        raise NotFound
    if not actor.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code):
        raise NotFound
    refuse_relatives(session, actor, {found.person_id, found.signer_id})
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    return _withdraw(session, found, by=by, as_text=f"staff:{actor.account_id}", method="counter", now=now)


def withdraw_answer(
    session: Session, actor: Actor, part_id: uuid.UUID, *, now: datetime, method: str = "own_phone"
) -> AuthorizationPart:
    """Withdraw what a part ended in, `own_phone` or at the `counter`; a silent no ends as a signature does.

    Raises NotFound for somebody else's part, Refusal for one that no longer holds.
    """
    part = session.get(AuthorizationPart, part_id)
    request = session.get(AuthorizationRequest, part.request_id) if part else None
    if part is None or request is None:
        raise NotFound
    record = session.scalar(select(Authorization).where(Authorization.part_id == part.id))
    if record is not None:
        verb = withdraw_at_counter if method == "counter" else withdraw
        verb(session, actor, record.id, now=now)
        return part
    by = _may_withdraw(session, actor, part, request, method)
    session.refresh(part, with_for_update=True)
    if part.state != "signed":
        raise Refusal(ALREADY_ENDED)
    # Whoever presses this to find out who spoke in silence sees what a signature would have shown (T21).
    _end_part(session, part, request, by=by, method=method, now=now)
    return part


def what_withdrawing_means(request: AuthorizationRequest) -> str:
    """What the request's purpose loses, in a sentence that is shown before it is confirmed."""
    return MEANS[request.purpose]


def end_record(record: Authorization, *, state: str, because: str, ended_by: str, now: datetime) -> None:
    """End a record for good; its bytes and its signature stay."""
    record.state, record.ended_at, record.ended_by, record.ended_because = state, now, ended_by, because


def _withdraw(
    session: Session, found: Authorization, *, by: audit.Actor, as_text: str, method: str, now: datetime
) -> Authorization:
    if found.state != "active":
        raise Refusal(ALREADY_ENDED)
    # Two signatures stand for one person's data from 14 to 17: without one of them nothing is asked anyway,
    # and the other stays what its own signer said.
    end_record(found, state="withdrawn", because="withdrawn", ended_by=as_text, now=now)
    part = session.get_one(AuthorizationPart, found.part_id)
    request = session.get_one(AuthorizationRequest, found.request_id)
    _end_part(session, part, request, by=by, method=method, now=now)
    return found


def _end_part(
    session: Session,
    part: AuthorizationPart,
    request: AuthorizationRequest,
    *,
    by: audit.Actor,
    method: str,
    now: datetime,
) -> None:
    part.state, part.state_since = "withdrawn", now
    part.asks_again_on = now.astimezone(SHANGHAI).date() + timedelta(days=QUIET_DAYS)
    # By the part, also where there is a record: whoever reads the log must not tell the two apart (T21).
    audit.record(
        session,
        audit.Event.AUTHORIZATION_WITHDRAWN,
        by=by,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
        fields={"method": method},
        case_ref=request.number,
    )
    session.flush()
    tell(session, AuthorizationWithdrawn(request.id, part.person_id, now))


def _may_withdraw(
    session: Session, actor: Actor, part: AuthorizationPart, request: AuthorizationRequest, method: str
) -> audit.Actor:
    """Whoever withdraws as the log names them; NotFound for a part that they cannot reach."""
    if method != "counter":
        if actor.kind != "resident" or actor.person_id != part.signer_id:
            raise NotFound
        return actor.for_the_log()
    household = session.get_one(Household, request.household_id)
    if not actor.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code):
        raise NotFound
    refuse_relatives(session, actor, {part.person_id, part.signer_id})
    return actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)


def list_active_of(session: Session, person_id: uuid.UUID) -> Sequence[Authorization]:
    """Every record about a person that still holds, the newest first."""
    return session.scalars(
        select(Authorization)
        .where(Authorization.person_id == person_id, Authorization.state == "active")
        .order_by(Authorization.signed_at.desc(), Authorization.id)
    ).all()
