"""Declared beside checked: what the sources' answers make of each fact. Pure: neither clock nor session.

What a source did not say stays open. A sum of which one part is missing is "at least", never the sum; a
source that holds nothing about a person counts as nought only where its items are parts of a sum.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from assistance.authorizations import DataItem
from assistance.economic_checks.sources.contract import Value
from assistance.rules import FACTS, Fact, read_household

HALF_A_YEAR = timedelta(days=183)
INCOME, OWN_INCOME = "income_month_fen", "own_income_fen"
# Registers see wages and pensions, never cash; of what illness costs only what was settled with them; of
# what a year costs a family only the fees of schools.
_SEEN_IN_PART = frozenset({INCOME, OWN_INCOME, "medical_oop_12m_fen", "rigid_12m_fen"})
SHARED_HOMES, AREA = "homes_shared", "home_area_pc"
# Registers that list everybody to whom this applies: whoever is not in them has none. A register of illness,
# of schools or of work that holds nothing of somebody has not said no.
_COMPLETE = frozenset(
    {"status", "dis_type", "residence_permit", "residents_pension_insured", "in_custody", "in_institution"}
)

Json = Any


@dataclass(frozen=True)
class Part:
    """One item about one person, as far as its source has answered."""

    person_id: uuid.UUID
    source: str
    item: DataItem
    value: Value = field(repr=False, default=None)
    is_known: bool = False
    """The source has said what it knows; with no value it holds nothing, or leaves it open."""
    is_nothing: bool = False
    """The source holds nothing at all about the person."""
    result_id: uuid.UUID | None = None
    authorization_id: uuid.UUID | None = None
    as_of: date | None = None
    own_value: Value = field(repr=False, default=None)
    """What the resident says instead, while that is being asked after."""
    is_contested: bool = False

    def as_resident_says(self) -> Part:
        """The same with the resident's own value in its place."""
        if not self.is_contested:
            return self
        return replace(self, value=self.own_value, is_known=self.own_value is not None, is_nothing=False)


@dataclass(frozen=True)
class Checked:
    """What the answers together make of one fact."""

    value: Json
    """As the engine reads it: exact, a band, or None where nothing is known."""
    is_whole: bool
    """Whether every part is known."""


@dataclass(frozen=True)
class Line:
    """One fact of a household or a member: declared, visited and checked, side by side."""

    fact: str
    person_id: uuid.UUID | None
    declared: Json = field(repr=False)
    visited: Json = field(repr=False)
    checked: Checked = field(repr=False)
    own: Checked | None = field(repr=False)
    """With the resident's own values, where a part is contested."""
    state: str
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def missing(self) -> tuple[str, ...]:
        """The sources that have not answered, each once."""
        return tuple(dict.fromkeys(part.source for part in self.parts if not part.is_known))

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have answered, each once."""
        return tuple(dict.fromkeys(part.source for part in self.parts if part.is_known))

    @property
    def counts(self) -> Json:
        """What the verdict goes by: the resident's own value while one is contested, else what was checked.

        A sum that is not whole counts only where it already contradicts what was declared. Where registers
        leave more open than the family does, such as one home entered for both of a couple, and what the
        family says lies within, that stands.
        """
        found = self.own if self.own is not None else self.checked
        if found.value is None:
            return self.declared
        if self.declared is None:
            return found.value
        if found.is_whole:
            return self.declared if lies_within(self.fact, self.declared, found.value) else found.value
        return found.value if contradicts(self.fact, self.declared, found.value) else self.declared


def compare(
    parts: Iterable[Part],
    declared: Mapping[tuple[str, uuid.UUID | None], Json],
    visited: Mapping[tuple[str, uuid.UUID | None], Json],
    *,
    size: int | None,
    on: date,
) -> list[Line]:
    """One line for each fact that a source can verify, in the order of the vocabulary."""
    grouped: dict[tuple[str, uuid.UUID | None], list[Part]] = {}
    for part in parts:
        if part.item.fact is None or part.item.yields is None:
            continue
        key = (part.item.fact, part.person_id if FACTS[part.item.fact].subject == "member" else None)
        grouped.setdefault(key, []).append(part)
        if part.item.fact == OWN_INCOME:
            grouped.setdefault((INCOME, None), []).append(part)
    order = {fact: at for at, fact in enumerate(FACTS)}
    lines = []
    for (fact, person), found in sorted(grouped.items(), key=lambda one: order[one[0][0]]):
        said, seen = declared.get((fact, person)), visited.get((fact, person))
        checked = combine(FACTS[fact], found, said, size=size, on=on)
        own = None
        if any(part.is_contested for part in found):
            own = combine(FACTS[fact], [part.as_resident_says() for part in found], said, size=size, on=on)
        state = "contested" if own is not None else state_of(fact, said, checked)
        lines.append(Line(fact, person, said, seen, checked, own, state, tuple(found)))
    return lines


def combine(fact: Fact, parts: Sequence[Part], declared: Json, *, size: int | None, on: date) -> Checked:
    """What these parts make of one fact."""
    ways = {part.item.yields for part in parts}
    if fact.key in _SEEN_IN_PART:
        # What they see together is the least there is, and nought of it says nothing.
        return Checked(_at_least(sum(_number(part) for part in parts)), False)
    if "part_per_person" in ways:
        return _per_person(parts, size)
    if ways & {"part", "shared_part"}:
        return _sum(parts)
    if "some" in ways:
        return _some(parts)
    if ways & {"option", "recent"}:
        return _options(fact, parts, declared, on)
    return _value(fact, parts)


def state_of(fact: str, declared: Json, checked: Checked) -> str:
    """How what was declared and what was checked stand to each other."""
    if checked.value is None:
        return "unknown"
    if declared is None:
        return "only_checked" if checked.is_whole else "partial"
    if contradicts(fact, declared, checked.value):
        return "differs"
    return "same" if checked.is_whole else "partial"


def contradicts(fact: str, declared: Json, checked: Json) -> bool:
    """Whether the two cannot both be so: bands that do not meet, other words, another answer."""
    said, found = _read(fact, declared), _read(fact, checked)
    if said is None or found is None:
        return False
    if isinstance(said, tuple) and isinstance(found, tuple):
        return bool(said[1] < found[0] or found[1] < said[0])
    return bool(said != found)


def lies_within(fact: str, declared: Json, checked: Json) -> bool:
    """Whether a number that was declared is among those that were found, and says more."""
    said, found = _read(fact, declared), _read(fact, checked)
    if not isinstance(said, tuple) or not isinstance(found, tuple):
        return False
    return bool(said != found and found[0] <= said[0] and said[1] <= found[1])


def _read(fact: str, value: Json) -> Any:
    if value is None:
        return None
    if FACTS[fact].subject == "household":
        return read_household({fact: value}, None).facts.get(fact)
    return read_household({}, [{fact: value}]).members[0].get(fact)


def _number(part: Part) -> int:
    return part.value if isinstance(part.value, int) and not isinstance(part.value, bool) else 0


def _is_open(part: Part) -> bool:
    return not part.is_known or (part.value is None and not part.is_nothing)


def _at_least(least: int) -> Json:
    return {"min": least} if least else None


def _sum(parts: Sequence[Part]) -> Checked:
    own = sum(_number(part) for part in parts if part.item.yields == "part")
    shared = [_number(part) for part in parts if part.item.yields == "shared_part"]
    low, high = own + max(shared, default=0), own + sum(shared)
    if any(_is_open(part) for part in parts):
        return Checked(_at_least(low), False)
    return Checked(low if low == high else {"min": low, "max": high}, True)


def _per_person(parts: Sequence[Part], size: int | None) -> Checked:
    if size is None or any(_is_open(part) for part in parts):
        return Checked(None, False)
    areas = [_number(part) for part in parts]
    # A couple may both be entered for one home: then the area lies between the larger entry and the sum.
    low = max(areas, default=0) if sum(area > 0 for area in areas) > 1 else sum(areas)
    least = (Decimal(low) / 100 / size).quantize(Decimal("0.01"), ROUND_FLOOR)
    most = (Decimal(sum(areas)) / 100 / size).quantize(Decimal("0.01"), ROUND_CEILING)
    # Two decimals come through as a number; the engine takes no area that is a text.
    low_end, high_end = float(least), float(most)
    return Checked(low_end if least == most else {"min": low_end, "max": high_end}, True)


def _some(parts: Sequence[Part]) -> Checked:
    if any(_number(part) > 0 for part in parts):
        return Checked(True, True)
    is_whole = not any(_is_open(part) for part in parts)
    return Checked(False if is_whole else None, is_whole)


def _options(fact: Fact, parts: Sequence[Part], declared: Json, on: date) -> Checked:
    """An answer can add a word that it vouches for; what no register lists is left as the family says."""
    found = [part.item.option for part in parts if part.item.option and _says_yes(part, on)]
    if not found:
        return Checked(None, False)
    if fact.kind != "set":
        return Checked(found[0], True)
    return Checked(sorted({*(declared or []), *found}), True)


def _says_yes(part: Part, on: date) -> bool:
    if part.item.yields != "recent":
        return part.value is True
    if not isinstance(part.value, str):
        return False
    happened = date.fromisoformat(part.value)
    return on - HALF_A_YEAR <= happened <= on


def _value(fact: Fact, parts: Sequence[Part]) -> Checked:
    is_whole = not any(_is_open(part) for part in parts)
    told = [part.value for part in parts if part.value is not None]
    if fact.kind == "set":
        words = sorted({word for value in told for word in (value if isinstance(value, list) else [value])})
        if not told and not (is_whole and fact.key in _COMPLETE):
            return Checked(None, False)
        return Checked(words, is_whole)
    if not told:
        return Checked(_nothing(fact) if is_whole and parts else None, is_whole)
    if any(value != told[0] for value in told):
        # Members' registers say different things of one household: an officer looks.
        return Checked(None, False)
    return Checked(told[0], is_whole or fact.subject == "member")


def _nothing(fact: Fact) -> Json:
    """What it means that a register holds nothing of somebody: no certificate, no custody; never a word."""
    if fact.kind == "bool":
        return False if fact.key in _COMPLETE else None
    return 0 if fact.kind == "whole" and fact.low == 0 and fact.zero is not None else None
