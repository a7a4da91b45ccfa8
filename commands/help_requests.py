"""`flask help-requests`: who asks for help, where, and since when."""

from __future__ import annotations

import getpass
import json
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from assistance import audit, help_requests
from assistance.divisions import DivisionIndex
from infrastructure.clock import SHANGHAI
from web.services import services

group = AppGroup("help-requests", help="Requests for help that residents sent.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_help_requests(as_json: bool) -> None:
    """Every request of this county that is still kept, the oldest first."""
    parts = services()
    now = parts.clock.now()
    # Reading and logging in one transaction: no record, no list.
    with parts.database.transaction() as session:
        found = help_requests.list_open(session, parts.settings.county, now=now)
        rows = [_row(one, parts.divisions, parts.settings.county, now) for one in found]
        audit.looked(
            session,
            audit.Event.HELP_REQUEST_SHOWN,
            [(str(one.id), one.audit_subject) for one in found],
            by=audit.operator(getpass.getuser()),
            now=now,
            seen=("name", "contact", "village"),
            purpose="call_back",
        )
    if as_json:
        click.echo(json.dumps({"help_requests": rows}, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("没有等着的求助。")
    for row in rows:
        click.echo(
            f"{row['number']}  {row['age_days']} 天  {row['division_name']}  {row['village']}  "
            f"{row['name']}  {row['contact']}  {row['policy'] or '-'}"
        )


def _row(
    asked: help_requests.HelpRequest, index: DivisionIndex, county: str, now: datetime
) -> dict[str, Any]:
    return {
        "number": asked.number,
        "asked_at": asked.created_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "age_days": (now.astimezone(SHANGHAI).date() - asked.created_at.astimezone(SHANGHAI).date()).days,
        "division": asked.division_code,
        "division_name": index.full_name(asked.division_code, below=county) or index.full_name(county),
        "village": asked.village,
        "name": asked.name,
        "contact": asked.contact,
        "policy": asked.policy_code,
        "kept_until": asked.expires_at.astimezone(SHANGHAI).date().isoformat(),
    }


COMMANDS = (group,)
