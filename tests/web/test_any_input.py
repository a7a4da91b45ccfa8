"""Whatever arrives, nothing fails: any address, header, cookie, form, body gets an answer below 500 (G15)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ADDRESSES = (
    "/",
    "/assessment",
    "/assessment/questions/1",
    "/assessment/questions/4",
    "/assessment/questions/99",
    "/assessment/review",
    "/assessment/result",
    "/policies",
    "/policies/minimum-living-allowance",
    "/help-requests/new",
    "/api/v1/assessments/evaluate",
    "/api/v1/policies",
    "/api/v1/divisions",
    "/api/v1/meta",
)
NASTY = st.sampled_from(
    [
        "\x00", "\ud7ff", "\u202e", "３", "²", "'\"><script>", "{{7*7}}", "%s%n", "../../etc/passwd", "-1",
        "NaN", "1e999", "9" * 40, "𬭸", "\r\nSet-Cookie: x=1", "true", "null", "[]", "{}", "大峃", " ", "",
    ]
)  # fmt: skip
TEXT = st.one_of(NASTY, st.text(max_size=30))
EASY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ask(app: Flask, *args: Any, **kwargs: Any) -> int:
    # Without the client that reads every page: what matters here is that it answers.
    return FlaskClient(app, app.response_class).open(*args, **kwargs).status_code


@EASY
@given(st.binary(max_size=60), st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE"]))
def test_any_path(app: Flask, raw: bytes, method: str) -> None:
    assert ask(app, "/" + quote_from_bytes(raw), method=method) < 500
    assert ask(app, "/", method=method, environ_overrides={"PATH_INFO": "/" + raw.decode("latin-1")}) < 500


@EASY
@given(st.sampled_from(ADDRESSES), st.dictionaries(TEXT, TEXT, max_size=4))
def test_any_query(app: Flask, address: str, query: dict[str, str]) -> None:
    encodable = {
        key.encode("utf-8", "ignore"): value.encode("utf-8", "ignore") for key, value in query.items()
    }
    text = "&".join(f"{quote_from_bytes(key)}={quote_from_bytes(value)}" for key, value in encodable.items())
    assert ask(app, address, query_string=text) < 500


@EASY
@given(st.sampled_from(ADDRESSES), st.binary(max_size=200), st.sampled_from(["", "v1.", "AQEAAQ"]))
def test_any_cookie(app: Flask, address: str, raw: bytes, beginning: str) -> None:
    value = beginning + raw.hex()
    names = ("huimin_answers", "huimin_session", "huimin_lang", "huimin_size", "__Host-huimin_answers")
    cookie = "; ".join(f"{name}={value}" for name in names)
    assert ask(app, address, headers={"Cookie": cookie}) < 500


@EASY
@given(
    st.sampled_from(ADDRESSES),
    st.binary(max_size=300),
    st.sampled_from(
        [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json; charset=gbk",
        ]
    ),
)
def test_any_body(app: Flask, address: str, body: bytes, kind: str) -> None:
    assert ask(app, address, method="POST", data=body, content_type=kind) < 500


@EASY
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60))
def test_any_header(app: Flask, value: str) -> None:
    headers = {
        "Accept-Language": value,
        "X-Request-Id": value,
        "If-None-Match": value,
        "Accept-Encoding": value,
    }
    assert ask(app, "/policies", headers=headers) < 500
    assert ask(app, "/help-requests/new", headers={**headers, "Host": "localhost"}) < 500


FORMS = ("/assessment", "/help-requests/new", *(f"/assessment/questions/{number}" for number in range(1, 13)))


@pytest.fixture(scope="module")
def fields(whole_app: Flask) -> dict[str, list[str]]:
    """The names of the fields of each form, as its page shows them."""
    browser = FlaskClient(whole_app, whole_app.response_class)
    found = {address: re.findall(r'name="([^"]+)"', browser.get(address).text) for address in FORMS}
    assert len(found["/assessment/questions/4"]) > 1
    return found


@EASY
@given(st.data())
def test_any_form(app: Flask, fields: dict[str, list[str]], data: st.DataObject) -> None:
    address = data.draw(st.sampled_from(FORMS))
    names = st.one_of(st.sampled_from(fields[address] or ["x"]), TEXT)
    typed = data.draw(st.dictionaries(names, st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=6))
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert ask(app, address, method="POST", data=typed) < 500
    finally:
        app.config["WTF_CSRF_ENABLED"] = True


DEEP = [
    "[" * 100_000,
    '{"household":' * 20_000 + "1" + "}" * 20_000,
    '{"a":' + "1" * 100_000 + "}",
    '"' + "\\u0000" * 1000 + '"',
]


@pytest.mark.parametrize("body", DEEP)
def test_deep_and_long_json(app: Flask, body: str) -> None:
    status = ask(
        app, "/api/v1/assessments/evaluate", method="POST", data=body, content_type="application/json"
    )
    assert status in (400, 413, 422)


@pytest.mark.parametrize("separator", ["&", "&a=1"])
def test_thousands_of_fields_are_too_many(app: Flask, separator: str) -> None:
    form = separator * 10_000
    told = ask(
        app, "/help-requests/new", method="POST", data=form, content_type="application/x-www-form-urlencoded"
    )
    assert told == 413
