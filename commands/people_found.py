"""`flask people-found`: whom a policy would help and who does not have it yet."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from assistance import audit, economic_checks, policies, rules
from assistance.errors import NotFound, Refusal
from commands.wording import OUTCOME_WORDS, finding_line
from infrastructure.clock import SHANGHAI
from web.services import services

OUTCOMES = (policies.LIKELY, policies.POSSIBLE)


@click.command("people-found")
@click.argument("policy")
@click.option("--snapshot", "folder", type=click.Path(path_type=Path), help="The folder of a snapshot.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Judge by the law of this day.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def people_found(policy: str, folder: Path | None, on: Any, as_json: bool) -> None:
    """Households that POLICY (its code) is open to and that do not have it, with reasons.

    They come from a snapshot's folder or, without one, from the household files; nobody is named.
    """
    parts = services()
    known = parts.catalogue.get(policy)
    if known is None:
        codes = [one.code for one in parts.catalogue.policies]
        raise click.ClickException(f"没有 {policy} 这项政策。{rules.known_alternatives(policy, codes)}")
    day: date = on.date() if on else parts.clock.today()
    try:
        snapshot = (
            _from_files(policy, day) if folder is None else policies.read_snapshot(folder, parts.cipher)
        )
        with parts.database.reading() as session:
            standards = policies.standards_in_force(session, parts.divisions, snapshot.county, day)
        result = policies.find_people(snapshot, parts.catalogue, policy, standards, on=day)
    except (NotFound, Refusal) as error:
        raise click.ClickException(error.message) from error
    except rules.ColumnError as error:
        raise click.ClickException(f"标准里有一个数太大，整县算不准：{error}") from error
    about = _about(known, snapshot, day)
    mistaken = _write_json(about, result) if as_json else _print(about, result)
    if mistaken:
        rows = ", ".join(map(str, mistaken[:20]))
        click.echo(f"整县计算和逐户计算不一致，这些户没有列出，请报告：{rows}", err=True)
        raise SystemExit(1)


def _from_files(policy: str, day: date) -> policies.Snapshot:
    """The county's files as columns, in memory only; the log keeps that they were looked through."""
    parts = services()
    now = parts.clock.now()
    with parts.database.reading() as session:
        snapshot = policies.snapshot_of_files(
            session,
            parts.settings.county,
            on=day,
            moment=now,
            contested=economic_checks.list_contested_line_ids(session),
        )
    if snapshot.households.height == 0:
        raise NotFound("一户一册里还没有家庭。可以先从表格登记，或者加 --snapshot 文件夹。")
    with parts.database.transaction() as session:
        audit.record(
            session,
            audit.Event.HOUSEHOLDS_SWEPT,
            by=audit.operator(getpass.getuser()),
            now=now,
            fields={"policy": policy, "households": snapshot.households.height},
        )
    return snapshot


def _about(policy: policies.Policy, snapshot: policies.Snapshot, day: date) -> dict[str, Any]:
    return {
        "policy": policy.code,
        "name": policy.name.zh,
        "county": snapshot.county,
        "on": day.isoformat(),
        "moment": snapshot.moment.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "households": snapshot.households.height,
        "is_known_who_has_it": policy.code in policies.STATUS_POLICIES.values(),
    }


def _write_json(about: dict[str, Any], result: policies.PeopleFound) -> list[int]:
    """One document, written find by find: those of a whole county would not fit in memory."""
    mistaken: list[int] = []
    click.echo(json.dumps(about, ensure_ascii=False)[:-1], nl=False)
    for outcome in OUTCOMES:
        click.echo(f', "{outcome}": [', nl=False)
        comma = ""
        for one in _standing(result, outcome, mistaken):
            click.echo(comma + json.dumps(one, ensure_ascii=False), nl=False)
            comma = ", "
        click.echo("]", nl=False)
    click.echo("}")
    return mistaken


def _print(about: dict[str, Any], result: policies.PeopleFound) -> list[int]:
    mistaken: list[int] = []
    click.echo(f"{about['name']}  {about['county']}  {about['on']}")
    click.echo(f"快照：{about['moment']}，{about['households']} 户")
    if not about["is_known_who_has_it"]:
        click.echo("快照里看不出谁已经在享受这一项，下面可能有已经在享受的家庭。")
    for outcome in OUTCOMES:
        click.echo(f"\n{OUTCOME_WORDS[outcome]}：{len(result.rows[outcome])} 户")
        for one in _standing(result, outcome, mistaken):
            if "members" not in one:
                click.echo(f"  第 {one['row']} 行  {one['amount_text']}")
                _print_findings(one["findings"])
            for person in one.get("members", ()):
                click.echo(f"  第 {one['row']} 行，第 {person['index'] + 1} 个人")
                _print_findings(person["findings"])
    return mistaken


def _standing(result: policies.PeopleFound, outcome: str, mistaken: list[int]) -> Iterator[dict[str, Any]]:
    for one in result.judged(outcome):
        if one.stands:
            yield one.as_json("zh")
        else:
            mistaken.append(one.row)


def _print_findings(findings: list[dict[str, Any]]) -> None:
    for finding in findings:
        click.echo(finding_line(finding))


COMMANDS = (people_found,)
