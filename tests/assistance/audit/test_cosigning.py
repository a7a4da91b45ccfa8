"""What witnesses of other organisations have signed stands against every later story of the log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assistance import audit
from infrastructure.database import Database
from infrastructure.signed_notes import WITNESS, Checkpoint, cosign, cosigned_name, verifier_of
from tests.assistance.audit.log import KEYS, ORIGIN, fill, sealer
from tests.conftest import NOW

NAMES = ("one.example/w", "two.example/w")
SECRET = {name: Ed25519PrivateKey.from_private_bytes(name[:3].encode() * 10 + b"ww") for name in NAMES}
KNOWN = [verifier_of(SECRET[name], name, WITNESS) for name in NAMES]


class Log:
    """A log with three checkpoints and an empty folder for cosignatures."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.sealer = sealer(database, folder / "copies")
        self.cosignatures = audit.Cosignatures(folder / "cosigned", KNOWN)
        self.cosignatures.folder.mkdir()
        self.sizes: list[int] = []
        for at in range(3):
            fill(database, 5)
            self.sizes += self.sealer.run(NOW + at * timedelta(minutes=10)).checkpoints
        with database.reading() as session:
            self.published = [audit.published(row) for row in audit.list_newest(session, 3)][::-1]

    def place(self, checkpoint: Checkpoint, name: str, *, time: int = 1000) -> Path:
        line = cosign(SECRET[name], name, checkpoint.body, time).line()
        path = self.cosignatures.folder / cosigned_name(checkpoint.size, KNOWN[NAMES.index(name)])
        path.write_text(checkpoint.note(KEYS) + line)
        return path

    def verify(self) -> audit.Report:
        return audit.verify(self.sealer, NOW, cosignatures=self.cosignatures)


@pytest.fixture
def log(database: Database, tmp_path: Path) -> Log:
    return Log(database, tmp_path)


def test_cosignatures_are_counted_and_shown_beside_exactly_what_they_are_about(log: Log) -> None:
    assert (log.verify().cosignatures, log.verify().cosigned) == (0, 0)
    log.place(log.published[0], NAMES[0])
    log.place(log.published[1], NAMES[0], time=2000)
    log.place(log.published[1], NAMES[1])
    report = log.verify()
    assert report.problems == []
    assert (report.cosignatures, report.cosigned) == (3, log.sizes[1])
    shown = log.cosignatures.of(log.published[1:])
    assert [line.name for line in shown[log.sizes[1]]] == [NAMES[1], NAMES[0]]
    assert set(shown) == {log.sizes[1]}


def test_what_unknown_keys_have_signed_says_nothing(log: Log) -> None:
    path = log.place(log.published[0], NAMES[0])
    stranger = audit.Cosignatures(path.parent, KNOWN[1:])
    assert audit.verify(log.sealer, NOW, cosignatures=stranger).cosignatures == 0
    assert stranger.of(log.published) == {}
    assert audit.verify(log.sealer, NOW, cosignatures=stranger).is_sound
    # Without a single known witness the folder is not even looked at.
    path.write_text("rubbish")
    assert list(audit.Cosignatures(path.parent).read()) == []
    assert list(audit.Cosignatures(path.parent / "nowhere", KNOWN).read()) == []


@pytest.mark.parametrize("what", ["line", "body", "renamed", "emptied", "letters", "folder"])
def test_a_cosignature_that_somebody_has_touched_is_named(log: Log, what: str) -> None:
    path = log.place(log.published[0], NAMES[0])
    note = path.read_text()
    match what:
        case "line":
            line = cosign(SECRET[NAMES[0]], NAMES[0], log.published[1].body, 1000).line()
            path.write_text(log.published[0].note(KEYS) + line)
        case "body":
            path.write_text(note.replace(f"\n{log.sizes[0]}\n", f"\n{log.sizes[0] + 1}\n"))
        case "renamed":
            path.rename(path.with_name("000000000001.one.txt"))
        case "emptied":
            path.write_text("")
        case "letters":
            path.write_bytes(b"\xff\xfe")
        case "folder":
            path.unlink()
            path.mkdir()
    report = log.verify()
    assert {problem.place for problem in report.problems} == {"cosignature"}
    assert report.problems[0].reference.endswith(".txt")


def test_a_checkpoint_that_the_witness_saw_and_the_log_never_had_is_named(log: Log) -> None:
    size = log.sizes[0]
    for told in (size, log.sizes[-1] + 7):
        unsigned = Checkpoint(ORIGIN, told, b"another history".ljust(32), "new", b"")
        other = Checkpoint(ORIGIN, told, unsigned.root, "new", KEYS.sign(unsigned.body))
        path = log.place(other, NAMES[0])
        report = log.verify()
        assert [(one.place, one.number, one.reference) for one in report.problems] == [
            ("cosignature", told, NAMES[0])
        ]
        assert report.cosigned == 0
        assert log.cosignatures.of(log.published) == {}
        path.unlink()
    forged = Checkpoint(ORIGIN, size, log.published[0].root, "new", b"s" * 64)
    log.place(forged, NAMES[0])
    assert "不是本系统签的" in log.verify().problems[0].says
