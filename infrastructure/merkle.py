"""The Merkle tree of RFC 6962, kept as the roots of its complete parts, which grows without its leaves.

Its proofs are those of RFC 6962, 2.1.1 (a leaf is in a tree) and 2.1.2 (a tree continues another one).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


class Tree:
    """A tree of some size; leaves are only ever added at its end."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ValueError("these are not the complete parts of a tree of this size")
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf: bytes) -> None:
        """Add the hash of one leaf at the end."""
        self.size += 1
        rest = self.size
        while rest % 2 == 0:
            leaf = _node(self.peaks.pop(), leaf)
            rest //= 2
        self.peaks.append(leaf)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = _node(peak, root)
        return root


class Growth:
    """A tree between two sizes: its complete parts at the smaller one, and every leaf since.

    That is enough to prove that the larger tree continues the smaller, and that a leaf since then is in it.
    """

    def __init__(self, before: Tree, leaves: Sequence[bytes]) -> None:
        self.before = before
        self.size = before.size + len(leaves)
        self._leaves = leaves
        self._parts: dict[tuple[int, int], bytes] = {}
        start = 0
        for peak in before.peaks:
            part = 1 << ((before.size - start).bit_length() - 1)
            self._parts[start, start + part] = peak
            start += part

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._root_of(0, self.size) if self.size else EMPTY_ROOT

    def consistency_proof(self) -> list[bytes]:
        """What shows that this tree continues the one before; empty from nothing and to the same size."""
        return self._subproof(self.before.size, 0, self.size, is_known=True) if self.before.size else []

    def inclusion_proof(self, index: int) -> list[bytes]:
        """What shows that the leaf of this index, counted from 0, is there; LookupError for older ones."""
        if not self.before.size <= index < self.size:
            raise LookupError(index)
        proof, start, stop = [], 0, self.size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                proof.append(self._root_of(middle, stop))
                stop = middle
            else:
                proof.append(self._root_of(start, middle))
                start = middle
        return proof[::-1]

    def _subproof(self, old: int, start: int, stop: int, *, is_known: bool) -> list[bytes]:
        if start + old == stop:
            return [] if is_known else [self._root_of(start, stop)]
        part = _split(stop - start)
        middle = start + part
        if old <= part:
            return [*self._subproof(old, start, middle, is_known=is_known), self._root_of(middle, stop)]
        rest = self._subproof(old - part, middle, stop, is_known=False)
        return [*rest, self._root_of(start, middle)]

    def _root_of(self, start: int, stop: int) -> bytes:
        if (start, stop) in self._parts:
            return self._parts[start, stop]
        if stop - start == 1:
            if start < self.before.size:
                raise LookupError(start)
            return self._leaves[start - self.before.size]
        middle = start + _split(stop - start)
        return _node(self._root_of(start, middle), self._root_of(middle, stop))


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that the leaf of this index, counted from 0, is in the tree with this root."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    place, last, found = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(part, found)
            place, last = _up_to_odd(place, last)
        else:
            found = _node(found, part)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether a proof shows that the tree of this size and root continues the old one, leaf by leaf."""
    if not 0 <= old_size <= size or not _are_hashes([old_root, root, *proof]):
        return False
    if old_size in (0, size):
        return not proof and old_root == (root if old_size else EMPTY_ROOT)
    # A complete old tree is itself the first part, and is not sent along.
    parts = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    if not parts:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = found = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_found, found = _node(part, old_found), _node(part, found)
            place, last = _up_to_odd(place, last)
        else:
            found = _node(found, part)
        place, last = place >> 1, last >> 1
    return last == 0 and (old_found, found) == (old_root, root)


def _up_to_odd(place: int, last: int) -> tuple[int, int]:
    # A last node without a right neighbour is carried up unchanged until it has a left one.
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_BYTES for value in values)


def _split(size: int) -> int:
    # The largest power of two below the size: so much lies to the left.
    return 1 << ((size - 1).bit_length() - 1)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
