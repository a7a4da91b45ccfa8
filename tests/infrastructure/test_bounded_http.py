"""A service outside gets so many seconds and bytes, whatever it does with them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infrastructure.bounded_http import MOST_BYTES, BoundedClient, Unreachable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """Somebody who listens and says whatever the test wants."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(5)

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    speak(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def because(url: str) -> str:
    client = BoundedClient(url, seconds=0.3)
    with pytest.raises(Unreachable) as refused:
        client.get("/x", params={"secret": "hidden-value"}).json()
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert "hidden-value" not in str(refused.value)
    client.close()
    return refused.value.because


def trickle(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    stopped = threading.Event()
    for _ in range(40):
        connection.sendall(b" ")
        stopped.wait(0.05)


def test_an_answer_that_trickles_is_given_up() -> None:
    with server(trickle) as url:
        assert because(url) == "slow"


def test_an_answer_without_end_is_given_up() -> None:
    with server(lambda one: one.sendall(HEAD + b"\r\n" + b"x" * (MOST_BYTES * 3))) as url:
        assert because(url) == "rubbish"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"", "down"),
        (b"nonsense\r\n\r\n", "down"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", "down"),
        (HEAD + b"Content-Length: 4\r\n\r\n[1]\n", "rubbish"),
        (HEAD + b"Content-Length: 2\r\n\r\n\xff\xfe", "rubbish"),
        (HEAD + b"Content-Length: 20000\r\n\r\n" + b"[" * 20000, "rubbish"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz", "down"),
    ],
)
def test_whatever_is_no_json_object_is_out_of_reach(said: bytes, expected: str) -> None:
    with server(lambda one: one.sendall(said)) as url:
        assert because(url) == expected


def test_a_redirect_is_not_followed() -> None:
    said = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda one: one.sendall(said)) as url:
        assert BoundedClient(url).get("/").status == 302


def test_nobody_listening_and_no_address_are_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    # A proxy that the environment names is not asked either.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert because(f"http://127.0.0.1:{closed}") == "down"
    assert because("") == "off"
