"""One round of a witness: ask what is newer than the head, judge it, cosign it, on to the newest."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infrastructure.signed_notes import MOST_BYTES
from witness.judging import Refused, judge
from witness.keeping import Kept

MOST_STEPS = 10_000
SECONDS = 30.0


class Unreachable(Exception):
    """No answer came that says anything about the log; the next round asks again."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    text: str


Fetch = Callable[[str], Answer]


def fetch(address: str) -> Answer:
    """Ask over the network, bounded in time and size; raises Unreachable."""
    # The scheme was looked at when the folder was made; what comes back counts only with the log's signature.
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as response:  # noqa: S310
            return Answer(response.status, _text(response.read(MOST_BYTES + 1)))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _text(error.read(MOST_BYTES + 1)))
    except (OSError, ValueError) as error:
        raise Unreachable(type(error).__name__) from error


def run(kept: Kept, time: Callable[[], int], ask: Fetch = fetch, into: Path | None = None) -> list[int]:
    """Cosign whatever the log has added, and say the sizes; Refused and Unreachable leave the head."""
    with kept.alone():
        sizes: list[int] = []
        kept.place(into)
        for _ in range(MOST_STEPS):
            head = kept.head()
            seen = head.size if head else 0
            answer = ask(f"{kept.address}/supervision/checkpoints/after/{seen}")
            if answer.status == 404 and not seen:
                return sizes
            if answer.status in (404, 409):
                raise Refused(_why(answer.status, seen), answer.text)
            if answer.status != 200:
                raise Unreachable(f"HTTP {answer.status}")
            found = judge(head, answer.text, kept.origin, kept.log_keys)
            if found.size == seen:
                return sizes
            kept.cosign(found, answer.text.partition("\n\n")[2], time())
            kept.place(into)
            sizes.append(found.size)
        return sizes


def _why(status: int, seen: int) -> str:
    if status == 404:
        return f"日志里没有我见过的那份 {seen} 笔的存证：被截短过，或者换成了另一本"
    return f"日志自己也证明不了它接得上我见过的 {seen} 笔：以前的记录被改过"


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unreachable("too long")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Unreachable("no text") from error
