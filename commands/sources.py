"""`flask sources`: what a check may ask whom, by which route, under which approval, and what is still off."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from assistance.authorizations import (
    PURPOSE_WORDS,
    ROUTE_WORDS,
    DataSource,
    Sources,
    SourcesError,
    data_sources,
    sources_of,
)
from infrastructure.settings import Settings
from web.services import services

sources = AppGroup("sources", help="The data sources that an economic check may ask.")


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_sources(as_json: bool) -> None:
    """Every source: holder, ground, route, approval with its last day, purposes, and if it is open now."""
    register, settings, today = _register(None), services().settings, services().clock.today()
    rows = [source_row(source, settings, today) for source in register]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['code']:<24} {row['name']}（{row['holder']}）{row['items_total']} 项")
        click.echo(f"{'':<24} 依据：{row['basis']}")
        click.echo(f"{'':<24} 走法：{row['route_words']}")
        click.echo(f"{'':<24} 审批：{row['approval_words']}")
        click.echo(f"{'':<24} {row['state']}")


@sources.command("check")
@click.option(
    "--county-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A county's own approvals, before they are put into the instance folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def check_sources(county_file: Path | None, as_json: bool) -> None:
    """Check the register and the county's approvals; mistakes are named with file and line."""
    register, settings, today = _register(county_file), services().settings, services().clock.today()
    off = [row for source in register if not (row := source_row(source, settings, today))["open_for"]]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "sources": len(register),
                    "items": register.items_total,
                    "off": [{"code": row["code"], "because": row["state"]} for row in off],
                },
                ensure_ascii=False,
            )
        )
        return
    click.echo(f"{len(register)} 个数据来源，{register.items_total} 项数据，没有写错的地方。")
    for row in off:
        click.echo(f"  关着：{row['code']}，{row['state']}")


def source_row(source: DataSource, settings: Settings, today: datetime.date) -> dict[str, Any]:
    """One source as `flask sources` and `flask check` show it."""
    is_demo = settings.is_safe_demo
    approval = source.approval
    open_for = [purpose for purpose in source.serves if source.open_items(purpose, today, is_demo=is_demo)]
    closed = None if open_for else source.closed_because(source.serves[0], today, is_demo=is_demo)
    route = ROUTE_WORDS[source.route].zh
    return {
        "code": source.code,
        "name": source.name.zh,
        "holder": source.holder.zh,
        "ground": {"agreement": source.agreement, "power": source.power},
        "articles": [article.clause for article in source.articles],
        "basis": source.basis("zh"),
        "confirmed": source.confirmed,
        "route": source.route,
        "route_reason": source.route_reason.zh if source.route_reason else None,
        "route_words": f"{route}（{source.route_reason.zh}）" if source.route_reason else route,
        "adapter": source.adapter,
        "approval": approval
        and {
            "document": approval.document.zh,
            "is_sample": approval.is_sample,
            "items": sorted(approval.items),
            "purposes": sorted(approval.purposes),
            "until": approval.until.isoformat(),
        },
        "approval_words": f"{approval.document.zh}，{len(approval.items)} 项，到 {approval.until} 为止"
        if approval
        else "没有",
        "items_total": len(source.items),
        "items_to_confirm": [item.code for item in source.items if not item.confirmed],
        "serves": list(source.serves),
        "open_for": open_for,
        "state": "可以用于：" + "、".join(PURPOSE_WORDS[purpose].zh for purpose in open_for)
        if open_for
        else closed.zh
        if closed
        else "没有一项可以问",
    }


def _register(county_file: Path | None) -> Sources:
    try:
        return data_sources(county_file) if county_file else sources_of(services().settings)
    except SourcesError as error:
        raise click.ClickException(str(error)) from error


COMMANDS = (sources,)
