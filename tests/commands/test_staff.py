"""`flask staff`: the first accounts, made at the server."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Flask

from tests.signing_in import invented_id


def run(app: Flask, *args: str) -> Any:
    return app.test_cli_runner().invoke(args=["staff", *args])


def add(app: Flask, number: int, *more: str) -> Any:
    who = ["--name", "王丽丽", "--resident-id", invented_id(date(1985, 3, number)).value]
    return run(app, "add", *who, "--user-name", f"wang{number}", "--work-number", f"03{number:02}", *more)


def test_an_account_is_opened_with_a_link_printed_once(app: Flask) -> None:
    done = add(app, 1, "--role", "system_administrator", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["role_state"], told["division"]) == ("active", "330482")
    path = told["invitation"].partition("/admin/")[2]
    assert app.test_client().get(f"/admin/{path}").status_code == 200
    listed = run(app, "list")
    assert "wang1" in listed.output
    assert "王丽丽" not in listed.output
    assert path not in listed.output
    (row,) = json.loads(run(app, "list", "--json").stdout)
    assert row["roles"][0]["role"] == "system_administrator"


def test_trying_it_keeps_nothing(app: Flask) -> None:
    tried = add(app, 1, "--dry-run", "--json")
    assert tried.exit_code == 0
    assert json.loads(tried.stdout)["invitation"] is None
    assert json.loads(run(app, "list", "--json").stdout) == []


def test_the_second_administrator_of_a_kind_and_every_audit_administrator_wait(app: Flask) -> None:
    first = json.loads(add(app, 1, "--role", "system_administrator", "--json").stdout)
    second = json.loads(add(app, 2, "--role", "system_administrator", "--json").stdout)
    audits = add(app, 3, "--role", "audit_administrator")
    assert (first["role_state"], second["role_state"]) == ("active", "proposed")
    assert "同意以后才算数" in audits.output


def test_what_cannot_be_is_refused_with_a_sentence(app: Flask) -> None:
    assert add(app, 1).exit_code == 0
    assert add(app, 1).exit_code == 1
    bad = "330499198503020001"
    named = ["--name", "王", "--user-name", "abc", "--work-number", "99"]
    refused = run(app, "add", *named, "--resident-id", bad)
    assert refused.exit_code == 2
    assert bad not in refused.output
    assert add(app, 4, "--role", "department_officer", "--department", "nowhere").exit_code == 2
    assert add(app, 5, "--role", "department_officer").exit_code == 1
