"""Two members of staff for one signature: one takes it, another confirms it, and what waits in between.

Nothing that waits counts. It stays until the other one has answered, somebody takes it back, or its part has
ended otherwise, at the latest with the deadline.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import refuse_own_family
from assistance.authorizations.models import (
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    PaperSignature,
    SeenByTwo,
)
from assistance.authorizations.requests import lock_request
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.languages import N_

SAY_WHY = N_("请写清楚哪里对不上")
LONGEST_WHY = 200
DRAFTED = ("record", "lines")
"""What a signature at the counter holds only as long as it waits."""

Seen = TypeVar("Seen", bound=SeenByTwo)


def get_for_assisting(
    session: Session, actor: Actor, part_id: uuid.UUID
) -> tuple[AuthorizationRequest, AuthorizationPart, Household]:
    """A part that this member of staff may help to sign; NotFound outside their division.

    Refused where the household is their own or has a declared relative of theirs.
    """
    part = session.get(AuthorizationPart, part_id)
    request = session.get(AuthorizationRequest, part.request_id) if part else None
    household = session.get(Household, request.household_id) if request else None
    if part is None or request is None or household is None:
        raise NotFound
    if not actor.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code):
        raise NotFound
    refuse_own_family(session, actor, household.id, {part.person_id, part.signer_id})
    return request, part, household


def is_waiting(kind: type[SeenByTwo]) -> tuple[ColumnElement[bool], ...]:
    """That nobody has confirmed one of this kind yet, nor said that it does not fit."""
    return kind.confirmed_at.is_(None), kind.refused_because.is_(None)


def find_waiting(session: Session, kind: type[Seen], part_id: uuid.UUID) -> Seen | None:
    """What has been taken for a part and waits for the second person."""
    return session.scalar(select(kind).where(kind.part_id == part_id, *is_waiting(kind)))


def open_waiting(
    session: Session, actor: Actor, kind: type[Seen], taken_id: uuid.UUID
) -> tuple[Seen, AuthorizationRequest, AuthorizationPart, Household]:
    """One that still waits, locked, with what it belongs to; NotFound for any other."""
    taken = session.get(kind, taken_id)
    if taken is None:
        raise NotFound
    request, part, household = get_for_assisting(session, actor, taken.part_id)
    # The request first, as whoever signs on their own phone does: else the two would wait for each other.
    request = lock_request(session, request.id)
    session.refresh(part)
    session.refresh(taken, with_for_update=True)
    if taken.confirmed_at is not None or taken.refused_because is not None:
        raise NotFound
    return taken, request, part, household


def refuse_taken(taken: PaperSignature | CounterSignature, why: str, *keys: str) -> None:
    """Say as the second person what does not fit; what does not count is not kept, by its keys."""
    why = " ".join(why.split())[:LONGEST_WHY]
    if not why:
        raise Refusal(SAY_WHY)
    taken.refused_because = why
    forget(taken, *keys)


def forget(taken: PaperSignature | CounterSignature, *keys: str) -> None:
    """Take these keys out of what is sealed."""
    taken.sealed = {key: value for key, value in taken.sealed.items() if key not in keys}


def forget_drafts(session: Session, parts: Sequence[AuthorizationPart]) -> None:
    """Forget what was filled in for parts that have ended, on a phone or at the counter."""
    for part in parts:
        part.sealed = {key: value for key, value in part.sealed.items() if key != "draft"}
    at_counter = select(CounterSignature).where(CounterSignature.part_id.in_([part.id for part in parts]))
    for taken in session.scalars(at_counter):
        forget(taken, *DRAFTED)


def note(
    session: Session,
    event: audit.Event,
    actor: Actor,
    household: Household,
    part: AuthorizationPart,
    now: datetime,
) -> None:
    """Put what a member of staff has done about a part into the log."""
    audit.record(
        session,
        event,
        by=actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code),
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
    )
    session.flush()
