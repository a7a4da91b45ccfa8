"""`flask policies`: the catalogue, and whether every file of it can be used."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from assistance import policies as catalogue_of_policies
from web.services import services

policies = AppGroup("policies", help="The catalogue of policies.")


@policies.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_policies(as_json: bool) -> None:
    """Every policy with its department, subject and family of aid."""
    catalogue = services().catalogue
    rows = [policy.as_json("zh", catalogue.departments) for policy in catalogue.policies]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['code']:<40} {row['name']}（{row['department']}）")


@policies.command("check")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another catalogue."
)
def check_policies(folder: Path | None) -> None:
    """Check every file; problems are named with file and line."""
    try:
        catalogue = catalogue_of_policies.load_catalogue(folder)
    except catalogue_of_policies.CatalogueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(catalogue.policies)} 项政策，{len(catalogue.departments)} 个部门，没有问题。")


COMMANDS = (policies,)
