"""Starting and stopping checks: who is asked about where, and what a signature or a withdrawal changes."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, authorizations, households
from assistance.authorizations import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    AuthorizationWithdrawn,
    PartAnswered,
)
from assistance.economic_checks.gate import is_silent, queue_asking
from assistance.economic_checks.live import live_sources
from assistance.economic_checks.models import CheckTask, EconomicCheck
from assistance.economic_checks.reports import list_tasks, queue_report
from assistance.economic_checks.states import ASKABLE
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import SYSTEM, Actor
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COOLING = timedelta(hours=24)
STATUS_FACT = "status"
CONFIRMED = frozenset({"dibao", "dibian", "tekun", "rigid", "expend", "rural_low_income", "hardship_worker"})
STATUS_LIVES = timedelta(days=365)
"""A recognised status is looked at again every year (SA-46); until then it answers for the means (SA-42)."""
REUSING = frozenset({"application"})
STARTS_BY_ITSELF = frozenset({"own_wish"})

NOT_OPEN = N_("这份授权已经不在了，不能再核对。")
NOT_FAILED = N_("这一项不用再问。")
FAILED = ("unreachable", "wrong_answer")
NOBODY_SIGNED = N_("还没有人签授权，先请家里人签了再核对。")


def start_check(session: Session, request_id: uuid.UUID, *, by: Actor, now: datetime) -> EconomicCheck:
    """Start the check that an authorisation request allows, or go on with the one that runs.

    Raises NotFound where the actor's role does not reach the household, Refusal where nobody has signed, or
    where the officer is a relative.
    """
    # Two who start at once take turns, as those who sign do: one request has one check.
    request = session.get(AuthorizationRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound
    household = session.get_one(Household, request.household_id)
    if by.kind != "system":
        if not by.covers(Permission.CHECKS_START, household.division_code):
            raise NotFound
        everybody = households.members_on(session, household, _day(now))
        authorizations.refuse_relatives(session, by, [one.person.id for one in everybody])
    if request.state == "expired":
        raise Refusal(NOT_OPEN)
    person_ids = _persons_of(session, request.id)
    live = {person_id: live_sources(session, request, person_id, now) for person_id in person_ids}
    if not any(live.values()) and not any(is_silent(session, request.id, one) for one in person_ids):
        raise Refusal(NOBODY_SIGNED)
    check = find_check(session, request.id, lock=True)
    is_new = check is None
    if check is None:
        check = _new_check(session, request, by, now)
    questions = 0
    is_reused = request.purpose in REUSING and find_status(session, household, _day(now)) != ()
    for person_id in person_ids:
        questions += _add_tasks(session, check, request, person_id, live[person_id], is_reused, now)
    if is_new:
        audit.record(
            session,
            audit.Event.CHECK_STARTED,
            by=by.for_the_log(Permission.CHECKS_START, household.division_code),
            now=now,
            object_ref=check.number,
            fields={"members": len(person_ids), "questions": questions},
            purpose=request.purpose,
            case_ref=request.number,
        )
    if questions:
        check.state, check.ended_at = "running", None
    elif is_new:
        queue_report(session, check, now=now)
    session.flush()
    return check


def on_answer(session: Session, event: PartAnswered) -> None:
    """What a signature sets off, as the table of reactions has it."""
    note_signature(session, event.request_id, event.person_id, by=SYSTEM, now=event.happened_at)


def on_withdrawal(session: Session, event: AuthorizationWithdrawn) -> None:
    """What a withdrawal ends, as the table of reactions has it."""
    note_end(session, event.request_id, event.person_id, now=event.happened_at)


def note_signature(
    session: Session, request_id: uuid.UUID, person_id: uuid.UUID, *, by: Actor, now: datetime
) -> None:
    """Somebody has signed: a running check asks about them too, and the household's own starts by itself."""
    request = session.get_one(AuthorizationRequest, request_id)
    check = find_check(session, request_id, lock=True)
    live = live_sources(session, request, person_id, now)
    if check is None:
        starts = request.purpose in STARTS_BY_ITSELF or request.is_opened_by_household
        # What was said in silence starts a check as a signature does, and nothing is asked in it (T21).
        if starts and (live or is_silent(session, request_id, person_id)):
            start_check(session, request_id, by=by, now=now)
        return
    household = session.get_one(Household, request.household_id)
    is_reused = request.purpose in REUSING and find_status(session, household, _day(now)) != ()
    if _add_tasks(session, check, request, person_id, live, is_reused, now):
        check.state, check.ended_at = "running", None


def note_end(session: Session, request_id: uuid.UUID, person_id: uuid.UUID, *, now: datetime) -> None:
    """An authorisation has ended: nothing more is asked about this person; what came before stays lawful."""
    check = find_check(session, request_id, lock=True)
    if check is None:
        return
    ended = False
    for task in list_tasks(session, check.id):
        if task.person_id == person_id and task.state in ASKABLE:
            task.state = "dropped"
            task.problem, task.next_try_at, ended = "withdrawn", None, True
    if ended:
        queue_report(session, check, now=now)


def ask_again(
    session: Session, check: EconomicCheck, task: CheckTask, *, by: Actor, division_code: str, now: datetime
) -> None:
    """Ask a source that did not answer once more, at once; raises Refusal for any other question."""
    if not by.covers(Permission.CHECKS_START, division_code):
        raise NotFound
    if task.state not in FAILED:
        raise Refusal(NOT_FAILED)
    task.next_try_at = None
    queue_asking(session, check, task.person_id, now=now)


def list_startable(
    session: Session, actor: Actor, *, most: int = 50
) -> list[tuple[AuthorizationRequest, Household]]:
    """The requests of the actor's divisions under which somebody has signed and no check has begun."""
    query = (
        select(AuthorizationRequest, Household)
        .join(Household, Household.id == AuthorizationRequest.household_id)
        .where(
            households.within(actor.divisions_for(Permission.CHECKS_START)),
            AuthorizationRequest.state != "expired",
            AuthorizationRequest.id.in_(
                select(AuthorizationPart.request_id).where(AuthorizationPart.state == "signed")
            ),
            AuthorizationRequest.id.not_in(select(EconomicCheck.request_id)),
        )
        .order_by(AuthorizationRequest.opened_at, AuthorizationRequest.number)
    )
    return [(request, household) for request, household in session.execute(query.limit(most))]


def find_check(session: Session, request_id: uuid.UUID, *, lock: bool = False) -> EconomicCheck | None:
    """The check that an authorisation request has started, if any."""
    query = select(EconomicCheck).where(EconomicCheck.request_id == request_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query.order_by(EconomicCheck.started_at.desc()).limit(1))


def find_status(session: Session, household: Household, on: date) -> tuple[str, ...]:
    """The recognised statuses of a household that another office has confirmed within the year (SA-42)."""
    for line in households.list_lines(session, household):
        if line.fact == STATUS_FACT and line.standing == "checked" and line.dated_on > on - STATUS_LIVES:
            return tuple(word for word in line.sealed["value"] if word in CONFIRMED)
    return ()


def _add_tasks(
    session: Session,
    check: EconomicCheck,
    request: AuthorizationRequest,
    person_id: uuid.UUID,
    live: dict[str, Authorization],
    is_reused: bool,
    now: datetime,
) -> int:
    """One question for each source; how many of them wait to be asked."""
    there = {task.source: task for task in list_tasks(session, check.id) if task.person_id == person_id}
    is_hidden = is_silent(session, request.id, person_id)
    cooling_until = _cooling_until(session, request.id, person_id, now)
    open_questions, changed = 0, False
    for scope in request.scopes:
        found = live.get(scope["source"])
        state = "waiting" if found is not None or is_hidden or cooling_until else "not_authorised"
        if is_reused:
            state = "reused"
        task = there.get(scope["source"])
        if task is None:
            task = CheckTask(id=uuid.uuid4(), check_id=check.id, person_id=person_id, source=scope["source"])
            task.state, task.tries = state, 0
            session.add(task)
        elif task.state in ("not_authorised", "dropped") and state == "waiting":
            task.state, task.problem = state, None
        elif task.state not in ASKABLE:
            continue
        if found is not None:
            task.authorization_id = found.id
        changed = True
        open_questions += task.state in ASKABLE and found is not None
    if open_questions:
        queue_asking(session, check, person_id, now=now)
    elif cooling_until is not None:
        queue_asking(session, check, person_id, now=now, run_at=cooling_until)
    check.changes += changed
    return open_questions


def _cooling_until(
    session: Session, request_id: uuid.UUID, person_id: uuid.UUID, now: datetime
) -> datetime | None:
    """Until when a supporter from outside may think it over, where that is still to come (T21)."""
    query = (
        select(Authorization.signed_at)
        .join(AuthorizationPart, AuthorizationPart.id == Authorization.part_id)
        .where(
            Authorization.request_id == request_id,
            Authorization.person_id == person_id,
            Authorization.state == "active",
            AuthorizationPart.capacity == "supporter",
        )
    )
    signed_at = session.scalar(query.limit(1))
    until = signed_at + COOLING if signed_at is not None else None
    return until if until is not None and until > now else None


def _new_check(session: Session, request: AuthorizationRequest, by: Actor, now: datetime) -> EconomicCheck:
    register = authorizations.data_sources()
    named = [found for scope in request.scopes if (found := register.get(scope["source"])) is not None]
    reference = by.account_id if by.kind == "staff" else by.person_id
    check = EconomicCheck(
        id=uuid.uuid4(),
        number=_new_number(session, _day(now)),
        household_id=request.household_id,
        request_id=request.id,
        # Both grounds are put down: the family's agreement and the power of the law (conflict 6).
        ground={
            "agreement": sorted({source.agreement for source in named}),
            "power": sorted({source.power for source in named}),
        },
        started_by=f"{by.kind}:{reference}" if reference else by.kind,
        started_at=now,
        state="running",
        changes=0,
    )
    session.add(check)
    session.flush()
    return check


def _new_number(session: Session, day: date) -> str:
    while True:
        number = f"EC-{day:%Y%m%d}-" + "".join(secrets.choice(CROCKFORD) for _ in range(5))
        taken = select(EconomicCheck.id).where(EconomicCheck.number == number)
        if session.scalar(taken) is None:
            return number


def _persons_of(session: Session, request_id: uuid.UUID) -> Sequence[uuid.UUID]:
    query = (
        select(AuthorizationPart.person_id)
        .where(AuthorizationPart.request_id == request_id, AuthorizationPart.state != "void")
        .distinct()
        .order_by(AuthorizationPart.person_id)
    )
    return session.scalars(query).all()


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
