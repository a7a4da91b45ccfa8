"""The answers as one cookie value: encrypted, authenticated, bound to a county, and good for a day."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

from infrastructure.crypto import FieldCipher, Unreadable

from .answers import Answers
from .codec import BrokenAnswersError, pack, unpack

COOKIE = "huimin_answers"
PURPOSE = "cookie.answers"
GOOD_FOR = timedelta(hours=24)
LARGEST = 3500
"""How long a value may be, so that a browser keeps it whatever its attributes."""
_TIME_BYTES = 5


def seal(cipher: FieldCipher, answers: Answers, *, county: str, now: datetime) -> str:
    """The cookie value that holds these answers."""
    plain = int(now.timestamp()).to_bytes(_TIME_BYTES, "big") + pack(answers)
    return base64.urlsafe_b64encode(cipher.seal(PURPOSE, plain, county.encode())).decode().rstrip("=")


def unseal(cipher: FieldCipher, value: str, *, county: str, now: datetime) -> Answers | None:
    """The answers of a cookie value, or None where it is forged, cut short, another county's or too old."""
    if not value or len(value) > 2 * LARGEST or not value.isascii():
        return None
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        plain = cipher.open(PURPOSE, raw, county.encode())
        sealed_at = datetime.fromtimestamp(int.from_bytes(plain[:_TIME_BYTES], "big"), UTC)
        # Our own clock decides, whatever the browser thinks; a value from the future is not ours either.
        if not timedelta(minutes=-5) <= now - sealed_at < GOOD_FOR:
            return None
        return unpack(plain[_TIME_BYTES:])
    except (Unreadable, BrokenAnswersError, binascii.Error, ValueError, OverflowError, OSError):
        return None
