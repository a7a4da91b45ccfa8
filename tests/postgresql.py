"""A PostgreSQL cluster of its own for the length of a test run, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

BINARIES = Path("/usr/lib/postgresql")
USER = "postgres"
IN_MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes: a cluster whose databases are dropped as they are done with stays far below."""
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses="


def find_binaries() -> Path | None:
    """The newest PostgreSQL on this machine, or None."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def find_room() -> Path | None:
    """Where files live in memory, if there is room: copying a database is mostly work for the disk."""
    return IN_MEMORY if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM else None


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster on a socket in a fresh folder, and yield the address of its database."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL is missing: run `make setup` as root, or `apt-get install postgresql`")
    folder = Path(tempfile.mkdtemp(prefix="huimin-pg-", dir=find_room()))
    as_user: list[str] = []
    name = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        # The server refuses to run as root.
        shutil.chown(folder, USER)
        folder.chmod(0o700)
        as_user, name = ["runuser", "-u", USER, "--"], USER
    data = folder / "data"
    _run(
        [
            *as_user,
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            name,
            "-A",
            "trust",
            "--locale=C.UTF-8",
            "-N",
        ]
    )
    control = [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-w", "-s"]
    _run([*control, "-l", str(folder / "log"), "-o", f"{OPTIONS} -k {folder}", "start"])
    try:
        yield f"postgresql://{name}@/postgres?host={quote(str(folder))}"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    # From a folder that the other user may enter.
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stdout}{done.stderr}")
