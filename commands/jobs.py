"""`flask jobs`: what waits to be done, and what could not be done after every try."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
from typing import Any

import click
from flask.cli import AppGroup

from assistance import audit
from infrastructure import jobs
from infrastructure.clock import SHANGHAI
from web.services import services

group = AppGroup("jobs", help="Work that waits: messages to deliver, checks to make.")
STATE_WORDS = {
    jobs.WAITING: "等着办",
    jobs.RUNNING: "正在办",
    jobs.DONE: "办好了",
    jobs.DEAD: "没办成",
}
MOST_RETRIED = 10_000


@group.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(jobs.STATES), help="Only these states.")
@click.option("--kind", help="Only this kind.")
@click.option("--most", default=200, show_default=True, type=click.IntRange(1, MOST_RETRIED))
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_jobs(states: tuple[str, ...], kind: str | None, most: int, as_json: bool) -> None:
    """Every job that is not done, the longest waiting first; with what it last failed of."""
    asked = states or (jobs.WAITING, jobs.RUNNING, jobs.DEAD)
    with services().database.reading() as session:
        found = jobs.list_jobs(session, asked, kind, most)
    if as_json:
        click.echo(json.dumps({"jobs": [_row(job) for job in found]}, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("没有等着办的事。")
    for job in found:
        click.echo(
            f"{job.id}  {STATE_WORDS[job.state]}  {job.kind}  {_instant(job.run_at)}  "
            f"试过 {job.attempts} 次  {job.last_error or '-'}"
        )


@group.command("retry")
@click.argument("job_ids", nargs=-1, type=click.UUID)
@click.option("--kind", help="Every dead letter of this kind.")
@click.option("--all", "is_all", is_flag=True, help="Every dead letter.")
@click.option("--dry-run", is_flag=True, help="Say what would be queued again, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def retry_jobs(
    job_ids: tuple[uuid.UUID, ...], kind: str | None, is_all: bool, dry_run: bool, as_json: bool
) -> None:
    """Queue dead letters again: those named, those of a kind, or all."""
    if not job_ids and not kind and not is_all:
        raise click.UsageError("Name jobs, or say --kind or --all.")
    parts = services()
    now = parts.clock.now()
    with parts.database.transaction() as session:
        dead = jobs.list_jobs(session, (jobs.DEAD,), kind, MOST_RETRIED)
        meant = [job for job in dead if not job_ids or job.id in job_ids]
        if not dry_run:
            meant = jobs.retry(session, [job.id for job in meant], now)
            for job in meant:
                audit.record(
                    session,
                    audit.Event.JOB_RETRIED,
                    by=audit.operator(getpass.getuser()),
                    now=now,
                    object_ref=str(job.id),
                    fields={"kind": job.kind},
                )
    missing = sorted(str(one) for one in set(job_ids) - {job.id for job in meant})
    if as_json:
        rows = [_row(job) for job in meant]
        click.echo(json.dumps({"retried": rows, "missing": missing, "dry_run": dry_run}, ensure_ascii=False))
    else:
        click.echo(f"{'会重新办' if dry_run else '重新办'}：{len(meant)} 件")
        for one in missing:
            click.echo(f"没有这样一件没办成的事：{one}")
    sys.exit(1 if missing else 0)


def _row(job: jobs.JobRow) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "kind": job.kind,
        "key": job.key,
        "state": job.state,
        "is_urgent": job.is_urgent,
        "queued_at": _instant(job.queued_at),
        "run_at": _instant(job.run_at),
        "attempts": job.attempts,
        "failures": job.failures,
        "last_tried_at": _instant(job.last_tried_at) if job.last_tried_at else None,
        "last_error": job.last_error,
    }


def _instant(value: Any) -> str:
    return str(value.astimezone(SHANGHAI).isoformat(timespec="seconds"))


COMMANDS = (group,)
