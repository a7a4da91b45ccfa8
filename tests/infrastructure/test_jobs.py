"""Jobs: queued with their act or not at all, done at least once, never lost, never inside a transaction."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from infrastructure import clock, jobs
from infrastructure.database import Database
from tests.conftest import NOW
from tests.infrastructure import killed_runner

SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _no_thread_left(database: Database) -> Iterator[None]:
    """No handler runs on into the next test."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("job "):
            thread.join(30)
            assert not thread.is_alive()


def put(database: Database, *keys: str, kind: str = "work", **also: Any) -> None:
    with database.transaction() as session:
        for key in keys:
            assert jobs.enqueue(session, kind, {"id": key}, key=key, now=NOW, **also)


def rows(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return {row.key: row for row in session.execute(select(jobs.JOBS))}


def runner(database: Database, handler: jobs.Handler, **also: Any) -> jobs.Runner:
    return jobs.Runner(database, {"work": handler}, clock, **also)


class Diary:
    """A handler that notes what it was given."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, database: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        with self.lock:
            self.seen[payload["id"]] += 1


def test_a_job_is_queued_with_its_act_or_not_at_all(database: Database) -> None:
    def act() -> None:
        with database.transaction() as session:
            jobs.enqueue(session, "work", {"id": "a"}, key="a", now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert rows(database) == {}


def test_one_key_is_queued_once_a_kind(database: Database) -> None:
    put(database, "a")
    with database.transaction() as session:
        assert not jobs.enqueue(session, "work", {"id": "other"}, key="a", now=NOW)
        assert jobs.enqueue(session, "walk", {"id": "a"}, key="a", now=NOW)
    diary = Diary()
    assert runner(database, diary).run_due(NOW).done == 1
    assert diary.seen == {"a": 1}
    with database.transaction() as session:
        assert not jobs.enqueue(session, "work", {}, key="a", now=NOW)


@pytest.mark.parametrize(
    "payload",
    [
        {"id": "陈阿宜"},
        {"id": "19900000011"},
        {"id": "330499194603080125"},
        {"id": "33049919440404253X"},
        {"id": ["a", "19900000011"]},
        {"id": {"inside": "a"}},
        {"id": 1.5},
        {"Name": "a"},
        {"id": "two words"},
        {"id": "x" * 200},
    ],
)
def test_a_payload_holds_references_only(database: Database, payload: dict[str, Any]) -> None:
    with database.transaction() as session, pytest.raises(ValueError):
        jobs.enqueue(session, "work", payload, key="a", now=NOW)
    with database.transaction() as session, pytest.raises(ValueError):
        jobs.enqueue(session, "work", {}, key="19900000011", now=NOW)


def test_what_may_stand_in_a_payload_comes_back_as_it_was(database: Database) -> None:
    payload = {
        "id": str(uuid.uuid4()),
        "number": "AR-20261122-AB12C",
        "times": 3,
        "is_last": True,
        "none": None,
    }
    payload["list"] = ["bank-deposits", "tax"]
    with database.transaction() as session:
        jobs.enqueue(session, "work", payload, key="a", now=NOW)
    seen: list[dict[str, Any]] = []
    runner(database, lambda _database, given, _attempt: seen.append(given)).run_due(NOW)
    assert seen == [payload]


def test_a_job_waits_for_its_time(database: Database) -> None:
    put(database, "a", run_at=NOW + SOON)
    diary = Diary()
    assert runner(database, diary).run_due(NOW).tried == 0
    assert runner(database, diary).run_due(NOW + SOON).done == 1


def test_no_handler_runs_inside_a_transaction(database: Database) -> None:
    put(database, "a", "b", "c")
    found = []

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        found.append(given.engine.pool.checkedout())  # type: ignore[attr-defined]
        with given.transaction() as session:
            session.execute(text("DELETE FROM rate_limits"))

    assert runner(database, handler).run_due(NOW, workers=1).done == 3
    assert found == [0, 0, 0]


def test_a_failure_is_tried_again_after_a_growing_pause_and_then_laid_aside(database: Database) -> None:
    put(database, "a")
    seen = []

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        seen.append((attempt.number, attempt.is_last))
        raise ValueError("陈阿宜 19900000011")

    now = NOW
    pauses = []
    for _ in range(jobs.MOST_FAILURES - 1):
        assert runner(database, handler).run_due(now).put_back == 1
        row = rows(database)["a"]
        assert row.state == jobs.WAITING
        pauses.append((row.run_at - now).total_seconds())
        assert runner(database, handler).run_due(row.run_at - timedelta(milliseconds=1)).tried == 0
        now = row.run_at
    assert all(
        0.75 * 5 * 2**number <= pause <= 1.26 * 5 * 2**number for number, pause in enumerate(pauses)
    ), pauses
    assert runner(database, handler).run_due(now).dead == 1
    row = rows(database)["a"]
    assert (row.state, row.attempts, row.failures) == (jobs.DEAD, 10, 10)
    # The message of an error may hold a value, so only its kind and place are kept.
    assert row.last_error.startswith("ValueError test_jobs.py:")
    assert seen == [(number, number == 10) for number in range(1, 11)]
    assert runner(database, handler).run_due(now + 10 * HOUR).tried == 0


def test_a_dead_letter_is_listed_and_queued_again(database: Database) -> None:
    put(database, "a", "b")

    def refuse(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        raise jobs.GiveUp("bad_number")

    assert runner(database, refuse).run_due(NOW) == jobs.Done(dead=2)
    with database.reading() as session:
        listed = jobs.list_jobs(session, (jobs.DEAD,))
        assert jobs.list_jobs(session, (jobs.DEAD,), kind="walk") == []
        assert jobs.count_by_kind(session) == {("work", "dead"): 2}
    assert {one.last_error for one in listed} == {"bad_number"}
    with database.transaction() as session:
        assert [one.key for one in jobs.retry(session, [listed[0].id, uuid.uuid4()], NOW)] == [listed[0].key]
    diary = Diary()
    assert runner(database, diary).run_due(NOW).done == 1
    assert diary.seen == {listed[0].key: 1}


def test_later_is_nobody_s_failure_where_the_handler_says_when(database: Database) -> None:
    put(database, "a")

    def wait(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        raise jobs.TryLater("pending", after=timedelta(minutes=7))

    now = NOW
    for number in range(1, 25):
        assert runner(database, wait).run_due(now).put_back == 1
        row = rows(database)["a"]
        assert (row.state, row.attempts, row.failures, row.last_error) == ("waiting", number, 0, "pending")
        assert row.run_at == now + timedelta(minutes=7)
        now = row.run_at


def test_a_handler_finishes_the_job_with_what_it_has_done(database: Database) -> None:
    put(database, "a", "b")

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        with given.transaction() as session:
            attempt.finish(session, attempt.now)
        if payload["id"] == "b":
            raise ValueError

    done = runner(database, handler).run_due(NOW)
    assert {row.state for row in rows(database).values()} == {jobs.DONE}
    assert done.done + done.lost == 2


def test_whoever_lost_the_lease_keeps_nothing(database: Database) -> None:
    put(database, "a")
    outcomes = []

    def slow(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        # While this one dreams, its lease runs out and another runner does the job.
        later = NOW + jobs.LEASE_FOR + SOON
        assert runner(given, Diary()).run_due(later).done == 1
        with given.transaction() as session, pytest.raises(jobs.LeaseLost):
            attempt.hold(session)
        outcomes.append("refused")

    done = runner(database, slow).run_due(NOW)
    assert (done.lost, outcomes) == (1, ["refused"])
    row = rows(database)["a"]
    assert (row.state, row.attempts) == (jobs.DONE, 2)


def test_a_lease_is_kept_while_the_job_is_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastructure.job_runner.BEAT_SECONDS", 0.05)
    put(database, "a")
    extended = threading.Event()

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        with given.transaction() as session:
            session.execute(jobs.JOBS.update().values(leased_until=NOW + SOON))
        for _ in range(400):
            if rows(given)["a"].leased_until == NOW + jobs.LEASE_FOR:
                extended.set()
                return
            time.sleep(0.02)

    assert runner(database, handler).run_due(NOW).done == 1
    assert extended.is_set()


def test_a_job_that_takes_too_long_is_put_back_and_its_thread_keeps_nothing(database: Database) -> None:
    put(database, "a")
    release, ended = threading.Event(), threading.Event()
    lost = []

    def hang(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        release.wait(30)
        try:
            with given.transaction() as session:
                attempt.hold(session)
        except jobs.LeaseLost:
            lost.append(attempt.number)
        ended.set()

    hanging = runner(database, hang, timeouts={"work": timedelta(seconds=0.2)})
    assert hanging.run_due(NOW) == jobs.Done(put_back=1)
    row = rows(database)["a"]
    assert (row.state, row.last_error, row.failures) == (jobs.WAITING, "timed_out", 1)
    diary = Diary()
    assert runner(database, diary).run_due(row.run_at).done == 1
    release.set()
    assert ended.wait(30)
    assert lost == [1]
    assert rows(database)["a"].state == jobs.DONE


def test_urgent_jobs_overtake_and_one_place_is_kept_for_them(database: Database) -> None:
    put(database, *(f"slow-{number}" for number in range(6)))
    put(database, "code", is_urgent=True, run_at=NOW)
    order: list[str] = []
    release = threading.Event()

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        if payload["id"].startswith("slow"):
            release.wait(30)
        order.append(payload["id"])
        if payload["id"] == "code-2":
            release.set()
        if payload["id"] == "code":
            # All other places are taken by slow ones now.
            put(given, "code-2", is_urgent=True, run_at=NOW)

    assert runner(database, handler).run_due(NOW, workers=3).done == 8
    assert order[:2] == ["code", "code-2"]


def test_two_runners_at_once_do_each_job_once(database: Database) -> None:
    put(database, *(f"j{number}" for number in range(60)))
    diary = Diary()
    done: list[jobs.Done] = []
    threads = [
        threading.Thread(target=lambda: done.append(runner(database, diary).run_due(NOW, workers=3)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.done for one in done) == 60
    assert set(diary.seen.values()) == {1}
    assert len(diary.seen) == 60


def test_serving_runs_what_comes_and_gives_back_what_it_cannot_finish(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.job_runner.GRACE_SECONDS", 0.1)
    monkeypatch.setattr("infrastructure.job_runner.POLL_SECONDS", 0.05)
    stop, begun, release, quick = threading.Event(), threading.Event(), threading.Event(), threading.Event()

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        if payload["id"] == "quick":
            quick.set()
            return
        begun.set()
        release.wait(30)

    served = threading.Thread(target=runner(database, handler).serve, args=(stop,))
    served.start()
    put(database, "quick")
    assert quick.wait(30)
    put(database, "endless")
    assert begun.wait(30)
    stop.set()
    served.join()
    row = rows(database)["endless"]
    assert (row.state, row.failures, row.last_error) == (jobs.WAITING, 0, "given_back")
    release.set()


def test_queue_age_counts_from_when_a_job_could_have_run(database: Database) -> None:
    with database.reading() as session:
        assert jobs.oldest_due(session, NOW) is None
    put(database, "later", run_at=NOW + HOUR)
    put(database, "a", run_at=NOW - HOUR)
    with database.reading() as session:
        assert jobs.oldest_due(session, NOW) == NOW - HOUR
        assert jobs.oldest_due(session, NOW - 2 * HOUR) is None
    runner(database, Diary()).run_due(NOW)
    with database.reading() as session:
        assert jobs.oldest_due(session, NOW) is None
        assert jobs.oldest_due(session, NOW + 2 * HOUR) == NOW + HOUR


def test_what_was_done_a_week_ago_is_forgotten(database: Database) -> None:
    put(database, "a", "b")
    runner(database, Diary()).run_due(NOW)
    with database.transaction() as session:
        assert jobs.count_expired(session, NOW + timedelta(days=6)) == 0
        assert jobs.delete_expired(session, NOW + timedelta(days=7)) == 2
    assert rows(database) == {}


def test_a_runner_does_not_take_what_it_still_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.job_runner.POLL_SECONDS", 0.05)
    put(database, "a")
    seen = []
    second = threading.Event()

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        seen.append((attempt.key, attempt.number))
        if attempt.key == "b":
            second.set()
            return
        # As if the machine had slept: the lease is over, and nobody else is there.
        with given.transaction() as session:
            session.execute(jobs.JOBS.update().values(leased_until=NOW - SOON))
        put(given, "b")
        assert second.wait(30)

    assert runner(database, handler).run_due(NOW).done == 2
    assert seen == [("a", 1), ("b", 1)]


def test_the_next_job_is_found_from_the_index_alone(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the plan of an almost empty table says nothing on PostgreSQL")
    from infrastructure.job_queue import _takeable

    with database.reading() as session:
        for query in _takeable(["work"], NOW, NOW):
            told = str(query.limit(3).compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = str(session.execute(text(f"EXPLAIN QUERY PLAN {told}")).all())
            assert "ix_jobs_state_is_urgent_run_at_id" in plan, plan
        waiting = [
            str(q.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            for q in _takeable(["work"], NOW, NOW)[1:]
        ]
        for told in waiting:
            assert "TEMP B-TREE" not in str(session.execute(text(f"EXPLAIN QUERY PLAN {told}")).all())


@given(st.text(min_size=1, max_size=40), st.integers(0, 60))
def test_a_pause_grows_to_an_hour_and_is_the_same_for_the_same_key(key: str, failures: int) -> None:
    pause = jobs.pause_before(key, failures)
    assert pause == jobs.pause_before(key, failures)
    middle = min(5 * 2**failures, 3600)
    assert 0.75 * middle <= pause.total_seconds() <= 1.25 * middle


@pytest.fixture
def helper_process(database: Database) -> Iterator[subprocess.Popen[str]]:
    """A runner in a process of its own that says when it is in the middle of a job."""
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", killed_runner.__name__, url, NOW.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_killed_runner_s_jobs_are_taken_up_again(
    database: Database, helper_process: subprocess.Popen[str]
) -> None:
    """SIGKILL in mid-job: what was done stays done, what was begun is done by the next, nothing is lost."""
    keys = {f"j{number}" for number in range(12)}
    put(database, *sorted(keys), kind=killed_runner.KIND)
    assert helper_process.stdout is not None
    in_the_middle = json.loads(helper_process.stdout.readline())
    os.kill(helper_process.pid, signal.SIGKILL)
    helper_process.wait()
    after_kill = {key: row.state for key, row in rows(database).items()}
    assert after_kill[in_the_middle["key"]] == jobs.RUNNING
    diary = Diary()
    next_runner = jobs.Runner(database, {killed_runner.KIND: diary}, clock)
    begun: datetime = NOW
    next_runner.run_due(begun)
    # As long as the lease may still be somebody's, nobody touches what was begun.
    assert rows(database)[in_the_middle["key"]].state == jobs.RUNNING
    next_runner.run_due(begun + jobs.LEASE_FOR)
    assert {row.state for row in rows(database).values()} == {jobs.DONE}
    done_before = {key for key, state in after_kill.items() if state == jobs.DONE}
    assert set(diary.seen) == keys - done_before
    assert set(diary.seen.values()) == {1}
    row = rows(database)[in_the_middle["key"]]
    assert (row.attempts, row.failures) == (2, 1)


def test_a_job_that_always_kills_its_runner_becomes_a_dead_letter(database: Database) -> None:
    put(database, "a")
    diary = Diary()
    now = NOW
    for _ in range(jobs.MOST_FAILURES):
        with database.transaction() as session:
            values = {"state": jobs.RUNNING, "holder": "dead", "leased_until": now}
            session.execute(jobs.JOBS.update().values(values))
            session.execute(jobs.JOBS.update().values(attempts=jobs.JOBS.c.attempts + 1))
        from infrastructure.job_queue import claim

        with database.transaction() as session:
            claim(session, "dead", ["work"], due=now, now=now, most=1, most_ordinary=1)
        now += jobs.LEASE_FOR
    row = rows(database)["a"]
    assert (row.state, row.last_error, row.failures) == (jobs.DEAD, "runner_ended", 11)
    assert runner(database, diary).run_due(now + HOUR).tried == 0
