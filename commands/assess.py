"""`flask assess`: one household's facts in, every policy's verdict out."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import click
from flask.cli import with_appcontext

from assistance import policies, rules
from commands.wording import OUTCOME_WORDS, finding_line
from web.services import services


@click.command("assess")
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def assess(file: BinaryIO, as_json: bool) -> None:
    """Judge the household of FILE (`-` reads standard input) by every policy."""
    parts = services()
    try:
        document = policies.read_json(file.read())
    except policies.NotJson as error:
        raise click.ClickException("这不是能读的 JSON。") from error
    with parts.database.reading() as session:
        try:
            answer = policies.evaluate(
                document,
                parts.catalogue,
                is_county=parts.divisions.is_county,
                standards_for=lambda county, day: policies.standards_in_force(
                    session, parts.divisions, county, day
                ),
                today=parts.clock.today(),
                locale="zh",
            )
        except rules.FactErrors as error:
            for field in error.errors:
                click.echo(f"{field.path}: {field.message.zh}（{field.message.en}）", err=True)
            raise SystemExit(1) from error
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(answer)


def _print(answer: dict[str, Any]) -> None:
    click.echo(f"{answer['county']}  {answer['on']}  {answer['catalogue']}")
    outcome = ""
    for verdict in answer["verdicts"]:
        if verdict["outcome"] != outcome:
            outcome = verdict["outcome"]
            click.echo(f"\n{OUTCOME_WORDS[outcome]}")
        already = "（已经在享受）" if verdict["already"] else ""
        click.echo(f"  {verdict['name']}{already}：{verdict['amount_text']}")
        if outcome == "not_now":
            continue
        for finding in verdict["findings"]:
            click.echo(f"{finding_line(finding)}（{finding['basis']}）")


COMMANDS = (assess,)
