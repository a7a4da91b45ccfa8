"""`flask staff`: accounts of staff, and the first ones when nobody is there yet who could invite."""

from __future__ import annotations

import getpass
import json
from typing import Any

import click
from flask.cli import AppGroup

from assistance import people
from assistance.errors import Refusal
from assistance.permissions import ADMINISTRATORS, ROLE_WORDS, Role
from assistance.values import Malformed, ResidentId, masked_name
from web.services import services

STATES = {"invited": "等本人开通", "active": "在用", "disabled": "已停用"}
ROLES = [role.value for role in Role if role is not Role.RESIDENT]

staff = AppGroup("staff", help="Accounts of staff.")


@staff.command("add")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--resident-id", required=True, prompt=True, hide_input=True, help="Their identity number.")
@click.option("--user-name", required=True, help="3 to 32 small letters and figures.")
@click.option("--work-number", required=True, help="What residents read instead of a name.")
@click.option("--role", type=click.Choice(ROLES), help="A first role.")
@click.option("--division", metavar="CODE", help="Where the role is held; the county where it is left out.")
@click.option("--department", metavar="CODE", help="Whose officer, for department_officer.")
@click.option("--dry-run", is_flag=True, help="Check it, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def add_staff(
    name: str,
    resident_id: str,
    user_name: str,
    work_number: str,
    role: str | None,
    division: str | None,
    department: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Open an account and print, once, the link with which its owner sets a password and a second factor."""
    parts = services()
    by, now = people.operator(getpass.getuser()), parts.clock.now()
    where = division or parts.settings.county
    if department and department not in parts.catalogue.departments:
        raise click.UsageError(f"没有 {department} 这个部门：{'、'.join(parts.catalogue.departments)}")
    state = None
    with parts.database.session() as session, session.begin() as transaction:
        try:
            account, token = people.staff.invite(
                session,
                name=name,
                resident_id=ResidentId(resident_id),
                user_name=user_name,
                work_number=work_number,
                by=by,
                now=now,
            )
            if role is not None:
                granted = people.roles.grant(
                    session,
                    account_id=account.id,
                    role=Role(role),
                    division_code=where,
                    department=department,
                    valid_from=parts.clock.today(),
                    by=by,
                    now=now,
                )
                state = granted.state
        except Malformed as wrong:
            raise click.UsageError(wrong.message) from wrong
        except Refusal as refused:
            raise click.ClickException(refused.message) from refused
        answer: dict[str, Any] = {
            "user_name": account.user_name,
            "work_number": account.work_number,
            "role": role,
            "role_state": state,
            "division": where if role else None,
            "invitation": None if dry_run else f"{parts.settings.base_url}/admin/invitations/{token}",
            "dry_run": dry_run,
        }
        if dry_run:
            transaction.rollback()
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(
        f"{'可以开设（没有保存）' if dry_run else '已开设'}：{account.user_name}，{account.work_number}号"
    )
    if role is not None and state == "proposed":
        second = "另一位管理员或者县级确认人" if Role(role) in ADMINISTRATORS else "县级确认人或者安全管理员"
        click.echo(f"岗位{ROLE_WORDS[Role(role)]}要由{second}在网页上同意以后才算数。")
    if not dry_run:
        click.echo(f"请把这个链接交给本人，三天内用，只能用一次：\n{answer['invitation']}")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_staff(as_json: bool) -> None:
    """Every account with its state and its roles; names are masked."""
    parts = services()
    with parts.database.reading() as session:
        held: dict[Any, list[dict[str, Any]]] = {}
        for one in people.roles.list_standing_roles(session):
            held.setdefault(one.account_id, []).append(
                {
                    "role": one.role,
                    "division": one.division_code,
                    "department": one.department,
                    "state": one.state,
                    "until": one.valid_until.isoformat() if one.valid_until else None,
                }
            )
        rows: list[dict[str, Any]] = [
            {
                "user_name": account.user_name,
                "work_number": account.work_number,
                "name": masked_name(person.name),
                "state": account.state,
                "roles": held.get(account.id, []),
            }
            for account, person in people.staff.list_accounts(session, limit=10_000)
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        roles = "，".join(
            f"{ROLE_WORDS[Role(one['role'])]} {one['division']}"
            + ("（等第二个人同意）" if one["state"] == "proposed" else "")
            for one in row["roles"]
        )
        who = f"{row['work_number']:<8} {row['user_name']:<20} {row['name']:<4}"
        click.echo(f"{who} {STATES[row['state']]} {roles}".rstrip())


COMMANDS = (staff,)
