"""Who has said in silence that it is not their will, and what else makes a signature look doubtful.

Only a town reviewer reads this (T21). To everybody else such a part looks like one that is being looked at.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import find_standing, refuse_own_family
from assistance.authorizations.models import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.authorizations.queries import Guarded, list_protected
from assistance.authorizations.requests import add_parts, lock_request, reopen
from assistance.authorizations.second_person import forget_drafts
from assistance.authorizations.signing import AnswerErrors
from assistance.authorizations.withdrawing import end_record
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor, RecordedPhone, StaffAccount
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

KEEP_SILENT, ASK_ANEW = "keep_silent", "ask_anew"
OUTCOMES = {
    KEEP_SILENT: N_("和本人谈过：不愿意，照旧不声张、不查"),
    ASK_ANEW: N_("和本人谈过：现在真的愿意，重新请他签"),
}
CHOOSE_OUTCOME = N_("请选谈过以后怎么办")
SAY_WHAT = N_("请写清楚怎么谈的、本人怎么说")
LONGEST_NOTE = 500
SIGNALS = {
    "unwilling": N_("本人悄悄说：这不是我的本意"),
    "same_device": N_("和家里别的大人用同一部手机签的"),
    "shared_phone": N_("登记的手机号，家里别的大人也在用"),
    "staff_phone": N_("登记的手机号是工作人员的"),
    "many_at_counter": N_("同一个工作人员当天帮签超过 10 份"),
}
OVER = ("withdrawn", "expired")
MOST_AT_COUNTER = 10
AT_ONCE = 500


@dataclass(frozen=True)
class Protected:
    """One part that a town reviewer should look at, and why."""

    part: AuthorizationPart
    request: AuthorizationRequest
    household: Household
    signals: tuple[str, ...]


def list_to_protect(session: Session, actor: Actor) -> list[Protected]:
    """Parts with a signal where the actor protects people; whoever spoke in silence first.

    A fixed number of queries for a thousand parts, and a few more for each request with a signal.
    """
    # Of what is over only the silent no counts: somebody else may have withdrawn it to find out.
    rows = [
        row
        for row in list_protected(session, actor)
        if row.part.state not in OVER or row.part.sealed.get("unwilling")
    ]
    signals = _signals(session, [row.part for row in rows])
    own = _of_own_family(session, actor, [row for row in rows if signals[row.part.id]])
    found = [
        Protected(row.part, row.request, row.household, tuple(signals[row.part.id]))
        for row in rows
        # Whoever is of the family must not read who of it spoke in silence.
        if signals[row.part.id] and not row.part.sealed.get("reviewed_at") and row.request.id not in own
    ]
    return sorted(found, key=lambda one: ("unwilling" not in one.signals, one.request.deadline_on))


def _of_own_family(session: Session, actor: Actor, rows: Sequence[Guarded]) -> set[uuid.UUID]:
    """The requests among these in which the actor stands, or somebody near to them."""
    concerned: dict[tuple[uuid.UUID, uuid.UUID], set[uuid.UUID]] = defaultdict(set)
    for row in rows:
        concerned[row.request.id, row.household.id] |= {row.part.person_id, row.part.signer_id}
    found = set()
    for (request_id, household_id), whose in concerned.items():
        try:
            refuse_own_family(session, actor, household_id, whose)
        except Refusal:
            found.add(request_id)
    return found


def review(
    session: Session, actor: Actor, part_id: uuid.UUID, outcome: str, note: str, *, now: datetime
) -> AuthorizationPart:
    """Write down what came of speaking with the person; asked anew, the part begins again with a new link.

    Raises AnswerErrors where the outcome or the note is missing, and writes nothing then.
    """
    part = session.get(AuthorizationPart, part_id)
    request = session.get(AuthorizationRequest, part.request_id) if part else None
    household = session.get(Household, request.household_id) if request else None
    if part is None or request is None or household is None:
        raise NotFound
    if not actor.covers(Permission.AUTHORIZATIONS_PROTECT, household.division_code):
        raise NotFound
    refuse_own_family(session, actor, household.id, {part.person_id, part.signer_id})
    note = " ".join(note.split())[:LONGEST_NOTE]
    errors = {} if outcome in OUTCOMES else {"outcome": CHOOSE_OUTCOME}
    if not note:
        errors["note"] = SAY_WHAT
    if errors:
        raise AnswerErrors(errors)
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
    forget_drafts(session, own)
    rounds = session.scalars(
        select(AuthorizationPart.round).where(
            AuthorizationPart.request_id == request.id, AuthorizationPart.person_id == part.person_id
        )
    ).all()
    made = add_parts(session, request, standing, now=now, round_=max(rounds) + 1)
    reopen(request, today)
    session.flush()
    return next(one for one in made if one.capacity == part.capacity)


@dataclass(frozen=True)
class _Signed:
    """What a record tells of how it was signed."""

    device: str
    at_counter: tuple[str, date] | None
    """The officer and the day, where one helped."""


def _signals(session: Session, listed: Sequence[AuthorizationPart]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    signed, phones, staff = _signed(session, listed), _phones(session, listed), _staff_phones(session)
    of_device: dict[tuple[uuid.UUID, str], set[uuid.UUID]] = defaultdict(set)
    of_phone: dict[tuple[uuid.UUID, bytes], set[uuid.UUID]] = defaultdict(set)
    helped: Counter[tuple[str, date]] = Counter()
    for part in listed:
        record, phone = signed.get(part.id), phones.get(part.signer_id)
        if record is not None and record.device:
            of_device[part.request_id, record.device].add(part.signer_id)
        if phone is not None:
            of_phone[part.request_id, phone].add(part.signer_id)
        if record is not None and record.at_counter is not None:
            helped[record.at_counter] += 1
    for part in listed:
        record, phone = signed.get(part.id), phones.get(part.signer_id)
        if part.sealed.get("unwilling"):
            found[part.id].append("unwilling")
        if record is not None and record.device and len(of_device[part.request_id, record.device]) > 1:
            found[part.id].append("same_device")
        if phone is not None and len(of_phone[part.request_id, phone]) > 1:
            found[part.id].append("shared_phone")
        if phone is not None and phone in staff:
            found[part.id].append("staff_phone")
        if record is not None and record.at_counter and helped[record.at_counter] > MOST_AT_COUNTER:
            found[part.id].append("many_at_counter")
    return found


def _signed(session: Session, listed: Sequence[AuthorizationPart]) -> dict[uuid.UUID, _Signed]:
    """The records of these parts, some at a time: each holds a picture, and none is kept in memory."""
    found: dict[uuid.UUID, _Signed] = {}
    for ids in _some_at_a_time([part.id for part in listed]):
        rows = session.execute(
            select(
                Authorization.part_id, Authorization.sealed, Authorization.level, Authorization.signed_at
            ).where(Authorization.part_id.in_(ids))
        )
        for row in rows:
            officer = str(row.sealed.get("officer", ""))
            day = row.signed_at.astimezone(SHANGHAI).date()
            at_counter = (officer, day) if row.level == "counter" and officer else None
            found[row.part_id] = _Signed(str(row.sealed.get("device", "")), at_counter)
    return found


def _phones(session: Session, listed: Sequence[AuthorizationPart]) -> dict[uuid.UUID, bytes]:
    found: dict[uuid.UUID, bytes] = {}
    for ids in _some_at_a_time(list({part.signer_id for part in listed})):
        rows = session.execute(
            select(RecordedPhone.person_id, RecordedPhone.phone_lookup).where(
                RecordedPhone.person_id.in_(ids), RecordedPhone.ended_at.is_(None)
            )
        )
        found.update((row.person_id, row.phone_lookup) for row in rows)
    return found


def _some_at_a_time(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _staff_phones(session: Session) -> set[bytes]:
    return set(
        session.scalars(
            select(RecordedPhone.phone_lookup)
            .join(StaffAccount, StaffAccount.person_id == RecordedPhone.person_id)
            .where(RecordedPhone.ended_at.is_(None))
        )
    )
