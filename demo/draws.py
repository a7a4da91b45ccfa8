"""Even draws from a seed and a name, worked out alike on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


class Draws:
    """Numbers that hang on a seed, a name and a row alone, in whatever order they are asked for."""

    def __init__(self, seed: str) -> None:
        self._start = hashlib.blake2b(seed.encode(), digest_size=8)

    def below(self, name: str, row: int, number: int) -> int:
        """A whole number from 0 to one less."""
        mixed = self._start.copy()
        mixed.update(f"{name}:{row}".encode())
        return int.from_bytes(mixed.digest(), "big") % number

    def one_of(self, name: str, row: int, things: Sequence[Thing]) -> Thing:
        """One of some things."""
        return things[self.below(name, row, len(things))]
