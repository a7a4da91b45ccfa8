"""`flask standards`: the dated amounts, who set them and by which document."""

from __future__ import annotations

import getpass
import json
from datetime import date
from typing import Any

import click
from flask.cli import AppGroup

from assistance import policies, rules
from assistance.errors import NotFound, Refusal
from infrastructure.clock import SHANGHAI
from web.services import services

standards = AppGroup("standards", help="Dated amounts with their document and issuer.")


@standards.command("set")
@click.argument("name")
@click.option("--division", required=True, metavar="CODE", help="Where it applies.")
@click.option("--from", "from_on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Its first day.")
@click.option(
    "--value", required=True, help="Yuan, a number, true or false, a comma list, or F:<years>,M:<years>."
)
@click.option("--document", required=True, metavar="TEXT", help="The document that sets it.")
@click.option("--issuer", required=True, metavar="CODE", help="The division whose office issued it.")
@click.option(
    "--mark", is_flag=True, help="Where the law asks for a higher issuer: keep it as to be confirmed."
)
@click.option("--dry-run", is_flag=True, help="Check it, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def set_standard(
    name: str,
    division: str,
    from_on: Any,
    value: str,
    document: str,
    issuer: str,
    mark: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enter a new dated amount; the rows before it stay as they are."""
    setting = rules.SETTINGS.get(name)
    if setting is None:
        raise click.UsageError(f"没有 {name} 这一项。{rules.known_alternatives(name, rules.SETTINGS)}")
    parts = services()
    with parts.database.session() as session, session.begin() as transaction:
        try:
            given = policies.GivenStandard(
                name=name,
                division_code=division,
                from_on=from_on.date(),
                value=setting.to_json(setting.parse(value)),
                document=document,
                issuer_code=issuer,
            )
            row = policies.set_standard(
                session, parts.divisions, given, by=getpass.getuser(), now=parts.clock.now(), mark=mark
            )
        except rules.SettingError as error:
            raise click.UsageError(error.message.in_language("zh")) from error
        except NotFound as error:
            raise click.UsageError(error.message) from error
        except Refusal as error:
            raise click.ClickException(error.message) from error
        answer = _as_json(row)
        if dry_run:
            transaction.rollback()
    if as_json:
        click.echo(json.dumps({**answer, "dry_run": dry_run}, ensure_ascii=False))
        return
    doubt = "，待上级确认" if answer["is_to_be_confirmed"] else ""
    done = "可以记录（没有保存）" if dry_run else "已记录"
    click.echo(f"{done}：{setting.label.zh} {row_text(answer)}{doubt}")


@standards.command("list")
@click.option(
    "--division", metavar="CODE", help="Only what was set for this division; with --on, what holds there."
)
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Only what is in force on this day.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_standards(division: str | None, on: Any, as_json: bool) -> None:
    """Every row ever entered, or what holds in a division on a day."""
    parts = services()
    day: date | None = on.date() if on else None
    with parts.database.reading() as session:
        if day is not None:
            county = division or parts.settings.county
            rows = [_as_json(row) for row in policies.rows_in_force(session, parts.divisions, county, day)]
        else:
            rows = [_as_json(row) for row in policies.list_rows(session, division)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        marks = [word for key, word in (("is_sample", "示例"), ("is_to_be_confirmed", "待确认")) if row[key]]
        click.echo(f"{row['division']:<6} {row['name']:<32} {row_text(row)} {' '.join(marks)}".rstrip())


def row_text(row: dict[str, Any]) -> str:
    """One row as a person reads it."""
    setting = rules.SETTINGS[row["name"]]
    shown = setting.show(setting.read(row["value"]), "zh")
    unit = setting.unit.zh if setting.unit else ""
    return f"{shown}{unit}，{row['from']} 起，{row['document']}"


def _as_json(row: policies.StandardRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "division": row.division_code,
        "from": row.from_on.isoformat(),
        "value": json.loads(row.value),
        "document": row.document,
        "issuer": row.issuer_code,
        "issuer_level": row.issuer_level,
        "is_to_be_confirmed": row.is_to_be_confirmed,
        "is_sample": row.is_sample,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    }


COMMANDS = (standards,)
