"""Jobs: work that leaves the house only after its act is committed, done at least once, in parallel.

An act queues a job in its own transaction; the worker's runner takes it by lease and calls the handler of its
kind, outside any transaction. A failure is tried again after a growing pause; after ten the job is a dead
letter that an operator lists and queues again.
"""

from infrastructure.job_queue import (
    LEASE_FOR,
    MOST_FAILURES,
    Attempt,
    JobRow,
    LeaseLost,
    count_by_kind,
    count_due,
    count_expired,
    delete_expired,
    enqueue,
    list_jobs,
    oldest_due,
    pause_before,
    retry,
)
from infrastructure.job_runner import WORKERS, Clock, Done, GiveUp, Handler, Runner, TryLater
from infrastructure.job_table import DEAD, DONE, JOBS, RUNNING, STATES, WAITING

__all__ = [
    "DEAD",
    "DONE",
    "JOBS",
    "LEASE_FOR",
    "MOST_FAILURES",
    "RUNNING",
    "STATES",
    "WAITING",
    "WORKERS",
    "Attempt",
    "Clock",
    "Done",
    "GiveUp",
    "Handler",
    "JobRow",
    "LeaseLost",
    "Runner",
    "TryLater",
    "count_by_kind",
    "count_due",
    "count_expired",
    "delete_expired",
    "enqueue",
    "list_jobs",
    "oldest_due",
    "pause_before",
    "retry",
]
