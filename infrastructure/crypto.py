"""Authenticated encryption of fields, and keyed look-up values that reveal nothing without the key."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
AES_256_GCM = 1
NONCE_BYTES = 12
TAG_BYTES = 16
TAGGED_BYTES = 2 + 32  # key id, HMAC-SHA256
HEADER_BYTES = 4  # version, algorithm, key id in two bytes


class Unreadable(Exception):
    """A ciphertext is forged, cut short, meant for another place, or its key is gone."""


class FieldCipher:
    """Seals and opens bytes under versioned keys; a ciphertext opens for its own purpose only."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("at least one field key is needed")
        if any(len(key) < 32 for key in keys.values()) or any(not 0 < kid < 65536 for kid in keys):
            raise ValueError("a field key has a number from 1 to 65535 and at least 32 bytes")
        self._keys = dict(keys)
        self.writing_key = max(self._keys)
        # Deriving a key costs more than sealing a field, and purposes are few and written in the code.
        self._aead = lru_cache(maxsize=256)(self._derive_aead)
        self._tag_key = lru_cache(maxsize=256)(self._derive_tag_key)
        self._index_key = lru_cache(maxsize=256)(self._derive_index_key)

    def seal(self, purpose: str, plaintext: bytes, context: bytes = b"") -> bytes:
        """Encrypt for one purpose and one context; both are needed again to open."""
        header = bytes((VERSION, AES_256_GCM)) + self.writing_key.to_bytes(2, "big")
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aead(self.writing_key, purpose).encrypt(
            nonce, plaintext, header + _bound(purpose, context)
        )
        return header + nonce + sealed

    def open(self, purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
        """Decrypt what was sealed for this purpose and context, or raise Unreadable."""
        if len(sealed) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES or sealed[:2] != bytes(
            (VERSION, AES_256_GCM)
        ):
            raise Unreadable
        header, nonce = sealed[:HEADER_BYTES], sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        kid = int.from_bytes(header[2:], "big")
        if kid not in self._keys:
            raise Unreadable
        try:
            body = sealed[HEADER_BYTES + NONCE_BYTES :]
            return self._aead(kid, purpose).decrypt(nonce, body, header + _bound(purpose, context))
        except InvalidTag as error:
            raise Unreadable from error

    def blind_index(self, purpose: str, value: str) -> bytes:
        """Thirty-two bytes by which an equal value is found again, worthless without the key."""
        return hmac.new(self._index_key(purpose), value.encode(), hashlib.sha256).digest()

    def tag(self, purpose: str, message: bytes) -> bytes:
        """A mark that only a holder of the newest key can make, and that names that key."""
        return self.writing_key.to_bytes(2, "big") + self._mark(self.writing_key, purpose, message)

    def is_tagged(self, purpose: str, message: bytes, tag: bytes) -> bool:
        """Whether this mark was made for this purpose and message, under a key that is still here."""
        kid = int.from_bytes(tag[:2], "big")
        if len(tag) != TAGGED_BYTES or kid not in self._keys:
            return False
        return hmac.compare_digest(tag[2:], self._mark(kid, purpose, message))

    def _mark(self, kid: int, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._tag_key(kid, purpose), message, "sha256")

    def _derive_tag_key(self, kid: int, purpose: str) -> bytes:
        return _derive(self._keys[kid], f"tag:{purpose}")

    def _derive_aead(self, kid: int, purpose: str) -> AESGCM:
        return AESGCM(_derive(self._keys[kid], f"field:{purpose}"))

    def _derive_index_key(self, purpose: str) -> bytes:
        # Always from the oldest key: an index must still find what was written before a new key came.
        return _derive(self._keys[min(self._keys)], f"index:{purpose}")


def _derive(key: bytes, info: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info.encode()).derive(key)


def _bound(purpose: str, context: bytes) -> bytes:
    name = purpose.encode()
    return len(name).to_bytes(2, "big") + name + context


def sm3(content: bytes) -> bytes:
    """The hash of GB/T 32905."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()
