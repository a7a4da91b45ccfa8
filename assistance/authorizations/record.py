"""The record that stands on its own: canonical JSON, its hashes, and a signature that anybody can verify.

The bytes are JSON as RFC 8785 has it, narrowed: keys sorted, text in NFC, whole numbers only. The signature
is Ed25519 over exactly these bytes. It proves what was recorded and that nothing was changed; it is no seal.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from typing import Any

from infrastructure.crypto import sm3
from infrastructure.signing import SigningKeys

FORMAT = "huimin-authorization/1"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VERIFY_CODE_LENGTH = 20
# What a hand copies wrongly, as Crockford reads it.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


class NotCanonical(ValueError):
    """A record holds something that has no one form in bytes: a fraction, a key that is no text."""


def canonical(record: Any) -> bytes:
    """The one form of a record in bytes; raises NotCanonical for what has none."""
    return json.dumps(
        _plain(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256(content: bytes) -> bytes:
    """The hash that receipts, codes and the check page name."""
    return hashlib.sha256(content).digest()


def hashes_of(content: bytes) -> tuple[bytes, bytes]:
    """SHA-256, and SM3 (GB/T 32905) beside it."""
    return sha256(content), sm3(content)


def sign_record(keys: SigningKeys, record: dict[str, Any]) -> tuple[bytes, bytes, str]:
    """A record's bytes, their signature of 64 bytes, and the id of the key, which the record itself names."""
    content = canonical({**record, "format": FORMAT, "algorithm": "Ed25519", "kid": keys.signing_kid})
    return content, keys.sign(content), keys.signing_kid


def new_verify_code() -> str:
    """Twenty random Crockford characters, by which anybody who holds a receipt finds its state."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(VERIFY_CODE_LENGTH))


def tidy_verify_code(text: str) -> str:
    """A typed code as it was printed, without blanks and hyphens; empty where it cannot be one."""
    plain = unicodedata.normalize("NFKC", text[:200]).upper().translate(_MISREAD)
    plain = "".join(one for one in plain if one not in " -‐‑–—\t")
    is_whole = len(plain) == VERIFY_CODE_LENGTH and all(one in CROCKFORD for one in plain)
    return plain if is_whole else ""


def grouped(code: str) -> str:
    """A code in groups of four, as it is printed and read aloud."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise NotCanonical("a key is no text")
        return {unicodedata.normalize("NFC", key): _plain(one) for key, one in value.items()}
    raise NotCanonical(type(value).__name__)
