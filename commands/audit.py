"""`flask audit`: is the log of acts and looks as it was written."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Any

import click
from flask.cli import AppGroup

from assistance import audit, rights
from web.services import Services, services

group = AppGroup("audit", help="The log of who did or saw what.")
PLACES = {"entry": "条目", "seal": "封存", "checkpoint": "存证", "copy": "外面的抄件", "cosignature": "联署"}
MOST_PRINTED = 20


def sealer_of(parts: Services) -> audit.Sealer:
    """The sealer of this installation's log."""
    origin = f"{parts.settings.host}/{parts.settings.county}"
    copies = audit.Copies(parts.settings.checkpoint_dir, parts.signing_keys)
    return audit.Sealer(parts.database, copies, origin)


@group.command("verify")
@click.option("--dry-run", is_flag=True, help="Seal nothing; entries without a seal are only counted.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def verify(dry_run: bool, as_json: bool) -> None:
    """Seal what waits, then compute everything anew and hold it against the copies outside the database."""
    parts = services()
    cosignatures = audit.cosignatures_of(parts.settings)
    report = audit.verify(sealer_of(parts), parts.clock.now(), sealing=not dry_run, cosignatures=cosignatures)
    if as_json:
        click.echo(json.dumps({**_as_json(report), "dry_run": dry_run}, ensure_ascii=False))
    else:
        _print(report)
    if not dry_run:
        _note(parts, report)
    sys.exit(0 if report.is_sound else 1)


@group.command("events")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_events(as_json: bool) -> None:
    """Every kind of act and look that the log can tell of, with the fields of its entries."""
    rows = [
        {
            "event": event.value,
            "words": kind.words,
            "object": kind.object_type,
            "fields": sorted(kind.fields),
            "about_a_person": kind.is_about_a_person,
            "look": kind.is_look,
        }
        for event, kind in audit.KINDS.items()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for event, kind in audit.KINDS.items():
        click.echo(f"{event.value:<32} {kind.words}  {' '.join(sorted(kind.fields))}".rstrip())


@group.command("minors-report")
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help="The year reported on.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def report_minors(year: int, as_json: bool) -> None:
    """How minors' data was handled, looked at and opened in a year, counted from the log."""
    with services().database.reading() as session:
        report = rights.minors_report(session, year)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(f"{year} 年，未成年人 {report['minors']} 人，日志 {report['entries']} 条。")
    for row in report["handlings"]:
        click.echo(f"处理  {row['words']}  {row['count']}")
    for row in report["accesses"]:
        click.echo(f"查看  {row['role']} {row['division']} {row['purpose']}  {row['count']}")
    asked = report["approvals"]
    click.echo(f"批准  申请 {asked['asked']}，同意 {asked['approved']}，没有同意 {asked['declined']}")


def _note(parts: Services, report: audit.Report) -> None:
    # Said in the log itself: its readers call whole only what somebody has really computed anew.
    fields = {
        "sound": report.is_sound,
        "entries": report.entries,
        "witnessed": report.witnessed,
        "problems": len(report.problems),
    }
    by, now = audit.operator(getpass.getuser()), parts.clock.now()
    with parts.database.transaction() as session:
        audit.record(session, audit.Event.LOG_VERIFIED, by=by, now=now, fields=fields)


def _as_json(report: audit.Report) -> dict[str, Any]:
    return {
        "ok": report.is_sound,
        "entries": report.entries,
        "seals": report.seals,
        "newly_sealed": report.newly_sealed,
        "checkpoints": report.checkpoints,
        "copies_outside": report.copies,
        "witnessed": report.witnessed,
        "cosignatures": report.cosignatures,
        "cosigned": report.cosigned,
        "not_yet_witnessed": {
            "seals": max(0, report.seals - report.witnessed),
            "without_seal": report.waiting,
            "first": [
                {"seal": seal, "entry": reference, "event": event}
                for seal, reference, event in report.not_yet_witnessed
            ],
        },
        "another_sealer_at_work": report.is_busy,
        "first_bad": report.problems[0].__dict__ if report.problems else None,
        "problems": len(report.problems),
        "named": [problem.__dict__ for problem in report.problems[:MOST_PRINTED]],
    }


def _print(report: audit.Report) -> None:
    click.echo(
        f"条目 {report.entries}，封存 {report.seals}（这次新封 {report.newly_sealed}），"
        f"存证 {report.checkpoints}，外面的抄件 {report.copies}，联署 {report.cosignatures}。"
    )
    if report.is_busy:
        click.echo("另一个封存程序正在工作，这次没有封存。")
    for at, problem in enumerate(report.problems[:MOST_PRINTED]):
        lead = "第一处不对：" if at == 0 else "　　　　　　"
        click.echo(f"{lead}{PLACES[problem.place]} {problem.number} {problem.reference} {problem.says}")
    if len(report.problems) > MOST_PRINTED:
        click.echo(f"还有 {len(report.problems) - MOST_PRINTED} 处没有列出。")
    if report.is_sound:
        click.echo(f"没有发现改动。到第 {report.witnessed} 号封存，都有外面的抄件作证。")
        if report.cosigned:
            click.echo(f"到第 {report.cosigned} 号封存，有见证单位联署。")
    after = max(0, report.seals - report.witnessed)
    if after or report.waiting:
        click.echo(f"尚未存证：{after} 条已封存，{report.waiting} 条还没有封存。")
        for seal, reference, event in report.not_yet_witnessed[:MOST_PRINTED]:
            click.echo(f"  尚未存证 {seal} {reference} {event}")
        if after > MOST_PRINTED:
            click.echo(f"  …… 到 {report.seals}")


COMMANDS = (group,)
