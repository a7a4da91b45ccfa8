"""`flask standards`: entering dated amounts, and what the law of the day refuses (SA-17)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

import wsgi
from infrastructure.database import Database
from tests.conftest import settings_of_test


@pytest.fixture
def own_app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    url = database.url.render_as_string(hide_password=False)
    made = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_DATABASE_URL=url))
    yield made
    made.extensions["huimin"].database.dispose()


@pytest.fixture
def runner(own_app: Flask) -> FlaskCliRunner:
    return own_app.test_cli_runner()


def enter(runner: FlaskCliRunner, name: str, value: str, *more: str, issuer: str = "330482") -> Result:
    given = (
        "--division",
        "330482",
        "--from",
        "2026-07-01",
        "--value",
        value,
        "--document",
        "平政发〔2026〕7号",
    )
    return runner.invoke(args=["standards", "set", name, *given, "--issuer", issuer, *more])


def in_force(runner: FlaskCliRunner, name: str) -> dict[str, object]:
    listed = runner.invoke(args=["standards", "list", "--on", "2026-11-22", "--json"])
    assert listed.exit_code == 0, listed.output
    return next(row for row in json.loads(listed.stdout) if row["name"] == name)


def test_SA_17_a_county_document_of_the_new_law_exits_1_naming_the_rule(runner: FlaskCliRunner) -> None:
    refused = enter(runner, "dibao_standard", "1200")
    assert refused.exit_code == 1
    assert "社会救助法 第十九条" in refused.stderr
    assert in_force(runner, "dibao_standard")["value"] == 113000


def test_SA_17_marked_it_is_stored_as_to_be_confirmed(runner: FlaskCliRunner) -> None:
    marked = enter(runner, "dibao_standard", "1200.50", "--mark", "--json")
    assert marked.exit_code == 0, marked.output
    answer = json.loads(marked.stdout)
    assert (answer["is_to_be_confirmed"], answer["value"], answer["dry_run"]) == (True, 120050, False)
    row = in_force(runner, "dibao_standard")
    assert (row["value"], row["is_to_be_confirmed"], row["is_sample"]) == (120050, True, False)
    assert str(row["recorded_at"]).endswith("+08:00")
    assert row["recorded_by"]


def test_from_the_prefecture_it_is_stored_as_it_is(runner: FlaskCliRunner) -> None:
    assert enter(runner, "dibao_standard", "1150", issuer="3304").exit_code == 0
    row = in_force(runner, "dibao_standard")
    assert (row["value"], row["is_to_be_confirmed"]) == (115000, False)
    assert (row["document"], row["issuer"], row["issuer_level"]) == ("平政发〔2026〕7号", "3304", "city")


def test_a_dry_run_keeps_nothing(runner: FlaskCliRunner) -> None:
    tried = enter(runner, "minimum_wage", "3000", "--dry-run", "--json")
    assert tried.exit_code == 0
    assert json.loads(tried.stdout)["dry_run"] is True
    assert in_force(runner, "minimum_wage")["value"] == 249000


GRAMMAR = [
    ("retirement_age", "F:55,M:63", {"F": 55, "M": 63}),
    ("medical_aid_groups", "rigid, expend", ["expend", "rigid"]),
    ("hard_to_employ_groups", "", []),
    ("elderly_care_income_option", "false", False),
    ("housing_area_line", "16.5", "16.5"),
    ("minimum_wage", "2490", 249000),
]


@pytest.mark.parametrize(("name", "typed", "stored"), GRAMMAR)
def test_each_kind_of_value_is_read(app: Flask, name: str, typed: str, stored: object) -> None:
    done = enter(app.test_cli_runner(), name, typed, "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["value"] == stored


WRONG = [
    ("retirement_age", "F:55"),
    ("medical_aid_groups", "everybody"),
    ("elderly_care_income_option", "maybe"),
    ("minimum_wage", "-1"),
    ("minimum_wage", "１２３"),
    ("minimum_wage", "NaN"),
    ("minimum_wage", "1e999999999"),
    ("housing_area_line", "1.2345678901234"),
    ("no_such_standard", "1"),
]


@pytest.mark.parametrize(("name", "typed"), WRONG)
def test_a_wrong_value_or_name_is_wrong_usage(app: Flask, name: str, typed: str) -> None:
    refused = enter(app.test_cli_runner(), name, typed)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output


@pytest.mark.parametrize("issuer", ["330328", "3303", "999999", "330482001"])
def test_a_stranger_cannot_issue(app: Flask, issuer: str) -> None:
    assert enter(app.test_cli_runner(), "minimum_wage", "2490", "--mark", issuer=issuer).exit_code in (1, 2)


def test_a_known_alternative_is_named(app: Flask) -> None:
    assert "dibao_standard" in enter(app.test_cli_runner(), "dibao_standrad", "1").stderr


def test_the_list_for_a_person_names_samples(app: Flask) -> None:
    where = ("--division", "330328", "--on", "2026-11-22")
    listed = app.test_cli_runner().invoke(args=["standards", "list", *where])
    assert "1100元/人/月，2026-07-01 起，示例数据，以当地文件为准 示例" in listed.stdout
