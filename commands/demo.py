"""`flask demo`: an invented county to look at, and how to sign in there."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from assistance import households, people
from assistance.divisions import national_index
from assistance.permissions import ROLE_WORDS, Role
from commands.audit import sealer_of
from commands.worker import seal
from demo.accounts import colleagues
from demo.loading import GENERATED, Demo, Loaded
from demo.stories_file import stories
from web.services import Services, services

MOST_HOUSEHOLDS = 200_000
MOST_MONTHS = 120
NOT_HERE = "演示数据只能放在演示或者测试里。"
PORTS = "（端口照 PORT 和 SIMULATORS_PORT 写，没有给就是 8000 和 8001；服务用了别的端口，这里也要给。）"
NO_PAYMENTS = "发放记录还没有：要等发放这一部分做好，--months 现在不起作用。"

group = AppGroup("demo", help="An invented county; refused outside demo and test.")


@group.command("load")
@click.option("--county", metavar="CODE", help="Where they live; else the county of the settings.")
@click.option(
    "--households",
    "number",
    default=GENERATED,
    show_default=True,
    type=click.IntRange(0, MOST_HOUSEHOLDS),
    help="Generated ones beside the named stories.",
)
@click.option(
    "--months", type=click.IntRange(0, MOST_MONTHS), help="Months of payments; none are loaded yet."
)
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same county.")
@click.option("--dry-run", is_flag=True, help="Say what is missing, and load nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def load(
    county: str | None, number: int, months: int | None, seed: int, dry_run: bool, as_json: bool
) -> None:
    """Load the named stories, the staff, and generated households; what is there already stays as it is."""
    parts = _demo_parts()
    code = county or parts.settings.county
    if not parts.divisions.is_county(code):
        raise click.ClickException(f"没有 {code} 这个县。")
    now = parts.clock.now()
    demo = Demo(
        database=parts.database,
        settings=parts.settings,
        keys=parts.signing_keys,
        county=code,
        households=number,
        seed=seed,
        now=now,
        say=lambda words: click.echo(words, err=True),
    )
    loaded = demo.load(dry_run=dry_run)
    if not dry_run and not loaded.is_nothing:
        seal(sealer_of(parts), now)
    if months:
        click.echo(NO_PAYMENTS, err=True)
    if as_json:
        about = {"county": code, "day": parts.clock.today().isoformat(), "seed": seed, "dry_run": dry_run}
        click.echo(json.dumps({**about, **asdict(loaded), "payments": 0}, ensure_ascii=False))
        return
    click.echo(_in_words(loaded, dry_run))


@group.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_accounts(as_json: bool) -> None:
    """How to sign in as whom: staff with password and code, residents with a telephone.

    The addresses follow PORT and SIMULATORS_PORT as this command is given them: where the server was started
    with others, give it the same.
    """
    parts = _demo_parts()
    rows = _staff_rows(parts, parts.clock.now()) + _resident_rows(parts)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        raise click.ClickException("还没有演示账号，先运行 flask demo load。")
    base = parts.settings.base_url
    click.echo(f"工作人员：{base}/admin/sign-in（动态码半分钟一换，用过的要等下一个）")
    for row in rows:
        if row["user"]:
            place = f"{row['role_words']} {row['division_name']} {row['department'] or ''}".rstrip()
            click.echo(f"  {row['user']:<11} {row['password']}  {row['code']}  {row['name']}  {place}")
    desk = f"http://127.0.0.1:{parts.settings.simulators_port}/"
    click.echo(f"居民：{base}/sign-in（填手机号，验证码在 {desk} 看）")
    click.echo(PORTS)
    title = ""
    for row in rows:
        if not row["user"]:
            if row["title"] != title:
                title = row["title"]
                click.echo(f"  {title}（{row['household']}，{row['division_name']}）\n    {row['follow']}")
            click.echo(f"    {row['phone'] or '没有手机':<11}  {row['name']}")


def _demo_parts() -> Services:
    parts = services()
    if not parts.settings.is_safe_demo:
        raise click.ClickException(NOT_HERE)
    return parts


def _staff_rows(parts: Services, now: datetime) -> list[dict[str, Any]]:
    rows = []
    with parts.database.reading() as session:
        held = {one.account_id: one for one in people.roles.list_standing_roles(session)}
        for one in colleagues():
            account = people.staff.find_account(session, one.user_name)
            role = held.get(account.id) if account else None
            if account is None or role is None:
                continue
            is_own = people.passwords.is_password(one.password, account.password_hash)
            rows.append(
                {
                    "role": role.role,
                    "role_words": ROLE_WORDS[Role(role.role)],
                    "division": role.division_code,
                    "division_name": _place_name(role.division_code),
                    "department": role.department,
                    "name": one.name,
                    "user": one.user_name,
                    # Somebody may have set another one on the page.
                    "password": one.password if is_own else None,
                    "code": people.current_totp(account, now),
                    "phone": None,
                }
            )
    return rows


def _resident_rows(parts: Services) -> list[dict[str, Any]]:
    rows = []
    with parts.database.reading() as session:
        for story in stories():
            place = ""
            for one in story.members:
                person = people.find_by_resident_id(session, one.resident_id)
                if person is None:
                    continue
                household = households.household_of(session, person.id)
                # Who only owes support has no file here; the family's place stands for them.
                place = household.division_code if household else place
                rows.append(
                    {
                        "role": Role.RESIDENT.value,
                        "role_words": ROLE_WORDS[Role.RESIDENT],
                        "division": place,
                        "division_name": _place_name(place),
                        "department": None,
                        "name": one.name,
                        "user": None,
                        "password": None,
                        "code": None,
                        "phone": one.phone.value if one.phone else None,
                        "household": story.number,
                        "story": story.name,
                        "title": story.title.zh,
                        "follow": story.follow.zh,
                    }
                )
    return rows


def _place_name(code: str) -> str:
    if not code:
        return ""
    return national_index().full_name(code, code[:6]) or national_index().full_name(code)


def _in_words(loaded: Loaded, dry_run: bool) -> str:
    if loaded.is_nothing and not loaded.left_out:
        return "都已经有了，什么也没有改。"
    counts = (
        f"有名有姓的家庭 {loaded.stories} 户，生成的家庭 {loaded.generated} 户，"
        f"工作人员账号 {loaded.accounts} 个，部门的表 {loaded.sheets} 张"
    )
    verb = "会装入（没有保存）" if dry_run else "装好了"
    left_out = f"\n没有装入的：{'、'.join(loaded.left_out)}" if loaded.left_out else ""
    return f"{verb}：{counts}。{left_out}"


COMMANDS = (group,)
