"""Servers started for a bench, and how fast they answer a few connections at once."""

from __future__ import annotations

import http.client
import io
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.measuring import Bench, Compared

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 4
READY_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Request:
    """One request to a server on this machine."""

    port: int
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"

    def ask(self) -> tuple[bytes, dict[str, str]]:
        """The body and what describes it; anything but 200 ends the bench."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(self.method, self.path, body=self.body or None, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{self.path} answered {answer.status}")
        names = ("Content-Type", "Content-Encoding")
        return body, {name: answer.headers[name] for name in names if name in answer.headers}

    def raw(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if value]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body


@contextmanager
def server(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    """A server that is ended with the block."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends_at = time.monotonic() + READY_WITHIN_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"the server on port {port} did not start")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def compare_servers(bench: Bench, ours: Request, reference: Request) -> Compared:
    """Both asked in turn on a few kept connections; times are the clock's, over all answers of a turn."""
    for request in (reference, ours):
        _seconds_a_request(request, bench.seconds)
    pairs = [
        (_seconds_a_request(reference, 3 * bench.seconds), _seconds_a_request(ours, 3 * bench.seconds))
        for _ in range(bench.rounds)
    ]
    return Compared(
        statistics.median(mine / theirs for theirs, mine in pairs),
        statistics.median(mine for _, mine in pairs),
        statistics.median(theirs for theirs, _ in pairs),
        bench.rounds,
    )


def _seconds_a_request(request: Request, seconds: float) -> float:
    counts = [0] * CONNECTIONS
    failures: list[str] = []
    ends_at = time.perf_counter() + seconds
    raw = request.raw()

    def ask(place: int) -> None:
        while time.perf_counter() < ends_at:
            with socket.create_connection(("127.0.0.1", request.port)) as wire:
                reader = wire.makefile("rb")
                # A server that keeps no connections is asked on a new one each time.
                is_kept = True
                while is_kept and time.perf_counter() < ends_at:
                    wire.sendall(raw)
                    status, is_kept = _read_answer(reader)
                    if status != 200:
                        failures.append(request.path)
                        return
                    counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures or not sum(counts):
        raise RuntimeError(f"{request.path} was refused")
    return (time.perf_counter() - began) / sum(counts)


def _read_answer(reader: io.BufferedReader) -> tuple[int, bool]:
    """The status of the next answer, and whether its connection goes on."""
    first = reader.readline().split()
    status = int(first[1]) if len(first) > 1 else 0
    length, is_kept = 0, status == 200
    while (line := reader.readline().lower()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            length = int(value)
        elif name == b"connection":
            is_kept = is_kept and b"close" not in value
    reader.read(length)
    return status, is_kept
