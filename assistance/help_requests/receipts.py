"""The secret in a receipt's address: made with the empty form, so that a form sent twice is one request."""

from __future__ import annotations

import secrets

from infrastructure.crypto import FieldCipher

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new_receipt() -> str:
    """130 random bits, in letters that nobody confuses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_receipt(text: str) -> bool:
    """Whether this has the form of a receipt."""
    return len(text) == LENGTH and all(letter in ALPHABET for letter in text)


def lookup(cipher: FieldCipher, receipt: str) -> bytes:
    """By what a receipt is found; the database alone leads back to no receipt."""
    return cipher.blind_index("help_requests.receipt", receipt)
