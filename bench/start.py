"""How long the application takes to start, and how much memory it holds, beside a bare Flask application."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.application import environment_of, prepare
from bench.measuring import Bench, Row
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
BARE = "from flask import Flask; app = Flask('bare')"
OURS = "import wsgi; app = wsgi.create_app()"
REPORT = """
import time
began = time.process_time()
{what}
took = time.process_time() - began
app.test_client().get("/")
# Not the greatest size ever, which a child has from its parent.
status = open("/proc/self/status").read()
print(took, status.partition("VmRSS:")[2].split()[0])
"""


def run(bench: Bench) -> list[Row]:
    """Both in processes of their own, in turn, by the processor's time after the interpreter's start."""
    with TemporaryDirectory(prefix="huimin-bench-") as name:
        environment = {**os.environ, **environment_of(Path(name))}
        settings = load_settings(environment_of(Path(name)))
        prepare(Database(settings.database_url, FieldCipher(settings.field_keys)))
        pairs = [(_start(BARE, environment), _start(OURS, environment)) for _ in range(bench.rounds)]
    seconds = statistics.median(ours[0] for _, ours in pairs)
    ratio = statistics.median(ours[0] / bare[0] for bare, ours in pairs)
    memory = statistics.median(ours[1] for _, ours in pairs)
    bare_memory = statistics.median(bare[1] for bare, _ in pairs)
    print(f"  import and create_app: {seconds:.2f} s; memory after the home page: {memory:.0f} MB")
    bare = "bare Flask application"
    return [
        Row("start: import and create_app", bare, f"{ratio:.1f} ×", "–", bench.rounds),
        Row("memory after one page", bare, f"{memory / bare_memory:.1f} ×", "–", bench.rounds),
    ]


def _start(what: str, environment: dict[str, str]) -> tuple[float, float]:
    code = REPORT.format(what=what)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    took, kilobytes = done.stdout.split()
    return float(took), int(kilobytes) / 1024
