"""Names, identity numbers and addresses that belong to nobody."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path

from assistance.values import ResidentId, check_character
from demo.draws import Draws

NO_DIVISION = "330499"
"""A code that was never assigned: no identity number of a living person begins with it."""
NAMES = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
NEIGHBOURHOODS = ("东苑", "西苑", "南苑", "北苑", "新苑", "景苑", "家园", "花苑")


class Numbers:
    """Hands out identity numbers, each once."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = set(taken)

    def new(self, birth: date, sex: str, start: int) -> ResidentId:
        """A number for this birthday and sex, the first free one from a drawn place on."""
        for step in range(500):
            sequence = (start + step) % 500 * 2 + (1 if sex == "M" else 0)
            head = f"{NO_DIVISION}{birth:%Y%m%d}{sequence:03d}"
            if head not in self._taken:
                self._taken.add(head)
                return ResidentId(head + check_character(head))
        raise ValueError(f"no number is left for {birth}")


def surname(draws: Draws, name: str, row: int) -> str:
    """A surname as it is met in the county, the frequent ones more often."""
    return str(draws.one_of(name, row, NAMES["surnames"]))


def given_name(draws: Draws, row: int, sex: str) -> str:
    """What somebody is called by their family."""
    return str(draws.one_of("given name", row, NAMES["given"][sex]))


def address(draws: Draws, row: int, *, is_village: bool) -> str:
    """Where the house stands, as people there would say it."""
    if is_village:
        return f"{draws.below('group', row, 18) + 1}组{draws.below('house', row, 60) + 1}号"
    place = draws.one_of("neighbourhood", row, NEIGHBOURHOODS)
    building, unit = draws.below("building", row, 40) + 1, draws.below("unit", row, 4) + 1
    flat = (draws.below("floor", row, 6) + 1) * 100 + draws.below("flat", row, 4) + 1
    return f"{place}{building}幢{unit}单元{flat}室"
