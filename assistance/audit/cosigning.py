"""Cosignatures of witnesses: read from a folder where they are placed, and believed of known keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infrastructure.settings import Settings
from infrastructure.signed_notes import (
    MOST_BYTES,
    Checkpoint,
    Cosignature,
    Verifier,
    cosigned_name,
    read_cosigned,
)

NAMES = re.compile(r"(\d{12})\.[A-Za-z0-9_-]{1,64}\.txt")


@dataclass(frozen=True)
class Cosigned:
    """One checkpoint as one witness has seen and cosigned it."""

    checkpoint: Checkpoint
    cosignature: Cosignature


def cosignatures_of(settings: Settings) -> Cosignatures:
    """What witnesses of other organisations have placed here, and whom this installation believes."""
    return Cosignatures(settings.cosignature_dir, settings.witness_keys)


class Cosignatures:
    """The folder into which witnesses place the checkpoints that they have cosigned, and whom we believe."""

    def __init__(self, folder: Path, witnesses: Sequence[Verifier] = ()) -> None:
        self.folder = folder
        self.witnesses = tuple(witnesses)

    def names(self) -> list[str]:
        """The files that are there, by size."""
        if not self.witnesses or not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if NAMES.fullmatch(path.name))

    def read(self) -> Iterator[tuple[str, tuple[Cosigned, ...] | None]]:
        """Every file with what known witnesses say in it; None where one of them does not hold.

        What only unknown keys have signed says nothing, and is no fault either.
        """
        for name in self.names():
            yield name, self._read(name)

    def of(self, checkpoints: Iterable[Checkpoint]) -> dict[int, list[Cosignature]]:
        """Who has cosigned exactly these checkpoints, by size, the earliest of each witness first."""
        found: dict[int, list[Cosignature]] = {}
        for published in checkpoints:
            # By the names that witnesses give: this page is everybody's, and the folder grows for years.
            names = [cosigned_name(published.size, key) for key in self.witnesses]
            read = [one for name in names for one in self._read(name) or () if one.checkpoint == published]
            if read:
                lines = [one.cosignature for one in read]
                found[published.size] = sorted(lines, key=lambda one: (one.time, one.name))
        return found

    def covering(self, size: int) -> Cosigned | None:
        """The first checkpoint of this size or a greater one that a known witness has cosigned."""
        for name in self.names():
            if int(name[:12]) >= size:
                for one in self._read(name) or ():
                    return one
        return None

    def _read(self, name: str) -> tuple[Cosigned, ...] | None:
        try:
            with (self.folder / name).open("rb") as file:
                read = read_cosigned(file.read(MOST_BYTES + 1).decode())
        except (OSError, UnicodeDecodeError):
            return None
        if read is None or read[0].size != int(name[:12]):
            return None
        checkpoint, lines = read
        known = [(line, key) for line in lines for key in self.witnesses if line.is_by(key)]
        if not all(line.is_good(key, checkpoint.body) for line, key in known):
            return None
        return tuple(Cosigned(checkpoint, line) for line, _ in known)
