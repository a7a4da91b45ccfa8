"""The gateway that sends text messages: a template, its values, one number, and a key against doubles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from infrastructure.bounded_http import Answer, BoundedClient, Unreachable
from infrastructure.platforms.errors import Kind, PlatformRefused, refuse_by_status, shown_code

PLATFORM = "sms"
KINDS = {
    "INVALID_NUMBER": Kind.REFUSED,
    "BAD_PARAMETER": Kind.REFUSED,
    "BLOCKED_NUMBER": Kind.BLOCKED,
    "UNKNOWN_TEMPLATE": Kind.MISCONFIGURED,
    "BAD_KEY": Kind.MISCONFIGURED,
}
OK = 200


@dataclass(frozen=True)
class SmsSent:
    """What the gateway calls the message, and the segments that it is paid for."""

    message_id: str
    segments: int


class SmsClient:
    """Speaks to one gateway; every verb raises PlatformRefused."""

    def __init__(self, url: str, key: str, *, seconds: float = 6.0) -> None:
        self._http = BoundedClient(url, seconds=seconds)
        self._key = key

    def send(self, phone: str, template_id: str, params: Mapping[str, str], idempotency_key: str) -> SmsSent:
        """Hand one message over; the same key sends nothing twice, so an unknown end may be tried again."""
        body = {"phone": phone, "template": template_id, "params": dict(params)}
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": idempotency_key}
        try:
            answer = self._http.post(
                "/messages", json.dumps(body, ensure_ascii=False).encode(), headers=headers
            )
            refuse_by_status(PLATFORM, answer)
            return _sent(answer)
        except Unreachable as error:
            raise PlatformRefused(PLATFORM, error.because, Kind.UNREACHABLE) from None

    def close(self) -> None:
        """End every connection."""
        self._http.close()


def _sent(answer: Answer) -> SmsSent:
    found = answer.json()
    if answer.status != OK:
        code = shown_code(found.get("code"))
        raise PlatformRefused(PLATFORM, code, KINDS.get(code, Kind.UNREACHABLE))
    message_id, segments = found.get("id"), found.get("segments")
    if not isinstance(message_id, str) or not message_id or not isinstance(segments, int):
        raise Unreachable("rubbish")
    return SmsSent(message_id[:64], segments)
