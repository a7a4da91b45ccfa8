"""A runner in a process of its own, which a test kills in the middle of a job."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime
from typing import Any

from infrastructure import clock, jobs
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import DEFAULT_FIELD_KEYS

KIND = "work_to_be_killed"
FINISHED_FIRST = 4


def main(url: str, now: datetime) -> None:
    """Do four jobs, then say which one is begun and never end it."""
    database = Database(url, FieldCipher(DEFAULT_FIELD_KEYS))
    done: list[str] = []

    def handler(given: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        if len(done) < FINISHED_FIRST:
            done.append(attempt.key)
            return
        sys.stdout.write(json.dumps({"key": attempt.key}) + "\n")
        sys.stdout.flush()
        threading.Event().wait()

    runner = jobs.Runner(database, {KIND: handler}, clock)
    with clock.freeze(now):
        while True:
            runner.run_due(now, workers=1)


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
