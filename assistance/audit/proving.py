"""Proofs for others: that a checkpoint continues an earlier one, and that an entry is in a checkpoint.

They are made from what the entries say now. A log whose content was changed since has no proof that holds.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance.audit.checkpoints import find_checkpoint, leaf_of, published, tree_of
from assistance.audit.entries import content_of
from assistance.audit.models import AuditCheckpoint
from assistance.audit.sealing import read_sealed
from infrastructure.merkle import Growth, Tree, is_consistent, is_included
from infrastructure.signed_notes import Checkpoint
from infrastructure.signing import SigningKeys

MOST_BETWEEN = 5000
"""So many entries are read for one proof, unless two checkpoints that follow each other lie further apart."""


class Unproven(Exception):
    """The entries no longer yield what was signed, so nothing can be proved from them."""


@dataclass(frozen=True)
class Consistency:
    """That a checkpoint continues an earlier one."""

    old: int
    checkpoint: Checkpoint
    proof: Sequence[bytes]

    def text(self, keys: SigningKeys) -> str:
        """The proof and the checkpoint in one text, as a witness is asked by (C2SP tlog-witness)."""
        lines = [f"old {self.old}", *(base64.b64encode(part).decode() for part in self.proof)]
        return "\n".join(lines) + f"\n\n{self.checkpoint.note(keys)}"


@dataclass(frozen=True)
class Inclusion:
    """That an entry is in a checkpoint: with content, place and proof anybody comes to the signed root."""

    entry: int
    content: bytes
    sequence: int
    checkpoint: Checkpoint
    proof: Sequence[bytes]


def find_reachable(session: Session, old: int) -> int | None:
    """The newest checkpoint to which one proof leads from an earlier one; itself where none is newer.

    None where there is no checkpoint of this size: it is of another log, or of one that has been cut.
    """
    newest = session.scalar(select(func.max(AuditCheckpoint.size)))
    if old == 0 or newest == old:
        return newest
    if find_checkpoint(session, old) is None:
        return None
    later = select(func.min(AuditCheckpoint.size)).where(AuditCheckpoint.size > old)
    within = select(func.max(AuditCheckpoint.size)).where(
        AuditCheckpoint.size > old, AuditCheckpoint.size <= old + MOST_BETWEEN
    )
    return session.scalar(within) or session.scalar(later)


def prove_consistency(session: Session, keys: SigningKeys, old: int, size: int) -> Consistency | None:
    """The proof from one published checkpoint to another within reach; None where there is none such.

    Raises Unproven where the entries between no longer yield what was signed.
    """
    if old == size and size:
        found = find_checkpoint(session, size)
        return Consistency(old, published(found), ()) if found else None
    reach = find_reachable(session, old)
    before, after = find_checkpoint(session, old) if old else None, find_checkpoint(session, size)
    if after is None or reach is None or not old < size <= reach or (old and before is None):
        return None
    if before is None:
        # Whoever begins to witness has nothing yet that could be continued.
        return Consistency(0, published(after), ())
    proof = _growth(_tree(before), _rows(session, old, size)).consistency_proof()
    if not is_consistent(old, size, proof, before.root, after.root) or not published(after).is_signed(keys):
        raise Unproven
    return Consistency(old, published(after), proof)


def prove_inclusion(session: Session, keys: SigningKeys, sequence: int) -> Inclusion | None:
    """The proof that the entry of this seal is in the first checkpoint that covers it; None so far.

    Raises Unproven where the entries no longer yield what was signed.
    """
    covering = select(AuditCheckpoint).where(AuditCheckpoint.size >= sequence).order_by(AuditCheckpoint.size)
    after = session.scalar(covering.limit(1))
    if after is None:
        return None
    earlier = select(AuditCheckpoint).where(AuditCheckpoint.size < sequence)
    before = session.scalar(earlier.order_by(AuditCheckpoint.size.desc()).limit(1))
    tree = _tree(before)
    rows = _rows(session, tree.size, after.size)
    proof = _growth(tree, rows).inclusion_proof(sequence - 1)
    entry, content = rows[sequence - tree.size - 1]
    is_in = is_included(leaf_of(entry, content), sequence - 1, after.size, proof, after.root)
    if not is_in or not published(after).is_signed(keys):
        raise Unproven
    return Inclusion(entry, content, sequence, published(after), proof)


def _growth(tree: Tree, rows: Sequence[tuple[int, bytes]]) -> Growth:
    return Growth(tree, [leaf_of(entry, content) for entry, content in rows])


def _tree(before: AuditCheckpoint | None) -> Tree:
    if before is None:
        return Tree()
    try:
        return tree_of(before)
    except ValueError as error:
        raise Unproven from error


def _rows(session: Session, after: int, size: int) -> list[tuple[int, bytes]]:
    """The number and the content, as it stands now, of every entry sealed after one place up to another."""
    found: list[tuple[int, bytes]] = []
    for seal, entry in read_sealed(session, after=after, most=size - after):
        if entry is None or seal.sequence != after + len(found) + 1:
            raise Unproven
        try:
            found.append((entry.id, content_of(entry._asdict())))
        except (TypeError, ValueError) as error:
            raise Unproven from error
    if len(found) != size - after:
        raise Unproven
    return found
