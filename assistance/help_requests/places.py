"""Finds the village that somebody chose or wrote; an unknown name never keeps anybody from asking."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from assistance.divisions import DivisionIndex, Place

# Words that people leave out or add: 水洞埭, 水洞埭村 and 水洞埭社区居委会 are one place.
_ENDINGS = ("居民委员会", "村民委员会", "居委会", "村委会", "社区", "村")
# More than these are no choice but a list to search, and the name is kept as it was written.
MOST_CHOICES = 12


@dataclass(frozen=True)
class Residence:
    """What a written village came to: one division, or several that it may be."""

    division_code: str
    village: str
    choices: tuple[Place, ...] = ()


def find_residence(index: DivisionIndex, county: str, town: str, written: str) -> Residence:
    """The village of this name in the town, or in the county where no town was chosen.

    A name that nobody knows stays as it was written, under the town or the county.
    """
    above = town if town in {place.code for place in index.children(county)} else county
    by_code = index.get(written)
    if by_code is not None and index.is_within(by_code.code, county) and by_code.code != county:
        return Residence(by_code.code, by_code.name)
    places = index.villages(county) if above == county else index.children(above)
    wanted = _stem(written)
    found = [place for place in places if wanted and _stem(place.name) == wanted]
    if not found and wanted:
        found = [place for place in places if wanted in place.name]
    if len(found) == 1:
        return Residence(found[0].code, found[0].name)
    return Residence(above, written, tuple(found) if len(found) <= MOST_CHOICES else ())


def _stem(name: str) -> str:
    name = "".join(unicodedata.normalize("NFKC", name).split())
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            name = name.removesuffix(ending)
    return name
