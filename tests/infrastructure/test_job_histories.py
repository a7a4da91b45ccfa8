"""Random histories of a queue: whatever fails, crashes or hangs, no job is lost or done after its end."""

from __future__ import annotations

import itertools
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from infrastructure import jobs
from infrastructure.database import Database
from infrastructure.job_queue import claim
from tests.conftest import NOW

KIND = "work"


class Queue(RuleBasedStateMachine):
    """Two runners, one of which may die at any moment, and an operator."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'queue.db'}")
        jobs.JOBS.metadata.create_all(self.database.engine)
        self.now = NOW
        self.numbers = itertools.count()
        self.queued: set[str] = set()
        self.finished: set[str] = set()
        self.tries: list[jobs.Attempt] = []

    @rule(is_urgent=st.booleans(), minutes=st.integers(0, 3), is_kept=st.booleans())
    def queue(self, is_urgent: bool, minutes: int, is_kept: bool) -> None:
        key = f"j{next(self.numbers)}"
        with self.database.session() as session:
            later = self.now + timedelta(minutes=minutes)
            jobs.enqueue(session, KIND, {}, key=key, now=self.now, run_at=later, is_urgent=is_urgent)
            if is_kept:
                session.commit()
                self.queued.add(key)

    @rule(seconds=st.sampled_from([1, 10, 31, 300, 4000]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(holder=st.sampled_from(["one", "two"]), most=st.integers(1, 3))
    def take(self, holder: str, most: int) -> None:
        with self.database.transaction() as session:
            taken, _ = claim(
                session, holder, [KIND], due=self.now, now=self.now, most=most, most_ordinary=most
            )
        for attempt in taken:
            assert attempt.key not in self.finished
        self.tries += taken

    @rule(
        which=st.randoms(use_true_random=False),
        how=st.sampled_from(["finish", "fail", "later", "bury", "die"]),
    )
    def end(self, which: object, how: str) -> None:
        if not self.tries:
            return
        attempt = self.tries.pop(which.randrange(len(self.tries)))  # type: ignore[attr-defined]
        if how == "die":
            return
        try:
            with self.database.transaction() as session:
                if how == "finish":
                    attempt.finish(session, self.now)
                elif how == "bury":
                    attempt.bury(session, "hopeless")
                else:
                    attempt.put_back(session, self.now + timedelta(seconds=5), "x", failed=how == "fail")
        except jobs.LeaseLost:
            return
        if how == "finish":
            assert attempt.key not in self.finished
            self.finished.add(attempt.key)

    @rule()
    def retry(self) -> None:
        with self.database.transaction() as session:
            dead = jobs.list_jobs(session, (jobs.DEAD,))
            jobs.retry(session, [one.id for one in dead], self.now)

    @invariant()
    def nothing_is_lost_and_nothing_is_done_twice(self) -> None:
        with self.database.reading() as session:
            rows = {row.key: row for row in session.execute(select(jobs.JOBS))}
        assert set(rows) == self.queued
        assert {key for key, row in rows.items() if row.state == jobs.DONE} == self.finished
        for row in rows.values():
            assert (row.leased_until is not None) == (row.state == jobs.RUNNING)

    def teardown(self) -> None:
        """Whatever happened before, a healthy runner ends every job that is not a dead letter."""
        self.now += timedelta(hours=2)
        self.retry()
        for _ in range(len(self.queued) + 1):
            self.take("healthy", 3)
            while self.tries:
                attempt = self.tries.pop()
                with self.database.transaction() as session:
                    try:
                        attempt.finish(session, self.now)
                    except jobs.LeaseLost:
                        continue
                    self.finished.add(attempt.key)
        with self.database.reading() as session:
            left = jobs.list_jobs(session)
        assert {row.state for row in left} <= {jobs.DEAD}
        self.database.dispose()
        self.folder.cleanup()


Queue.TestCase.settings = settings(
    max_examples=settings().max_examples // 4, stateful_step_count=30, deadline=None
)
TestQueue = Queue.TestCase
