"""What is known of one household: exact values, bands of whole units, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from .errors import MOST_HINTS, FactError, FactErrors, known_alternatives
from .vocabulary import FACTS, Fact, decimal_text, exact_decimal
from .words import Words

MEMBERS_MOST = 30


class Band(NamedTuple):
    """Whole units from low to high, both included; an exact number has both alike."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether only one value is possible."""
        return self.low == self.high


FactValue = Band | bool | str | frozenset[str] | None


@dataclass(frozen=True)
class Household:
    """The facts of one household and its members; an absent fact is unknown."""

    facts: Mapping[str, FactValue]
    members: tuple[Mapping[str, FactValue], ...] = ()
    size: Band | None = field(init=False, default=None)
    """How many people count: as given, else worked out from the members."""

    def __post_init__(self) -> None:
        given = self.facts.get("size")
        size = given if isinstance(given, Band) else counted_members(self.members)
        object.__setattr__(self, "size", size)


def counted_members(members: tuple[Mapping[str, FactValue], ...]) -> Band | None:
    """How many members count (最低生活保障审核确认办法 第七条); a doubtful one only at the upper end."""
    answers = [_counts(member) for member in members]
    most = sum(answer is not False for answer in answers)
    if most == 0:
        return None
    return Band(max(1, sum(answer is True for answer in answers)), most)


def _counts(member: Mapping[str, FactValue]) -> bool | None:
    """Whether a member counts; None where that hangs on what is not known."""
    custody = member.get("in_custody")
    if custody is True:
        return False
    belongs = _belongs_though_away(member)
    if belongs is False:
        return False
    return True if belongs and custody is False else None


def _belongs_though_away(member: Mapping[str, FactValue]) -> bool | None:
    away = member.get("away")
    if away == "none":
        return True
    relation = member.get("relation")
    if relation == "spouse":
        return True
    if relation == "child":
        answer = _away_child_belongs(member)
    elif relation is None:
        answer = None
    else:
        answer = False
    return answer if away is not None or answer else None


def _away_child_belongs(member: Mapping[str, FactValue]) -> bool | None:
    age, stage, care = member.get("age"), member.get("stage"), member.get("care_level")
    if isinstance(age, Band) and age.high < 18:
        return True
    if stage not in (None, "none", "postgraduate"):
        return True
    if care in ("mostly", "fully"):
        return True
    grown_up = isinstance(age, Band) and age.low >= 18
    return False if grown_up and stage == "none" and care == "self" else None


def read_household(household: object, members: object) -> Household:
    """Check the facts of one household as JSON sends them; raises FactErrors with every wrong field."""
    errors: list[FactError] = []
    facts: dict[str, FactValue] = {}
    if isinstance(household, dict):
        facts = _read_facts(household, "household", "household.", errors)
    else:
        errors.append(FactError("household", Words("应当是一个对象", "must be an object")))
    people: list[Mapping[str, FactValue]] = []
    if members is not None and not isinstance(members, list):
        errors.append(FactError("members", Words("应当是一个列表", "must be a list")))
    elif members is not None and len(members) > MEMBERS_MOST:
        errors.append(
            FactError("members", Words(f"最多 {MEMBERS_MOST} 个人", f"at most {MEMBERS_MOST} members"))
        )
    else:
        for index, member in enumerate(members or ()):
            if isinstance(member, dict):
                people.append(_read_facts(member, "member", f"members.{index}.", errors))
            else:
                errors.append(FactError(f"members.{index}", Words("应当是一个对象", "must be an object")))
    if errors:
        raise FactErrors(errors)
    return Household(facts, tuple(people))


def _read_facts(
    data: Mapping[str, Any], subject: str, prefix: str, errors: list[FactError]
) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {}
    for key, value in data.items():
        fact = FACTS.get(key)
        if fact is None or fact.subject != subject:
            hint = ""
            if len(key) < 60 and len(errors) < MOST_HINTS:
                names = [name for name, known in FACTS.items() if known.subject == subject]
                hint = known_alternatives(key, names)
            # An unknown name is the sender's own word: only its path is shown, shortened.
            path = prefix + key[:60]
            errors.append(FactError(path, Words("没有这一项", f"no such fact; {hint}".rstrip("; "))))
            continue
        if value is None or (fact.unknown_word is not None and value == fact.unknown_word):
            continue
        read, wrong = _READERS[fact.kind](fact, value)
        if wrong is not None:
            errors.append(FactError(prefix + key, wrong))
        elif read is not None:
            facts[key] = read
    return facts


Read = tuple[FactValue, Words | None]


def _read_bool(fact: Fact, value: object) -> Read:
    if isinstance(value, bool):
        return value, None
    return None, Words("只能是 true 或 false", "must be true or false")


def _read_enum(fact: Fact, value: object) -> Read:
    if isinstance(value, str) and value in fact.options:
        return value, None
    return None, Words("只能是：" + "、".join(fact.options), "must be one of: " + ", ".join(fact.options))


def _read_set(fact: Fact, value: object) -> Read:
    if (
        isinstance(value, list)
        and len(value) <= 30
        and all(isinstance(word, str) and word in fact.options for word in value)
    ):
        return frozenset(value), None
    return None, Words(
        "应当是一列：" + "、".join(fact.options), "must be a list of: " + ", ".join(fact.options)
    )


def _read_number(fact: Fact, value: object) -> Read:
    if isinstance(value, dict):
        if not set(value) <= {"min", "max"}:
            return None, Words("范围只有 min 和 max", "a band has only min and max")
        if value.get("min") is None and value.get("max") is None:
            return None, None
        low = fact.low if value.get("min") is None else _whole(fact, value["min"])
        high = fact.high if value.get("max") is None else _whole(fact, value["max"])
        if low is None or high is None:
            return None, _bounds(fact)
        if low > high:
            return None, Words("min 不能大于 max", "min must not be above max")
        return Band(low, high), None
    number = _whole(fact, value)
    return (None, _bounds(fact)) if number is None else (Band(number, number), None)


def _whole(fact: Fact, value: object) -> int | None:
    """The value in whole units of the fact, or None where it is not one within its bounds."""
    if fact.kind == "area":
        area = None if isinstance(value, str) else exact_decimal(value, 2)
        number = None if area is None else int(area * fact.scale)
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return number if number is not None and fact.low <= number <= fact.high else None


def _bounds(fact: Fact) -> Words:
    low, high = (decimal_text(Fraction(end, fact.scale)) for end in (fact.low, fact.high))
    if fact.kind == "area":
        return Words(
            f"应当是 {low} 到 {high} 的数，最多两位小数",
            f"must be a number from {low} to {high}, at most two decimals",
        )
    return Words(f"应当是 {low} 到 {high} 的整数", f"must be a whole number from {low} to {high}")


_READERS: dict[str, Callable[[Fact, Any], Read]] = {
    "bool": _read_bool,
    "enum": _read_enum,
    "set": _read_set,
    "whole": _read_number,
    "money": _read_number,
    "area": _read_number,
}
