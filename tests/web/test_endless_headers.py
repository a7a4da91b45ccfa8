"""Headers without an end cost neither time nor memory."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from web.compression import takes_gzip
from web.languages import LONGEST_LIST, _best_of


def test_no_endless_list_is_read_or_kept(app: Flask) -> None:
    browser = FlaskClient(app, app.response_class)
    read = takes_gzip.cache_info().misses
    for number in range(3):
        endless = {"Accept-Language": "en;q=0.5," * 9000 + str(number), "Accept-Encoding": "gzip, " * 9000}
        answer = browser.get("/assessment", headers=endless)
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None)
    assert takes_gzip.cache_info().misses == read
    kept = _best_of.cache_info().currsize
    for number in range(3):
        browser.get("/assessment", headers={"Accept-Language": "x" * LONGEST_LIST + str(number)})
    assert _best_of.cache_info().currsize <= kept + 1
