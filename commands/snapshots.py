"""`flask snapshots`: a county as columns, to be looked through; here invented ones for demo and test."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

import demo.generated_households
from assistance import policies
from assistance.errors import NotFound, Refusal
from web.services import services

MOST_HOUSEHOLDS = 2_000_000

snapshots = AppGroup("snapshots", help="Sealed columns of a county's households.")


@snapshots.command("generate")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--households", required=True, type=click.IntRange(0, MOST_HOUSEHOLDS), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same county.")
@click.option("--county", metavar="CODE", help="The county they live in; else the one of the settings.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def generate(
    folder: Path, households: int, seed: int, county: str | None, dry_run: bool, as_json: bool
) -> None:
    """Write invented households into FOLDER, which must not exist yet."""
    parts = services()
    code = county or parts.settings.county
    if not parts.settings.is_safe_demo:
        raise click.ClickException("虚构的家庭只能放在演示或者测试里。")
    if not parts.divisions.is_county(code):
        raise click.ClickException(f"没有 {code} 这个县。")
    try:
        snapshot = demo.generated_households.generated_snapshot(
            households, seed=seed, county=code, moment=parts.clock.now()
        )
        size = policies.write_snapshot(snapshot, folder, parts.cipher, dry_run=dry_run)
    except (NotFound, Refusal) as error:
        raise click.ClickException(error.message) from error
    answer = {
        "folder": str(folder),
        "county": code,
        "households": snapshot.households.height,
        "members": snapshot.members.height,
        "bytes": size,
        "dry_run": dry_run,
    }
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    done = "可以写（没有写）" if dry_run else "已写好"
    click.echo(f"{done}：{folder}，{answer['households']} 户，{answer['members']} 人，{size} 字节")


COMMANDS = (snapshots,)
