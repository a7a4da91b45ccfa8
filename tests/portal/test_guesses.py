"""Whoever guesses receipt codes from one place stops only there; everybody else may go on."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from assistance.assessments.receipts import new_receipt_code

RETURN = "/assessment/return"


def guess(app: Flask, address: str, times: int) -> list[int]:
    # Without the client that reads every page: only the answers' numbers matter here.
    browser = FlaskClient(app, app.response_class, use_cookies=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(RETURN).text)
    assert found is not None
    return [
        browser.post(
            RETURN,
            data={"csrf_token": found[1], "code": new_receipt_code()},
            environ_base={"REMOTE_ADDR": address},
        ).status_code
        for _ in range(times)
    ]


def test_one_place_cannot_use_up_the_guesses_of_all(app: Flask) -> None:
    assert guess(app, "203.0.113.9", 130) == [422] * 20 + [429] * 110
    assert guess(app, "203.0.113.10", 1) == [422]
    # Addresses of one network in IPv6 are one place.
    assert guess(app, "2001:db8::1", 21)[-1] == guess(app, "2001:db8::2", 1)[0] == 429


def test_many_places_together_stop_at_a_hundred(app: Flask) -> None:
    answers = [status for place in range(6) for status in guess(app, f"203.0.113.{place}", 20)]
    assert answers == [422] * 100 + [429] * 20
