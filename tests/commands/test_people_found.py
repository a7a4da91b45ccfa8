"""`flask people-found`, and a generated county to try it on: whom a policy would help, and has it not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

import wsgi
from assistance import audit, households, policies, rules
from infrastructure.clock import SHANGHAI
from infrastructure.settings import load_settings
from tests.conftest import NOW

DIBAO = "minimum-living-allowance"
POOR: dict[str, Any] = {
    "hukou_local": True, "size": 3, "income_month_fen": 100000, "liquid_fen": 0, "cars": 0, "homes": 1,
    "non_residential": False, "capital_fen": 0,
}  # fmt: skip
PERSON = {"age": 45, "in_custody": False, "away": "none"}


def run(app: Flask, *args: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(arg) for arg in args])


def county(app: Flask, folder: Path, *households: tuple[dict[str, Any], list[dict[str, Any]]]) -> Path:
    read = [rules.read_household(facts, members) for facts, members in households]
    taken = policies.take_snapshot(read, county="330482", moment=NOW)
    policies.write_snapshot(taken, folder / "snapshot", app.extensions["huimin"].cipher)
    return folder / "snapshot"


def test_who_meets_a_policy_and_has_it_not_is_found(app: Flask, tmp_path: Path) -> None:
    folder = county(
        app,
        tmp_path,
        ({**POOR, "status": []}, [PERSON] * 3),
        ({**POOR, "status": ["dibao"]}, [PERSON] * 3),
        ({**POOR, "status": [], "income_month_fen": 900000}, [PERSON] * 3),
        ({**POOR, "status": [], "capital_fen": None}, [PERSON] * 3),
    )
    done = run(app, "people-found", DIBAO, "--snapshot", folder, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["policy"], answer["county"], answer["on"]) == (DIBAO, "330482", "2026-11-22")
    assert answer["moment"] == NOW.astimezone(SHANGHAI).isoformat(timespec="seconds")
    assert [one["row"] for one in answer["likely"]] == [0]
    assert [one["row"] for one in answer["possible"]] == [3]
    income = next(f for f in answer["likely"][0]["findings"] if f["condition"] == "income_ratio < 1")
    assert income["result"] == "met"
    assert income["says"]
    assert income["value"]
    capital = next(f for f in answer["possible"][0]["findings"] if "capital" in f["condition"])
    assert capital["result"] == "unknown"


def test_of_a_policy_for_members_only_those_are_named_whom_it_is_open_to(app: Flask, tmp_path: Path) -> None:
    folder = county(app, tmp_path, ({**POOR, "status": []}, [{"age": 45}, {"age": 82}, {"age": 90}]))
    done = run(app, "people-found", "oldest-old-allowance", "--snapshot", folder, "--json")
    answer = json.loads(done.stdout)
    found = answer["likely"] + answer["possible"]
    assert [person["index"] for one in found for person in one["members"]] == [1, 2]
    assert answer["is_known_who_has_it"] is False


def test_the_law_of_another_day_can_be_asked(app: Flask, tmp_path: Path) -> None:
    folder = county(app, tmp_path, ({**POOR, "status": []}, [PERSON] * 3))
    done = run(app, "people-found", DIBAO, "--snapshot", folder, "--on", "2026-06-30", "--json")
    assert json.loads(done.stdout)["on"] == "2026-06-30"


def test_people_are_found_for_a_reader_too(app: Flask, tmp_path: Path) -> None:
    folder = county(app, tmp_path, ({**POOR, "status": []}, [PERSON] * 3))
    done = run(app, "people-found", DIBAO, "--snapshot", folder)
    assert done.exit_code == 0, done.output
    assert "很可能可以享受：1 户" in done.stdout
    assert "第 0 行" in done.stdout
    assert "人均收入低于当地低保标准：" in done.stdout


def test_a_find_that_does_not_stand_by_itself_is_not_shown(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = county(app, tmp_path, ({**POOR, "status": []}, [PERSON] * 3))
    wrong = rules.read_household({**POOR, "income_month_fen": 900000}, None)
    monkeypatch.setattr(policies.Snapshot, "households_at", lambda self, rows: [wrong for _ in rows])
    done = run(app, "people-found", DIBAO, "--snapshot", folder, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["likely"] == []
    assert "不一致" in done.stderr


def test_what_cannot_be_done_is_said_plainly(app: Flask, tmp_path: Path) -> None:
    unknown = run(app, "people-found", "minimum-living-alowance")
    assert unknown.exit_code == 1
    assert DIBAO in unknown.stderr
    no_files = run(app, "people-found", DIBAO)
    assert no_files.exit_code == 1
    assert "一户一册" in no_files.stderr
    nowhere = run(app, "people-found", DIBAO, "--snapshot", tmp_path / "nowhere", "--json")
    assert nowhere.exit_code == 1
    assert nowhere.stdout == ""
    assert "没有完整的快照" in nowhere.stderr
    assert run(app, "people-found", DIBAO, "--on", "2026-13-13").exit_code == 2
    assert run(app, "people-found").exit_code == 2


def test_a_standard_too_large_to_be_sure_is_refused(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = county(app, tmp_path, ({**POOR, "status": []}, [PERSON] * 3))
    absurd = rules.StandardsInForce({}).with_given(
        {"dibao_standard_fen": 10**13, "dibao_asset_years": "999999.9999"}
    )
    monkeypatch.setattr(policies, "standards_in_force", lambda *args: absurd)
    done = run(app, "people-found", DIBAO, "--snapshot", folder)
    assert done.exit_code == 1
    assert "太大" in done.stderr


def test_what_a_resident_contests_finds_nobody_out(app: Flask) -> None:
    parts, day = app.extensions["huimin"], date(2026, 11, 1)
    lines = [households.NewLine("liquid_fen", 900_000_000, day), households.NewLine("homes", 1, day)]
    file = households.NewFile(
        "330482001001",
        "",
        [households.NewMember("head", "陈国良", birth=date(1980, 1, 1), sex="F")],
        day,
        lines,
    )
    with parts.database.transaction() as session:
        households.write_many(session, [file], now=NOW)
        (savings,) = session.scalars(
            select(households.HouseholdLine.id).where(households.HouseholdLine.fact == "liquid_fen")
        )
        (told,) = households.list_documents(session, "330482", on=day, contested={savings})
        assert told["household"] == {"homes": 1}
        (told,) = households.list_documents(session, "330482", on=day)
        assert told["household"]["liquid_fen"] == 900_000_000


def test_without_a_snapshot_the_household_files_are_looked_through(app: Flask) -> None:
    parts = app.extensions["huimin"]
    day = date(2026, 11, 1)

    def file(status: list[str], division: str = "330482001001") -> households.NewFile:
        told = {**{key: value for key, value in POOR.items() if key != "size"}, "status": status}
        person = {"in_custody": False, "away": "none"}
        return households.NewFile(
            division,
            "",
            [
                households.NewMember(
                    "head" if place == 0 else "child",
                    "陈国良",
                    birth=date(1980, 1, 1),
                    sex="F",
                    lines=[households.NewLine(fact, value, day) for fact, value in person.items()],
                )
                for place in range(3)
            ],
            date(2020, 1, 1),
            [households.NewLine(fact, value, day) for fact, value in told.items()],
        )

    with parts.database.transaction() as session:
        households.write_many(session, [file([]), file(["dibao"]), file([])], now=NOW)
    done = run(app, "people-found", DIBAO, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["households"] == 3
    assert len(answer["likely"]) == 2
    assert "陈国良" not in done.stdout
    with parts.database.reading() as session:
        kept = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "households_swept")
        ).one()
    assert json.loads(kept.fields) == {"policy": DIBAO, "households": 3}


def test_a_generated_county_can_be_looked_through(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "county"
    dry = run(app, "snapshots", "generate", folder, "--households", "400", "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    assert not folder.exists()
    done = run(app, "snapshots", "generate", folder, "--households", "400", "--seed", "5", "--json")
    answer = json.loads(done.stdout)
    assert {key: answer[key] for key in ("households", "county", "dry_run")} == {
        "households": 400,
        "county": "330482",
        "dry_run": False,
    }
    found = run(app, "people-found", "compulsory-education-aid", "--snapshot", folder, "--json")
    assert found.exit_code == 0, found.output
    listed = json.loads(found.stdout)
    assert listed["households"] == 400
    assert 0 < len(listed["likely"] + listed["possible"]) < 400
    assert run(app, "snapshots", "generate", folder, "--households", "400").exit_code == 1
    other = tmp_path / "other"
    assert run(app, "snapshots", "generate", other, "--households", "9", "--county", "1").exit_code == 1
    assert run(app, "snapshots", "generate", other, "--households", "-1").exit_code == 2


def test_production_has_no_invented_county(tmp_path: Path) -> None:
    made = wsgi.create_app(load_settings({"HUIMIN_ENV": "production", "HUIMIN_INSTANCE_DIR": str(tmp_path)}))
    done = run(made, "snapshots", "generate", tmp_path / "county", "--households", "10")
    assert done.exit_code == 1
    assert not (tmp_path / "county").exists()
    made.extensions["huimin"].database.dispose()
