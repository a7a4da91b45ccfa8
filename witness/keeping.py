"""The folder of a witness: its key, whom it watches, the head that it cosigned last, and what it refused."""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infrastructure.files import write_durably
from infrastructure.signed_notes import (
    LOG,
    WITNESS,
    Checkpoint,
    Verifier,
    cosign,
    cosigned_name,
    read_cosigned,
    read_verifier,
    verifier_of,
)

KEY, WATCHED, LOG_KEYS, HEAD, LOCK = "witness.key", "watched.json", "log-keys.txt", "head.txt", "lock"
PLACED, REFUSED = "cosigned", "refused"
NOTHING_SEEN = "nothing seen\n"
"""What stands in place of the first head: one that is lost must not look like one that never was."""


class Broken(Exception):
    """The folder cannot be used as it is: nothing is cosigned until somebody has looked."""


@dataclass(frozen=True)
class Kept:
    """A witness's folder, opened."""

    folder: Path
    name: str
    address: str
    origin: str
    log_keys: tuple[Verifier, ...]
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The witness's public key, as the service is told of it."""
        return verifier_of(self.key, self.name, WITNESS)

    def head_note(self) -> str | None:
        """The checkpoint that was cosigned last, with our line; None before the first. Raises Broken."""
        try:
            note = (self.folder / HEAD).read_bytes().decode()
        except FileNotFoundError as error:
            raise Broken(f"{HEAD} 不见了，请从备份放回来，或者放回联署过的最新一份") from error
        except (OSError, UnicodeDecodeError) as error:
            raise Broken(f"{HEAD} 读不出来") from error
        if note == NOTHING_SEEN:
            return None
        read = read_cosigned(note)
        # Our own line vouches for the file: a head that somebody else put there is none of ours.
        if read is None or not any(line.is_good(self.verifier, read[0].body) for line in read[1]):
            raise Broken(f"{HEAD} 不是这个见证单位签过的")
        return note

    def head(self) -> Checkpoint | None:
        """The checkpoint that was cosigned last; None before the first. Raises Broken."""
        note = self.head_note()
        read = read_cosigned(note) if note else None
        return read[0] if read else None

    def cosign(self, checkpoint: Checkpoint, note: str, time: int) -> None:
        """Make a checkpoint the head, on the disk, and only then give our line out of hand."""
        line = cosign(self.key, self.name, checkpoint.body, time).line()
        write_durably(self.folder / HEAD, (note + line).encode())

    def place(self, into: Path | None = None) -> Path | None:
        """Put the head with our line where the service fetches it, also after a crash in between."""
        note, head = self.head_note(), self.head()
        if note is None or head is None:
            return None
        path = (into or self.folder / PLACED) / cosigned_name(head.size, self.verifier)
        if not path.exists():
            write_durably(path, note.encode())
        return path

    def keep_evidence(self, text: str) -> Path:
        """Keep what was refused, once: it may be the proof that the log was forked."""
        content = text.encode()
        path = self.folder / REFUSED / f"{hashlib.sha256(content).hexdigest()[:16]}.txt"
        if not path.exists():
            write_durably(path, content)
        return path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one round at a time run here; Broken where another one does."""
        handle = os.open(self.folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Broken("另一轮正在进行") from error
        else:
            yield
        finally:
            os.close(handle)


def make(folder: Path, name: str, address: str, log_key: str) -> Kept:
    """A new folder with a new key; ValueError for what cannot be read, Broken where a key is already."""
    log = read_verifier(log_key, LOG)
    if not address.startswith(("https://", "http://")):
        raise ValueError("the address begins with https:// or http://")
    origin, slash, kid = log.name.rpartition("/")
    if not origin or not slash or not kid:
        raise ValueError("the log's key is named ORIGIN/KEY")
    key = Ed25519PrivateKey.generate()
    verifier_of(key, name, WITNESS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(folder / KEY, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Broken(f"{folder} 里已经有一把钥匙") from error
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key.private_bytes_raw()) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    watched = {"name": name, "address": address.rstrip("/"), "origin": origin}
    write_durably(folder / LOG_KEYS, f"{log}\n".encode())
    write_durably(folder / HEAD, NOTHING_SEEN.encode())
    write_durably(folder / WATCHED, json.dumps(watched, ensure_ascii=False, indent=1).encode() + b"\n")
    return read(folder)


def read(folder: Path) -> Kept:
    """A witness's folder as it stands; raises Broken."""
    try:
        seed = base64.b64decode((folder / KEY).read_text().strip(), validate=True)
        watched = json.loads((folder / WATCHED).read_text(encoding="utf-8"))
        lines = (folder / LOG_KEYS).read_text(encoding="utf-8").split()
        key = Ed25519PrivateKey.from_private_bytes(seed)
        keys = tuple(read_verifier(line, LOG) for line in lines)
        name, address, origin = (str(watched[part]) for part in ("name", "address", "origin"))
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Broken(f"{folder} 读不出来：{type(error).__name__}") from error
    return Kept(folder, name, address, origin, keys, key)
