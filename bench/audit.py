"""The log: what an entry adds to the act that it tells of, and what sealing and verifying cost an entry."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from assistance import audit
from assistance.help_requests import HelpRequest, new_receipt
from assistance.help_requests.receipts import lookup
from bench.application import environment_of, prepare
from bench.households import COUNTY
from bench.measuring import Bench, Row
from infrastructure import clock
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import load_settings
from infrastructure.signing import SigningKeys

ENTRIES, QUICK_ENTRIES = 100_000, 5_000
AT_ONCE, LOOKS = 20, 25
MOST_MILLISECONDS = 0.5
BY = audit.Actor(
    "staff", "reviewer-7", "town_reviewer", "330482100", device_ref="d" * 24, request_id="f" * 16
)


def run(bench: Bench) -> list[Row]:
    """One entry, then a whole log of them, on SQLite as the demo runs it."""
    with TemporaryDirectory(prefix="huimin-bench-") as name:
        settings = load_settings(environment_of(Path(name)))
        cipher = FieldCipher(settings.field_keys)
        database = Database(settings.database_url, cipher)
        prepare(database)
        try:
            rows = [one_entry(database, cipher, bench.rounds), one_look(database, bench.rounds)]
            return rows + whole_log(bench, database, Path(name) / "outside")
        finally:
            database.dispose()


def one_entry(database: Database, cipher: FieldCipher, rounds: int) -> Row:
    """An act of one row, with and without its entry, in transactions of their own, in turn."""

    def act(*, recorded: bool) -> float:
        now = clock.now()
        rows = [a_request(cipher, at) for at in range(AT_ONCE)]
        began = time.perf_counter()
        for row in rows:
            with database.transaction() as session:
                session.execute(insert(HelpRequest), row)
                if recorded:
                    look(session, str(row["number"]), now)
        return (time.perf_counter() - began) / AT_ONCE

    pairs = [(act(recorded=False), act(recorded=True)) for _ in range(rounds * 3)]
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    return Row("an act of one row, committed, with its entry", "without", f"{ratio:.2f} ×", "–", len(pairs))


def one_look(database: Database, rounds: int) -> Row:
    """What one entry takes inside a transaction that is open anyway."""
    now, times = clock.now(), []
    for _ in range(rounds):
        with database.transaction() as session:
            look(session, "warm", now)
            # Nothing waits in there, so the processor's time counts, which neighbours disturb least.
            began = time.process_time()
            for at in range(LOOKS):
                look(session, str(at), now)
            times.append((time.process_time() - began) / LOOKS)
    milliseconds = statistics.median(times) * 1000
    return Row(
        "one look's entry",
        "its transaction without",
        f"{milliseconds:.2f} ms",
        f"≤ {MOST_MILLISECONDS:g} ms",
        rounds,
        milliseconds > MOST_MILLISECONDS,
    )


def whole_log(bench: Bench, database: Database, folder: Path) -> list[Row]:
    """Writing, sealing with checkpoints, and verifying a long log; each beside writing it."""
    number = QUICK_ENTRIES if bench.is_quick else ENTRIES
    keys = SigningKeys({"bench": b"b" * 32})
    sealer = audit.Sealer(database, audit.Copies(folder, keys), f"bench/{COUNTY}")
    began, now = time.perf_counter(), clock.now()
    for start in range(0, number, 1000):
        with database.transaction() as session:
            for at in range(start, min(start + 1000, number)):
                look(session, str(at), now)
    written = time.perf_counter() - began
    began = time.perf_counter()
    done = sealer.run(now)
    sealed = time.perf_counter() - began
    sealer.run(now + timedelta(minutes=10))
    began = time.perf_counter()
    report = audit.verify(sealer, now)
    verified = time.perf_counter() - began
    if done.faults or not report.is_sound or done.sealed < number:
        raise RuntimeError("the log that was measured is not sound")
    reference = f"writing the same, {written:.1f} s"
    return [
        Row(
            f"sealing {done.sealed:,} entries, {report.checkpoints} checkpoints, {sealed:.1f} s",
            reference, f"{sealed / written:.2f} ×", "–", 1,
        ),
        Row(
            f"verifying {report.entries:,} entries, {verified:.1f} s",
            reference, f"{verified / written:.2f} ×", "–", 1,
        ),
    ]  # fmt: skip


def look(session: object, reference: str, now: object) -> None:
    """An entry as an officer's look leaves it."""
    audit.looked(
        session,  # type: ignore[arg-type]
        audit.Event.HELP_REQUEST_SHOWN,
        [(reference, f"help_request:{reference}")],
        by=BY,
        now=now,  # type: ignore[arg-type]
        seen=("name", "contact", "village"),
        purpose="call_back",
    )


def a_request(cipher: FieldCipher, at: int) -> dict[str, object]:
    receipt, now = new_receipt(), clock.now()
    return {
        "number": receipt[:12] + str(at),
        "county": COUNTY,
        "division_code": COUNTY,
        "sealed": {"name": "甲", "contact": "乙", "village": "丙"},
        "policy_code": None,
        "receipt_lookup": lookup(cipher, receipt),
        "created_at": now,
        "expires_at": now + timedelta(days=90),
    }
