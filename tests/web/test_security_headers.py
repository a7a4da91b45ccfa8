"""The same headers on every answer, whatever it says (C.12, G25)."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.complaining_client import ComplainingClient
from web.security_headers import HEADERS, POLICY


def addresses(app: Flask) -> list[str]:
    samples = {"locale": "en", "pixels": 24, "code": "minimum-living-allowance", "number": 3}
    found = []
    for rule in app.url_map.iter_rules():
        values = {name: samples.get(name, "0123456789abcdef") for name in rule.arguments}
        with app.test_request_context("/"):
            built = app.url_map.bind("localhost").build(
                rule.endpoint, _fitting(rule, values), force_external=False
            )
        found.append(built)
    return sorted(set(found))


def _fitting(rule: Rule, values: dict[str, object]) -> dict[str, object]:
    return {
        name: 1
        if type(rule._converters[name]).__name__ == "IntegerConverter" and name not in ("pixels", "number")
        else value
        for name, value in values.items()
    }


def test_every_address_answers_every_method_with_all_headers(app: Flask) -> None:
    client = app.test_client()
    tried = 0
    for address in addresses(app):
        for method in ("GET", "POST", "DELETE"):
            response = client.open(address, method=method)
            assert response.status_code < 500, f"{method} {address}"
            sent = {name: response.headers[name] for name in HEADERS}
            if sent["Referrer-Policy"] == "no-referrer":
                # A page whose own address tells something says where one comes from to nobody at all.
                sent["Referrer-Policy"] = HEADERS["Referrer-Policy"]
            assert sent == HEADERS, f"{method} {address}"
            assert response.headers.get("Cache-Control"), f"{method} {address}"
            tried += 1
    assert tried > 60


def test_the_policy_allows_nothing_inline_and_nothing_from_outside() -> None:
    assert POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    for word in ("unsafe", "nonce", "data:", "blob:", "http", "*"):
        assert word not in POLICY


def test_over_https_the_browser_is_told_to_stay_there(
    client: ComplainingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Strict-Transport-Security" not in client.get("/help-requests/withdrawn").headers
    settings = client.application.extensions["huimin"].settings
    monkeypatch.setattr(type(settings), "is_https", property(lambda self: True))
    secure = client.get("/help-requests/withdrawn").headers["Strict-Transport-Security"]
    assert secure.startswith("max-age=31536000")


def test_static_files_are_kept_for_good_under_their_hash_only(client: ComplainingClient) -> None:
    from web.static_files import static_url

    with client.application.test_request_context("/"):
        address = static_url("css/site.css")
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(response.data)
    old = client.get("/static/000000000000/css/site.css")
    assert old.headers["Cache-Control"] == "no-cache"
    assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    for bad in ("/static/x/../wsgi.py", "/static/x/css/nothing.css", "/static/x/%2e%2e/wsgi.py"):
        assert client.get(bad).status_code == 404


def test_pages_go_over_the_wire_packed(client: ComplainingClient) -> None:
    response = client.get("/privacy", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
