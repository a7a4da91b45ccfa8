"""Bad input and failures: a clear answer, never a 500 of the caller's making, never the value echoed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

import web.operations
from assistance import audit
from assistance.errors import NotFound, Refusal
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW

JUNK = [
    "/%00",
    "/policies?search=%00",
    "/policies?search=%ff",
    "/policies/" + "a" * 5000,
    "/policies?search=" + "%E4%BD%8E" * 1000,
]


@pytest.mark.parametrize("address", JUNK)
def test_junk_bytes_are_a_bad_request(client: ComplainingClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert response.mimetype == "text/html"


def test_a_path_in_another_encoding_is_a_bad_request(client: ComplainingClient) -> None:
    # The test client itself would mend such a path; a server hands it over as it came.
    assert client.get("/x", environ_overrides={"PATH_INFO": "/\xd6\xd0"}).status_code == 400


@pytest.mark.parametrize("body", [b"name=%00", b"name=%ff", b"name=\xff\xfe", b"%00=1"])
def test_junk_in_a_form_is_a_bad_request(client: ComplainingClient, body: bytes) -> None:
    response = client.post("/help-requests/new", data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400


@pytest.mark.parametrize("address", ["/help-requests/new", "/api/v1/assessments/evaluate"])
def test_a_huge_body_is_too_large(client: ComplainingClient, address: str) -> None:
    response = client.post(address, data=b"a" * 300_000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    assert response.mimetype == ("application/problem+json" if "api" in address else "text/html")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_an_unknown_page_is_worth_reading(client: ComplainingClient, language: str) -> None:
    response = client.get("/no-such-page", headers={"Accept-Language": language})
    assert response.status_code == 404
    assert "12345" in response.text or "href" in response.text
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_method_that_an_address_does_not_take_is_named(client: ComplainingClient) -> None:
    response = client.delete("/privacy")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/policies/no-such-policy"])
def test_the_json_interface_answers_problems(client: ComplainingClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    body = json.loads(response.text)
    assert body["detail"]
    assert body["errors"] == []


FAILURES = [
    (RuntimeError("密 330482199001011234"), 500),
    (OperationalError("select", {}, Exception("away")), 503),
    (Refusal("现在还不能办。"), 409),
    (NotFound(), 404),
]


@pytest.mark.parametrize(("failure", "status"), FAILURES)
def test_each_failure_has_its_page_and_tells_nothing_of_the_inside(
    client: ComplainingClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    status: int,
) -> None:
    def fail(**_: Any) -> None:
        raise failure

    monkeypatch.setitem(client.application.view_functions, "portal.show_withdrawn_help_request", fail)
    response = client.get("/help-requests/withdrawn")
    assert response.status_code == status
    assert response.mimetype == "text/html"
    for text in (response.text, caplog.text if status < 500 else ""):
        assert "330482199001011234" not in text
        assert "Traceback" not in text


def test_a_failing_error_page_still_answers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("web.errors.render_page", fail)
    response = app.test_client().get("/no-such-page")
    assert response.status_code == 404
    assert response.mimetype == "text/plain"


def test_a_stale_form_comes_back_with_what_was_typed_to_our_own_page_only(client: ComplainingClient) -> None:
    typed = {"name": "王大爷", "csrf_token": "old", "own_will": "no"}
    ours = client.post("/help-requests/new", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert ours.status_code == 400
    assert 'value="王大爷"' in ours.text
    # Whether it is somebody's own will is asked again: whoever sees this page may be somebody else.
    assert "own_will" not in ours.text
    strange = client.post("/help-requests/new", data=typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert strange.status_code == 400
    assert "王大爷" not in strange.text


def test_a_wrong_host_is_refused_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["huimin.example"])
    assert app.test_client().get("/privacy", headers={"Host": "evil.example"}).status_code == 400
    assert app.test_client().get("/privacy", headers={"Host": "huimin.example"}).status_code == 200


def test_readiness_says_what_is_missing(client: ComplainingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").json == {"status": "up"}
    assert client.get("/readyz").status_code == 200
    with client.application.extensions["huimin"].database.transaction() as session:
        audit.record(session, audit.Event.ANSWERS_KEPT, by=audit.ANONYMOUS, now=NOW, object_ref="a")
    assert client.get("/readyz").status_code == 200
    with clock.freeze(NOW + timedelta(seconds=61)):
        late = client.get("/readyz")
        assert late.status_code == 503
        assert late.json is not None
        assert late.json["checks"]["unsealed_tail"] is False
    monkeypatch.setattr(web.operations, "is_at_head", lambda database: False)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json is not None
    assert response.json["checks"]["migrations"] is False


def test_figures_are_for_this_machine_only(client: ComplainingClient) -> None:
    client.get("/privacy")
    assert 'route="/privacy"' in client.get("/metrics").text
    for sent in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={sent: "203.0.113.9"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
