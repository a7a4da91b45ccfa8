"""`flask retention`: what is kept how long, what has run out, and deleting it."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import AppGroup

from assistance import retention, rights
from assistance.data_register import data_register
from infrastructure.clock import SHANGHAI
from web.services import services

group = AppGroup("retention", help="How long data is kept, and its deletion.")
ACTION_WORDS = {
    "delete": "到期删除",
    "empty": "到期清空内容",
    "archive": "档案，系统从不删",
    "replace": "新的来了旧的删",
    "device": "只在自己的手机里",
}


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_classes(as_json: bool) -> None:
    """Every class with its days, its article and its tables; and the last runs."""
    with services().database.reading() as session:
        runs = [_run_row(run) for run in rights.last_runs(session)]
    rows = [_class_row(keep) for keep in retention.classes().values()]
    if as_json:
        click.echo(json.dumps({"classes": rows, "runs": runs}, ensure_ascii=False, indent=2))
        return
    for row in rows:
        days = "-" if row["days"] is None else f"{row['days']} 天"
        basis = "; ".join(row["basis"]) or "我们自己的决定"
        click.echo(
            f"{row['code']}  {ACTION_WORDS[row['action']]}  {days}  {basis}  {', '.join(row['tables'])}"
        )
    for run in runs:
        click.echo(f"{run['day']}  删 {sum(run['deleted'].values())}  先留着 {sum(run['held'].values())}")


@group.command("run")
@click.option("--dry-run", is_flag=True, help="Say what has run out, and delete nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def run_retention(dry_run: bool, as_json: bool) -> None:
    """Delete what has run out and nobody holds back, and say how much of what."""
    parts = services()
    now = parts.clock.now()
    if dry_run:
        with parts.database.reading() as session:
            report = rights.look_ahead(session, now)
    else:
        report = rights.run(parts.database, now)
    rows = [
        {"table": row.table, "class": row.keep.code, "count": row.due, "held": row.held}
        for row in report.rows
    ]
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "rows": rows}, ensure_ascii=False))
        return
    verb = "会删" if dry_run else "删了"
    for row in rows:
        if row["count"] or row["held"]:
            click.echo(f"{row['table']}  {row['class']}  {verb} {row['count']}  先留着 {row['held']}")
    if not report.deleted and not report.held:
        click.echo("没有到期的。")


def _class_row(keep: retention.RetentionClass) -> dict[str, Any]:
    return {
        "code": keep.code,
        "action": keep.action,
        "days": keep.days,
        "basis": list(keep.basis),
        "is_own_decision": keep.is_own_decision,
        "tables": [name for name, entry in data_register().tables.items() if entry.keep == keep],
    }


def _run_row(run: rights.RetentionRun) -> dict[str, Any]:
    return {
        "day": run.day.isoformat(),
        "began_at": run.began_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "deleted": run.deleted,
        "held": run.held,
    }


COMMANDS = (group,)
