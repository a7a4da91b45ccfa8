"""What the simulators remember while they run: codes, messages, faults and calls, behind one lock."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infrastructure import clock
from simulators.people import Person

CODE_LIVES = timedelta(minutes=5)
KEPT_MESSAGES = 2000
KEPT_CODES = 20_000
KEPT_CALLS = 500
SLOW_SECONDS = 20.0
SERVICES = ("wechat", "zlb", "sms")
SERVICE_STATES = ("ok", "down", "slow", "busy", "rate_limited", "blocked", "rubbish", "flaky")
SOURCE_STATES = (
    "ok",
    "down",
    "slow",
    "rubbish",
    "forged",
    "nonsense",
    "wrong_person",
    "busy",
    "pending",
    "lost",
    "flaky",
)


class CodeRefused(Exception):
    """A code that is not taken; `why` is bad, used or expired."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Code:
    """One code or ticket that a platform has given to a person."""

    value: str
    kind: str
    person: Person
    issued_at: datetime
    is_used: bool = False
    level: int = 3

    @property
    def ends_at(self) -> datetime:
        """When it works no longer."""
        return self.issued_at + CODE_LIVES


@dataclass
class SentMessage:
    """One text message that the gateway has carried."""

    id: str
    phone: str
    template: str
    params: dict[str, str]
    text: str
    code: str
    segments: int
    sent_at: datetime


@dataclass
class Fault:
    """How a service or source behaves now."""

    state: str = "ok"
    seconds: float = SLOW_SECONDS
    calls: int = 0


@dataclass
class Call:
    """One call of a data source, let in or not."""

    at: datetime
    outcome: str
    request: str
    grant: dict[str, Any]


@dataclass
class Calls:
    """All calls of one source: the numbers in full, the last ones in detail."""

    total: int = 0
    let_in: int = 0
    last: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))


class World:
    """Everything that a restart forgets. `locked()` guards every read and write that belongs together."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._is_closing = False
        self._start()

    def _start(self) -> None:
        self.codes: dict[str, Code] = {}
        self.messages: deque[SentMessage] = deque(maxlen=KEPT_MESSAGES)
        self.sent_keys: dict[str, SentMessage] = {}
        self.services: dict[str, Fault] = {name: Fault() for name in SERVICES}
        self.sources: dict[str, Fault] = {}
        self.calls: dict[str, Calls] = {}
        self.grants: dict[str, str] = {}
        self.blocked: set[str] = set()
        self.subscriptions: dict[str, int] = {}
        self.sign_ins: dict[str, deque[datetime]] = {}
        self.tokens: dict[str, datetime] = {}
        self.token = ""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile."""
        with self._lock:
            yield

    def reset(self) -> None:
        """Forget everything, and let go whoever waits in a slow answer."""
        with self._changed:
            self._start()
            self._changed.notify_all()

    def close(self) -> None:
        """Let go whoever waits, for good."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()

    def issue(self, kind: str, person: Person, *, level: int = 3) -> Code:
        """A new code of this kind for a person, which lives five minutes and works once."""
        with self._lock:
            if len(self.codes) >= KEPT_CODES:
                for old in list(self.codes)[: KEPT_CODES // 2]:
                    del self.codes[old]
            code = Code(f"{kind[0]}-{secrets.token_urlsafe(18)}", kind, person, clock.now(), level=level)
            self.codes[code.value] = code
            return code

    def take(self, kind: str, value: str) -> Code:
        """The code of this value, used up by this very call; raises CodeRefused."""
        with self._lock:
            code = self.codes.get(value)
            if code is None or code.kind != kind:
                raise CodeRefused("bad")
            if code.is_used:
                raise CodeRefused("used")
            if not code.issued_at <= clock.now() < code.ends_at:
                raise CodeRefused("expired")
            code.is_used = True
            return code

    def source_fault(self, source: str) -> Fault:
        """How this source behaves; like the others where nobody has said anything."""
        with self._lock:
            return self.sources.setdefault(source, Fault())

    def break_or_mend(self, fault: Fault, state: str, seconds: float = SLOW_SECONDS) -> None:
        """Let a service or source behave otherwise from now on; who waits in a slow answer is let go."""
        with self._changed:
            fault.state, fault.seconds, fault.calls = state, seconds, 0
            self._changed.notify_all()

    def wait_while_slow(self, fault: Fault) -> None:
        """Hold an answer up for as long as the fault says, or until it is mended."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing or fault.state != "slow", timeout=fault.seconds)

    def fails_this_time(self, fault: Fault) -> bool:
        """Of a flaky service: the first call fails, the second succeeds, and so on."""
        with self._lock:
            fault.calls += 1
            return fault.calls % 2 == 1
