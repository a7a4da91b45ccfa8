"""Jobs as rows: queued with their act, taken by lease, put back, finished, or laid aside as dead letters."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, and_, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from infrastructure.job_table import DEAD, DONE, JOBS, RUNNING, WAITING

LISTED = (WAITING, RUNNING, DEAD)
LEASE_FOR = timedelta(seconds=30)
MOST_FAILURES = 10
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
SHORTEST_PAUSE = timedelta(seconds=1)
KEPT_WHEN_DONE = timedelta(days=7)
WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
# What may stand in a payload: ids, numbers of requests, codes. A name or an address has other characters.
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,159}")
NUMBER_OF_A_PERSON = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|1\d{10})(?![0-9A-Za-z])")
LONGEST_ERROR = 120


class LeaseLost(Exception):
    """Somebody else has this job now: whatever this attempt would still write must not be kept."""


@dataclass(frozen=True)
class Attempt:
    """One try at one job, by whoever holds its lease."""

    id: uuid.UUID
    kind: str
    key: str
    holder: str
    number: int
    """The how-manieth try this is, from 1."""
    failures: int
    """How many tries before this one failed."""
    now: datetime
    """When this try began."""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_last(self) -> bool:
        """Whether a failure now lays the job aside as a dead letter."""
        return self.failures + 1 >= MOST_FAILURES

    def hold(self, session: Session) -> None:
        """Keep others from this job until the transaction ends, or raise LeaseLost."""
        self._change(session, {"holder": self.holder})

    def finish(self, session: Session, now: datetime) -> None:
        """Finish the job in the transaction of what it has done: neither is kept without the other."""
        values = {"state": DONE, "expires_at": now + KEPT_WHEN_DONE, "leased_until": None, "last_error": None}
        self._change(session, values, (RUNNING, DONE))

    def put_back(self, session: Session, run_at: datetime, error: str | None, *, failed: bool) -> bool:
        """Let the job wait until `run_at`; after too many failures it becomes a dead letter: True then."""
        failures = self.failures + int(failed)
        is_dead = failed and failures >= MOST_FAILURES
        values = {"state": DEAD if is_dead else WAITING, "run_at": run_at, "failures": failures}
        self._change(session, {**values, **_let_go(error)})
        return is_dead

    def bury(self, session: Session, error: str) -> None:
        """Lay the job aside as a dead letter."""
        self._change(session, {"state": DEAD, "failures": self.failures + 1, **_let_go(error)})

    def _change(
        self, session: Session, values: Mapping[str, Any], states: Sequence[str] = (RUNNING,)
    ) -> None:
        mine = and_(JOBS.c.id == self.id, JOBS.c.holder == self.holder, JOBS.c.attempts == self.number)
        if _count(session, update(JOBS).where(mine, JOBS.c.state.in_(states)).values(dict(values))) == 0:
            raise LeaseLost(f"{self.kind} {self.id}")


@dataclass(frozen=True)
class JobRow:
    """A job as operators see it; of its payload nothing."""

    id: uuid.UUID
    kind: str
    key: str
    state: str
    is_urgent: bool
    queued_at: datetime
    run_at: datetime
    attempts: int
    failures: int
    last_tried_at: datetime | None
    last_error: str | None


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    run_at: datetime | None = None,
    is_urgent: bool = False,
) -> bool:
    """Queue a job in the transaction of the act that needs it; False where this key is queued already.

    The payload holds references only, or ValueError: what is personal stays in its own sealed row. A key is
    known as long as its job stands, a week after it is done. Urgent jobs overtake others.
    """
    if not WORD.fullmatch(kind) or not _is_reference(key):
        raise ValueError(f"a job's kind and key are references: {kind}")
    if not all(WORD.fullmatch(name) and _is_fit(value) for name, value in payload.items()):
        raise ValueError(f"the payload of {kind} holds more than references")
    row = {
        "id": uuid.uuid4(),
        "kind": kind,
        "key": key,
        "payload": json.dumps(dict(payload), sort_keys=True),
        "is_urgent": is_urgent,
        "state": WAITING,
        "queued_at": now,
        "run_at": run_at or now,
        "attempts": 0,
        "failures": 0,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(JOBS).values(row).on_conflict_do_nothing().returning(JOBS.c.id)
    return session.execute(added).first() is not None


def pause_before(key: str, failures: int) -> timedelta:
    """The wait after this many failures: doubling, and spread by the key so that not all return at once."""
    pause = min(FIRST_PAUSE * 2 ** min(failures, 20), LONGEST_PAUSE)
    lot = hashlib.sha256(f"{key}:{failures}".encode()).digest()[0]
    return timedelta(seconds=pause.total_seconds() * (0.75 + lot / 510))


def is_any_due(
    session: Session, kinds: Collection[str], *, due: datetime, now: datetime, only_urgent: bool
) -> bool:
    """Whether a runner would find something to do, asked without keeping anybody from writing."""
    queries = _takeable(kinds, due, now)
    if only_urgent:
        queries = [query.where(JOBS.c.is_urgent.is_(True)) for query in queries[:2]]
    return any(session.execute(query.limit(1)).first() is not None for query in queries)


def claim(
    session: Session,
    holder: str,
    kinds: Collection[str],
    *,
    due: datetime,
    now: datetime,
    most: int,
    most_ordinary: int,
    not_these: Collection[uuid.UUID] = (),
) -> tuple[list[Attempt], list[JobRow]]:
    """Take jobs that are due, and those whose runner has died; the second list has died too often.

    Urgent ones first; of the others no more than `most_ordinary`; and none that the runner itself still does.
    """
    taken: list[uuid.UUID] = []
    ordinary = 0
    for query in _takeable(kinds, due, now):
        room = most - len(taken)
        if room <= 0:
            break
        # Two runners at once take different rows on PostgreSQL, and take turns on SQLite.
        if not_these:
            query = query.where(JOBS.c.id.not_in(not_these))
        for row in session.execute(query.limit(room).with_for_update(skip_locked=True)):
            if not row.is_urgent:
                if ordinary >= most_ordinary:
                    continue
                ordinary += 1
            taken.append(row.id)
    if not taken:
        return [], []
    changed = (
        update(JOBS)
        .where(JOBS.c.id.in_(taken))
        .values(
            # Whoever held it and let the lease run out has failed, perhaps because of this very job.
            failures=JOBS.c.failures + case((JOBS.c.state == RUNNING, 1), else_=0),
            state=RUNNING,
            holder=holder,
            leased_until=now + LEASE_FOR,
            attempts=JOBS.c.attempts + 1,
            last_tried_at=now,
        )
        .returning(*JOBS.c)
    )
    attempts, exhausted = [], []
    for row in session.execute(changed):
        payload = json.loads(row.payload)
        attempt = Attempt(row.id, row.kind, row.key, holder, row.attempts, row.failures, now, payload)
        if row.failures >= MOST_FAILURES:
            attempt.bury(session, "runner_ended")
            exhausted.append(_job_row(row))
        else:
            attempts.append(attempt)
    order = {one: at for at, one in enumerate(taken)}
    return sorted(attempts, key=lambda attempt: order[attempt.id]), exhausted


def extend(session: Session, holder: str, ids: Iterable[uuid.UUID], until: datetime) -> None:
    """Keep the leases of what is still being done."""
    mine = and_(JOBS.c.id.in_(list(ids)), JOBS.c.holder == holder, JOBS.c.state == RUNNING)
    session.execute(update(JOBS).where(mine).values(leased_until=until))


def list_jobs(
    session: Session,
    states: Sequence[str] = (WAITING, RUNNING, DEAD),
    kind: str | None = None,
    most: int = 200,
) -> list[JobRow]:
    """The jobs of these states, the longest waiting first."""
    query = select(JOBS).where(JOBS.c.state.in_(states)).order_by(JOBS.c.run_at, JOBS.c.id).limit(most)
    if kind is not None:
        query = query.where(JOBS.c.kind == kind)
    return [_job_row(row) for row in session.execute(query)]


def retry(session: Session, ids: Sequence[uuid.UUID], now: datetime) -> list[JobRow]:
    """Queue dead letters again, with all their tries before them; others stay as they are."""
    query = update(JOBS).where(JOBS.c.id.in_(list(ids)), JOBS.c.state == DEAD)
    changed = session.execute(query.values(state=WAITING, run_at=now, failures=0).returning(*JOBS.c))
    return sorted((_job_row(row) for row in changed), key=lambda job: (job.queued_at, job.id))


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the job that has waited longest for a runner could have been run."""
    due = session.scalar(select(func.min(JOBS.c.run_at)).where(JOBS.c.state == WAITING, JOBS.c.run_at <= now))
    left = session.scalar(
        select(func.min(JOBS.c.leased_until)).where(JOBS.c.state == RUNNING, JOBS.c.leased_until <= now)
    )
    return min((one for one in (due, left) if one is not None), default=None)


def count_due(session: Session, now: datetime) -> int:
    """How many jobs could be run now."""
    query = select(func.count()).select_from(JOBS).where(JOBS.c.state == WAITING, JOBS.c.run_at <= now)
    return session.scalar(query) or 0


def count_by_kind(session: Session) -> dict[tuple[str, str], int]:
    """How many jobs of each kind and state there are; those that are done are not counted."""
    query = select(JOBS.c.kind, JOBS.c.state, func.count()).where(JOBS.c.state != DONE)
    rows = session.execute(query.group_by(JOBS.c.kind, JOBS.c.state).order_by(JOBS.c.kind, JOBS.c.state))
    return {(kind, state): number for kind, state, number in rows}


def count_expired(session: Session, now: datetime) -> int:
    """How many jobs were done long enough ago to be forgotten."""
    return session.scalar(select(func.count()).select_from(JOBS).where(JOBS.c.expires_at <= now)) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Forget the jobs that were done long enough ago, and their keys with them."""
    return _count(session, delete(JOBS).where(JOBS.c.expires_at <= now))


def _takeable(kinds: Collection[str], due: datetime, now: datetime) -> list[Select[Any]]:
    # One query a case, each answered from the index in its own order.
    of_ours = select(JOBS.c.id, JOBS.c.is_urgent).where(JOBS.c.kind.in_(sorted(kinds)))
    left = of_ours.where(JOBS.c.state == RUNNING, JOBS.c.leased_until <= now)
    waiting = of_ours.where(JOBS.c.state == WAITING, JOBS.c.run_at <= due)
    in_turn = (JOBS.c.run_at, JOBS.c.id)
    return [
        left.order_by(*in_turn),
        waiting.where(JOBS.c.is_urgent.is_(True)).order_by(*in_turn),
        waiting.where(JOBS.c.is_urgent.is_(False)).order_by(*in_turn),
    ]


def _job_row(row: Any) -> JobRow:
    return JobRow(
        row.id,
        row.kind,
        row.key,
        row.state,
        row.is_urgent,
        row.queued_at,
        row.run_at,
        row.attempts,
        row.failures,
        row.last_tried_at,
        row.last_error,
    )


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, str)
        and REFERENCE.fullmatch(value) is not None
        and NUMBER_OF_A_PERSON.search(value) is None
    )


def _is_fit(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_reference(one) for one in value)
    return value is None or isinstance(value, int) or _is_reference(value)


def _let_go(error: str | None) -> dict[str, Any]:
    return {"last_error": error[:LONGEST_ERROR] if error else None, "holder": None, "leased_until": None}


def _count(session: Session, statement: Any) -> int:
    done = session.execute(statement)
    assert isinstance(done, CursorResult)
    return done.rowcount
