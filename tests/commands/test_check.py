"""`flask check` and `flask doctor` say what is unsafe and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from commands import check
from infrastructure.settings import load_settings


def test_a_demo_is_fine_and_told_what_production_would_refuse(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["check", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["problems"] == []
    assert len(answer["before_production"]) >= 4
    rows = {row["name"]: row for row in answer["settings"]}
    assert rows["HUIMIN_ENV"] == {"name": "HUIMIN_ENV", "value": "test", "source": "environment"}
    assert "known-to-everybody" not in done.output


def test_production_as_a_demo_is_a_problem(tmp_path: Path) -> None:
    app = wsgi.create_app(load_settings({"HUIMIN_ENV": "production", "HUIMIN_INSTANCE_DIR": str(tmp_path)}))
    done = app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1
    assert "HUIMIN_SECRET_KEY_FILE" in done.stdout
    assert "migrations are pending" in done.stdout
    app.extensions["huimin"].database.dispose()


def test_the_doctor_names_what_to_install(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert fine.exit_code == 0, fine.output
    assert [row["name"] for row in json.loads(fine.stdout)] == [
        "PDF libraries",
        "fonts",
        "CPU features",
        "disk",
        "clock",
    ]
    monkeypatch.setattr(check, "find_library", lambda name: None if name == "harfbuzz-subset" else name)
    ill = app.test_cli_runner().invoke(args=["doctor"])
    assert ill.exit_code == 1
    assert "apt-get install libharfbuzz-subset0" in ill.stdout


@pytest.mark.parametrize(
    "url", ["postgresql://huimin:hidden@db/huimin", "postgresql://db/huimin?user=huimin&password=hidden"]
)
def test_a_password_in_the_address_of_the_database_is_not_shown(url: str) -> None:
    rows = check.setting_rows(load_settings({"HUIMIN_DATABASE_URL": url}))
    assert "hidden" not in str(rows)
