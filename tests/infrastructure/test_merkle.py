"""The tree is that of RFC 6962, and grows from its complete parts alone."""

from __future__ import annotations

import hashlib
import random

import pytest

from infrastructure.merkle import EMPTY_ROOT, Growth, Tree, is_consistent, is_included, leaf_hash

# The eight leaves and roots by which Certificate Transparency's own implementations are tested.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def recursive(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + recursive(leaves[:split]) + recursive(leaves[split:])).digest()


def test_roots_are_those_of_certificate_transparency() -> None:
    tree = Tree()
    for size, leaf in enumerate(LEAVES, 1):
        tree.add(leaf_hash(bytes.fromhex(leaf)))
        assert tree.root().hex() == ROOTS[size]


def test_every_size_up_to_three_hundred_equals_the_recursion_and_can_be_continued() -> None:
    leaves = [leaf_hash(str(at).encode()) for at in range(300)]
    tree = Tree()
    assert tree.root() == recursive([])
    for size, leaf in enumerate(leaves, 1):
        tree = Tree(tree.size, tree.peaks)
        tree.add(leaf)
        assert tree.root() == recursive(leaves[:size])


@pytest.mark.parametrize(("size", "peaks"), [(3, [b"x" * 32]), (1, [b"x" * 31]), (-1, []), (0, [b"x" * 32])])
def test_parts_that_do_not_fit_the_size_are_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ValueError):
        Tree(size, peaks)


MOST = 300
FLIPS = 5000
HASHES = [leaf_hash(str(at).encode()) for at in range(MOST)]


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split]), recursive(leaves[split:])]
    return [*path(index - split, leaves[split:]), recursive(leaves[:split])]


def subproof(old: int, leaves: list[bytes], known: bool) -> list[bytes]:
    """RFC 6962, 2.1.2, word for word."""
    if old == len(leaves):
        return [] if known else [recursive(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*subproof(old, leaves[:split], known), recursive(leaves[split:])]
    return [*subproof(old - split, leaves[split:], False), recursive(leaves[:split])]


def trees() -> list[Tree]:
    """The tree of every size up to the most."""
    grown = [Tree()]
    for leaf in HASHES:
        tree = Tree(grown[-1].size, grown[-1].peaks)
        tree.add(leaf)
        grown.append(tree)
    return grown


TREES = trees()
ROOTS_TO_MOST = [tree.root() for tree in TREES]


def growth(old: int, size: int) -> Growth:
    return Growth(TREES[old], HASHES[old:size])


def flipped(value: bytes, lot: random.Random) -> bytes:
    at = lot.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << lot.randrange(8))]) + value[at + 1 :]


def test_every_tree_up_to_three_hundred_is_shown_to_continue_every_earlier_one() -> None:
    for size in range(MOST + 1):
        for old in range(size + 1):
            proof = growth(old, size).consistency_proof()
            assert is_consistent(old, size, proof, ROOTS_TO_MOST[old], ROOTS_TO_MOST[size]), (old, size)


def test_the_proofs_are_those_of_the_rfc_word_for_word() -> None:
    for size in range(1, 66):
        leaves = HASHES[:size]
        for old in range(1, size + 1):
            assert growth(old, size).consistency_proof() == subproof(old, leaves, True)
        for index in range(size):
            assert growth(index // 3, size).inclusion_proof(index) == path(index, leaves)


def test_every_leaf_up_to_three_hundred_is_shown_to_be_in_every_tree_that_holds_it() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = growth(index, size).inclusion_proof(index)
            assert is_included(HASHES[index], index, size, proof, ROOTS_TO_MOST[size]), (index, size)


def test_a_growth_has_the_root_of_its_tree_and_proves_nothing_about_leaves_before_it() -> None:
    assert growth(0, 0).root() == EMPTY_ROOT
    assert growth(0, 7).consistency_proof() == []
    for old, size in ((0, 9), (5, 9), (9, 9), (37, 300)):
        assert growth(old, size).root() == ROOTS_TO_MOST[size]
    for index in (4, 9, -1):
        with pytest.raises(LookupError):
            growth(5, 9).inclusion_proof(index)


def test_G13_thousands_of_flipped_bits_are_refused() -> None:
    lot = random.Random(20261122)
    for _ in range(FLIPS):
        size = lot.randint(2, MOST)
        old = lot.randint(1, size - 1)
        parts = [ROOTS_TO_MOST[old], ROOTS_TO_MOST[size], *growth(old, size).consistency_proof()]
        at = lot.randrange(len(parts))
        parts[at] = flipped(parts[at], lot)
        assert not is_consistent(old, size, parts[2:], parts[0], parts[1]), (old, size, at)
    for _ in range(FLIPS):
        size = lot.randint(1, MOST)
        index = lot.randrange(size)
        parts = [HASHES[index], ROOTS_TO_MOST[size], *growth(index, size).inclusion_proof(index)]
        at = lot.randrange(len(parts))
        parts[at] = flipped(parts[at], lot)
        assert not is_included(parts[0], index, size, parts[2:], parts[1]), (index, size, at)


def test_a_proof_for_another_size_or_place_and_one_too_long_or_too_short_are_refused() -> None:
    lot = random.Random(6962)
    for _ in range(FLIPS // 5):
        size = lot.randint(3, MOST - 1)
        old = lot.randint(1, size - 1)
        proof = growth(old, size).consistency_proof()
        first, second = ROOTS_TO_MOST[old], ROOTS_TO_MOST[size]
        assert not is_consistent(old, size, [*proof, bytes(32)], first, second)
        assert not is_consistent(old, size, proof[:-1], first, second)
        assert not is_consistent(old, size, [bytes(32), *proof], first, second)
        assert not is_consistent(size, old, proof, second, first)
        assert not is_consistent(old, size, proof, second, first)
        index = lot.randrange(old, size)
        inclusion = growth(old, size).inclusion_proof(index)
        assert not is_included(HASHES[index], index, size, [*inclusion, bytes(32)], second)
        assert not is_included(HASHES[index], index, size, inclusion[:-1], second)
        assert not is_included(HASHES[index], (index + 1) % size, size, inclusion, second)
        assert not is_included(HASHES[index], size, size, inclusion, second)
    assert not is_consistent(0, 5, [bytes(32)], EMPTY_ROOT, ROOTS_TO_MOST[5])
    assert not is_consistent(0, 5, [], ROOTS_TO_MOST[1], ROOTS_TO_MOST[5])
    assert not is_consistent(5, 5, [], ROOTS_TO_MOST[4], ROOTS_TO_MOST[5])
    assert not is_consistent(3, 7, [b"short"], ROOTS_TO_MOST[3], ROOTS_TO_MOST[7])


def test_a_rewritten_leaf_breaks_the_proof_from_every_tree_that_held_it() -> None:
    for old in range(1, 40):
        forked = [*HASHES[: old - 1], leaf_hash(b"rewritten"), *HASHES[old:]]
        before = Tree()
        for leaf in forked[:old]:
            before.add(leaf)
        other = Growth(before, forked[old:64])
        proof = other.consistency_proof()
        assert is_consistent(old, 64, proof, before.root(), other.root())
        assert not is_consistent(old, 64, proof, ROOTS_TO_MOST[old], other.root())
