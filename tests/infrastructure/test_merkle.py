"""The tree is that of RFC 6962, and grows from its complete parts alone."""

from __future__ import annotations

import hashlib

import pytest

from infrastructure.merkle import Tree, leaf_hash

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
