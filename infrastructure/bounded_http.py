"""HTTP to services outside: bounded in time and size, no redirects, and nothing of it in any error."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

CONNECT_SECONDS = 2.0
WHOLE_ANSWER_SECONDS = 6.0
MOST_BYTES = 256 * 1024

# The library writes every address at INFO, and these addresses hold codes and secrets.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Unreachable(Exception):
    """No whole answer came in time; `because` is one word, and nothing that was sent or came is in it."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises Unreachable("rubbish") for anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreachable("rubbish") from None
        if not isinstance(found, dict):
            raise Unreachable("rubbish")
        return found


class BoundedClient:
    """Connections to one service, kept open and shared by threads.

    `seconds` bounds the whole answer, not each piece of it: a service that trickles is given up, too.
    """

    def __init__(self, base_url: str, *, seconds: float = WHOLE_ANSWER_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self.seconds = seconds
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def get(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a GET; raises Unreachable."""
        return self._ask("GET", path, params=params, headers=headers, content=None)

    def post(
        self,
        path: str,
        content: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a POST of JSON bytes; raises Unreachable."""
        told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return self._ask("POST", path, params=params, headers=told, content=content)

    def close(self) -> None:
        """End every connection."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        if not self.base_url:
            raise Unreachable("off")
        ends_at = time.monotonic() + self.seconds
        try:
            with self._client().stream(
                method, self.base_url + path, params=params, headers=headers, content=content
            ) as response:
                body = _read(response, ends_at)
                return Answer(response.status_code, dict(response.headers), body)
        except httpx.TimeoutException:
            # What the library says names the address with its query, so it is not passed on.
            raise Unreachable("slow") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise Unreachable("down") from None

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                self._made = httpx.Client(
                    timeout=httpx.Timeout(self.seconds, connect=min(CONNECT_SECONDS, self.seconds)),
                    follow_redirects=False,
                    # A proxy that the environment happens to name must not see these requests.
                    trust_env=False,
                    limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
                )
            return self._made


def _read(response: httpx.Response, ends_at: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise Unreachable("rubbish")
        if time.monotonic() > ends_at:
            raise Unreachable("slow")
    return bytes(body)
