"""Receipt codes: sixteen characters that only the household has, and the key that comes from them."""

from __future__ import annotations

import hashlib
import secrets

from infrastructure.crypto import FieldCipher

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
GROUP = 4
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_FULL_WIDTH = str.maketrans({chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)})
_IGNORED = str.maketrans("", "", " \t\u3000-\u2010\u2011\u2012\u2013\u2014\u2212_.")


def new_receipt_code() -> str:
    """A code with eighty bits that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """A code in groups of four, as it is shown and read out."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_receipt_code(typed: str) -> str | None:
    """The code that somebody meant: case, spaces, hyphens, width and look-alikes make no difference."""
    text = typed.translate(_FULL_WIDTH).translate(_IGNORED).upper().translate(_LOOK_ALIKES)
    return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else None


def cipher_of(code: str) -> FieldCipher:
    """The cipher whose key is the code itself: without it not even the server can read what was sealed."""
    return FieldCipher({1: hashlib.sha256(b"huimin receipt code\x00" + code.encode()).digest()})
