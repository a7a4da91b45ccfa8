"""`flask calendar`: years that are known, the loud line about the next one, and a deadline by hand."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from flask import Flask

from infrastructure import clock


def test_check_tells_which_years_are_known_and_that_the_next_is_missing(app: Flask) -> None:
    told = app.test_cli_runner().invoke(args=["calendar", "check", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert [year["year"] for year in found["years"]] == [2025, 2026]
    assert found["missing"] == [2027]
    assert "2027.toml" in app.test_cli_runner().invoke(args=["calendar", "check"]).stdout


def test_MF_203_check_fails_when_this_year_is_missing(app: Flask) -> None:
    with clock.freeze(datetime(2027, 1, 4, 9, 0, tzinfo=clock.SHANGHAI)):
        told = app.test_cli_runner().invoke(args=["calendar", "check"])
    assert told.exit_code == 1
    assert "没有 2027 年的放假安排" in told.stdout


def test_check_names_a_mistake_in_a_file(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text("year = 2028\n", encoding="utf-8")
    told = app.test_cli_runner().invoke(args=["calendar", "check", "--folder", str(tmp_path)])
    assert told.exit_code == 1
    assert "2027.toml, line 1" in told.stderr


def test_due_says_the_last_day_and_when_it_is_no_promise(app: Flask) -> None:
    runner = app.test_cli_runner()
    sure = runner.invoke(args=["calendar", "due", "--from", "2026-11-22", "--working-days", "15"])
    assert sure.stdout.strip() == "2026-12-11"
    unsure = runner.invoke(args=["calendar", "due", "--from", "2026-12-20", "--days", "15"])
    assert unsure.stdout.startswith("2027-01-04（不确定")
    assert runner.invoke(args=["calendar", "due", "--from", "2026-12-20"]).exit_code == 2
