"""A test client that looks at every answer and complains about what no page may do."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import html5lib
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from infrastructure.database import Database
from web.security_headers import HEADERS

# What a request may note although it changes nothing else.
MAY_BE_WRITTEN_BY_A_GET = {"rate_limits", "audit_entries"}
# A page that is opened keeps the sign-in awake, and changes nothing else of it.
MAY_CHANGE_BY_A_GET = {("sign_in_sessions", "last_used_at")}
XHTML = "{http://www.w3.org/1999/xhtml}"
NEEDS_LABEL = ("input", "select", "textarea")
UNLABELLED_TYPES = ("hidden", "submit", "button", "image", "reset")


class ComplainingClient(FlaskClient):
    """Every HTML answer is read as a browser reads it; every GET is proved to have changed nothing."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, and complain about the answer."""
        database: Database = self.application.extensions["huimin"].database
        before = fingerprint(database)
        response = super().open(*args, **kwargs)
        request = response.request
        for name in HEADERS:
            assert name in response.headers, f"{request.path} answers without {name}"
        assert "X-Request-Id" in response.headers
        if request.method in ("GET", "HEAD"):
            assert fingerprint(database) == before, f"GET {request.path} changed the database"
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 304, 307, 308):
            body = response.get_data(as_text="Content-Encoding" not in response.headers)
            if isinstance(body, str) and body and request.method != "HEAD":
                check_page(body, request.path)
        return response


_fingerprints: dict[str, tuple[Any, str]] = {}
_watchers: dict[str, sqlite3.Connection] = {}


def fingerprint(database: Database) -> str:
    """What stands in every table but those that a GET may write."""
    key = database.url.render_as_string(hide_password=False)
    version = _data_version(database, key)
    known = _fingerprints.get(key)
    if version is not None and known is not None and known[0] == version:
        return known[1]
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in _tables(database, session):
            if table not in MAY_BE_WRITTEN_BY_A_GET:
                rows = [
                    {name: value for name, value in row.items() if (table, name) not in MAY_CHANGE_BY_A_GET}
                    for row in session.execute(text(f'SELECT * FROM "{table}"')).mappings()
                ]
                digest.update(repr((table, sorted(map(repr, rows)))).encode())
    _fingerprints[key] = (version, digest.hexdigest())
    return digest.hexdigest()


def _data_version(database: Database, key: str) -> int | None:
    if not database.is_sqlite:
        return None
    if key not in _watchers:
        _watchers[key] = sqlite3.connect(database.url.database, check_same_thread=False)
    return int(_watchers[key].execute("PRAGMA data_version").fetchone()[0])


def forget(database: Database) -> None:
    """Close what watches a database that is about to be thrown away."""
    key = database.url.render_as_string(hide_password=False)
    watcher = _watchers.pop(key, None)
    if watcher is not None:
        watcher.close()
    _fingerprints.pop(key, None)


def _tables(database: Database, session: Any) -> list[str]:
    if database.is_sqlite:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    else:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return list(session.scalars(text(query)))


def check_page(body: str, address: str) -> None:
    """Complain unless this is a valid page with one heading, a title, a language and labelled fields."""
    try:
        tree = html5lib.HTMLParser(strict=True).parse(body)
    except html5lib.html5parser.ParseError as error:
        raise AssertionError(f"{address} is not valid HTML: {error}") from error
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]

    def all_of(*names: str) -> list[Any]:
        return [element for element in elements if element.tag.removeprefix(XHTML) in names]

    assert len(all_of("h1")) == 1, f"{address} has {len(all_of('h1'))} h1"
    titles = all_of("title")
    assert titles, f"{address} has no title"
    assert "".join(titles[0].itertext()).strip(), f"{address} has an empty title"
    assert tree.get("lang"), f"{address} names no language"
    assert all_of("body")[0].get("id"), f"{address} has no id on its body"
    viewports = [meta for meta in all_of("meta") if meta.get("name") == "viewport"]
    assert len(viewports) == 1, f"{address} has no viewport"
    ids = [element.get("id") for element in elements if element.get("id")]
    doubled = sorted({one for one in ids if ids.count(one) > 1})
    assert not doubled, f"{address} has ids twice: {doubled}"
    _check_references(elements, set(ids), address)
    _check_labels(all_of("label"), all_of(*NEEDS_LABEL), address)
    for element in elements:
        inline = [name for name in element.attrib if isinstance(name, str) and name.startswith("on")]
        assert not inline, f"{address} has inline handlers: {inline}"
        assert element.get("style") is None, f"{address} has an inline style"
    assert not all_of("style"), f"{address} has a style element"
    for script in all_of("script"):
        assert script.get("src"), f"{address} has an inline script"
    for image in all_of("img"):
        assert image.get("alt") is not None, f"{address} has an image without alt"


def _check_references(elements: list[Any], ids: set[str], address: str) -> None:
    for element in elements:
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for wanted in (element.get(name) or "").split():
                assert wanted in ids, f"{address}: {name} names the missing id {wanted}"
        target = element.get("href") or ""
        if target.startswith("#") and len(target) > 1:
            assert target[1:] in ids, f"{address}: a link leads to the missing id {target}"


def _check_labels(labels: list[Any], fields: list[Any], address: str) -> None:
    named = {label.get("for") for label in labels}
    inside = {id(field) for label in labels for field in label.iter()}
    for field in fields:
        if field.get("type") in UNLABELLED_TYPES:
            continue
        labelled = field.get("id") in named or id(field) in inside
        labelled = labelled or field.get("aria-label") or field.get("aria-labelledby")
        assert labelled, f"{address}: the field {field.get('name')} has no label"
