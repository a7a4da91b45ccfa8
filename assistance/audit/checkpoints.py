"""Checkpoints: how long the log is and what it holds, signed, kept here and copied outside the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from assistance.audit.entries import find_fault, instant_text
from assistance.audit.models import AuditCheckpoint, AuditSeal
from assistance.audit.sealing import BEGINNING, find_broken_link, read_sealed
from assistance.orm import field_cipher
from infrastructure.crypto import FieldCipher
from infrastructure.files import write_durably
from infrastructure.merkle import HASH_BYTES, Tree, leaf_hash
from infrastructure.signed_notes import Checkpoint, read_note
from infrastructure.signing import SigningKeys

PURPOSE = "audit_checkpoints.hmac"
COPY_NAME = re.compile(r"\d{12}\.txt")


class CheckpointRow(NamedTuple):
    """One checkpoint as it stands in the database, column by column."""

    size: int
    origin: str
    root: bytes
    peaks: bytes
    kid: str
    signature: bytes
    made_at: Any
    hmac: bytes


Stored = AuditCheckpoint | CheckpointRow


def row_bytes(row: Stored) -> bytes:
    """What the HMAC of a stored checkpoint covers: all of it."""
    hashes = [bytes.hex(one) for one in (row.root, row.peaks, row.signature)]
    return "\n".join([row.origin, str(row.size), *hashes, row.kid, instant_text(row.made_at)]).encode()


def is_ours(cipher: FieldCipher, row: Stored) -> bool:
    """Whether a stored checkpoint is as this installation wrote it."""
    return cipher.is_tagged(PURPOSE, row_bytes(row), row.hmac)


def tree_of(row: Stored) -> Tree:
    """The tree as it was at a stored checkpoint; ValueError where the row does not hold one."""
    peaks = [row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES)]
    return Tree(row.size, peaks)


def published(row: Stored) -> Checkpoint:
    """A stored checkpoint as it is published."""
    return Checkpoint(row.origin, row.size, row.root, row.kid, row.signature)


def read_checkpoints(session: Session) -> list[CheckpointRow]:
    """Every checkpoint of the database, raw, in the order of sizes."""
    columns = ", ".join(CheckpointRow._fields)
    query = text(f"SELECT {columns} FROM audit_checkpoints ORDER BY size")  # noqa: S608 - our own names
    return [CheckpointRow(*row) for row in session.execute(query)]


def newest(session: Session) -> AuditCheckpoint | None:
    """The newest checkpoint of the database."""
    return session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1))


def list_newest(session: Session, most: int) -> list[AuditCheckpoint]:
    """The newest checkpoints, the newest first."""
    return list(session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(most)))


def find_checkpoint(session: Session, size: int) -> AuditCheckpoint | None:
    """The checkpoint of this size."""
    return session.get(AuditCheckpoint, size)


def make_checkpoint(
    session: Session, keys: SigningKeys, origin: str, *, now: datetime, copies: Copies
) -> Checkpoint | None:
    """Sign how the log stands, if it has grown; Forked where it no longer continues what was signed last."""
    last = newest(session)
    tree = _continued(session, last, keys, copies)
    cipher, previous = field_cipher(session), _last_hash(session, tree.size)
    for seal, entry in read_sealed(session, after=tree.size):
        if entry is None:
            raise Forked(f"封存 {seal.sequence} 的条目不见了")
        # Looked at once more: an entry changed after its seal must not be witnessed as if it had been so.
        fault, content = find_fault(cipher, entry)
        fault = fault or find_broken_link(seal, entry, tree.size + 1, previous)
        if fault:
            raise Forked(f"第 {entry.id} 条：{fault}")
        tree.add(leaf_of(entry.id, content))
        previous = seal.hash
    if last is not None and tree.size == last.size:
        return None
    if not tree.size:
        return None
    unsigned = Checkpoint(origin, tree.size, tree.root(), keys.signing_kid, b"")
    row = AuditCheckpoint(
        size=tree.size,
        origin=origin,
        root=unsigned.root,
        peaks=b"".join(tree.peaks),
        kid=keys.signing_kid,
        signature=keys.sign(unsigned.body),
        made_at=now,
        hmac=b"",
    )
    row.hmac = cipher.tag(PURPOSE, row_bytes(row))
    session.add(row)
    session.flush()
    return published(row)


def _last_hash(session: Session, size: int) -> bytes:
    seal = session.get(AuditSeal, size) if size else None
    return seal.hash if seal else BEGINNING


def leaf_of(entry_id: int, content: bytes) -> bytes:
    """One leaf of the tree, made from what the entry says now and not from a hash that is stored."""
    return leaf_hash(entry_id.to_bytes(8, "big", signed=True) + content)


class Forked(Exception):
    """The log no longer continues what was signed and copied: nothing more is signed until somebody looks."""


def _continued(session: Session, last: AuditCheckpoint | None, keys: SigningKeys, copies: Copies) -> Tree:
    outside = copies.newest()
    if outside is not None:
        inside = find_checkpoint(session, outside.size)
        if inside is None or published(inside) != outside:
            raise Forked(f"外面的存证 {outside.size} 在数据库里没有，或者不一样")
    if last is None:
        return Tree()
    try:
        tree = tree_of(last)
    except ValueError as error:
        raise Forked(f"存证 {last.size} 读不出来") from error
    if tree.root() != last.root or not published(last).is_signed(keys):
        raise Forked(f"存证 {last.size} 被改过")
    return tree


class Copies:
    """The folder outside the database where every checkpoint lies as a file of its own."""

    def __init__(self, folder: Path, keys: SigningKeys) -> None:
        self.folder = folder
        self.keys = keys

    def names(self) -> list[str]:
        """The files that are there, by size."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if COPY_NAME.fullmatch(path.name))

    def read(self) -> Iterator[tuple[int, Checkpoint | None]]:
        """Every copy with the size that its name gives; None where its text is no checkpoint."""
        for name in self.names():
            yield int(name[:12]), self._read(name)

    def newest(self) -> Checkpoint | None:
        """The copy of the greatest size, if there is one that can be read."""
        names = self.names()
        return self._read(names[-1]) if names else None

    def greatest(self) -> int:
        """The greatest size that a copy is named after; 0 where there is none."""
        names = self.names()
        return int(names[-1][:12]) if names else 0

    def write(self, checkpoint: Checkpoint) -> None:
        """Put one copy in place."""
        write_durably(self.folder / f"{checkpoint.size:012d}.txt", checkpoint.note(self.keys).encode())

    def catch_up(self, session: Session) -> int:
        """Copy what was signed and not copied yet, after a crash or an absent folder, and say how many."""
        after = self.greatest()
        query = select(AuditCheckpoint).where(AuditCheckpoint.size > after).order_by(AuditCheckpoint.size)
        waiting = [published(row) for row in session.scalars(query)]
        for checkpoint in waiting:
            if not checkpoint.is_signed(self.keys):
                raise Forked(f"存证 {checkpoint.size} 被改过")
            self.write(checkpoint)
        return len(waiting)

    def _read(self, name: str) -> Checkpoint | None:
        try:
            note = (self.folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return None
        found = read_note(note)
        # To the byte: the same checkpoint written in another way is a copy that somebody has touched.
        return found if found is not None and found.note(self.keys) == note else None
