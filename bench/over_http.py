"""The same pages over HTTP: granian as `make run` starts it, ours beside a bare Flask application.

Both servers run at once on the same machine and are asked in turn. In process is the gate; this shows that
nothing is lost on the way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.application import BROWSER, application, cookie_of_the_family, environment_of
from bench.measuring import Bench, Row, slower
from bench.own_pages import a_family, signed_in
from bench.servers import ROOT, Request, compare_servers, free_port, server
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import load_settings
from scripts.run import server_command

GOALS = {
    "/assessment/questions/3": 5.0,
    "/assessment/result": None,
    "/": 4.0,
    "/me/household": 5.0,
    "/me/access-log": 5.0,
}
BIN = Path(sys.executable).parent
BARE_ENTRY = """
import json, os, pathlib
from bench.application import bare_app

def create():
    pages = json.loads(pathlib.Path(os.environ["BENCH_PAGES"]).read_text(encoding="utf-8"))
    return bare_app({path: (bytes.fromhex(body), headers) for path, (body, headers) in pages.items()})
"""


def run(bench: Bench) -> list[Row]:
    """What a phone of the family asks for, ours and bare in turn."""
    if not (BIN / "granian").exists():
        print("  granian is not installed here; HTTP is left out")
        return []
    rows = []
    with TemporaryDirectory(prefix="huimin-bench-") as name, our_server(Path(name)) as (port, environment):
        cookies = {"/assessment": cookie_of_a_family(), "/me": cookie_of_a_resident(Path(name))}
        ours = {path: _request(port, path, cookies) for path in GOALS}
        with _bare_server(Path(name), environment, ours) as bare_port:
            for path, request in ours.items():
                bare = Request(bare_port, path, request.headers)
                compared = compare_servers(bench, request, bare)
                rows.append(slower(f"HTTP {path}", "bare view, same server and bytes", compared, GOALS[path]))
    return rows


def cookie_of_a_family() -> str:
    """Sealed with the demo's own keys, so any demo server opens it."""
    with application() as app:
        return cookie_of_the_family(app)


def cookie_of_a_resident(folder: Path) -> str:
    """Signed in on the database of the server that runs there."""
    settings = load_settings(environment_of(folder))
    database = Database(settings.database_url, FieldCipher(settings.field_keys))
    try:
        return f"huimin_resident={signed_in(database, a_family(database))}"
    finally:
        database.dispose()


def _request(port: int, path: str, cookies: dict[str, str]) -> Request:
    headers = {**BROWSER, "Accept-Encoding": "gzip"}
    for start, cookie in cookies.items():
        if path.startswith(start):
            headers["Cookie"] = cookie
    return Request(port, path, headers)


@contextmanager
def our_server(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Granian with our application on a fresh demo database."""
    environment = {**os.environ, **environment_of(folder), "PYTHONPATH": f"{folder}:{ROOT}"}
    subprocess.run([str(BIN / "flask"), "init"], cwd=ROOT, env=environment, check=True, capture_output=True)
    port = free_port()
    with server(server_command("127.0.0.1", port), environment, port):
        yield port, environment


@contextmanager
def _bare_server(folder: Path, environment: dict[str, str], ours: dict[str, Request]) -> Iterator[int]:
    """The same server with a bare application that hands out the same bytes."""
    pages = {path: request.ask() for path, request in ours.items()}
    kept = {path: (body.hex(), headers) for path, (body, headers) in pages.items()}
    (folder / "pages.json").write_text(json.dumps(kept), encoding="utf-8")
    (folder / "bare_entry.py").write_text(BARE_ENTRY, encoding="utf-8")
    port = free_port()
    command = [*server_command("127.0.0.1", port)[:-1], "bare_entry:create"]
    with server(command, {**environment, "BENCH_PAGES": str(folder / "pages.json")}, port):
        yield port
