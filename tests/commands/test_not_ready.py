"""A database that nobody has prepared: one sentence that helps, and no trace of calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import wsgi
from commands import NOT_READY
from portal.api.schemas import EXAMPLE
from tests.conftest import settings_of_test


@pytest.mark.parametrize(
    "line", [["assess", "-"], ["standards", "list"], ["help-requests", "list"], ["worker", "--once"]]
)
def test_a_command_says_that_the_database_is_not_ready(line: list[str], tmp_path: Path) -> None:
    app = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}"))
    answer = app.test_cli_runner().invoke(args=line, input=json.dumps(EXAMPLE))
    app.extensions["huimin"].database.dispose()
    assert answer.exit_code == 1
    assert NOT_READY in answer.output
    assert "Traceback" not in answer.output
