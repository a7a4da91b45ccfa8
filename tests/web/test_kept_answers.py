"""An answer that is kept for everybody is decided by nothing that only one visitor sent."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web import kept_answers
from web.kept_answers import MARK, KeptAnswers

ADDRESS = "/accessibility"


def ask(app: Flask, query: str, **headers: str) -> tuple[bytes, str | None]:
    # Without the client that reads every page: it would keep cookies and ask for gzip of its own.
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client = FlaskClient(app, app.response_class, use_cookies=False)
    answer = client.get(f"{ADDRESS}?{query}", headers=named)
    assert answer.status_code == 200
    return answer.data, answer.headers.get("Content-Encoding")


@pytest.mark.parametrize("cookie", ["huimin_lang =en", "\thuimin_lang=en", "a=b ;  huimin_lang = en"])
def test_nobody_chooses_the_language_of_the_others(app: Flask, cookie: str) -> None:
    query = f"case={len(cookie)}"
    told, _ = ask(app, query, Cookie=cookie)
    assert 'lang="en"' in told.decode()
    others, _ = ask(app, query)
    assert '<html lang="zh' in others.decode()


@pytest.mark.parametrize("taken", ["*", "GZIP", "br, *;q=0.5"])
def test_nobody_chooses_the_encoding_of_the_others(app: Flask, taken: str) -> None:
    query = f"encoding={len(taken)}"
    ask(app, query, Accept_Encoding=taken)
    body, encoding = ask(app, query)
    assert (body[:15], encoding) == (b"<!doctype html>", None)


def environ_of(**changes: str) -> dict[str, str]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "localhost", **changes}


class Counting:
    """Answers everything with one public page, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, environ: dict[str, str], start_response: object) -> list[bytes]:
        self.asked += 1
        environ[MARK] = "/"
        start_response("200 OK", [("ETag", f'"{self.asked}"')])  # type: ignore[operator]
        return [b"x" * 1000]


def test_what_is_kept_stays_within_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 5000)
    kept = KeptAnswers(Counting(), ())
    for number in range(50):
        kept(environ_of(QUERY_STRING=str(number)), lambda *_: None)
        assert len(kept._kept) <= 5


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_COOKIE": "huimin_answers=x"},
        {"HTTP_COOKIE": "huimin_answers =x"},
        {"HTTP_COOKIE": "huimin_lang=" + "e" * 700},
        {"HTTP_HOST": "h" * 700},
        {"REQUEST_METHOD": "HEAD"},
    ],
)
def test_some_visitors_are_never_answered_from_here(changes: dict[str, str]) -> None:
    inner = Counting()
    kept = KeptAnswers(inner, ("huimin_answers",))
    for _ in range(2):
        kept(environ_of(**changes), lambda *_: None)
    assert (inner.asked, len(kept._kept)) == (2, 0)
