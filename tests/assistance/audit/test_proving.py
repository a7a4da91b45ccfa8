"""Every entry is shown to be in its checkpoint, every checkpoint to continue those before; or nothing is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from assistance import audit
from assistance.audit import proving
from assistance.audit.checkpoints import leaf_of
from infrastructure.database import Database
from infrastructure.merkle import is_consistent, is_included
from tests.assistance.audit.log import KEYS, fill, let_in, sealer, tamper
from tests.conftest import NOW

STEPS = (5, 1, 12, 7, 30)


@pytest.fixture
def sizes(database: Database, tmp_path: Path) -> list[int]:
    """The sizes of five checkpoints, the first over what setting up has left as well."""
    one, found = sealer(database, tmp_path / "outside"), []
    for at, entries in enumerate(STEPS):
        fill(database, entries)
        found += one.run(NOW + at * timedelta(minutes=10)).checkpoints
    assert len(found) == len(STEPS)
    return found


def test_every_entry_is_shown_to_be_in_the_first_checkpoint_that_covers_it(
    database: Database, sizes: list[int]
) -> None:
    with database.reading() as session:
        for sequence in [1, 2, *range(sizes[0] - 2, sizes[-1] + 1)]:
            found = audit.prove_inclusion(session, KEYS, sequence)
            assert found is not None
            assert found.checkpoint.size == min(size for size in sizes if size >= sequence)
            assert found.checkpoint.is_signed(KEYS)
            leaf = leaf_of(found.entry, found.content)
            size, root = found.checkpoint.size, found.checkpoint.root
            assert is_included(leaf, sequence - 1, size, found.proof, root)
        assert audit.prove_inclusion(session, KEYS, sizes[-1] + 1) is None


def test_every_checkpoint_is_shown_to_continue_every_one_before_it(
    database: Database, sizes: list[int]
) -> None:
    with database.reading() as session:
        roots = {row.size: row.root for row in audit.list_newest(session, 10)}
        for old in sizes:
            for size in sizes:
                found = audit.prove_consistency(session, KEYS, old, size)
                assert (found is not None) == (old <= size)
                if found is not None:
                    assert is_consistent(old, size, found.proof, roots[old], roots[size])


def test_a_proof_reaches_so_far_and_then_the_next_one_goes_on(
    database: Database, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "MOST_BETWEEN", 15)
    with database.reading() as session:
        reached = [audit.find_reachable(session, old) for old in (0, *sizes)]
        # Where two that follow each other lie further apart, the proof goes all the way.
        assert reached == [sizes[4], sizes[2], sizes[2], sizes[3], sizes[4], sizes[4]]
        assert audit.find_reachable(session, sizes[1] + 1) is None
        assert audit.prove_consistency(session, KEYS, sizes[0], sizes[3]) is None
        assert audit.prove_consistency(session, KEYS, sizes[0], sizes[2]) is not None


CHANGED = "(SELECT entry FROM audit_seals WHERE sequence = :at)"
CHANGES = [
    f"UPDATE audit_entries SET actor_ref = 'x' WHERE id = {CHANGED}",
    f"DELETE FROM audit_entries WHERE id = {CHANGED}",
    "DELETE FROM audit_seals WHERE sequence = :at",
    "DELETE FROM audit_seals WHERE sequence = :at + 2",
    "UPDATE audit_checkpoints SET peaks = root WHERE size = :at - 5",
    "UPDATE audit_checkpoints SET root = signature WHERE size = :at + 2",
    "UPDATE audit_checkpoints SET signature = root WHERE size = :at + 2",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_what_was_changed_since_yields_no_proof(database: Database, sizes: list[int], statement: str) -> None:
    before, after = sizes[2:4]
    let_in(database)
    tamper(database, statement, at=after - 2)
    with database.reading() as session:
        with pytest.raises(audit.Unproven):
            audit.prove_inclusion(session, KEYS, after - 1)
        with pytest.raises(audit.Unproven):
            audit.prove_consistency(session, KEYS, before, after)
        # What lies before the change is as provable as ever.
        assert audit.prove_inclusion(session, KEYS, sizes[0]) is not None
