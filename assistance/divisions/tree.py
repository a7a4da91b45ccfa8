"""The tree of divisions in memory: who lies in whom, and which names hold a word."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


class Level(StrEnum):
    """The five levels, from the largest to the smallest."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


DEPTH = {level: depth for depth, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Place:
    """One division."""

    code: str
    name: str
    level: Level
    parent_code: str | None


class DivisionIndex:
    """All divisions of the data files, found by code, by the division above, or by a part of their name."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = {place.code: place for place in sorted(places, key=lambda place: place.code)}
        self._children: dict[str | None, list[Place]] = {}
        self._grams: dict[str, set[str]] = {}
        for place in self._places.values():
            self._children.setdefault(place.parent_code, []).append(place)
            # One and two characters: most Chinese place names have two, and each must be found whole.
            for gram in (*place.name, *_pairs(place.name)):
                self._grams.setdefault(gram, set()).add(place.code)

    def __len__(self) -> int:
        return len(self._places)

    def get(self, code: str) -> Place | None:
        """The division of this code, if it is known."""
        return self._places.get(code)

    def all(self) -> tuple[Place, ...]:
        """Every division, in the order of the codes, so that each comes after the one it lies in."""
        return tuple(sorted(self._places.values(), key=lambda place: (DEPTH[place.level], place.code)))

    def path(self, code: str) -> tuple[Place, ...]:
        """The divisions from the province down to this one; empty when it is not known."""
        found: list[Place] = []
        place = self._places.get(code)
        while place is not None:
            found.append(place)
            place = self._places.get(place.parent_code) if place.parent_code else None
        return tuple(reversed(found))

    def path_codes(self, code: str) -> tuple[str, ...]:
        """The codes from the province down to this division."""
        return tuple(place.code for place in self.path(code))

    def is_county(self, code: str) -> bool:
        """Whether this is the code of a county."""
        place = self._places.get(code)
        return place is not None and place.level is Level.COUNTY

    def is_within(self, code: str, above: str) -> bool:
        """Whether a division is another one or lies in it."""
        return above in self.path_codes(code)

    def children(self, code: str | None) -> tuple[Place, ...]:
        """The divisions directly below this one, in the order of the codes; of None, the provinces."""
        return tuple(self._children.get(code, ()))

    def counties(self) -> tuple[Place, ...]:
        """Every county, in the order of the codes."""
        return tuple(place for place in self._places.values() if place.level is Level.COUNTY)

    def villages(self, county: str) -> tuple[Place, ...]:
        """Every village of a county, in the order of the codes."""
        return tuple(
            village
            for town in self.children(county)
            for village in self.children(town.code)
            if village.level is Level.VILLAGE
        )

    def full_name(self, code: str, below: str | None = None) -> str:
        """The names from the top down to this division, or from below another one on."""
        path = self.path(code)
        if below is not None and below in (codes := [place.code for place in path]):
            path = path[codes.index(below) + 1 :]
        return "".join(place.name for place in path)

    def search(
        self, words: str, *, under: str | None = None, level: Level | None = None, limit: int = 20
    ) -> tuple[Place, ...]:
        """Divisions whose name holds these words: whole names first, beginnings next, by code."""
        wanted = "".join(unicodedata.normalize("NFKC", words).split())
        if not wanted:
            return ()
        grams = _pairs(wanted) or [wanted]
        codes = set.intersection(*(self._grams.get(gram, set()) for gram in grams))
        found = [self._places[code] for code in codes if wanted in self._places[code].name]
        if level is not None:
            found = [place for place in found if place.level is level]
        if under is not None:
            found = [place for place in found if self.is_within(place.code, under)]
        found.sort(key=lambda place: (_rank(place.name, wanted), DEPTH[place.level], place.code))
        return tuple(found[:limit])


@cache
def national_index() -> DivisionIndex:
    """The index over the data files of this checkout."""
    places: dict[str, Place] = {}
    for path in sorted(DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                places[row["code"]] = Place(
                    row["code"], row["name"], Level(row["level"]), row["parent_code"] or None
                )
    return DivisionIndex(places.values())


def _pairs(name: str) -> list[str]:
    return [name[at : at + 2] for at in range(len(name) - 1)]


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    return 1 if name.startswith(wanted) else 2
