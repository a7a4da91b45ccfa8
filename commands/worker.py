"""`flask worker`: does the jobs, seals the log, deletes what has run out and looks after what is due."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from datetime import datetime
from types import FrameType

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from assistance import audit, reactions
from commands.audit import sealer_of
from infrastructure import jobs
from infrastructure.database import Database
from web import idempotency, limits
from web.request_log import log_to_standard_error
from web.services import Services, services

logger = logging.getLogger("huimin.worker")
SWEEP_SECONDS = 60.0
SEAL_SECONDS = 5.0

# What runs out, how much of it has, and how it is deleted.
EXPIRING: dict[str, tuple[reactions.Count, reactions.Count]] = {
    **reactions.sweeps(),
    "rate_limits": (limits.count_expired, limits.delete_expired),
    "idempotent_answers": (idempotency.count_expired, idempotency.delete_expired),
}


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, and end.")
@click.option("--dry-run", is_flag=True, help="Say what has run out, and delete nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def worker(once: bool, dry_run: bool, as_json: bool) -> None:
    """Do the jobs, seal the log and delete what has run out, once or for as long as it runs."""
    parts = services()
    sealer = sealer_of(parts)
    if once or dry_run:
        now = parts.clock.now()
        if dry_run:
            done, tried, sealed = expired(parts.database, now), due(parts, now), waiting(parts.database)
        else:
            look_after(parts.database, now)
            tried = runner_of(parts).run_due(now).tried
            done, sealed = sweep(parts.database, now), seal(sealer, now)
        if as_json:
            click.echo(json.dumps({**done, "tried": tried, "sealed": sealed, "dry_run": dry_run}))
        else:
            verb = "would be deleted" if dry_run else "deleted"
            click.echo(f"{verb}: " + ", ".join(f"{name} {number}" for name, number in done.items()))
            click.echo(f"{'would be sealed' if dry_run else 'sealed'}: {sealed}")
            click.echo(f"{'jobs due' if dry_run else 'jobs tried'}: {tried}")
        return
    log_to_standard_error()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    logger.info("the worker runs")
    # In a thread of its own: however long sealing takes, a code leaves within a second or two.
    runner = runner_of(parts)
    at_jobs = threading.Thread(target=do_jobs, args=(runner, stop), name="jobs")
    at_jobs.start()
    sweep_at = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= sweep_at:
                sweep_at = time.monotonic() + SWEEP_SECONDS
                looked = look_after(parts.database, parts.clock.now())
                done = sweep(parts.database, parts.clock.now())
                if any(done.values()) or any(looked.values()):
                    logger.info("the minute's round", extra={"fields": {"deleted": done, "done": looked}})
            seal(sealer, parts.clock.now())
        except SQLAlchemyError as error:
            # The database may be away for a while; what is due is still there on the next round.
            logger.error("the worker's round failed", exc_info=error)
        stop.wait(SEAL_SECONDS)
    at_jobs.join()
    logger.info("the worker ends")


def runner_of(parts: Services) -> jobs.Runner:
    """The runner of this installation's jobs."""
    return jobs.Runner(parts.database, reactions.handlers(parts), parts.clock)


def do_jobs(runner: jobs.Runner, stop: threading.Event) -> None:
    """Do jobs until `stop` is set; whatever ends that otherwise ends the worker, and is seen."""
    try:
        runner.serve(stop)
    finally:
        stop.set()


def due(parts: Services, now: datetime) -> int:
    """How many jobs could be done now."""
    with parts.database.reading() as session:
        return jobs.count_due(session, now)


def look_after(database: Database, now: datetime) -> dict[str, int]:
    """What the nouns do by the clock, such as reminding; one that fails does not hold up the others."""
    done = {}
    for name, look in reactions.rounds().items():
        try:
            done[name] = look(database, now)
        except Exception as error:
            logger.error("a round failed", exc_info=error, extra={"fields": {"round": name}})
            done[name] = 0
    return done


def expired(database: Database, now: datetime) -> dict[str, int]:
    """How much of each kind has run out."""
    with database.reading() as session:
        return {name: count(session, now) for name, (count, _) in EXPIRING.items()}


def sweep(database: Database, now: datetime) -> dict[str, int]:
    """Delete what has run out, each kind in a transaction of its own, and say how much it was."""
    done = {}
    for name, (_, delete) in EXPIRING.items():
        with database.transaction() as session:
            done[name] = delete(session, now)
            if done[name]:
                counted = {"what": name, "count": done[name]}
                audit.record(session, audit.Event.EXPIRED_DELETED, by=audit.WORKER, now=now, fields=counted)
    return done


def waiting(database: Database) -> int:
    """How many entries of the log have no seal yet."""
    with database.reading() as session:
        return audit.count_waiting(session)


def seal(sealer: audit.Sealer, now: datetime) -> int:
    """Seal what waits and sign a checkpoint where one is due; whatever is wrong with the log is said."""
    done = sealer.run(now)
    for fault in done.faults:
        logger.error("the log is not as it was written: %s", fault)
    if done.checkpoints:
        logger.info("signed checkpoints of the log", extra={"fields": {"checkpoints": done.checkpoints}})
    return done.sealed


COMMANDS = (worker,)
