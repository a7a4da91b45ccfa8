"""Unchanged public pages are answered before Flask looks at them: most visitors read the same few pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from infrastructure import clock
from web.languages import LANGUAGE_COOKIE, SIZE_COOKIE
from web.request_log import note_answer, request_id_of

MOST_KEPT = 4000
MOST_BYTES = 32 * 1024 * 1024
LONGEST_KEY = 600
MARK = "huimin.is_public"
# As the framework reads cookies: blanks around a name do not belong to it.
_COOKIES = re.compile(rf"(?:^|;)\s*({LANGUAGE_COOKIE}|{SIZE_COOKIE})\s*=([^;]*)")
# What else decides about an answer; a host that was not accepted once is never answered from here.
_DECIDING = (
    "PATH_INFO",
    "QUERY_STRING",
    "SCRIPT_NAME",
    "HTTP_HOST",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
)

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: list[tuple[str, str]]
    headers_unchanged: list[tuple[str, str]]
    etag: str
    body: bytes
    route: str


def mark_public() -> None:
    """Say of the answer to this request that everybody in the same language and size may have it."""
    request.environ[MARK] = request.url_rule.rule if request.url_rule else ""


class KeptAnswers:
    """Wraps an application and answers from what it has answered before today, byte for byte."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], private_cookies: tuple[str, ...]) -> None:
        self._inner = inner
        self._private = private_cookies
        self._kept: dict[Key, _Answer] = {}
        self._bytes = 0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        key = self._key(environ)
        if key is None:
            return self._inner(environ, start_response)
        answer = self._kept.get(key)
        if answer is None:
            return self._ask(key, environ, start_response)
        began = time.perf_counter()
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
        is_unchanged = answer.etag in environ.get("HTTP_IF_NONE_MATCH", "")
        headers = answer.headers_unchanged if is_unchanged else answer.headers
        size = 0 if is_unchanged else len(answer.body)
        note_answer(request_id, "GET", answer.route, 304 if is_unchanged else 200, size, began)
        start_response(
            "304 NOT MODIFIED" if is_unchanged else "200 OK", [*headers, ("X-Request-Id", request_id)]
        )
        return [] if is_unchanged else [answer.body]

    def _key(self, environ: Environ) -> Key | None:
        if environ["REQUEST_METHOD"] != "GET":
            return None
        cookies = environ.get("HTTP_COOKIE", "")
        if cookies and any(name in cookies for name in self._private):
            return None
        chosen = [text for pair in _COOKIES.findall(cookies) for text in pair] if cookies else ()
        deciding = [environ.get(name, "") for name in _DECIDING]
        if len("".join(deciding)) + len("".join(chosen)) > LONGEST_KEY:
            return None
        return (clock.today(), *deciding, *chosen)

    def _ask(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started: list[Any] = []

        def note_start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            started[:] = [status, headers]
            return start_response(status, headers, *rest)

        parts = self._inner(environ, note_start)
        if MARK in environ and isinstance(parts, Iterable) and started and started[0].startswith("200"):
            body = b"".join(parts)
            if hasattr(parts, "close"):
                parts.close()
            self._keep(key, environ[MARK], started[1], body)
            return [body]
        return parts

    def _keep(self, key: Key, route: str, headers: list[tuple[str, str]], body: bytes) -> None:
        names = {name.lower(): value for name, value in headers}
        etag = names.get("etag", "").removeprefix("W/")
        if not etag or "set-cookie" in names:
            return
        if len(self._kept) >= MOST_KEPT or self._bytes >= MOST_BYTES:
            self._kept.clear()
            self._bytes = 0
        self._bytes += len(body)
        kept = [(name, value) for name, value in headers if name.lower() != "x-request-id"]
        unchanged = [
            (name, value)
            for name, value in kept
            if name.lower() not in ("content-length", "content-type", "content-encoding")
        ]
        self._kept[key] = _Answer(kept, unchanged, etag, body, route)


def install_kept_answers(app: Flask, private_cookies: tuple[str, ...]) -> None:
    """Put the kept answers in front of this application; a visitor with a private cookie passes by them."""
    app.wsgi_app = KeptAnswers(app.wsgi_app, private_cookies)  # type: ignore[method-assign]
