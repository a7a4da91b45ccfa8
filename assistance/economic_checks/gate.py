"""The gate: the only way to a source. Intent written, grant minted, asked, state read again, stored."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, authorizations
from assistance.authorizations import Authorization, AuthorizationPart, AuthorizationRequest, Grant
from assistance.economic_checks import reports
from assistance.economic_checks.live import live_sources
from assistance.economic_checks.models import CheckResult, CheckTask, EconomicCheck
from assistance.economic_checks.parts import IN_PARALLEL, CheckParts
from assistance.economic_checks.sources.contract import (
    Answer,
    Answered,
    Busy,
    NoGrant,
    NothingFound,
    Question,
    Unreachable,
    WrongAnswer,
)
from assistance.economic_checks.states import ASKABLE, KNOWN
from assistance.people import Person
from infrastructure.clock import SHANGHAI
from infrastructure.database import Database
from infrastructure.jobs import Attempt, TryLater, enqueue, pause_before

logger = logging.getLogger("huimin.checks")
ASK_SOURCES = "ask_sources"
MOST_WRONG = 10
"""After so many wrong answers a source is asked again only when somebody says so."""
KEPT_AFTER = timedelta(days=30)
"""How long an answer stays after the authorisation under which it came has ended."""


@dataclass(frozen=True)
class _Asked:
    """One question on its way, with the authorisation under which it left."""

    task_id: uuid.UUID
    authorization_id: uuid.UUID
    question: Question
    grant: Grant = field(repr=False)


def queue_asking(
    session: Session,
    check: EconomicCheck,
    person_id: uuid.UUID,
    *,
    now: datetime,
    run_at: datetime | None = None,
) -> None:
    """Let the worker ask everything that is open about one member, once this transaction is kept."""
    payload = {"check": str(check.id), "person": str(person_id)}
    key = f"{ASK_SOURCES}:{check.id}:{person_id}:{uuid.uuid4().hex[:8]}"
    enqueue(session, ASK_SOURCES, payload, key=key, now=now, run_at=run_at)


def handle_asking(parts: CheckParts, _database: Database, payload: dict[str, Any], attempt: Attempt) -> None:
    """The job of one member: ask what is open, store what comes, and come again for what did not."""
    ask_member(parts, uuid.UUID(payload["check"]), uuid.UUID(payload["person"]), attempt)


def ask_member(
    parts: CheckParts, check_id: uuid.UUID, person_id: uuid.UUID, attempt: Attempt | None = None
) -> None:
    """Ask every open question about one member; raises TryLater while a source does not answer."""
    with parts.database.transaction() as session:
        asked = _open_round(session, parts, check_id, person_id, parts.clock.now())
    answers = _ask_all(parts, asked)
    with parts.database.transaction() as session:
        if attempt is not None:
            attempt.hold(session)
        pause = _close_round(session, parts, check_id, person_id, asked, answers)
    reports.write_if_due(parts, check_id, now=parts.clock.now())
    if pause is not None:
        raise TryLater("unreachable", after=pause)


def _lock(session: Session, check_id: uuid.UUID, person_id: uuid.UUID) -> EconomicCheck | None:
    """Hold a check and what a person has signed for it; always in this order, which is that of withdrawing.

    Whoever withdraws now waits until this transaction ends, or has already done so.
    """
    of_check = select(EconomicCheck.request_id).where(EconomicCheck.id == check_id).scalar_subquery()
    signed = select(Authorization.id).where(
        Authorization.request_id == of_check, Authorization.person_id == person_id
    )
    session.execute(signed.order_by(Authorization.id).with_for_update()).all()
    wanted = select(EconomicCheck).where(EconomicCheck.id == check_id).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def _open_round(
    session: Session, parts: CheckParts, check_id: uuid.UUID, person_id: uuid.UUID, now: datetime
) -> list[_Asked]:
    check = _lock(session, check_id, person_id)
    if check is None or check.state == "stopped":
        return []
    request = session.get_one(AuthorizationRequest, check.request_id)
    person = session.get_one(Person, person_id)
    live = live_sources(session, request, person_id, now)
    asked = []
    for task in _open_tasks(session, check_id, person_id):
        if task.next_try_at is not None and task.next_try_at > now:
            continue
        one = _open_one(session, parts, check, request, person, task, live.get(task.source), now)
        if one is not None:
            asked.append(one)
    return asked


def _open_one(
    session: Session,
    parts: CheckParts,
    check: EconomicCheck,
    request: AuthorizationRequest,
    person: Person,
    task: CheckTask,
    found: Authorization | None,
    now: datetime,
) -> _Asked | None:
    source = parts.source(task.source)
    items = parts.open_items(task.source, request.purpose, now.astimezone(SHANGHAI).date())
    because = ""
    if found is None and is_silent(session, request.id, person.id):
        # To everybody but the town reviewer this looks like a check that is under way (T21).
        task.next_try_at = None
        return None
    if found is None:
        task.state, because = ("dropped" if task.authorization_id else "not_authorised"), "not_authorised"
    elif source is None or not items:
        task.state, because = "approval_ended", "source_closed"
    elif person.resident_id is None:
        task.state, because = "not_authorised", "no_number"
    agreed = frozenset(authorizations.items_of(found, task.source)) if found else frozenset()
    wanted = tuple(item for item in items if item.code in agreed)
    if not because and not wanted:
        task.state, because = "approval_ended", "source_closed"
    if because or found is None or source is None or person.resident_id is None:
        task.problem, task.next_try_at = because, None
        check.changes += 1
        note_refusal(
            session, task.id, person.id, task.source, because, request.number, by=audit.WORKER, now=now
        )
        return None
    grant = authorizations.mint_grant(
        session,
        parts.keys,
        person_id=person.id,
        source=task.source,
        purpose=request.purpose,
        request_id=request.id,
        now=now,
    )
    task.tries += 1
    task.last_tried_at, task.authorization_id = now, found.id
    audit.record(
        session,
        audit.Event.QUERY_SENT,
        by=audit.WORKER,
        now=now,
        object_ref=str(task.id),
        subject_ref=person.audit_subject,
        fields={"source": task.source, "authorization": str(found.id)},
        purpose=request.purpose,
        case_ref=request.number,
    )
    question = Question(
        id=uuid.uuid4(),
        request_number=request.number,
        person_id=person.id,
        source=task.source,
        purpose=request.purpose,
        items=wanted,
        months_back=min(source.months_back, request.months_back),
        name=person.name,
        resident_id=person.resident_id,
    )
    return _Asked(task.id, found.id, question, grant)


def _ask_all(parts: CheckParts, asked: Sequence[_Asked]) -> list[Answer | NoGrant]:
    if not asked:
        return []
    if len(asked) == 1:
        return [_ask_one(parts, asked[0])]
    with ThreadPoolExecutor(min(IN_PARALLEL, len(asked)), thread_name_prefix="source") as pool:
        return list(pool.map(lambda one: _ask_one(parts, one), asked))


def _ask_one(parts: CheckParts, one: _Asked) -> Answer | NoGrant:
    try:
        return parts.adapters[one.question.source].query(one.grant, one.question, now=parts.clock.now())
    except NoGrant as error:
        return error
    except Exception as error:
        # What one source does to its adapter must not lose the answers of the others.
        logger.error("an adapter failed", exc_info=error, extra={"fields": {"source": one.question.source}})
        return Unreachable("failed")


def _close_round(
    session: Session,
    parts: CheckParts,
    check_id: uuid.UUID,
    person_id: uuid.UUID,
    asked: Sequence[_Asked],
    answers: Sequence[Answer | NoGrant],
) -> timedelta | None:
    check = _lock(session, check_id, person_id)
    if check is None:
        return None
    now = parts.clock.now()
    request = session.get_one(AuthorizationRequest, check.request_id)
    tasks = {task.id: task for task in _tasks(session, check_id, person_id)}
    live = live_sources(session, request, person_id, now)
    for one, answer in zip(asked, answers, strict=True):
        record = live.get(one.question.source)
        check.changes += _close_one(session, check, request, tasks[one.task_id], one, record, answer, now)
    waits = [task.next_try_at for task in tasks.values() if task.state in ASKABLE and task.next_try_at]
    return max(min(waits) - now, timedelta(seconds=1)) if waits and check.state != "stopped" else None


def _close_one(
    session: Session,
    check: EconomicCheck,
    request: AuthorizationRequest,
    task: CheckTask,
    one: _Asked,
    live: Authorization | None,
    answer: Answer | NoGrant,
    now: datetime,
) -> bool:
    """Keep one answer, or drop it; whether anything is different now."""
    is_live = live is not None and live.id == one.authorization_id and check.state != "stopped"
    if not is_live or task.state not in ASKABLE:
        return _drop(session, request, task, one, answer, now)
    if isinstance(answer, NoGrant):
        # The minute was over before its turn came: nothing has left the house, so it is asked again.
        answer = Unreachable("failed")
    assert live is not None
    keep_until = (live.valid_until + KEPT_AFTER).astimezone(SHANGHAI).date()
    outcome, digest = _settle(session, task, one, answer, keep_until, now)
    _note(session, audit.Event.QUERY_ANSWERED, request, task, one, {"outcome": outcome}, digest, now)
    return True


def _settle(
    session: Session, task: CheckTask, one: _Asked, answer: Answer, keep_until: date, now: datetime
) -> tuple[str, bytes | None]:
    task.next_try_at, task.problem = None, None
    if isinstance(answer, Answered | NothingFound):
        is_known = isinstance(answer, Answered)
        task.state = "answered" if is_known else "nothing_found"
        result = CheckResult(
            id=uuid.uuid4(),
            task_id=task.id,
            authorization_id=one.authorization_id,
            source=task.source,
            sealed={"items": dict(answer.items) if isinstance(answer, Answered) else {}},
            purpose=one.question.purpose,
            as_of=answer.as_of,
            received_at=now,
            keep_until=keep_until,
        )
        session.add(result)
        return task.state, answer.digest
    digest = None
    pause = pause_before(str(task.id), task.tries)
    if isinstance(answer, Busy):
        task.state, task.problem, pause = "unreachable", "busy", max(answer.retry_after, pause)
    elif isinstance(answer, WrongAnswer):
        task.state, task.problem, digest = "wrong_answer", answer.because, answer.digest
    else:
        task.state, task.problem = "unreachable", answer.because
    if task.state != "wrong_answer" or task.tries < MOST_WRONG:
        task.next_try_at = now + pause
    return "busy" if isinstance(answer, Busy) else task.state, digest


def _drop(
    session: Session,
    request: AuthorizationRequest,
    task: CheckTask,
    one: _Asked,
    answer: Answer | NoGrant,
    now: datetime,
) -> bool:
    """A late answer leaves nothing but its hash in the log, a second one to the same question too."""
    digest = getattr(answer, "digest", None)
    because = "known_already" if task.state in KNOWN else "withdrawn"
    is_open = task.state in ASKABLE
    if is_open:
        task.state, task.problem, task.next_try_at = "dropped", "withdrawn", None
    _note(session, audit.Event.QUERY_DROPPED, request, task, one, {"because": because}, digest, now)
    return is_open


def _note(
    session: Session,
    event: audit.Event,
    request: AuthorizationRequest,
    task: CheckTask,
    one: _Asked,
    fields: dict[str, str],
    digest: bytes | None,
    now: datetime,
) -> None:
    audit.record(
        session,
        event,
        by=audit.WORKER,
        now=now,
        object_ref=str(task.id),
        subject_ref=f"person:{task.person_id}",
        fields={"source": task.source, "authorization": str(one.authorization_id), **fields},
        purpose=request.purpose,
        case_ref=request.number,
        committed=digest or None,
    )


def is_silent(session: Session, request_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether somebody has answered without a record: nothing is asked, and nothing shows it."""
    query = (
        select(AuthorizationPart.id)
        .outerjoin(Authorization, Authorization.part_id == AuthorizationPart.id)
        .where(
            AuthorizationPart.request_id == request_id,
            AuthorizationPart.person_id == person_id,
            AuthorizationPart.state == "signed",
            Authorization.id.is_(None),
        )
    )
    return session.scalar(query.limit(1)) is not None


def note_refusal(
    session: Session,
    task_ref: uuid.UUID | str,
    person_id: uuid.UUID,
    source: str,
    because: str,
    number: str,
    *,
    by: audit.Actor,
    now: datetime,
) -> None:
    """One row for a question that was not asked: refused before any adapter was reached (SA-11)."""
    audit.record(
        session,
        audit.Event.QUERY_REFUSED,
        by=by,
        now=now,
        object_ref=str(task_ref),
        subject_ref=f"person:{person_id}",
        fields={"source": source, "because": because},
        case_ref=number,
        result="refused",
    )


def _open_tasks(session: Session, check_id: uuid.UUID, person_id: uuid.UUID) -> list[CheckTask]:
    return [task for task in _tasks(session, check_id, person_id) if task.state in ASKABLE]


def _tasks(session: Session, check_id: uuid.UUID, person_id: uuid.UUID) -> list[CheckTask]:
    query = (
        select(CheckTask)
        .where(CheckTask.check_id == check_id, CheckTask.person_id == person_id)
        .order_by(CheckTask.source)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))
