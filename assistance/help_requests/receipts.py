"""The secret in a receipt's address: made with the empty form, so that a form sent twice is one request."""

from __future__ import annotations

import base64
import re
import secrets

from infrastructure.crypto import FieldCipher

RANDOM_BYTES = 16
_FORM = re.compile("[a-z2-7]{26}")


def new_receipt() -> str:
    """128 random bits as 26 letters and figures."""
    return base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode().rstrip("=").lower()


def is_receipt(text: str) -> bool:
    """Whether this has the form of a receipt."""
    return _FORM.fullmatch(text) is not None


def lookup(cipher: FieldCipher, receipt: str) -> bytes:
    """By what a receipt is found; the database alone leads back to no receipt."""
    return cipher.blind_index("help_requests.receipt", receipt)
