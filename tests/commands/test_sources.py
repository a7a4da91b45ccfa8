"""`flask sources` and what `flask check` says of the routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

import wsgi
from infrastructure.database import Database
from tests.conftest import settings_of_test


@pytest.fixture
def own_app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    url = database.url.render_as_string(hide_password=False)
    made = wsgi.create_app(
        settings_of_test(tmp_path, HUIMIN_DATABASE_URL=url, HUIMIN_INSTANCE_DIR=str(tmp_path))
    )
    yield made
    made.extensions["huimin"].database.dispose()


@pytest.fixture
def runner(own_app: Flask) -> FlaskCliRunner:
    return own_app.test_cli_runner()


def test_the_list_shows_ground_route_approval_and_purposes(runner: FlaskCliRunner) -> None:
    listed = runner.invoke(args=["sources", "list", "--json"])
    assert listed.exit_code == 0, listed.output
    rows = {row["code"]: row for row in json.loads(listed.stdout)}
    bank = rows["bank-deposits"]
    assert bank["ground"] == {"agreement": "SA-40", "power": "SA-41"}
    assert bank["route"] == "provincial_gateway"
    assert bank["approval"]["until"] == "2027-12-31"
    assert bank["open_for"] == ["application", "recheck", "own_wish", "supporter"]
    assert rows["schooling"]["basis"] == "依据由县里确认"
    assert "殡仪馆" in rows["funeral"]["route_reason"]
    printed = runner.invoke(args=["sources", "list"])
    assert "样例审批" in printed.stdout


def test_the_check_says_that_all_is_well_or_where_it_is_not(runner: FlaskCliRunner, tmp_path: Path) -> None:
    fine = runner.invoke(args=["sources", "check"])
    assert fine.exit_code == 0, fine.output
    assert "没有写错的地方" in fine.stdout
    county = tmp_path / "next.toml"
    county.write_text('[taxes]\ndocument = "x"\n', encoding="utf-8")
    wrong = runner.invoke(args=["sources", "check", "--county-file", str(county)])
    assert wrong.exit_code == 1
    assert "next.toml, line 1: unknown source “taxes”" in wrong.stderr


def test_ZS_22_the_countys_file_in_the_instance_folder_replaces_the_samples(
    runner: FlaskCliRunner, tmp_path: Path
) -> None:
    (tmp_path / "county-sources.toml").write_text(
        '[tax]\ndocument = "县数共〔2025〕1号"\npurposes = ["application"]\nuntil = 2026-11-21\n',
        encoding="utf-8",
    )
    told = json.loads(runner.invoke(args=["sources", "check", "--json"]).stdout)
    because = {row["code"]: row["because"] for row in told["off"]}
    assert because["tax"] == "数据共享审批到 2026-11-21 为止"
    assert because["bank-deposits"] == "还没有数据共享审批"


def test_ZS_31_check_lists_each_adapters_route(runner: FlaskCliRunner) -> None:
    told = json.loads(runner.invoke(args=["check", "--json"]).stdout)
    routes = {row["code"]: (row["route"], row["route_reason"]) for row in told["sources"]}
    assert routes["tax"] == ("provincial_gateway", None)
    assert routes["funeral"][0] == "direct_line"
    assert routes["funeral"][1]
    printed = runner.invoke(args=["check"]).stdout
    assert "funeral" in printed
    assert "直接连" in printed
