"""Signed notes: a checkpoint of a log with its signature, and the lines that witnesses add to it.

The forms are those of C2SP's signed-note, tlog-checkpoint and, of tlog-cosignature, the Ed25519 kind alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infrastructure.merkle import HASH_BYTES

MARK = "\u2014 "  # how a signed note begins its line of signature
SIGNATURE_BYTES = 64
KEY_BYTES = 32
ID_BYTES = 4
TIME_BYTES = 8
LATEST_TIME = 2**63 - 1
MOST_BYTES = 64 * 1024
MOST_LINES = 32
LOG, WITNESS = b"\x01", b"\x04"
"""What a key signs: notes of a log, or a witness's cosignatures; the same key never counts for both."""
NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")


class LogKeys(Protocol):
    """The keys of the log itself, by id."""

    def kids(self) -> list[str]:
        """The ids that there are."""

    def hint(self, kid: str, name: str) -> bytes:
        """Four bytes by which a signed note names a key."""

    def verify(self, kid: str, message: bytes, signature: bytes) -> bool:
        """Whether the key of this id has signed exactly this message."""


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint as it was published."""

    origin: str
    size: int
    root: bytes
    kid: str
    signature: bytes

    @property
    def body(self) -> bytes:
        """The three lines that are signed: origin, size, root."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def note(self, keys: LogKeys) -> str:
        """The checkpoint as a signed note (C2SP): the three lines, an empty one, the signature."""
        name = f"{self.origin}/{self.kid}"
        hint = keys.hint(self.kid, name) if self.kid in keys.kids() else bytes(ID_BYTES)
        return f"{self.body.decode()}\n{_line(name, hint + self.signature)}"

    def is_signed(self, keys: LogKeys) -> bool:
        """Whether a key of this installation has signed exactly this."""
        return keys.verify(self.kid, self.body, self.signature)


@dataclass(frozen=True)
class Verifier:
    """The public half of a named key, as one line that organisations hand to each other."""

    name: str
    kind: bytes
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a note names this key; a hint, never a proof."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.raw).digest()[:ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(self.kind + self.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key has signed exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Cosignature:
    """What a witness says with one line: this is the largest consistent head that I have seen by then."""

    name: str
    key_id: bytes
    time: int
    """Whole seconds since 1970, by the witness's clock."""
    signature: bytes

    @property
    def at(self) -> datetime:
        """The moment that the witness names; the year 9999 for anything later."""
        return datetime.fromtimestamp(min(self.time, 253402300799), UTC)

    def line(self) -> str:
        """The line as it is added to a note."""
        return _line(self.name, self.key_id + self.time.to_bytes(TIME_BYTES, "big") + self.signature)

    def is_by(self, witness: Verifier) -> bool:
        """Whether the line names this key; a name and an id only lead to the key that has to verify."""
        return (self.name, self.key_id) == (witness.name, witness.key_id)

    def is_good(self, witness: Verifier, body: bytes) -> bool:
        """Whether this witness has cosigned exactly this checkpoint."""
        return self.is_by(witness) and witness.is_signed(cosigned_message(body, self.time), self.signature)


def read_note(note: str) -> Checkpoint | None:
    """The checkpoint of a note with the log's signature alone, or None where this is none."""
    found = read_cosigned(note)
    return found[0] if found is not None and note.count("\n") == 5 else None


def read_cosigned(note: str) -> tuple[Checkpoint, tuple[Cosignature, ...]] | None:
    """The checkpoint of a signed note and what witnesses have added; None where this is none.

    The log's line comes first. Signatures of another kind are passed over, as those of unknown keys are.
    """
    lines = note.split("\n")
    signed = lines[4:-1]
    if len(note) > MOST_BYTES or not 1 <= len(signed) <= MOST_LINES or lines[3] or lines[-1]:
        return None
    if not all(line.startswith(MARK) for line in signed):
        return None
    origin, size, root = lines[:3]
    read = [_read_line(line) for line in signed]
    first = read[0]
    try:
        if first is None or len(first[1]) != ID_BYTES + SIGNATURE_BYTES or not size.isascii():
            return None
        kid = first[0].removeprefix(f"{origin}/")
        found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True), kid, first[1][ID_BYTES:])
    except (ValueError, binascii.Error):
        return None
    fits = len(found.root) == HASH_BYTES and size == str(found.size) and found.size > 0
    if not fits or first[0] != f"{origin}/{kid}":
        return None
    return found, tuple(_cosignature(*one) for one in read[1:] if one is not None and _is_timed(one[1]))


def cosigned_message(body: bytes, time: int) -> bytes:
    """What a witness signs: a head line, its time, and the whole body of the checkpoint."""
    return f"cosignature/v1\ntime {time}\n".encode() + body


def cosigned_name(size: int, witness: Verifier) -> str:
    """The file in which a witness places a checkpoint that it has cosigned."""
    return f"{size:012d}.{witness.key_id.hex()}.txt"


def cosign(key: Ed25519PrivateKey, name: str, body: bytes, time: int) -> Cosignature:
    """The cosignature of a checkpoint by a witness of this name."""
    if not 0 <= time <= LATEST_TIME:
        raise ValueError("a time before 1970 or beyond reckoning")
    witness = verifier_of(key, name, WITNESS)
    return Cosignature(name, witness.key_id, time, key.sign(cosigned_message(body, time)))


def verifier_of(key: Ed25519PrivateKey, name: str, kind: bytes) -> Verifier:
    """The public half of a key under its name; ValueError for a name that no note may hold."""
    if not NAME.fullmatch(name):
        raise ValueError("a name has no blank and no plus sign")
    return Verifier(name, kind, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def read_verifier(text: str, kind: bytes) -> Verifier:
    """A key as it was handed over in one line; ValueError where it is none of this kind."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("the key is not in base64") from error
    if not NAME.fullmatch(name) or raw[:1] != kind or len(raw) != 1 + KEY_BYTES:
        raise ValueError(f"not a key of kind {kind.hex()} with a name")
    found = Verifier(name, kind, raw[1:])
    if found.key_id.hex() != key_id:
        raise ValueError("the key does not fit its id")
    return found


def find_verifier(checkpoint: Checkpoint, keys: Sequence[Verifier]) -> Verifier | None:
    """The log's key that a checkpoint names, if it has signed exactly this; None where nobody known has."""
    name = f"{checkpoint.origin}/{checkpoint.kid}"
    for key in keys:
        if key.name == name and key.is_signed(checkpoint.body, checkpoint.signature):
            return key
    return None


def _line(name: str, content: bytes) -> str:
    return f"{MARK}{name} {base64.b64encode(content).decode()}\n"


def _read_line(line: str) -> tuple[str, bytes] | None:
    name, blank, encoded = line.removeprefix(MARK).partition(" ")
    if not blank or not name:
        return None
    try:
        return name, base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None


def _is_timed(content: bytes) -> bool:
    timed = len(content) == ID_BYTES + TIME_BYTES + SIGNATURE_BYTES
    return timed and int.from_bytes(content[ID_BYTES : ID_BYTES + TIME_BYTES], "big") <= LATEST_TIME


def _cosignature(name: str, content: bytes) -> Cosignature:
    time = int.from_bytes(content[ID_BYTES : ID_BYTES + TIME_BYTES], "big")
    return Cosignature(name, content[:ID_BYTES], time, content[ID_BYTES + TIME_BYTES :])
