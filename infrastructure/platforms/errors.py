"""How a platform says no, in the few kinds that call for different words to the resident."""

from __future__ import annotations

import re
from enum import StrEnum

from infrastructure.bounded_http import Answer

A_CODE = re.compile(r"[\x21-\x7e]{1,512}")
UNAVAILABLE_FROM = 500
TOO_MANY = 429


class Kind(StrEnum):
    """What the caller can do about it."""

    BAD_CODE = "bad_code"
    """Unknown or run out: the resident starts anew."""
    USED_CODE = "used_code"
    """Taken before: the resident starts anew."""
    BUSY = "busy"
    """The platform asks to try again in a moment."""
    RATE_LIMITED = "rate_limited"
    """Too often, for this person or for us: later."""
    BLOCKED = "blocked"
    """The platform holds this account or number to be dangerous: another way in, or the window."""
    UNUSABLE = "unusable"
    """The person is there but lacks what we need: a mainland number, a proven name."""
    REFUSED = "refused"
    """The gateway will never take this message; trying again is of no use."""
    MISCONFIGURED = "misconfigured"
    """Our own credentials or templates are wrong: for the operator."""
    UNREACHABLE = "unreachable"
    """No answer, no whole answer or no sense in it: later."""

    @property
    def may_be_tried_again(self) -> bool:
        """Whether the very same request may succeed later."""
        return self in (Kind.BUSY, Kind.RATE_LIMITED, Kind.UNREACHABLE)


class PlatformRefused(Exception):
    """A platform did not do what was asked; holds its error number and a kind, never a value of a person."""

    def __init__(
        self, platform: str, code: str, kind: Kind, *, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(f"{platform}: {kind} ({code})")
        self.platform = platform
        self.code = code
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds


def shown_code(raw: object) -> str:
    """An error number or word of a platform, or "unknown" where it is anything longer or stranger."""
    text = str(raw)
    return text if re.fullmatch(r"-?[0-9]{1,6}|[A-Z_]{1,32}", text) else "unknown"


def seconds_to_wait(answer: Answer) -> int | None:
    """What `Retry-After` says in seconds, up to an hour; None where it says nothing."""
    raw = answer.headers.get("retry-after", "")
    return min(int(raw), 3600) if raw.isascii() and raw.isdigit() else None


def refuse_by_status(platform: str, answer: Answer) -> None:
    """Raise PlatformRefused where the status alone says that the platform cannot answer now."""
    if answer.status == TOO_MANY:
        wait = seconds_to_wait(answer)
        raise PlatformRefused(platform, "429", Kind.RATE_LIMITED, retry_after_seconds=wait)
    if answer.status >= UNAVAILABLE_FROM:
        wait = seconds_to_wait(answer)
        raise PlatformRefused(platform, str(answer.status), Kind.UNREACHABLE, retry_after_seconds=wait)
