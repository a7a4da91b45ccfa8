"""`flask retention` and `flask audit minors-report`."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Flask

from assistance.economic_checks import CheckResult
from infrastructure import clock
from tests.assistance.rights.seeding import seed
from tests.conftest import NOW


def test_retention_is_listed_tried_and_run(app: Flask) -> None:
    database, runner = app.extensions["huimin"].database, app.test_cli_runner()
    with database.transaction() as session:
        seed(session)
    with clock.freeze(NOW + timedelta(days=400)):
        tried = json.loads(runner.invoke(args=["retention", "run", "--dry-run", "--json"]).stdout)
        assert tried["dry_run"] is True
        counted = {row["table"]: row["count"] for row in tried["rows"]}
        assert counted["check_results"] == 2
        with database.reading() as session:
            assert session.query(CheckResult).filter(CheckResult.destroyed_at.is_(None)).count() == 2
        assert "check_results  query-results  删了 2" in runner.invoke(args=["retention", "run"]).stdout
        assert "没有到期的" in runner.invoke(args=["retention", "run"]).stdout
        listed = json.loads(runner.invoke(args=["retention", "list", "--json"]).stdout)
        assert listed["runs"][0]["deleted"]["check_results"] == 2
        assert {"code", "days", "basis", "tables"} <= set(listed["classes"][0])
        assert "CSL-23; GA-20" in runner.invoke(args=["retention", "list"]).stdout


def test_WCW_37_the_yearly_report_on_minors_is_printed(app: Flask) -> None:
    runner = app.test_cli_runner()
    told = json.loads(runner.invoke(args=["audit", "minors-report", "--year", "2026", "--json"]).stdout)
    assert (told["year"], told["entries"]) == (2026, 0)
    assert "2026 年，未成年人 0 人" in runner.invoke(args=["audit", "minors-report", "--year", "2026"]).stdout
