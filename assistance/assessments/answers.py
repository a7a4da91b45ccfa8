"""What a household has answered so far: plain values by field name, without any name of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from assistance.rules import Words

from .questions import FIELDS, MEMBER_FIELDS

MEMBERS_MOST = 20
MONEY_MOST = 10**13
UNSURE = "?"
"""The answer 说不清楚: asked, and not known."""
YES, NO = "yes", "no"


class Range(NamedTuple):
    """A sum in fen from low to high, both included; no high end means open."""

    low: int
    high: int | None


Parts = tuple[int | None, ...]
Value = str | tuple[str, ...] | Range | int | Parts
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Kept:
    """Where a saved copy of these answers is, and what was told differently when it was saved."""

    code: str
    saved_on: int
    """The day of saving as its ordinal."""
    is_new: bool = False
    """Its code has not been shown yet."""
    is_returned: bool = False
    """The answers were opened with the code and judged anew."""
    is_current: bool = True
    """Nothing was answered otherwise since."""
    before: Mapping[str, str] = field(default_factory=dict)
    """The earlier outcome of every policy that came out otherwise on return."""


@dataclass(frozen=True)
class Answers:
    """The answers of one household and its members; a field that is absent was not asked or not answered."""

    household: Values = field(default_factory=dict)
    members: tuple[Values, ...] = ()
    is_helped: bool = False
    """Somebody filled this in for the household."""
    kept: Kept | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been answered yet."""
        return not self.household and not self.members

    def get(self, name: str, member: int | None = None) -> Value | None:
        """The answer to one field, of the household or of the member at that place."""
        if member is None:
            return self.household.get(name)
        return self.members[member].get(name)

    def with_values(self, values: Mapping[str, Value | None], member: int | None = None) -> Answers:
        """These answers with some more; None takes an answer back."""
        if member is None:
            return self._changed(household=_merged(self.household, values))
        members = list(self.members)
        members[member] = _merged(members[member], values)
        return self._changed(members=tuple(members))

    def with_member(self, values: Values) -> Answers:
        """These answers with one member more."""
        if len(self.members) >= MEMBERS_MOST:
            raise ValueError("no more members")
        return self._changed(members=(*self.members, dict(values)))

    def without_member(self, member: int) -> Answers:
        """These answers without the member at that place."""
        return self._changed(members=self.members[:member] + self.members[member + 1 :])

    def with_flags(self, name: str, flags: Mapping[int, str | None]) -> Answers:
        """These answers with one who-question answered for several members."""
        members = [
            _merged(member, {name: flags[place]}) if place in flags else member
            for place, member in enumerate(self.members)
        ]
        return self._changed(members=tuple(members))

    def _changed(self, **parts: Any) -> Answers:
        kept = replace(self.kept, is_current=False) if self.kept else None
        return replace(self, kept=kept, **parts)

    def count_unsure(self) -> int:
        """How many times 说不清楚 was chosen."""
        values = [*self.household.values(), *(value for member in self.members for value in member.values())]
        return sum(value == UNSURE for value in values)


def _merged(before: Values, values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in {**before, **values}.items() if value is not None}


def is_valid(name: str, value: object, *, of_member: bool) -> bool:
    """Whether a value may stand under a field; what a cookie brings back is checked like a form."""
    known = FIELDS.get(name)
    if known is None or (name in MEMBER_FIELDS) is not of_member:
        return False
    if value == UNSURE:
        return True
    if known.kind == "who":
        return value in (YES, NO)
    if known.kind == "one":
        return isinstance(value, str) and known.option(value) is not None
    if known.kind in ("many", "gate"):
        return isinstance(value, tuple) and all(
            isinstance(code, str) and known.option(code) for code in value
        )
    if known.kind == "money":
        return isinstance(value, Range) and _is_range(value)
    if known.kind == "parts":
        return (
            isinstance(value, tuple)
            and len(value) == len(known.options)
            and all(part is None or _is_sum(part) for part in value)
        )
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 1800 <= value <= 2200 if known.kind == "year" else 0 <= value <= known.most


def _is_sum(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MONEY_MOST


def _is_range(value: Range) -> bool:
    return _is_sum(value.low) and (value.high is None or (_is_sum(value.high) and value.low <= value.high))


RELATION_SHORT = {
    "head": Words("户主", "Head"),
    "spouse": Words("爱人", "Spouse"),
    "child": Words("孩子", "Child"),
    "parent": Words("父母", "Parent"),
    "grandparent": Words("祖父母", "Grandparent"),
    "grandchild": Words("孙辈", "Grandchild"),
    "sibling": Words("兄弟姐妹", "Sibling"),
    "other": Words("家人", "Relative"),
}


def member_names(answers: Answers) -> tuple[Words, ...]:
    """What each member is called: the relation, numbered where there are several; never a name."""
    relations = [
        RELATION_SHORT.get(str(member.get("relation", UNSURE)), RELATION_SHORT["other"])
        for member in answers.members
    ]
    names = []
    for place, (zh, en) in enumerate(relations):
        if relations.count(relations[place]) > 1:
            number = relations[: place + 1].count(relations[place])
            zh, en = f"{zh}{number}", f"{en} {number}"
        year = answers.members[place].get("birth_year")
        if isinstance(year, int):
            zh, en = f"{zh}（{year}年生）", f"{en} (born {year})"
        names.append(Words(zh, en))
    return tuple(names)
