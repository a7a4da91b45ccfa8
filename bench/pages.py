"""Pages and JSON in process, each beside a bare Flask view that hands out the same bytes."""

from __future__ import annotations

import re

from flask import Flask

from bench.application import Asked, application, bare_like, cookie_of_the_family
from bench.households import example_document
from bench.measuring import Bench, Row, slower

BARE = "bare Flask view, same bytes"
GZIP = {"Accept-Encoding": "gzip"}


def run(bench: Bench) -> list[Row]:
    """Every path of the goals that this release has."""
    with application() as app:
        return [
            slower(path, BARE, bench.compare(asked, bare_like(asked)), goal)
            for path, asked, goal in asked_of(app)
        ]


def asked_of(app: Flask) -> list[tuple[str, Asked, float | None]]:
    """What is asked, and how many times a bare view's time it may take."""
    cookie = {"Cookie": cookie_of_the_family(app)}
    home = Asked(app, "/", headers=GZIP)
    home.expect(200)
    unchanged = Asked(app, "/", headers={**GZIP, "If-None-Match": home.headers["ETag"]})
    unchanged.expect(304)
    question = Asked(app, "/assessment/questions/3", headers=GZIP | cookie)
    found: list[tuple[str, Asked, float | None]] = [
        ("home, unchanged (ETag)", unchanged, 1.3),
        ("home", home, 4),
        ("one policy", Asked(app, "/policies/minimum-living-allowance", headers=GZIP), 4),
        ("question 3, first visit, plain", Asked(app, "/assessment/questions/3"), 5),
        ("question 3, family, plain", Asked(app, "/assessment/questions/3", headers=cookie), 5),
        ("question 3, family, gzip", question, 5),
        ("question 3 sent", sent(question), 6),
        ("result, family, plain", Asked(app, "/assessment/result", headers=cookie), None),
        ("result, family, gzip", Asked(app, "/assessment/result", headers=GZIP | cookie), None),
        ("JSON: policies", Asked(app, "/api/v1/policies"), 5),
        ("JSON: divisions", Asked(app, "/api/v1/divisions"), 5),
        (
            "JSON: evaluate, 55 policies with reasons",
            Asked(app, "/api/v1/assessments/evaluate", method="POST", json=example_document()),
            5,
        ),
    ]
    for path, asked, _ in found:
        asked.expect({"home, unchanged (ETag)": 304, "question 3 sent": 303}.get(path, 200))
    return found


def sent(question: Asked) -> Asked:
    """The form of a question page, filled in and sent with its own token."""
    client_page = Asked(
        question.app, question.environ["PATH_INFO"], headers={"Cookie": question.environ["HTTP_COOKIE"]}
    )
    page = client_page.expect(200).decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if token is None:
        raise RuntimeError("the question page carries no token")
    session = client_page.headers["Set-Cookie"].partition(";")[0]
    return Asked(
        question.app,
        question.environ["PATH_INFO"],
        method="POST",
        headers={**GZIP, "Cookie": f"{question.environ['HTTP_COOKIE']}; {session}"},
        data={"csrf_token": token[1], "status": "none"},
    )
