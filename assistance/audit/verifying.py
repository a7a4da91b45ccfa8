"""Verifying: everything is computed anew and held against chain, signatures and copies outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from assistance.audit.checkpoints import (
    CheckpointRow,
    is_ours,
    leaf_of,
    published,
    read_checkpoints,
)
from assistance.audit.cosigning import Cosignatures, Cosigned
from assistance.audit.entries import EntryRow, find_fault
from assistance.audit.sealer import Sealer
from assistance.audit.sealing import BEGINNING, SealRow, find_broken_link, read_sealed, read_waiting
from assistance.orm import field_cipher
from infrastructure.crypto import FieldCipher
from infrastructure.merkle import Tree, leaf_hash
from infrastructure.signed_notes import Checkpoint
from infrastructure.signing import SigningKeys

MOST_NAMED = 50

Judge = Callable[[EntryRow], tuple[str, bytes]]


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was written."""

    place: str
    """entry, seal, checkpoint, copy or cosignature."""
    number: int
    reference: str
    says: str


@dataclass
class Report:
    """What verifying came to."""

    entries: int = 0
    seals: int = 0
    checkpoints: int = 0
    copies: int = 0
    witnessed: int = 0
    """Up to which seal a signed copy outside the database vouches for the log."""
    cosignatures: int = 0
    cosigned: int = 0
    """Up to which seal a witness of another organisation vouches for the log."""
    waiting: int = 0
    newly_sealed: int = 0
    is_busy: bool = False
    problems: list[Problem] = field(default_factory=list)
    not_yet_witnessed: list[tuple[int, str, str]] = field(default_factory=list)
    """The first of the entries after it: seal, reference, event."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def complain(self, place: str, number: int, says: str, reference: str = "") -> None:
        """Add one problem."""
        self.problems.append(Problem(place, number, reference, says))


@dataclass(frozen=True)
class Log:
    """Everything that is looked at: chain, entries, what waits, checkpoints, copies, cosignatures."""

    sealed: Iterable[tuple[SealRow, EntryRow | None]]
    waiting: Iterable[EntryRow]
    checkpoints: list[CheckpointRow]
    copies: list[tuple[int, Checkpoint | None]]
    cosigned: Sequence[tuple[str, tuple[Cosigned, ...] | None]] = ()


def verify(
    sealer: Sealer, now: datetime, *, sealing: bool = True, cosignatures: Cosignatures | None = None
) -> Report:
    """Seal what waits, unless told not to; then hold the log against itself, its copies and witnesses."""
    done = sealer.seal_everything(now) if sealing else None
    # The copies first: a checkpoint that is signed meanwhile is then newer than all that is looked at.
    copies = list(sealer.copies.read())
    cosigned = list(cosignatures.read()) if cosignatures else []
    with sealer.database.reading() as session:
        cipher = field_cipher(session)
        log = Log(read_sealed(session), read_waiting(session), read_checkpoints(session), copies, cosigned)
        report = examine(log, cipher, sealer.keys)
    if done is not None:
        report.newly_sealed, report.is_busy = done.sealed, done.is_busy
    return report


def examine(log: Log, cipher: FieldCipher, keys: SigningKeys, judge: Judge | None = None) -> Report:
    """Find everything in a log that is not as it was written, in the order of the log."""
    report = Report(checkpoints=len(log.checkpoints), copies=len(log.copies))
    signed = [copy.size for _, copy in log.copies if copy is not None and copy.is_signed(keys)]
    report.witnessed = max(signed, default=0)
    sizes = {row.size for row in log.checkpoints} | set(signed)
    sizes |= {one.checkpoint.size for _, read in log.cosigned for one in read or ()}
    trees = _walk_chain(log, sizes, judge or partial(find_fault, cipher), report)
    _hold_against_checkpoints(log.checkpoints, trees, cipher, keys, report)
    _hold_against_copies(log, trees, keys, report)
    _hold_against_cosignatures(log, trees, keys, report)
    return report


def _walk_chain(log: Log, sizes: set[int], judge: Judge, report: Report) -> dict[int, tuple[bytes, bytes]]:
    tree, trees = Tree(), {}
    sequence, previous = 1, BEGINNING
    references: set[str] = set()
    for seal, entry in log.sealed:
        report.seals += 1
        if entry is None:
            report.complain("seal", seal.sequence, "封存的条目不见了")
            leaf = leaf_hash(b"")
        else:
            report.entries += 1
            fault, content = judge(entry)
            leaf = leaf_of(entry.id, content)
            if entry.reference in references:
                fault = fault or "同一条写了两遍"
            references.add(entry.reference)
            if fault:
                report.complain("entry", entry.id, fault, str(entry.reference))
            else:
                broken = find_broken_link(seal, entry, sequence, previous)
                if broken:
                    report.complain("seal", seal.sequence, broken, entry.reference)
            if seal.sequence > report.witnessed and len(report.not_yet_witnessed) < MOST_NAMED:
                report.not_yet_witnessed.append((seal.sequence, entry.reference, entry.event))
        tree.add(leaf)
        if tree.size in sizes:
            trees[tree.size] = tree.root(), b"".join(tree.peaks)
        sequence, previous = seal.sequence + 1, seal.hash
    for entry in log.waiting:
        report.entries += 1
        fault, _ = judge(entry)
        if fault or entry.reference in references:
            report.complain("entry", entry.id, fault or "同一条写了两遍", str(entry.reference))
        else:
            report.waiting += 1
    return trees


def _hold_against_checkpoints(
    rows: list[CheckpointRow],
    trees: dict[int, tuple[bytes, bytes]],
    cipher: FieldCipher,
    keys: SigningKeys,
    report: Report,
) -> None:
    for row in rows:
        try:
            ours = is_ours(cipher, row) and published(row).is_signed(keys)
        except (AttributeError, TypeError, ValueError):
            ours = False
        if not ours:
            report.complain("checkpoint", row.size, "存证被改过，或者不是本系统签的")
        elif trees.get(row.size) != (row.root, row.peaks):
            report.complain("checkpoint", row.size, "日志和签过名的存证对不上")


def _hold_against_copies(
    log: Log, trees: dict[int, tuple[bytes, bytes]], keys: SigningKeys, report: Report
) -> None:
    inside = {row.size: row for row in log.checkpoints}
    for size, copy in log.copies:
        if copy is None or copy.size != size or not copy.is_signed(keys):
            report.complain("copy", size, "外面的抄件被改过，或者不是本系统签的")
        elif size not in trees or trees[size][0] != copy.root:
            report.complain("copy", size, "日志和外面的抄件对不上：条目被改过、删过或者补进去过")
        elif size not in inside or published(inside[size]) != copy:
            report.complain("copy", size, "数据库里没有这份存证，或者不一样")
    copied = {size for size, _ in log.copies}
    # The newest may still be on its way outside; what it covers counts as not yet witnessed.
    for size in sorted(inside)[:-1]:
        if size not in copied:
            report.complain("copy", size, "这份存证在外面没有抄件")


def _hold_against_cosignatures(
    log: Log, trees: dict[int, tuple[bytes, bytes]], keys: SigningKeys, report: Report
) -> None:
    for name, read in log.cosigned:
        if read is None:
            report.complain("cosignature", int(name[:12]), "联署被改过，或者不是这家见证单位签的", name)
        for one in read or ():
            report.cosignatures += 1
            size, witness = one.checkpoint.size, one.cosignature.name
            # Nobody here can sign for a witness: what it has seen once stands against every later story.
            if not one.checkpoint.is_signed(keys):
                report.complain("cosignature", size, "联署的不是本系统签的存证", witness)
            elif size not in trees or trees[size][0] != one.checkpoint.root:
                report.complain("cosignature", size, "日志和见证单位联署过的对不上", witness)
            else:
                report.cosigned = max(report.cosigned, size)
