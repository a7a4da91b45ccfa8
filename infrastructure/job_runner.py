"""Runs jobs in threads: several at once, none inside a transaction, none lost when a runner dies."""

from __future__ import annotations

import logging
import os
import queue
import secrets
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from infrastructure.database import Database
from infrastructure.job_queue import (
    LEASE_FOR,
    SHORTEST_PAUSE,
    Attempt,
    LeaseLost,
    claim,
    extend,
    is_any_due,
    pause_before,
)

logger = logging.getLogger("huimin.jobs")
POLL_SECONDS = 1.0
BEAT_SECONDS = LEASE_FOR.total_seconds() / 3
TIMEOUT = timedelta(minutes=2)
GRACE_SECONDS = 5.0
MOST_ABANDONED = 16
WORKERS = 4

Handler = Callable[[Database, dict[str, Any], Attempt], None]


class Clock(Protocol):
    """Who says what time it is."""

    def now(self) -> datetime:
        """The present instant."""


class TryLater(Exception):
    """The job cannot be done now. With `after` that is nobody's failure; without, the usual pause follows.

    The reason is a code of ours, such as `unreachable`: operators read it, so it holds nothing personal.
    """

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class GiveUp(Exception):
    """The job can never be done: it becomes a dead letter at once. The reason is a code of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Done:
    """What a run came to."""

    done: int = 0
    put_back: int = 0
    dead: int = 0
    lost: int = 0
    """Tries whose lease had gone to somebody else when they ended."""

    @property
    def tried(self) -> int:
        """How many tries there were."""
        return self.done + self.put_back + self.dead + self.lost


@dataclass
class _Running:
    attempt: Attempt
    ends_at: float
    thread: threading.Thread | None = field(default=None)


class Runner:
    """Runs the jobs of the kinds that it has a handler for."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        timeouts: Mapping[str, timedelta] | None = None,
    ) -> None:
        self.database = database
        self.handlers = dict(handlers)
        self.clock = clock
        self.timeouts = dict(timeouts or {})
        self.holder = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._running: dict[uuid.UUID, _Running] = {}
        self._abandoned: list[threading.Thread] = []
        self._ended: queue.SimpleQueue[tuple[Attempt, str]] = queue.SimpleQueue()
        self._beat_at = 0.0
        self._is_busy = False
        self._present: Callable[[], datetime] = clock.now

    def run_due(self, now: datetime, workers: int = WORKERS) -> Done:
        """Run whatever is due at `now`, and end when nothing of it is left."""
        counted: Counter[str] = Counter()
        self._begin(lambda: max(now, self.clock.now()))
        while True:
            self._start_due(workers, due=now, counted=counted)
            if not self._running:
                return Done(**counted)
            self._beat(counted)
            self._collect(counted, max(0.05, min(POLL_SECONDS, self._beat_at - time.monotonic())))

    def serve(self, stop: threading.Event, workers: int = WORKERS) -> Done:
        """Run jobs as they fall due until `stop` is set; what still runs a moment later is given back."""
        counted: Counter[str] = Counter()
        self._begin(self.clock.now)
        while not stop.is_set():
            try:
                started = self._start_due(workers, due=self._present(), counted=counted)
                self._beat(counted)
            except SQLAlchemyError as error:
                # The database may be away for a while; whatever waits in it waits on.
                logger.error("jobs cannot be taken", exc_info=error)
                started = 0
            if not started:
                self._collect(counted, POLL_SECONDS)
        ends_at = time.monotonic() + GRACE_SECONDS
        while self._running and time.monotonic() < ends_at:
            self._collect(counted, 0.1)
        self._give_back()
        return Done(**counted)

    def _begin(self, present: Callable[[], datetime]) -> None:
        self._present = present
        self._plan_beat()

    def _start_due(self, workers: int, *, due: datetime, counted: Counter[str]) -> int:
        self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
        room = workers - len(self._running)
        if room <= 0 or not self.handlers or len(self._abandoned) >= MOST_ABANDONED:
            return 0
        # The last place is kept for what somebody waits for with the telephone in hand.
        ordinary = room if workers == 1 else room - 1
        now = self._present()
        # Looking first keeps an idle runner from taking SQLite's write lock; a busy one takes it anyway.
        if not self._is_busy:
            with self.database.reading() as session:
                if not is_any_due(session, self.handlers, due=due, now=now, only_urgent=ordinary == 0):
                    return 0
        with self.database.transaction() as session:
            attempts, exhausted = claim(
                session,
                self.holder,
                self.handlers,
                due=due,
                now=now,
                most=room,
                most_ordinary=ordinary,
                not_these=list(self._running),
            )
        self._is_busy = bool(attempts)
        for job in exhausted:
            counted["dead"] += 1
            logger.error("a job ended its runner too often", extra={"fields": {"kind": job.kind}})
        for attempt in attempts:
            allowed = self.timeouts.get(attempt.kind, TIMEOUT).total_seconds()
            running = _Running(attempt, time.monotonic() + allowed)
            self._running[attempt.id] = running
            # Daemons: a handler that hangs must not keep the process from ending.
            running.thread = threading.Thread(
                target=self._run, args=(attempt,), name=f"job {attempt.kind}", daemon=True
            )
            running.thread.start()
        return len(attempts)

    def _run(self, attempt: Attempt) -> None:
        outcome = "lost"
        try:
            outcome = self._try(attempt)
        except LeaseLost:
            logger.warning("a job's lease was lost", extra={"fields": {"kind": attempt.kind}})
        except SQLAlchemyError as error:
            # What became of the job cannot be written: its lease runs out and somebody takes it again.
            logger.error("a job's end cannot be written", exc_info=error)
        finally:
            self._ended.put((attempt, outcome))

    def _try(self, attempt: Attempt) -> str:
        reason: str | None = None
        after: timedelta | None = None
        try:
            self.handlers[attempt.kind](self.database, dict(attempt.payload), attempt)
        except LeaseLost:
            raise
        except GiveUp as end:
            with self.database.transaction() as session:
                attempt.bury(session, end.reason)
            self._say_dead(attempt, end.reason)
            return "dead"
        except TryLater as later:
            reason, after = later.reason, later.after
        except Exception as error:
            reason = _place_of(error)
            logger.error("a job failed", exc_info=error, extra={"fields": {"kind": attempt.kind}})
        else:
            with self.database.transaction() as session:
                attempt.finish(session, self._present())
            return "done"
        return self._put_back(attempt, reason, after)

    def _put_back(self, attempt: Attempt, reason: str, after: timedelta | None) -> str:
        pause = pause_before(attempt.key, attempt.failures) if after is None else max(after, SHORTEST_PAUSE)
        with self.database.transaction() as session:
            is_dead = attempt.put_back(session, self._present() + pause, reason, failed=after is None)
        if is_dead:
            self._say_dead(attempt, reason)
        return "dead" if is_dead else "put_back"

    def _say_dead(self, attempt: Attempt, reason: str) -> None:
        fields = {"kind": attempt.kind, "job": str(attempt.id), "reason": reason}
        logger.error("a job became a dead letter", extra={"fields": fields})

    def _collect(self, counted: Counter[str], seconds: float) -> None:
        """Wait until a job ends, and count it and the others that have ended."""
        try:
            ended = [self._ended.get(timeout=seconds)]
        except queue.Empty:
            return
        while not self._ended.empty():
            ended.append(self._ended.get())
        for attempt, outcome in ended:
            running = self._running.get(attempt.id)
            # An abandoned try may end long after another try of the same job has begun.
            if running is not None and running.attempt.number == attempt.number:
                del self._running[attempt.id]
                counted[outcome] += 1

    def _plan_beat(self) -> None:
        self._beat_at = time.monotonic() + BEAT_SECONDS

    def _beat(self, counted: Counter[str]) -> None:
        """Give up on what takes too long, and keep the leases of the rest."""
        moment = time.monotonic()
        for late in [one for one in self._running.values() if one.ends_at <= moment]:
            self._abandon(late, counted)
        if moment < self._beat_at:
            return
        self._plan_beat()
        if self._running:
            with self.database.transaction() as session:
                extend(session, self.holder, self._running, self._present() + LEASE_FOR)

    def _abandon(self, late: _Running, counted: Counter[str]) -> None:
        # A thread cannot be ended from outside. It loses its lease, so nothing that it still does is kept.
        del self._running[late.attempt.id]
        if late.thread is not None:
            self._abandoned.append(late.thread)
        try:
            counted[self._put_back(late.attempt, "timed_out", None)] += 1
        except LeaseLost:
            counted["lost"] += 1
        logger.error("a job took too long", extra={"fields": {"kind": late.attempt.kind}})

    def _give_back(self) -> None:
        for running in self._running.values():
            try:
                with self.database.transaction() as session:
                    running.attempt.put_back(session, self._present(), "given_back", failed=False)
            except (LeaseLost, SQLAlchemyError):
                continue
        self._running.clear()


def _place_of(error: BaseException) -> str:
    """The kind of an error and where it arose; never its message, in which a value may stand."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
