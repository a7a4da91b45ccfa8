"""The application as the server runs it, on a database of its own, and bare Flask views beside it."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask, Response, request
from werkzeug.test import EnvironBuilder

import demo.standards
import wsgi
from assistance import assessments, divisions, policies
from bench.households import COUNTY, family_answers
from bench.measuring import settled_memory
from infrastructure import clock, migrations
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import load_settings
from web.request_log import log_to_standard_error

BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "User-Agent": "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Sec-Fetch-Site": "same-origin",
}


def environment_of(folder: Path) -> dict[str, str]:
    return {"HUIMIN_ENV": "demo", "HUIMIN_INSTANCE_DIR": str(folder), "HUIMIN_COUNTY": COUNTY}


@contextmanager
def application() -> Iterator[Flask]:
    """The application on a fresh database with the sample standards; its log goes nowhere, but is written."""
    with TemporaryDirectory(prefix="huimin-bench-") as name:
        settings = load_settings(environment_of(Path(name)))
        prepare(Database(settings.database_url, FieldCipher(settings.field_keys)))
        app = wsgi.create_app(settings)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            log_to_standard_error()
            logging.getLogger().handlers[0].setStream(nowhere)  # type: ignore[attr-defined]
            with settled_memory():
                yield app
            logging.getLogger().handlers.clear()
        app.extensions["huimin"].database.dispose()


def prepare(database: Database) -> None:
    """Migrate and load divisions and standards, as `flask init` does."""
    migrations.upgrade(database)
    index = divisions.national_index()
    with database.transaction() as session:
        divisions.load_divisions(session, index)
    with database.transaction() as session:
        rows = policies.shipped_rows() + demo.standards.sample_rows()
        policies.load_rows(session, index, rows, now=clock.now())
    database.dispose()


def cookie_of_the_family(app: Flask) -> str:
    parts = app.extensions["huimin"]
    value = assessments.seal(parts.cipher, family_answers(), county=COUNTY, now=clock.now())
    return f"{assessments.COOKIE}={value}"


class Asked:
    """One request, ready to be put to an application again and again without a client between."""

    def __init__(
        self,
        app: Flask,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        data: Any = None,
        json: Any = None,
    ) -> None:
        builder = EnvironBuilder(
            path=path, method=method, headers={**BROWSER, **(headers or {})}, data=data, json=json
        )
        self.app = app
        self.environ = builder.get_environ()
        self.body = self.environ["wsgi.input"].read() if method == "POST" else b""
        self.status = ""
        self.headers: dict[str, str] = {}
        builder.close()

    def __call__(self) -> bytes:
        environ = self.environ.copy()
        environ["wsgi.input"] = io.BytesIO(self.body)
        answer = self.app.wsgi_app(environ, self._start)
        try:
            return b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    def _start(self, status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        self.status = status
        self.headers = dict(headers)
        return lambda _: None

    def expect(self, status: int) -> bytes:
        """Ask once and insist on a status; a bench of an error page would say nothing."""
        body = self()
        if not self.status.startswith(str(status)):
            raise RuntimeError(f"{self.environ['PATH_INFO']} answered {self.status}, not {status}")
        return body


def bare_app(pages: dict[str, tuple[bytes, dict[str, str]]]) -> Flask:
    """A Flask application whose views do nothing but hand out bytes; the reference of every page."""
    app = Flask("bare", static_folder=None)

    def hand_out() -> Response:
        body, headers = pages[request.path]
        return Response(body, headers=headers)

    for number, path in enumerate(pages):
        app.add_url_rule(path, f"page_{number}", hand_out, methods=["GET", "POST"])
    return app


def bare_like(asked: Asked) -> Asked:
    """The same request put to a bare view that hands out the same bytes."""
    body = asked()
    path = asked.environ["PATH_INFO"]
    kept = {
        name: value for name, value in asked.headers.items() if name in ("Content-Type", "Content-Encoding")
    }
    bare = Asked.__new__(Asked)
    bare.app = bare_app({path: (body, kept)})
    bare.environ, bare.body = asked.environ, asked.body
    bare.status, bare.headers = "", {}
    return bare
