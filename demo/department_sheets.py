"""What departments hand in as spreadsheets: read, staged and put in force as their officers do it."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from assistance import authorizations, economic_checks
from assistance.authorizations import DataSource
from demo.accounts import actor_of
from infrastructure.clock import SHANGHAI
from infrastructure.settings import Settings

FILE = Path(__file__).parent / "department_sheets.toml"
NUMBER = "resident_id"
NUMBER_HEAD = "身份证号"


def hand_in(session: Session, settings: Settings, now: datetime, *, dry_run: bool = False) -> int:
    """Put every sheet in force for whose register none is; how many that were."""
    sources = authorizations.sources_of(settings)
    today = now.astimezone(SHANGHAI).date()
    done = 0
    for code, sheet in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        source = sources[code]
        # A sheet knows nothing of days that have not come.
        rows = [row for row in sheet["rows"] if all(_is_past(value, today) for value in row.values())]
        standing = economic_checks.list_drops(session, [source])
        if not rows or any(drop.state == "in_force" for drop in standing):
            continue
        done += 1
        if dry_run:
            continue
        by = actor_of(session, sheet["handed_in_by"], now)
        content = _as_csv(source, rows)
        drop = economic_checks.stage(
            session, sources, code, sheet["filename"], content, as_of=today, by=by, now=now
        )
        economic_checks.put_in_force(session, sources, drop, by=by, now=now)
    return done


def _is_past(value: Any, today: date) -> bool:
    return not isinstance(value, date) or value <= today


def _as_csv(source: DataSource, rows: list[dict[str, Any]]) -> bytes:
    items = [item for item in source.items if any(item.code in row for row in rows)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([NUMBER_HEAD, *(item.name.zh for item in items)])
    writer.writerows([row[NUMBER], *(row.get(item.code, "") for item in items)] for row in rows)
    return out.getvalue().encode()
