"""What a birthday, a death or a move ends and asks for anew; and what runs out by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import Standing, list_standings
from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    PaperSignature,
)
from assistance.authorizations.requests import add_parts, lock_request, reopen
from assistance.authorizations.second_person import forget_drafts, is_waiting
from assistance.authorizations.signing import close_if_complete
from assistance.authorizations.withdrawing import end_record
from assistance.authorizations.wording import VALID_DAYS
from assistance.households import GuardianChanged, MemberDied, MemberJoined, MemberLeft
from assistance.messages import Template, say
from infrastructure.clock import SHANGHAI

SYSTEM = "system:worker"
REMIND_DAYS_BEFORE = (7, 2)
"""Two reminders are written down before anybody may think of ending a procedure (57-29)."""
AGE_CHANGES = ("guardian", "ward")
DEATH = "death"
AT_ONCE = 200
STILL_COUNTS = ("waiting", "signed", "declined", "withdrawn", "expired")


@dataclass(frozen=True)
class Changed:
    """What a life event has set off: parts that ended, and parts that are asked for anew."""

    ended: int = 0
    asked: int = 0

    def __add__(self, other: Changed) -> Changed:
        return Changed(self.ended + other.ended, self.asked + other.asked)


def review_household(
    session: Session, household_id: uuid.UUID, *, because: str, by: audit.Actor, now: datetime
) -> Changed:
    """Hold every request of a household that still counts against who lives there and who signs today.

    `because` is one word: birthday, death, move, birth, guardian. What no longer fits is void, with the
    record that it ended in; a new signature is asked for where one is still needed.
    """
    today = now.astimezone(SHANGHAI).date()
    standings = {one.person.id: one for one in list_standings(session, household_id, today)}
    requests = session.scalars(
        select(AuthorizationRequest)
        .where(AuthorizationRequest.household_id == household_id, AuthorizationRequest.state != "expired")
        .order_by(AuthorizationRequest.opened_at)
    ).all()
    changed = Changed()
    for request in requests:
        if request.state == "open" or _still_holds(session, request.id, now):
            changed += _review(session, request, standings, because=because, by=by, now=now)
    return changed


def review_person(
    session: Session, person_id: uuid.UUID, *, because: str, by: audit.Actor, now: datetime
) -> Changed:
    """The same for every household that has asked for this person's signature or data."""
    households = session.scalars(
        select(AuthorizationRequest.household_id)
        .join(AuthorizationPart, AuthorizationPart.request_id == AuthorizationRequest.id)
        .where(or_(AuthorizationPart.person_id == person_id, AuthorizationPart.signer_id == person_id))
        .distinct()
    ).all()
    return _sum(review_household(session, one, because=because, by=by, now=now) for one in households)


def review_birthdays(
    session: Session, now: datetime, *, households: Iterable[uuid.UUID] | None = None
) -> Changed:
    """Hold the requests of everybody under age against today: an 8th, 14th or 18th birthday counts.

    All of them, or those of some households that `list_with_minors` has told.
    """
    found = list_with_minors(session) if households is None else households
    return _sum(review_household(session, one, because="birthday", by=audit.WORKER, now=now) for one in found)


def list_with_minors(session: Session) -> list[uuid.UUID]:
    """The households in which a guardian has signed or should sign for somebody."""
    found = (
        select(AuthorizationRequest.household_id)
        .join(AuthorizationPart, AuthorizationPart.request_id == AuthorizationRequest.id)
        .where(
            AuthorizationPart.capacity.in_(AGE_CHANGES),
            AuthorizationPart.state.in_(("waiting", "signed")),
            AuthorizationRequest.state != "expired",
        )
        .distinct()
        .order_by(AuthorizationRequest.household_id)
    )
    return list(session.scalars(found))


def on_joining(session: Session, event: MemberJoined) -> None:
    """Somebody has moved in or was born: open requests ask for them, too."""
    review_household(session, event.household_id, because="joined", by=audit.WORKER, now=event.told_at)


def on_leaving(session: Session, event: MemberLeft) -> None:
    """Somebody has left: what was signed for this household no longer holds, nor what they signed."""
    review_person(session, event.person_id, because="move", by=audit.WORKER, now=event.told_at)
    review_household(session, event.household_id, because="move", by=audit.WORKER, now=event.told_at)


def on_death(session: Session, event: MemberDied) -> None:
    """Somebody has died: nothing is asked about them, and whom they stood for needs another guardian."""
    review_person(session, event.person_id, because=DEATH, by=audit.WORKER, now=event.told_at)


def on_guardian(session: Session, event: GuardianChanged) -> None:
    """Somebody has another guardian or none, or came under guardianship: others sign from now on."""
    review_person(session, event.person_id, because="guardian", by=audit.WORKER, now=event.told_at)


def count_due(session: Session, now: datetime) -> int:
    """How many parts and records have run out."""
    overdue = (_overdue_parts, _overdue_records, _overdue_answers)
    return sum(len(find(session, now)) for find in overdue)


def expire_overdue(session: Session, now: datetime) -> int:
    """End what has passed its last day: unanswered parts, their requests, records whose time is over.

    At most `AT_ONCE` of each in one transaction; 0 where nothing is left.
    """
    parts = _overdue_parts(session, now, AT_ONCE)
    # Before what belongs to them, as whoever answers does.
    requests = [lock_request(session, one) for one in sorted({part.request_id for part in parts})]
    for part in parts:
        part.state, part.state_since = "expired", now
        _note_end(session, part, "deadline", audit.WORKER, now)
    forget_drafts(session, parts)
    session.flush()
    for request in requests:
        _close_overdue(session, request, now)
    records = _overdue_records(session, now, AT_ONCE)
    for record in records:
        end_record(record, state="expired", because="term", ended_by=SYSTEM, now=now)
    # What was answered in silence ends on the same day and with the same words as a signature would (T21).
    over = [session.get_one(AuthorizationPart, one.part_id) for one in records]
    over += _overdue_answers(session, now)
    for part in over:
        part.state, part.state_since = "expired", now
        _note_end(session, part, "term", audit.WORKER, now)
        _tell_ended(session, part, now)
    session.flush()
    return len(parts) + len(over)


def list_to_remind(session: Session, now: datetime) -> list[tuple[AuthorizationPart, AuthorizationRequest]]:
    """Parts that nobody has answered although the last day is near, and that were not reminded for it yet.

    Whoever has signed with the staff's help has done their part: there the staff is still to act.
    """
    today = now.astimezone(SHANGHAI).date()
    signed_with_staff = [
        select(kind.part_id).where(kind.part_id == AuthorizationPart.id, *is_waiting(kind)).exists()
        for kind in (CounterSignature, PaperSignature)
    ]
    rows = session.execute(
        select(AuthorizationPart, AuthorizationRequest)
        .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
        .where(
            AuthorizationPart.state == "waiting",
            AuthorizationRequest.state == "open",
            AuthorizationRequest.deadline_on >= today,
            AuthorizationRequest.deadline_on <= today + timedelta(days=max(REMIND_DAYS_BEFORE)),
            ~or_(*signed_with_staff),
        )
        .order_by(AuthorizationRequest.deadline_on, AuthorizationPart.id)
    )
    return [(part, request) for part, request in rows if _is_to_be_reminded(part, request.deadline_on, today)]


def note_reminded(session: Session, part: AuthorizationPart, *, now: datetime) -> int:
    """Write down that somebody was reminded; how often that was."""
    count = int(part.sealed.get("reminders", 0)) + 1
    part.sealed = {**part.sealed, "reminders": count}
    part.reminded_at = now
    audit.record(
        session,
        audit.Event.AUTHORIZATION_REMINDED,
        by=audit.WORKER,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.signer_id}",
        fields={"count": count},
    )
    session.flush()
    return count


def _is_to_be_reminded(part: AuthorizationPart, deadline: date, today: date) -> bool:
    due = sum(1 for days in REMIND_DAYS_BEFORE if today >= deadline - timedelta(days=days))
    return int(part.sealed.get("reminders", 0)) < due


def _review(
    session: Session,
    request: AuthorizationRequest,
    standings: dict[uuid.UUID, Standing],
    *,
    because: str,
    by: audit.Actor,
    now: datetime,
) -> Changed:
    request = lock_request(session, request.id)
    parts = session.scalars(
        select(AuthorizationPart)
        .where(AuthorizationPart.request_id == request.id, AuthorizationPart.state.in_(STILL_COUNTS))
        .order_by(AuthorizationPart.round, AuthorizationPart.id)
    ).all()
    by_person: dict[uuid.UUID, list[AuthorizationPart]] = {}
    for part in parts:
        by_person.setdefault(part.person_id, []).append(part)
    ended = asked = 0
    for person_id, own in by_person.items():
        wanted = standings[person_id].signers if person_id in standings else {}
        if {part.capacity: part.signer_id for part in own} == wanted:
            continue
        # A no and a withdrawal hold for whoever said so; a new signer is asked afresh.
        for part in own:
            _void(session, part, because, by, now)
        ended += len(own)
        if person_id in standings and wanted:
            asked += _ask_anew(session, request, standings[person_id], own, because, by, now)
    if request.state == "open" and request.purpose != "supporter":
        for standing in standings.values():
            if standing.person.id not in by_person and not standing.member.is_supporter:
                asked += _ask_anew(session, request, standing, [], because, by, now)
    if not close_if_complete(session, request, by=by, now=now) and asked:
        reopen(request, now.astimezone(SHANGHAI).date())
        session.flush()
    return Changed(ended, asked)


def _ask_anew(
    session: Session,
    request: AuthorizationRequest,
    standing: Standing,
    before: list[AuthorizationPart],
    because: str,
    by: audit.Actor,
    now: datetime,
) -> int:
    last = session.scalar(
        select(func.max(AuthorizationPart.round)).where(
            AuthorizationPart.request_id == request.id, AuthorizationPart.person_id == standing.person.id
        )
    )
    made = add_parts(session, request, standing, now=now, round_=(last or 0) + 1)
    unwilling = any(part.sealed.get("unwilling") for part in before)
    for part in made:
        if unwilling and part.signer_id in {one.signer_id for one in before}:
            part.sealed = {**part.sealed, "unwilling": True}
        audit.record(
            session,
            audit.Event.AUTHORIZATION_ASKED_ANEW,
            by=by,
            now=now,
            object_ref=str(part.id),
            subject_ref=f"person:{part.person_id}",
            fields={"because": because},
            case_ref=request.number,
        )
    session.flush()
    return len(made)


def _void(session: Session, part: AuthorizationPart, because: str, by: audit.Actor, now: datetime) -> None:
    record = session.scalar(
        select(Authorization).where(Authorization.part_id == part.id, Authorization.state == "active")
    )
    if record is not None:
        end_record(record, state="void", because=because, ended_by=SYSTEM, now=now)
    if part.state == "signed" and because != DEATH:
        _tell_ended(session, part, now)
    part.state, part.state_since = "void", now
    forget_drafts(session, [part])
    _note_end(session, part, because, by, now)


def _note_end(
    session: Session, part: AuthorizationPart, because: str, by: audit.Actor, now: datetime
) -> None:
    audit.record(
        session,
        audit.Event.AUTHORIZATION_ENDED,
        by=by,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
        fields={"because": because},
    )


def _tell_ended(session: Session, part: AuthorizationPart, now: datetime) -> None:
    """Say to the signer that what they agreed to holds no more, and that nothing is asked under it."""
    request = session.get_one(AuthorizationRequest, part.request_id)
    values = {"number": request.number}
    key = f"ended:{part.id}"
    say(session, Template.AUTHORIZATION_ENDED, values, part.signer_id, key=key, now=now)


def _close_overdue(session: Session, request: AuthorizationRequest, now: datetime) -> None:
    if request.state != "open":
        return
    answered = select(AuthorizationPart.id).where(
        AuthorizationPart.request_id == request.id, AuthorizationPart.state == "signed"
    )
    request.state = "closed" if session.scalar(answered.limit(1)) is not None else "expired"
    request.closed_at = now
    audit.record(
        session,
        audit.Event.AUTHORIZATION_CLOSED,
        by=audit.WORKER,
        now=now,
        object_ref=request.number,
        fields={"state": request.state},
    )


def _overdue_parts(session: Session, now: datetime, most: int | None = None) -> list[AuthorizationPart]:
    today = now.astimezone(SHANGHAI).date()
    return list(
        session.scalars(
            select(AuthorizationPart)
            .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
            .where(AuthorizationPart.state == "waiting", AuthorizationRequest.deadline_on < today)
            .order_by(AuthorizationPart.id)
            .limit(most)
        )
    )


def _overdue_records(session: Session, now: datetime, most: int | None = None) -> list[Authorization]:
    over = select(Authorization).where(Authorization.state == "active", Authorization.valid_until <= now)
    return list(session.scalars(over.order_by(Authorization.id).limit(most)))


def _overdue_answers(session: Session, now: datetime) -> list[AuthorizationPart]:
    """Answers without a record that are as old as a signature for the same purpose may become."""
    found: list[AuthorizationPart] = []
    for purpose, days in VALID_DAYS.items():
        query = (
            select(AuthorizationPart)
            .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
            .outerjoin(Authorization, Authorization.part_id == AuthorizationPart.id)
            .where(
                AuthorizationRequest.purpose == purpose,
                AuthorizationPart.state == "signed",
                AuthorizationPart.state_since <= now - timedelta(days=days),
                Authorization.id.is_(None),
            )
        )
        found += session.scalars(query)
    return found


def _still_holds(session: Session, request_id: uuid.UUID, now: datetime) -> bool:
    active = select(Authorization.id).where(
        Authorization.request_id == request_id,
        Authorization.state == "active",
        Authorization.valid_until > now,
    )
    return session.scalar(active.limit(1)) is not None


def _sum(changes: Iterable[Changed]) -> Changed:
    total = Changed()
    for one in changes:
        total += one
    return total
