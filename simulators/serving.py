"""The simulators beside a test: a real HTTP server in a thread of the same process, with the same clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from infrastructure.settings import Settings, load_settings
from simulators.application import create_app
from simulators.people import Person, find_person
from simulators.world import SLOW_SECONDS, Calls, SentMessage, World


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Addresses hold codes, so none is written."""


@dataclass(frozen=True)
class Running:
    """The simulators while they run."""

    url: str
    port: int
    world: World
    app: Flask

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which the product finds these simulators."""
        return {"SIMULATORS_PORT": str(self.port)}

    def messages(self, phone: str = "") -> list[SentMessage]:
        """The messages carried to a phone, newest first."""
        with self.world.locked():
            return [one for one in self.world.messages if not phone or one.phone == phone]

    def code_sent_to(self, phone: str) -> str:
        """The code in the newest message to a phone; empty where there is none."""
        return next((one.code for one in self.messages(phone) if one.code), "")

    def wechat_code(self, person: str = "", *, phone: str = "") -> str:
        """A login code of a named person or a phone."""
        return self.world.issue("login", _somebody(person, phone=phone)).value

    def phone_code(self, person: str = "", *, phone: str = "") -> str:
        """A code by which a person shares the phone number."""
        return self.world.issue("phone", _somebody(person, phone=phone)).value

    def zlb_ticket(self, person: str = "", *, level: int = 3, **others: str) -> str:
        """A ticket of 浙里办 for a named person, or for `name`, `resident_id` and `phone`."""
        return self.world.issue("ticket", _somebody(person, **others), level=level).value

    def set_service(self, service: str, state: str, seconds: float = SLOW_SECONDS) -> None:
        """Break or mend wechat, zlb or sms."""
        self.world.break_or_mend(self.world.services[service], state, seconds)

    def set_source(self, source: str, state: str, seconds: float = SLOW_SECONDS) -> None:
        """Break or mend one data source."""
        self.world.break_or_mend(self.world.source_fault(source), state, seconds)

    def calls(self, source: str) -> Calls:
        """The calls of one source."""
        with self.world.locked():
            return self.world.calls.setdefault(source, Calls())

    def all_calls(self) -> int:
        """How many calls have reached any source, let in or not."""
        with self.world.locked():
            return sum(one.total for one in self.world.calls.values())


@contextmanager
def serve_in_thread(
    port: int = 0, *, settings: Settings | None = None, jwks: Mapping[str, Any] | None = None
) -> Iterator[Running]:
    """Serve on this machine until the block ends; port 0 takes any that is free."""
    app = create_app(settings or load_settings({"HUIMIN_ENV": "test"}), jwks=jwks)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    # Connections that a client keeps open must not hold up the end.
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    world: World = app.extensions["simulators"]
    try:
        yield Running(f"http://127.0.0.1:{server.server_port}", server.server_port, world, app)
    finally:
        world.close()
        server.shutdown()
        server.server_close()
        thread.join()


def _somebody(person: str, *, phone: str = "", name: str = "", resident_id: str = "") -> Person:
    found = find_person(person, phone=phone, name=name, resident_id=resident_id)
    if found is None:
        raise LookupError("nobody has this key or phone")
    return found
