"""Snapshots: what is known of a county's households at one moment, as columns without identity.

A folder holds `households.parquet.sealed`, `members.parquet.sealed` and `snapshot.json`. Households stand in
the order of how many members are given, most first; members in household order, with their household's row.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistance.errors import NotFound, Refusal
from assistance.rules import Block, Household, from_columns, lay_out, schema, to_columns, vocabulary_version
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher, Unreadable
from infrastructure.languages import N_

if TYPE_CHECKING:
    import polars as pl

PURPOSE = "snapshot"
FORMAT = 1
TABLES = ("households", "members")
CHUNK_BYTES = 1 << 26
"""What is sealed at once: a whole county's table need not be held twice in memory."""
_LENGTH_BYTES = 8


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is known of a county's households at one moment."""

    moment: datetime
    county: str
    households: pl.DataFrame
    members: pl.DataFrame

    @cached_property
    def blocks(self) -> list[Block]:
        """The same, laid out for judging."""
        return lay_out(self.households, self.members)

    def households_at(self, rows: Sequence[int]) -> list[Household]:
        """The households in some rows, as the engine judges one."""
        import polars as pl

        counts = self.households["members"].cast(pl.Int64)
        starts = counts.cum_sum() - counts
        found = []
        for row, facts in zip(rows, self.households[list(rows)].iter_rows(named=True), strict=True):
            members = self.members.slice(int(starts.item(row)), facts["members"])
            found.append(
                Household(
                    from_columns("household", facts),
                    tuple(from_columns("member", person) for person in members.iter_rows(named=True)),
                )
            )
        return found


def take_snapshot(households: Sequence[Household], *, county: str, moment: datetime) -> Snapshot:
    """Put households into columns; the size that counts is worked out here, once."""
    import polars as pl

    ordered = sorted(households, key=lambda household: -len(household.members))
    rows: list[dict[str, object]] = []
    people: list[dict[str, object]] = []
    for row, household in enumerate(ordered):
        facts = {**household.facts, "size": household.size}
        rows.append({"members": len(household.members), **to_columns("household", facts)})
        people.extend({"row": row, **to_columns("member", member)} for member in household.members)
    return Snapshot(
        moment,
        county,
        pl.DataFrame(rows, schema={"members": pl.UInt8(), **schema("household")}),
        pl.DataFrame(people, schema={"row": pl.UInt32(), **schema("member")}),
    )


def write_snapshot(snapshot: Snapshot, folder: Path, cipher: FieldCipher, *, dry_run: bool = False) -> int:
    """Seal a snapshot into a new folder and say how many bytes it takes; all of it appears at once."""
    if folder.exists():
        raise Refusal(N_("这个文件夹已经有了，请换一个名字。"))
    if not folder.parent.is_dir():
        raise NotFound(N_("上一级文件夹不存在。"))
    about = _about(snapshot)
    files = {"snapshot.json": about}
    for table in TABLES:
        buffer = io.BytesIO()
        getattr(snapshot, table).write_parquet(buffer)
        files[f"{table}.parquet.sealed"] = _seal(cipher, buffer.getbuffer(), about, table)
    if not dry_run:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as waiting:
            inside = Path(waiting) / "snapshot"
            inside.mkdir(mode=0o700)
            for name, content in files.items():
                _write_private(inside / name, content)
            inside.rename(folder)
    return sum(len(content) for content in files.values())


def read_snapshot(folder: Path, cipher: FieldCipher) -> Snapshot:
    """Open a snapshot; one that was changed, cut short or made with other facts is refused."""
    import polars as pl

    try:
        about = (folder / "snapshot.json").read_bytes()
        sealed = {table: (folder / f"{table}.parquet.sealed").read_bytes() for table in TABLES}
    except OSError:
        raise NotFound(N_("这个文件夹里没有完整的快照。")) from None
    told = _read_about(about)
    try:
        tables = {
            table: pl.read_parquet(io.BytesIO(_open(cipher, content, about, table)))
            for table, content in sealed.items()
        }
    except (Unreadable, pl.exceptions.PolarsError):
        raise Refusal(N_("快照打不开：文件被改动过、不完整，或者密钥不对。")) from None
    snapshot = Snapshot(
        datetime.fromisoformat(told["moment"]), told["county"], tables["households"], tables["members"]
    )
    if not _is_whole(snapshot, told["households"], told["members"]):
        raise Refusal(N_("快照里的户和人对不上，请重新生成。"))
    return snapshot


def _is_whole(snapshot: Snapshot, households: int, members: int) -> bool:
    import polars as pl

    counts = snapshot.households["members"]
    return (
        dict(snapshot.households.schema) == {"members": pl.UInt8(), **schema("household")}
        and dict(snapshot.members.schema) == {"row": pl.UInt32(), **schema("member")}
        and (snapshot.households.height, snapshot.members.height) == (households, members)
        and int(counts.cast(pl.Int64).sum()) == members
        and bool(counts.is_sorted(descending=True))
        and bool(snapshot.members["row"].is_sorted())
    )


def _about(snapshot: Snapshot) -> bytes:
    told = {
        "format": FORMAT,
        "moment": snapshot.moment.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "county": snapshot.county,
        "vocabulary": vocabulary_version(),
        "households": snapshot.households.height,
        "members": snapshot.members.height,
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def _read_about(about: bytes) -> dict[str, Any]:
    try:
        told = json.loads(about)
        version = told["format"], told["vocabulary"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(N_("快照的说明读不出来，请重新生成。")) from None
    if version != (FORMAT, vocabulary_version()):
        raise Refusal(N_("快照是用另一版的事实表做的，请重新生成。"))
    return told  # type: ignore[no-any-return]


def _seal(cipher: FieldCipher, content: memoryview, about: bytes, table: str) -> bytes:
    """Seal in chunks, each bound to its table, its place, their number and the snapshot's description."""
    chunks = [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]
    parts = []
    for number, chunk in enumerate(chunks):
        sealed = cipher.seal(PURPOSE, bytes(chunk), _context(about, table, number, len(chunks)))
        parts += [len(sealed).to_bytes(_LENGTH_BYTES, "big"), sealed]
    return b"".join(parts)


def _open(cipher: FieldCipher, content: bytes, about: bytes, table: str) -> bytes:
    chunks, at = [], 0
    while at < len(content):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "big")
        if at > len(content):
            raise Unreadable
        chunks.append(content[start:at])
    return b"".join(
        cipher.open(PURPOSE, chunk, _context(about, table, number, len(chunks)))
        for number, chunk in enumerate(chunks)
    )


def _context(about: bytes, table: str, number: int, total: int) -> bytes:
    return f"{table}:{number}:{total}:".encode() + about


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
