"""Snapshots keep what is known, sealed, and refuse to be read when anything was changed."""

from __future__ import annotations

import datetime
import hashlib
import json
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assistance import policies, rules
from assistance.errors import NotFound, Refusal
from assistance.policies import snapshots
from demo.generated_households import Luck, generated_snapshot
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher
from tests.random_households import random_household

MOMENT = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)
FILES = ("households.parquet.sealed", "members.parquet.sealed", "snapshot.json")


@pytest.fixture
def households() -> list[rules.Household]:
    luck = random.Random(1)
    return [random_household(luck) for _ in range(60)]


@pytest.fixture
def folder(tmp_path: Path, households: list[rules.Household], cipher: FieldCipher) -> Path:
    taken = policies.take_snapshot(households, county="330482", moment=MOMENT)
    policies.write_snapshot(taken, tmp_path / "snapshot", cipher)
    return tmp_path / "snapshot"


def test_a_snapshot_gives_back_the_same_households(
    folder: Path, households: list[rules.Household], cipher: FieldCipher
) -> None:
    read = policies.read_snapshot(folder, cipher)
    assert (read.moment, read.county) == (MOMENT, "330482")
    expected = sorted(households, key=lambda household: -len(household.members))
    for before, after in zip(expected, read.households_at(range(60)), strict=True):
        assert after.members == before.members
        assert after.size == before.size
        assert {**after.facts, "size": None} == {**before.facts, "size": None}
    picked = read.households_at([41, 3])
    assert [one.members for one in picked] == [expected[41].members, expected[3].members]


def test_a_snapshot_is_sealed_and_private(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.suffix == ".sealed":
            assert b"PAR1" not in path.read_bytes()
            assert b"income" not in path.read_bytes()
    told = json.loads((folder / "snapshot.json").read_text())
    assert told["moment"] == "2026-11-22T09:00:00+08:00"
    assert set(told) == {"format", "moment", "county", "vocabulary", "households", "members"}


def test_a_snapshot_holds_facts_and_nothing_else(folder: Path, cipher: FieldCipher) -> None:
    read = policies.read_snapshot(folder, cipher)
    for subject, frame, own in (
        ("household", read.households, "members"),
        ("member", read.members, "row"),
    ):
        keys = {name.removesuffix("_min").removesuffix("_max") for name in frame.columns} - {own}
        assert keys == {key for key, fact in rules.FACTS.items() if fact.subject == subject}


@pytest.mark.parametrize("name", FILES[:2])
@pytest.mark.parametrize("place", [0, 9, 60, -1])
def test_a_changed_table_is_refused(folder: Path, cipher: FieldCipher, name: str, place: int) -> None:
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(Refusal, match="打不开"):
        policies.read_snapshot(folder, cipher)


@pytest.mark.parametrize("length", [0, 1, 8, 40, -1])
def test_a_table_cut_short_is_refused(folder: Path, cipher: FieldCipher, length: int) -> None:
    path = folder / FILES[0]
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Refusal, match="打不开"):
        policies.read_snapshot(folder, cipher)


def test_tables_cannot_change_places(folder: Path, cipher: FieldCipher) -> None:
    content = (folder / FILES[0]).read_bytes()
    (folder / FILES[1]).write_bytes(content)
    with pytest.raises(Refusal, match="打不开"):
        policies.read_snapshot(folder, cipher)


@pytest.mark.parametrize(("key", "value"), [("county", "330328"), ("moment", "2020-01-01T00:00:00+08:00")])
def test_what_a_snapshot_says_of_itself_cannot_be_changed(
    folder: Path, cipher: FieldCipher, key: str, value: str
) -> None:
    told = json.loads((folder / "snapshot.json").read_text())
    (folder / "snapshot.json").write_text(json.dumps({**told, key: value}, indent=2) + "\n")
    with pytest.raises(Refusal, match="打不开"):
        policies.read_snapshot(folder, cipher)


def test_another_vocabulary_is_refused(
    folder: Path, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "vocabulary_version", lambda: "another")
    with pytest.raises(Refusal, match="另一版"):
        policies.read_snapshot(folder, cipher)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", "null", '{"format": 1}'])
def test_a_description_that_is_none_is_refused(folder: Path, cipher: FieldCipher, text: str) -> None:
    (folder / "snapshot.json").write_text(text)
    with pytest.raises(Refusal):
        policies.read_snapshot(folder, cipher)


def test_another_key_does_not_open_it(folder: Path) -> None:
    with pytest.raises(Refusal, match="密钥"):
        policies.read_snapshot(folder, FieldCipher({1: b"another key of thirty-two bytes!!"}))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_said_so(folder: Path, cipher: FieldCipher, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(NotFound, match="没有完整的快照"):
        policies.read_snapshot(folder, cipher)


def test_a_snapshot_never_overwrites(folder: Path, cipher: FieldCipher, tmp_path: Path) -> None:
    read = policies.read_snapshot(folder, cipher)
    with pytest.raises(Refusal):
        policies.write_snapshot(read, folder, cipher)
    with pytest.raises(NotFound):
        policies.write_snapshot(read, tmp_path / "nowhere" / "new", cipher)
    assert policies.write_snapshot(read, tmp_path / "dry", cipher, dry_run=True) > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot"]


def test_a_large_table_is_sealed_in_chunks(
    folder: Path, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = policies.read_snapshot(folder, cipher)
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 1000)
    policies.write_snapshot(read, tmp_path / "chunks", cipher)
    again = policies.read_snapshot(tmp_path / "chunks", cipher)
    assert again.members.equals(read.members)
    path = tmp_path / "chunks" / FILES[0]
    first = int.from_bytes(path.read_bytes()[:8], "big") + 8
    path.write_bytes(path.read_bytes()[first:])
    with pytest.raises(Refusal):
        policies.read_snapshot(tmp_path / "chunks", cipher)


def test_an_empty_county_is_a_snapshot_too(tmp_path: Path, cipher: FieldCipher) -> None:
    empty = policies.take_snapshot([], county="330482", moment=MOMENT)
    policies.write_snapshot(empty, tmp_path / "empty", cipher)
    read = policies.read_snapshot(tmp_path / "empty", cipher)
    catalogue = policies.load_catalogue()
    law = policies.compile_law(catalogue, rules.StandardsInForce({}), on=MOMENT.date(), county="330482")
    counts = policies.sweep(read, law).counts()
    assert set(counts) == {policy.code for policy in catalogue.policies}
    assert {tuple(count.values()) for count in counts.values()} == {(0, 0)}


def test_an_invented_county_is_the_same_for_a_seed() -> None:
    one, same, other = (
        generated_snapshot(500, seed=seed, county="330328", moment=MOMENT) for seed in (7, 7, 8)
    )
    assert one.households.equals(same.households)
    assert one.members.equals(same.members)
    assert not one.households.equals(other.households)
    assert one.households.height == 500
    assert 1000 < one.members.height < 1700


def test_invented_households_are_what_the_engine_would_read() -> None:
    for household in generated_snapshot(300, seed=3, county="330328", moment=MOMENT).households_at(
        range(300)
    ):
        for facts in (household.facts, *household.members):
            for key, value in facts.items():
                fact = rules.FACTS[key]
                if isinstance(value, rules.Band):
                    assert fact.low <= value.low <= value.high <= fact.high
        assert household.size is not None


def test_the_luck_of_an_invented_county_is_plain_whole_number_mixing() -> None:
    """No version of a library may change it, so it is worked out here a second time."""

    def mixed(row: int) -> int:
        key = int.from_bytes(hashlib.sha256(b"a seed:a name").digest()[:8], "big")
        number = (row * 0x9E3779B97F4A7C15 + key) % 2**64
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            number = (number ^ number >> shift) * factor % 2**64
        return (number >> 32) % 1000

    assert Luck("a seed", 50).drawn("a name", 1000).to_list() == [mixed(row) for row in range(50)]


def test_the_web_server_does_not_load_polars() -> None:
    """A process that is forked after Polars was used hangs."""
    code = "import sys, wsgi, commands.people_found, commands.snapshots; sys.exit('polars' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3], timeout=60)
