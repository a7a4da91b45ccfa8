"""Pages and JSON in process, each beside a bare Flask view that hands out the same bytes."""

from __future__ import annotations

import re

from flask import Flask

from bench.application import Asked, application, bare_like, cookie_of_the_family
from bench.households import example_document
from bench.measuring import Bench, Row, slower

BARE = "bare Flask view, same bytes"
GZIP = {"Accept-Encoding": "gzip"}
QUESTION, EVALUATE = "/assessment/questions/3", "/api/v1/assessments/evaluate"


def run(bench: Bench) -> list[Row]:
    """Every path of the goals that this release has."""
    with application() as app:
        return [
            slower(path, BARE, bench.compare(asked, bare_like(asked)), goal)
            for path, asked, goal in asked_of(app)
        ]


def asked_of(app: Flask) -> list[tuple[str, Asked, float | None]]:
    """What is asked, and how many times a bare view's time it may take."""
    home = Asked(app, "/", headers=GZIP)
    home.expect(200)
    unchanged = Asked(app, "/", headers={**GZIP, "If-None-Match": home.headers["ETag"]})
    family, token = _family_with_session(app)
    document = example_document()
    found: list[tuple[str, Asked, float | None]] = [
        ("home, unchanged (ETag)", unchanged, 1.3),
        ("home", home, 4),
        ("one policy", Asked(app, "/policies/minimum-living-allowance", headers=GZIP), 4),
        ("one policy, visitor with answers", Asked(app, "/policies/medical-aid", headers=GZIP | family), 4),
        ("question 3, first visit", Asked(app, QUESTION, headers=GZIP), 5),
        ("question 3, family", Asked(app, QUESTION, headers=GZIP | family), 5),
        ("question 3, family, not packed", Asked(app, QUESTION, headers=family), 5),
        (
            "question 3 sent",
            Asked(
                app,
                QUESTION,
                method="POST",
                headers=GZIP | family,
                data={"csrf_token": token, "status": "none"},
            ),
            6,
        ),
        ("result, family", Asked(app, "/assessment/result", headers=GZIP | family), None),
        ("result, family, not packed", Asked(app, "/assessment/result", headers=family), None),
        ("JSON: policies", Asked(app, "/api/v1/policies"), 5),
        ("JSON: divisions", Asked(app, "/api/v1/divisions"), 5),
        ("JSON: 55 policies with reasons", Asked(app, EVALUATE, method="POST", json=document), 5),
    ]
    for path, asked, _ in found:
        asked.expect({"home, unchanged (ETag)": 304, "question 3 sent": 303}.get(path, 200))
    return found


def _family_with_session(app: Flask) -> tuple[dict[str, str], str]:
    """The cookies of a family on its way through the questions, and the token of its forms."""
    answers = cookie_of_the_family(app)
    first = Asked(app, QUESTION, headers={"Cookie": answers})
    token = re.search(r'name="csrf_token" value="([^"]+)"', first.expect(200).decode())
    if token is None:
        raise RuntimeError("the question page carries no token")
    session = first.headers["Set-Cookie"].partition(";")[0]
    return {"Cookie": f"{answers}; {session}"}, token[1]
