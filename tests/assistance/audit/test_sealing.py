"""Everything is sealed once, in one chain: late commits too, by two sealers, and after a crash."""

from __future__ import annotations

import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from assistance import audit
from assistance.audit import checkpoints
from assistance.audit.models import AuditLease, AuditSeal
from assistance.audit.sealing import seal_batch, take_lease
from infrastructure.database import Database
from tests.assistance.audit.log import KEYS, ORIGIN, fill, let_in, sealer, tamper, write
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


def lengths(database: Database) -> tuple[int, int, int]:
    """Entries, seals, and the number of the last seal."""
    with database.reading() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(query) or 0
            for query in (
                select(func.count()).select_from(audit.AuditEntry),
                select(func.count()).select_from(AuditSeal),
                select(func.max(AuditSeal.sequence)),
            )
        )


def sizes(database: Database) -> list[int]:
    with database.reading() as session:
        return sorted(row.size for row in audit.list_newest(session, 1000))


def test_a_round_seals_what_waits_signs_it_and_copies_it_outside(database: Database, tmp_path: Path) -> None:
    fill(database, 5)
    one = sealer(database, tmp_path / "outside")
    entries = lengths(database)[0]
    done = one.run(NOW)
    assert (done.sealed, done.checkpoints, done.faults) == (entries, [entries], [])
    assert lengths(database) == (entries, entries, entries)
    assert one.run(NOW).sealed == 0
    note = (tmp_path / "outside" / f"{entries:012d}.txt").read_text()
    assert note.startswith(f"{ORIGIN}\n{entries}\n")
    found = audit.read_note(note)
    assert found is not None
    assert found.is_signed(KEYS)
    assert (found.kid, found.size) == ("new", entries)


def test_a_checkpoint_comes_after_ten_minutes_or_a_thousand_seals(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    first = lengths(database)[0]
    assert one.run(NOW).checkpoints == [first]
    fill(database, 3)
    assert one.run(NOW + 9 * MINUTE).checkpoints == []
    assert one.run(NOW + 10 * MINUTE).checkpoints == [first + 3]
    assert one.run(NOW + 60 * MINUTE).checkpoints == []
    fill(database, 2100)
    assert one.run(NOW + 60 * MINUTE).checkpoints == [first + 1003, first + 2003]
    fill(database, 1000)
    assert one.run(NOW + 61 * MINUTE).checkpoints == [first + 3103]
    assert audit.verify(one, NOW).is_sound


def test_each_checkpoint_continues_the_one_before_and_a_clock_set_back_stops_none(
    database: Database, tmp_path: Path
) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    for at in range(1, 20):
        fill(database, at)
        assert len(one.run(NOW - at * 15 * MINUTE).checkpoints) == 1
    assert audit.verify(one, NOW).is_sound
    assert len(list(tmp_path.glob("*.txt"))) == 20


def test_entries_whose_commit_comes_late_are_sealed(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    if database.is_sqlite:
        # SQLite has one writer, so a later row with a lower number is made by hand.
        fill(database, 40)
        let_in(database)
        tamper(
            database, "UPDATE audit_entries SET id = id + 100 WHERE id > (SELECT max(entry) FROM audit_seals)"
        )
        one.run(NOW)
        fill(database, 2)
        tamper(
            database, "UPDATE audit_entries SET id = id - 120 WHERE id > (SELECT max(entry) FROM audit_seals)"
        )
    else:
        with database.session() as late, late.begin():
            write(late, 2)
            fill(database, 5)
            assert one.run(NOW).sealed == 5
    assert one.run(NOW).sealed == 2
    entries, seals, last = lengths(database)
    assert entries == seals == last
    assert audit.verify(one, NOW).is_sound


def test_an_entry_that_is_very_late_is_sealed_by_the_full_pass(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    let_in(database)
    fill(database, 1)
    tamper(
        database, "UPDATE audit_entries SET id = id + 1000000 WHERE id = (SELECT max(id) FROM audit_entries)"
    )
    one.run(NOW)
    with database.transaction() as session:
        write(session, 1)
        last = session.scalar(text("SELECT max(id) FROM audit_entries WHERE id < 2000000"))
    if database.is_sqlite:
        tamper(database, "UPDATE audit_entries SET id = 5000 WHERE id = :last", last=last)
    assert one.run(NOW).sealed == 0
    assert one.run(NOW + 10 * MINUTE).sealed == 1


def test_two_sealers_at_once_make_one_chain(database: Database, tmp_path: Path) -> None:
    fill(database, 3000)
    entries = lengths(database)[0]
    sealers = [sealer(database, tmp_path) for _ in range(3)]
    start, rounds, broken = threading.Barrier(3), [], []

    def work(one: audit.Sealer) -> None:
        start.wait()
        try:
            rounds.append(one.run(NOW))
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in sealers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert sum(one.sealed for one in rounds) == entries
    assert lengths(database) == (entries, entries, entries)
    assert audit.verify(sealers[0], NOW).is_sound


def test_a_lease_keeps_the_others_out_until_it_runs_out(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        assert take_lease(session, "one that died", NOW)
    one = sealer(database, tmp_path)
    assert one.run(NOW).is_busy
    assert one.run(NOW + timedelta(seconds=29)).is_busy
    assert lengths(database)[1] == 0
    report = audit.verify(one, NOW)
    assert report.is_busy
    assert report.is_sound
    assert report.waiting == lengths(database)[0]
    done = one.run(NOW + timedelta(seconds=30))
    assert done.sealed == lengths(database)[0]
    assert not sealer(database, tmp_path).run(NOW + timedelta(seconds=30)).is_busy


def test_a_lease_taken_by_a_clock_that_was_set_back_keeps_nobody_out(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        assert take_lease(session, "one from the future", NOW + timedelta(days=400))
        assert session.get_one(AuditLease, "sealer").until > NOW
    assert not sealer(database, tmp_path).run(NOW).is_busy


def test_after_a_crash_between_seal_and_checkpoint_the_next_sealer_goes_on(
    database: Database, tmp_path: Path
) -> None:
    fill(database, 10)
    with database.transaction() as session:
        assert take_lease(session, "one that was killed", NOW)
        seal_batch(session, -1)
    assert sizes(database) == []
    later = NOW + timedelta(seconds=31)
    entries = lengths(database)[0]
    assert sealer(database, tmp_path).run(later).checkpoints == [entries]
    assert lengths(database) == (entries, entries, entries)


def test_after_a_crash_between_checkpoint_and_copy_the_copy_is_made(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sealer(database, tmp_path / "outside")
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "write_durably", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            one.run(NOW)
    entries = lengths(database)[0]
    assert sizes(database) == [entries]
    assert audit.verify(one, NOW).witnessed == 0
    again = sealer(database, tmp_path / "outside")
    again.run(NOW + timedelta(seconds=31))
    assert audit.verify(again, NOW + MINUTE).witnessed == entries


def test_a_folder_that_is_away_is_said_and_caught_up_with(database: Database, tmp_path: Path) -> None:
    place = tmp_path / "outside"
    place.write_text("no folder")
    one = sealer(database, place)
    done = one.run(NOW)
    assert "抄到外面" in done.faults[0]
    assert lengths(database)[1] == lengths(database)[0]
    place.unlink()
    fill(database, 1)
    assert one.run(NOW + 10 * MINUTE).faults == []
    assert len(list(place.iterdir())) == 2
    assert audit.verify(one, NOW).is_sound


def test_an_entry_that_was_not_written_by_us_gets_no_seal_and_is_an_alarm(
    database: Database, tmp_path: Path
) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    fill(database, 3)
    let_in(database)
    tamper(
        database,
        "UPDATE audit_entries SET actor_ref = 'somebody else' WHERE id = (SELECT max(id) FROM audit_entries)",
    )
    done = one.run(NOW + MINUTE)
    assert (done.sealed, len(done.faults)) == (2, 1)
    with database.reading() as session:
        assert audit.oldest_waiting(session) == NOW + timedelta(milliseconds=2)


@pytest.mark.parametrize("what", ["entry", "seal", "checkpoint", "cut"])
def test_what_was_changed_before_it_was_witnessed_is_never_signed(
    database: Database, tmp_path: Path, what: str
) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    fill(database, 5)
    one.run(NOW + MINUTE)
    let_in(database)
    last = lengths(database)[2]
    tamper(
        database,
        {
            "entry": "UPDATE audit_entries SET event = 'other' WHERE id = "
            "(SELECT entry FROM audit_seals WHERE sequence = :last)",
            "seal": "DELETE FROM audit_seals WHERE sequence = :last - 2",
            "checkpoint": "UPDATE audit_checkpoints SET size = size + 1 + 0 * :last",
            "cut": "DELETE FROM audit_checkpoints WHERE size < :last",
        }[what],
        last=last,
    )
    done = one.run(NOW + 20 * MINUTE)
    assert done.checkpoints == []
    assert done.faults
    assert len(list(tmp_path.glob("*.txt"))) == 1


def test_openssl_verifies_a_checkpoint_with_nothing_but_the_public_key(
    database: Database, tmp_path: Path
) -> None:
    one = sealer(database, tmp_path / "outside")
    one.run(NOW)
    note = next((tmp_path / "outside").iterdir())
    (tmp_path / "note.txt").write_bytes(note.read_bytes())
    (tmp_path / "key.pem").write_text(KEYS.pem("new") or "")
    # The three lines that the page tells.
    script = """
        head -n 3 note.txt > body
        tail -n 1 note.txt | awk '{print $3}' | base64 -d | tail -c 64 > signature
        openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in body -sigfile signature
    """
    assert (
        subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    )
    lines = note.read_text().split("\n")
    lines[1] = str(int(lines[1]) + 1)
    (tmp_path / "note.txt").write_text("\n".join(lines))
    assert (
        subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, check=False).returncode != 0
    )


@pytest.mark.parametrize(
    "change",
    [lambda note: note.replace("7", "07"), lambda note: note + "x", lambda note: note[:-9], lambda note: ""],
)
def test_what_is_no_signed_note_is_read_as_none(change: object) -> None:
    checkpoint = audit.Checkpoint(ORIGIN, 7, b"r" * 32, "new", b"")
    signed = audit.Checkpoint(ORIGIN, 7, b"r" * 32, "new", KEYS.sign(checkpoint.body))
    assert audit.read_note(signed.note(KEYS)) == signed
    assert audit.read_note(change(signed.note(KEYS))) is None  # type: ignore[operator]
