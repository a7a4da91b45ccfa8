"""Whatever is changed, removed or inserted at or before the last copied checkpoint is found."""

from __future__ import annotations

import functools
import hashlib
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.audit.checkpoints import read_checkpoints
from assistance.audit.entries import PURPOSE, content_of, find_fault
from assistance.audit.sealing import seal_batch, seal_hash
from assistance.audit.verifying import Log, examine, read_sealed, read_waiting
from infrastructure.crypto import FieldCipher, sm3
from infrastructure.database import Database
from tests.assistance.audit.log import KEYS, fill, let_in, sealer, tamper
from tests.conftest import NOW

ENTRIES, AFTER = 400, 7
EXAMPLES = 2500
KEY = {"audit_entries": "id", "audit_seals": "sequence", "audit_checkpoints": "size"}


class Witnessed:
    """A log of some hundred entries, sealed and copied outside twice, with a few entries after that."""

    def __init__(self, database: Database, folder: Path, cipher: FieldCipher) -> None:
        self.database, self.cipher = database, cipher
        self.sealer = sealer(database, folder)
        # Two checkpoints, so that a change may also fall between them.
        fill(database, ENTRIES // 2)
        self.sealer.run(NOW)
        fill(database, ENTRIES // 2)
        self.size = self.sealer.run(NOW + timedelta(minutes=10)).checkpoints[-1]
        fill(database, AFTER)
        self.sealer.seal_everything(NOW)
        self.copies = list(self.sealer.copies.read())
        # Judging an entry anew is what takes time, and all but one are as they were.
        self.judge = functools.cache(functools.partial(find_fault, cipher))
        let_in(database)

    def columns(self, session: Session, table: str) -> list[str]:
        return list(session.scalars(text(f"SELECT name FROM pragma_table_info('{table}')")))

    def verify(self, session: Session) -> audit.Report:
        """What `flask audit verify` does: it seals what waits, then looks."""
        seal_batch(session, -(2**62))
        log = Log(read_sealed(session), read_waiting(session), read_checkpoints(session), self.copies)
        return examine(log, self.cipher, KEYS, self.judge)


@pytest.fixture(scope="module")
def witnessed(
    prepared_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, cipher: FieldCipher
) -> Iterator[Witnessed]:
    folder = tmp_path_factory.mktemp("log")
    shutil.copyfile(prepared_sqlite, folder / "log.db")
    database = Database(f"sqlite:///{folder / 'log.db'}", cipher)
    yield Witnessed(database, folder / "outside", cipher)
    database.dispose()


def other(value: Any, lot: random.Random) -> Any:
    """Another value of the same kind, as somebody would put it there."""
    if value is None:
        return "somebody"
    if isinstance(value, int):
        return value + lot.choice((1, -1)) * lot.randint(10**6, 10**9)
    if isinstance(value, bytes):
        at = lot.randrange(len(value)) if value else 0
        return lot.choice(
            (value[:at] + bytes([value[at] ^ (1 << lot.randrange(8))]) + value[at + 1 :], value[:-1])
        )
    at = lot.randrange(len(value))
    changed = value[:at] + chr((ord(value[at]) + lot.randint(1, 9)) % 0x10000 or 65) + value[at + 1 :]
    return lot.choice((changed, value + "0", value[:-1]))


def tamper_once(session: Session, table: str, act: str, lot: random.Random, size: int) -> str:
    """One change, removal or insertion of a single row at or before the last checkpoint."""
    key = KEY[table]
    within = {
        "audit_entries": "id IN (SELECT entry FROM audit_seals WHERE sequence <= :size)",
        "audit_seals": "sequence <= :size",
        "audit_checkpoints": "size <= :size",
    }[table]
    keys = session.scalars(
        text(f"SELECT {key} FROM {table} WHERE {within} ORDER BY {key}"), {"size": size}
    ).all()
    chosen = lot.choice(keys)
    row = dict(
        session.execute(text(f"SELECT * FROM {table} WHERE {key} = :key"), {"key": chosen}).mappings().one()
    )
    if act == "remove":
        session.execute(text(f"DELETE FROM {table} WHERE {key} = :key"), {"key": chosen})
        return f"{act} {table} {chosen}"
    if act == "change":
        column = lot.choice(list(row))
        row[column] = other(row[column], lot)
        assignment = f"{column} = :value"
        session.execute(
            text(f"UPDATE {table} SET {assignment} WHERE {key} = :key"), {"value": row[column], "key": chosen}
        )
        return f"{act} {table}.{column} {chosen}"
    # A row slipped in between: a copy of one that was there, with keys of its own.
    row[key] = {"audit_entries": -1, "audit_seals": 0, "audit_checkpoints": chosen - 1}[table] - lot.randint(
        0, 99
    )
    if table == "audit_entries":
        row["reference"] = f"{lot.getrandbits(128):032x}"
        if lot.random() < 0.5:
            # As well hashed as anybody without the key can.
            row["content_sha256"] = hashlib.sha256(content_of(row)).digest()
            row["content_sm3"] = sm3(content_of(row))
    if table == "audit_seals":
        row["entry"] = -1 - lot.randint(0, 10**6)
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    return f"{act} {table} {row[key]}"


@pytest.mark.slow
def test_SA_70_each_of_a_thousand_single_row_changes_is_found(witnessed: Witnessed) -> None:
    tried: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        table=st.sampled_from(["audit_entries", "audit_entries", "audit_seals", "audit_checkpoints"]),
        act=st.sampled_from(["change", "change", "remove", "insert"]),
        seed=st.integers(0, 2**64),
    )
    def is_found(table: str, act: str, seed: int) -> None:
        with witnessed.database.session() as session:
            session.execute(text("PRAGMA defer_foreign_keys=ON"))
            session.execute(text("PRAGMA ignore_check_constraints=ON"))
            try:
                done = tamper_once(session, table, act, random.Random(seed), witnessed.size)
            except IntegrityError:
                # The database itself refused it.
                return
            report = witnessed.verify(session)
            session.rollback()
        assert not report.is_sound, done
        tried.append(done)

    is_found()
    assert len(tried) >= 2000
    assert {done.split(" ")[0] for done in tried} == {"change", "remove", "insert"}
    changed = {done.split(" ")[1] for done in tried if done.startswith("change")}
    assert len([name for name in changed if name.startswith("audit_entries.")]) > 15


def test_without_tampering_nothing_is_found_and_what_lies_after_is_not_yet_witnessed(
    witnessed: Witnessed,
) -> None:
    with witnessed.database.session() as session:
        report = witnessed.verify(session)
        session.rollback()
    assert report.problems == []
    assert report.witnessed == witnessed.size
    assert report.seals == report.entries == witnessed.size + AFTER
    assert [seal for seal, _, _ in report.not_yet_witnessed] == list(
        range(witnessed.size + 1, witnessed.size + AFTER + 1)
    )


def rewrite_everything(database: Database, cipher: FieldCipher, sequence: int) -> None:
    """An administrator who has even the HMAC's key: one entry changed, every hash after it made anew."""
    entry = database.engine.connect()
    with entry, Session(entry) as session:
        pairs = list(read_sealed(session))
        session.rollback()
    previous = pairs[0][0].previous
    for seal, row in pairs:
        assert row is not None
        if seal.sequence == sequence:
            row = row._replace(actor_ref="nobody")
            content = content_of(row._asdict())
            row = row._replace(content_sha256=hashlib.sha256(content).digest())
            tamper(
                database,
                "UPDATE audit_entries SET actor_ref = 'nobody', content_sha256 = :sha, content_sm3 = :sm3, "
                "hmac = :hmac WHERE id = :id",
                sha=row.content_sha256,
                sm3=sm3(content),
                hmac=cipher.tag(PURPOSE, content),
                id=row.id,
            )
        made = seal_hash(seal.sequence, row.id, previous, row.content_sha256)
        if (seal.previous, seal.hash) != (previous, made):
            tamper(
                database,
                "UPDATE audit_seals SET previous = :previous, hash = :hash WHERE sequence = :sequence",
                previous=previous,
                hash=made,
                sequence=seal.sequence,
            )
        previous = made


def test_who_makes_every_hash_anew_is_found_by_the_copy_outside_and_by_nothing_else(
    database: Database, tmp_path: Path, cipher: FieldCipher
) -> None:
    fill(database, 20)
    one = sealer(database, tmp_path / "outside")
    one.run(NOW)
    let_in(database)
    rewrite_everything(database, cipher, 50)
    report = audit.verify(one, NOW)
    assert [problem.place for problem in report.problems] == ["checkpoint", "copy"]
    # The bad twin: without a witness the same change goes unnoticed.
    tamper(database, "DELETE FROM audit_checkpoints")
    blind = sealer(database, tmp_path / "nothing")
    assert audit.verify(blind, NOW).is_sound
    assert not audit.verify(one, NOW).is_sound


THIRD = "(SELECT entry FROM audit_seals WHERE sequence = 3)"
COPIED = "recorded_at, actor_kind, event, fields, result, content_sha256, content_sm3, hmac"
LAST = "(SELECT max(size) FROM audit_checkpoints)"
TAMPERINGS = {
    "a changed entry": ("entry", f"UPDATE audit_entries SET actor_ref = 'x' WHERE id = {THIRD}"),
    "a removed entry": ("seal", f"DELETE FROM audit_entries WHERE id = {THIRD}"),
    "a removed seal": ("seal", "DELETE FROM audit_seals WHERE sequence = 3"),
    "the last seal removed": ("copy", f"DELETE FROM audit_seals WHERE sequence = {LAST}"),
    "a changed seal": ("seal", "UPDATE audit_seals SET hash = previous WHERE sequence = 3"),
    "a removed checkpoint": ("copy", "DELETE FROM audit_checkpoints"),
    "a checkpoint of another time": (
        "checkpoint",
        "UPDATE audit_checkpoints SET made_at = '2020-01-01 00:00:00.000000'",
    ),
    "an entry that nobody wrote": (
        "entry",
        f"INSERT INTO audit_entries (id, reference, {COPIED}) "
        f"SELECT -5, 'new', {COPIED} FROM audit_entries WHERE id = {THIRD}",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_with_the_database_itself_is_found(database: Database, tmp_path: Path, what: str) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    let_in(database)
    assert audit.verify(one, NOW).is_sound
    place, statement = TAMPERINGS[what]
    tamper(database, statement)
    report = audit.verify(one, NOW)
    assert not report.is_sound
    assert report.problems[-1].place == place or report.problems[0].place == place


@pytest.mark.parametrize(
    "what", ["text", "root", "written otherwise", "removed", "renamed", "forged", "emptied"]
)
def test_tampering_with_the_copies_outside_is_found(database: Database, tmp_path: Path, what: str) -> None:
    one = sealer(database, tmp_path)
    for at in range(3):
        fill(database, 2)
        one.run(NOW + at * timedelta(minutes=10))
    assert audit.verify(one, NOW).is_sound
    first = sorted(tmp_path.glob("*.txt"))[0]
    note = first.read_text()
    match what:
        case "text":
            first.write_text(note.replace("huimin.example", "huimin.elsewhere"))
        case "root":
            lines = note.split("\n")
            lines[2] = "A" * 43 + "="
            first.write_text("\n".join(lines))
        case "written otherwise":
            # The same bytes in base64 whose last bits nobody reads.
            first.write_text(note[:-3] + chr(ord(note[-3]) + 1) + note[-2:])
        case "removed":
            first.unlink()
        case "renamed":
            first.rename(tmp_path / "000000000002.txt")
        case "forged":
            found = audit.read_note(note)
            assert found is not None
            forged = audit.Checkpoint(found.origin, found.size, b"f" * 32, "new", found.signature)
            first.write_text(forged.note(KEYS))
        case "emptied":
            first.write_bytes(b"\xff\xfe")
    report = audit.verify(one, NOW)
    assert not report.is_sound
    assert {problem.place for problem in report.problems} == {"copy"}


def test_a_log_cut_back_to_an_earlier_state_is_found(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    with database.reading() as session:
        kept = session.scalar(text("SELECT max(sequence) FROM audit_seals"))
    fill(database, 30)
    one.run(NOW + timedelta(minutes=10))
    let_in(database)
    cut_off = "(SELECT entry FROM audit_seals WHERE sequence > :kept)"
    tamper(database, f"DELETE FROM audit_entries WHERE id IN {cut_off}", kept=kept)
    tamper(database, "DELETE FROM audit_seals WHERE sequence > :kept", kept=kept)
    tamper(database, "DELETE FROM audit_checkpoints WHERE size > :kept", kept=kept)
    report = audit.verify(one, NOW)
    assert [problem.place for problem in report.problems] == ["copy"]
    assert "对不上" in report.problems[0].says
    # And nothing is ever signed on top of it.
    fill(database, 100)
    assert one.run(NOW + timedelta(minutes=20)).checkpoints == []


def test_two_entries_exchanged_are_found(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    one.run(NOW)
    let_in(database)
    for before, after in ((3, -3), (4, 3), (-3, 4)):
        tamper(
            database, "UPDATE audit_entries SET id = :after WHERE id = :before", before=before, after=after
        )
    report = audit.verify(one, NOW)
    assert [problem.place for problem in report.problems[:2]] == ["seal", "seal"]


def test_verifying_without_sealing_counts_what_waits(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    report = audit.verify(one, NOW, sealing=False)
    assert (report.seals, report.newly_sealed) == (0, 0)
    assert report.waiting == report.entries > 0
    report = audit.verify(one, NOW)
    assert report.newly_sealed == report.seals == report.entries
    assert report.witnessed == 0
    assert report.is_sound
