"""`flask calendar`: which years' holidays are known, and whether a deadline can be promised."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from assistance import calendar as working_calendar
from web.services import services

calendar = AppGroup("calendar", help="Statutory holidays and working days.")


@calendar.command("check")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Other files of holidays."
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def check_calendar(folder: Path | None, as_json: bool) -> None:
    """Check every file of holidays; exit 1 where this year's is missing, warn where next year's is."""
    try:
        found = working_calendar.load_calendar(folder) if folder else working_calendar.load_calendar()
    except working_calendar.HolidayError as error:
        raise click.ClickException(str(error)) from error
    this_year = services().clock.today().year
    missing = [year for year in (this_year, this_year + 1) if not working_calendar.knows_year(year, found)]
    rows = [
        {"year": year.year, "off": len(year.off), "worked": len(year.worked), "source": year.source}
        for year in working_calendar.years(found)
    ]
    if as_json:
        click.echo(json.dumps({"years": rows, "missing": missing}, ensure_ascii=False))
    else:
        for row in rows:
            click.echo(
                f"{row['year']} 年：放假 {row['off']} 天，周末上班 {row['worked']} 天（{row['source']}）"
            )
        for year in missing:
            click.echo(
                f"注意：没有 {year} 年的放假安排。通知出来以后加一个文件 {year}.toml；"
                f"在那以前，落到 {year} 年的期限按周一到周五算，都标着“不确定”。"
            )
    sys.exit(1 if this_year in missing else 0)


@calendar.command("due")
@click.option(
    "--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day it starts on."
)
@click.option("--working-days", type=click.IntRange(0, 1000), help="How many working days.")
@click.option("--days", type=click.IntRange(0, 10_000), help="How many days of any kind.")
def show_due(start: datetime, working_days: int | None, days: int | None) -> None:
    """The last day of a deadline; the day it starts on is not counted."""
    if (working_days is None) == (days is None):
        raise click.UsageError("say either --working-days or --days")
    begin: date = start.date()
    due = (
        working_calendar.add_working_days(begin, working_days)
        if working_days is not None
        else working_calendar.add_calendar_days(begin, days or 0)
    )
    doubt = (
        "" if due.is_certain else f"（不确定：没有 {'、'.join(map(str, due.missing_years))} 年的放假安排）"
    )
    click.echo(f"{due.day}{doubt}")


COMMANDS = (calendar,)
