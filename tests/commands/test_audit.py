"""What `flask audit` says of the log's kinds, and that a run of verifying is written down."""

from __future__ import annotations

import json

from flask import Flask

from assistance import audit


def test_every_kind_of_entry_is_listed_with_its_fields(app: Flask) -> None:
    told = app.test_cli_runner().invoke(args=["audit", "events", "--json"])
    rows = {row["event"]: row for row in json.loads(told.output)}
    assert set(rows) == {event.value for event in audit.Event}
    assert rows["household_shown"] == {
        "event": "household_shown",
        "words": "查看一户的档案",
        "object": "household",
        "fields": ["seen"],
        "about_a_person": True,
        "look": True,
    }
    plain = app.test_cli_runner().invoke(args=["audit", "events"]).output
    assert len(plain.splitlines()) == len(rows)
    assert "standard_set" in plain


def test_verifying_is_an_entry_and_a_dry_run_is_none(app: Flask) -> None:
    database = app.extensions["huimin"].database
    run = app.test_cli_runner().invoke
    for expected, arguments in ((0, ["--dry-run"]), (1, []), (2, ["--json"])):
        told = run(args=["audit", "verify", *arguments])
        assert told.exit_code == 0
        with database.reading() as session:
            found = session.query(audit.AuditEntry).filter_by(event="log_verified").all()
        assert len(found) == expected
    told = json.loads(run(args=["audit", "verify", "--json", "--dry-run"]).output)
    assert (told["cosignatures"], told["cosigned"], told["ok"]) == (0, 0, True)
