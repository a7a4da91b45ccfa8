"""`make run`: server, worker and simulators start together, are announced when ready, and end together."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HUIMIN_INSTANCE_DIR": str(tmp_path),
        "PORT": str(port),
        "SIMULATORS_PORT": str(free_port()),
        "HUIMIN_WORKERS": "1",
        "DEMO_HOUSEHOLDS": "3",
    }
    process = subprocess.Popen(
        [sys.executable, "scripts/run.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, port
    process.kill()
    process.communicate()


def read_until_announced(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError("".join(lines) + (process.stderr.read() if process.stderr else ""))


def children_of(pid: int) -> list[int]:
    return [
        int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ]


def is_answering(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_starts_says_where_it_is_and_ends_whole(
    started: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, port = started
    said = read_until_announced(process)
    assert f"http://127.0.0.1:{port}/" in said
    assert "▀" in said
    assert "flask demo accounts" in said
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(children_of(process.pid)) == 3
    desk = re.search(r"desk: (http://127\.0\.0\.1:\d+/)", said)
    assert desk is not None
    with urllib.request.urlopen(desk[1], timeout=10) as response:
        assert "模拟" in response.read().decode()
    with urllib.request.urlopen(f"{desk[1]}desk/people", timeout=10) as response:
        assert "chen-guoliang" in response.read().decode()
    process.send_signal(signal.SIGINT)
    _out, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert not is_answering(port)
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "the worker ends" in log


@pytest.mark.parametrize("which", [0, 2], ids=["simulators", "worker"])
def test_when_one_of_them_dies_the_others_do_not_run_on(
    started: tuple[subprocess.Popen[str], int], which: int
) -> None:
    process, port = started
    said = read_until_announced(process)
    simulators = int(re.search(r"desk: http://127\.0\.0\.1:(\d+)/", said)[1])
    os.kill(children_of(process.pid)[which], signal.SIGKILL)
    _out, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "has ended by itself" in errors
    assert not is_answering(port)
    assert not is_answering(simulators)


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "scripts/run.py"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PORT": str(port), "HUIMIN_INSTANCE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
