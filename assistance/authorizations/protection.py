"""Who has said in silence that it is not their will, and what else makes a signature look doubtful.

Only a town reviewer reads this (T21). To everybody else such a part looks like one that is being looked at.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import find_standing, list_standings, refuse_relatives
from assistance.authorizations.models import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.authorizations.queries import list_protected
from assistance.authorizations.requests import add_parts
from assistance.authorizations.signing import lock_request
from assistance.authorizations.withdrawing import end_record
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor, RecordedPhone, StaffAccount, is_near_relative
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

KEEP_SILENT, ASK_ANEW = "keep_silent", "ask_anew"
OUTCOMES = {
    KEEP_SILENT: N_("和本人谈过：不愿意，照旧不声张、不查"),
    ASK_ANEW: N_("和本人谈过：现在真的愿意，重新请他签"),
}
SAY_WHAT = N_("请写清楚怎么谈的、本人怎么说")
LONGEST_NOTE = 500
SIGNALS = {
    "unwilling": N_("本人悄悄说：这不是我的本意"),
    "same_device": N_("和家里别的大人用同一部手机签的"),
    "shared_phone": N_("登记的手机号，家里别的大人也在用"),
    "staff_phone": N_("登记的手机号是工作人员的"),
    "many_at_counter": N_("同一个工作人员当天帮签超过 10 份"),
}
MOST_AT_COUNTER = 10


@dataclass(frozen=True)
class Protected:
    """One part that a town reviewer should look at, and why."""

    part: AuthorizationPart
    request: AuthorizationRequest
    household: Household
    signals: tuple[str, ...]


def list_to_protect(session: Session, actor: Actor) -> list[Protected]:
    """Parts with a signal where the actor protects people; whoever spoke in silence first."""
    found = []
    for request, household in list_protected(session, actor):
        everybody = {one.person.id for one in list_standings(session, household.id, request.opened_at.date())}
        if actor.account_id and is_near_relative(session, actor.account_id, everybody):
            # Whoever is of the family must not read who of it spoke in silence.
            continue
        parts = session.scalars(
            select(AuthorizationPart).where(
                AuthorizationPart.request_id == request.id, AuthorizationPart.state.in_(("waiting", "signed"))
            )
        ).all()
        signals = _signals(session, parts)
        found += [
            Protected(part, request, household, tuple(signals[part.id]))
            for part in parts
            if signals[part.id] and not part.sealed.get("reviewed_at")
        ]
    return sorted(found, key=lambda one: ("unwilling" not in one.signals, one.request.deadline_on))


def review(
    session: Session, actor: Actor, part_id: uuid.UUID, outcome: str, note: str, *, now: datetime
) -> AuthorizationPart:
    """Write down what came of speaking with the person; asked anew, the part begins again with a new link."""
    part = session.get(AuthorizationPart, part_id)
    request = session.get(AuthorizationRequest, part.request_id) if part else None
    household = session.get(Household, request.household_id) if request else None
    if part is None or request is None or household is None:
        raise NotFound
    if not actor.covers(Permission.AUTHORIZATIONS_PROTECT, household.division_code):
        raise NotFound
    refuse_relatives(session, actor, {part.person_id, part.signer_id})
    note = " ".join(note.split())[:LONGEST_NOTE]
    if outcome not in OUTCOMES or not note:
        raise Refusal(SAY_WHAT)
    request = lock_request(session, request.id)
    part.sealed = {**part.sealed, "reviewed_at": now.isoformat(), "reviewed": note, "outcome": outcome}
    by = actor.for_the_log(Permission.AUTHORIZATIONS_PROTECT, household.division_code)
    audit.record(
        session,
        audit.Event.AUTHORIZATION_REVIEWED,
        by=by,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
        committed=f"{outcome}\n{note}".encode(),
    )
    session.flush()
    return _ask_anew(session, request, part, now) if outcome == ASK_ANEW else part


def _ask_anew(
    session: Session, request: AuthorizationRequest, part: AuthorizationPart, now: datetime
) -> AuthorizationPart:
    today = now.astimezone(SHANGHAI).date()
    standing = find_standing(session, request.household_id, part.person_id, today)
    if standing is None or part.capacity not in standing.signers:
        return part
    own = session.scalars(
        select(AuthorizationPart).where(
            AuthorizationPart.request_id == request.id,
            AuthorizationPart.person_id == part.person_id,
            AuthorizationPart.state != "void",
        )
    ).all()
    for one in own:
        one.state, one.state_since = "void", now
        record = session.scalar(
            select(Authorization).where(Authorization.part_id == one.id, Authorization.state == "active")
        )
        if record is not None:
            end_record(record, state="void", because="asked_anew", ended_by="system:review", now=now)
    rounds = session.scalars(
        select(AuthorizationPart.round).where(
            AuthorizationPart.request_id == request.id, AuthorizationPart.person_id == part.person_id
        )
    ).all()
    made = add_parts(session, request, standing, now=now, round_=max(rounds) + 1)
    if request.state != "open":
        request.state, request.closed_at = "open", None
    request.deadline_on = max(request.deadline_on, today)
    session.flush()
    return next(one for one in made if one.capacity == part.capacity)


def _signals(session: Session, listed: Sequence[AuthorizationPart]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    by_device: dict[str, set[uuid.UUID]] = defaultdict(set)
    for part in listed:
        if part.sealed.get("unwilling"):
            found[part.id].append("unwilling")
        device = _device(session, part)
        if device:
            by_device[device].add(part.signer_id)
    phones = _phones(session, {part.signer_id for part in listed})
    staff = _staff_phones(session, {phone for phone in phones.values() if phone})
    for part in listed:
        device = _device(session, part)
        if device and len(by_device[device]) > 1:
            found[part.id].append("same_device")
        phone = phones.get(part.signer_id)
        if phone and any(other != part.signer_id and theirs == phone for other, theirs in phones.items()):
            found[part.id].append("shared_phone")
        if phone and phone in staff:
            found[part.id].append("staff_phone")
        if _many_at_counter(session, part):
            found[part.id].append("many_at_counter")
    return found


def _device(session: Session, part: AuthorizationPart) -> str:
    record = session.scalar(select(Authorization).where(Authorization.part_id == part.id))
    return str(record.sealed.get("device", "")) if record is not None else ""


def _phones(session: Session, person_ids: set[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    rows = session.execute(
        select(RecordedPhone.person_id, RecordedPhone.phone_lookup).where(
            RecordedPhone.person_id.in_(person_ids), RecordedPhone.ended_at.is_(None)
        )
    )
    return {row.person_id: row.phone_lookup for row in rows}


def _staff_phones(session: Session, lookups: set[bytes]) -> set[bytes]:
    if not lookups:
        return set()
    return set(
        session.scalars(
            select(RecordedPhone.phone_lookup)
            .join(StaffAccount, StaffAccount.person_id == RecordedPhone.person_id)
            .where(RecordedPhone.phone_lookup.in_(lookups), RecordedPhone.ended_at.is_(None))
        )
    )


def _many_at_counter(session: Session, part: AuthorizationPart) -> bool:
    record = session.scalar(
        select(Authorization).where(Authorization.part_id == part.id, Authorization.level == "counter")
    )
    if record is None:
        return False
    day = record.signed_at.astimezone(SHANGHAI).date()
    officer = record.sealed.get("officer")
    others = session.scalars(select(Authorization).where(Authorization.level == "counter")).all()
    same = [
        one
        for one in others
        if one.sealed.get("officer") == officer and one.signed_at.astimezone(SHANGHAI).date() == day
    ]
    return len(same) > MOST_AT_COUNTER
