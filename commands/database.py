"""`flask init`: brings the database to where this checkout needs it, as often as one likes."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

import demo.standards
from assistance import divisions, policies
from commands.audit import sealer_of
from commands.worker import seal
from infrastructure import migrations
from web.services import services


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def init(dry_run: bool, as_json: bool) -> None:
    """Migrate to head and load what every installation needs; in demo and test the sample standards too."""
    parts = services()
    before = migrations.current_revision(parts.database)
    done = {
        "migrated_from": before,
        "migrated_to": migrations.head_revision(),
        "divisions": 0,
        "standards": 0,
    }
    if not dry_run:
        migrations.upgrade(parts.database)
        with parts.database.transaction() as session:
            done["divisions"] = divisions.load_divisions(session, parts.divisions)
        with parts.database.transaction() as session:
            rows = policies.shipped_rows()
            if parts.settings.is_safe_demo:
                rows += demo.standards.sample_rows()
            done["standards"] = policies.load_rows(session, parts.divisions, rows, now=parts.clock.now())
        # What was loaded is in the log; whoever starts the server next finds nothing that waits for a seal.
        seal(sealer_of(parts), parts.clock.now())
    if as_json:
        click.echo(json.dumps({**done, "dry_run": dry_run}, ensure_ascii=False))
        return
    verb = "would be brought" if dry_run else "brought"
    click.echo(f"Database {verb} from {before or 'empty'} to {done['migrated_to']}.")
    if not dry_run:
        click.echo(f"Divisions new or changed: {done['divisions']}; standards added: {done['standards']}.")


COMMANDS = (init,)
