"""The log says what happened, and never to whom: no value, no query, no body, no address (G29)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.complaining_client import ComplainingClient
from web.request_log import JsonLines

CANARY = "330482199001011234"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logger="huimin")
    formatter = JsonLines()
    return lambda: [json.loads(formatter.format(record)) for record in caplog.records]


def test_one_line_a_request_with_the_template_of_its_route(client: ComplainingClient, lines: Any) -> None:
    client.get("/policies/minimum-living-allowance?from=" + CANARY, headers={"User-Agent": CANARY})
    found = [line for line in lines() if line["logger"] == "huimin.requests"]
    assert len(found) == 1
    assert found[0]["method"] == "GET"
    assert found[0]["route"] == "/policies/<string:code>"
    assert found[0]["status"] == 200
    assert found[0]["milliseconds"] >= 0


ASKED = [
    ("GET", f"/no/{CANARY}", None),
    ("GET", f"/policies?search={CANARY}", None),
    ("POST", "/help-requests/new", {"name": CANARY, "contact": CANARY}),
    ("POST", "/api/v1/assessments/evaluate", CANARY),
]


@pytest.mark.parametrize(("method", "address", "body"), ASKED)
def test_nothing_that_was_typed_is_logged(
    client: ComplainingClient, lines: Any, method: str, address: str, body: Any
) -> None:
    client.open(address, method=method, data=body)
    assert lines()
    assert CANARY not in json.dumps(lines())
    assert "127.0.0.1" not in json.dumps(lines())


def test_a_crash_is_logged_by_kind_and_place_without_its_words(
    client: ComplainingClient, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ValueError(CANARY)

    monkeypatch.setitem(client.application.view_functions, "portal.show_withdrawn_help_request", fail)
    response = client.get("/help-requests/withdrawn")
    assert response.status_code == 500
    crash = next(line for line in lines() if line.get("error"))
    assert crash["error"] == "ValueError"
    assert crash["where"][-1].endswith("fail")
    assert crash["request_id"] == response.headers["X-Request-Id"]
    assert CANARY not in json.dumps(lines())


@pytest.mark.parametrize(
    ("given", "kept"), [("abcdef-123456", True), ("short", False), ("a b\tc" * 4, False), ("x" * 99, False)]
)
def test_a_callers_own_id_is_kept_only_when_it_can_be_nothing_else(
    client: ComplainingClient, given: str, kept: bool
) -> None:
    response = client.get("/privacy", headers={"X-Request-Id": given})
    assert (response.headers["X-Request-Id"] == given) is kept
