"""What a condition is made of, once it has been read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .vocabulary import Fact

Powers = tuple[tuple[str, int], ...]
"""A product: names of facts and `local.` standards with their exponents."""


@dataclass(frozen=True)
class Flag:
    """A yes-or-no fact that must hold."""

    fact: Fact


@dataclass(frozen=True)
class Term:
    """One summand of a comparison: a number, times standards, at most one fact, and the household's size."""

    factor: Fraction
    standards: tuple[str, ...] = ()
    fact: Fact | None = None
    times_size: bool = False


@dataclass(frozen=True)
class Compare:
    """Terms whose sum is compared with zero; every division was multiplied away, so nothing is rounded."""

    terms: tuple[Term, ...]
    operator: str
    figure: tuple[tuple[Powers, Fraction], ...]
    """The side with the household's own figure, as written."""
    limit: tuple[tuple[Powers, Fraction], ...]
    """The other side as written: the threshold."""


@dataclass(frozen=True)
class NumberIn:
    """A whole number that must be one of a few."""

    fact: Fact
    values: frozenset[int]


@dataclass(frozen=True)
class OneOf:
    """A word that must be one of a few."""

    fact: Fact
    values: frozenset[str]


@dataclass(frozen=True)
class Intersects:
    """A set that must share a word with a list, or with a standard's list."""

    fact: Fact
    values: frozenset[str]
    setting: str | None = None


@dataclass(frozen=True)
class NotEmpty:
    """A set that must hold something."""

    fact: Fact


@dataclass(frozen=True)
class CountyIs:
    """The county asked for must be this one."""

    code: str


@dataclass(frozen=True)
class Received:
    """Something is drawn already: a status, a policy's code, or a benefit that only words name."""

    what: str
    of_member: bool


@dataclass(frozen=True)
class Judged:
    """An officer, a school, a hospital or a court finds it."""

    words: str


@dataclass(frozen=True)
class Procedure:
    """What the resident says and shows by a paper; it lowers nothing."""

    words: str


@dataclass(frozen=True)
class CountyLine:
    """A county's own line: the named setting decides whether and how it counts."""

    setting: str
    inner: Condition


@dataclass(frozen=True)
class Both:
    """Every part must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """At least one part must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Opposite:
    """The inner condition must not hold."""

    inner: Condition


@dataclass(frozen=True)
class Members:
    """How many members meet the inner condition: some, every, none, or a number of them."""

    quantifier: str
    """`exists`, `every`, `no` or `count`."""
    inner: Condition
    operator: str = ">="
    number: int = 1


Condition = (
    Flag
    | Compare
    | NumberIn
    | OneOf
    | Intersects
    | NotEmpty
    | CountyIs
    | Received
    | Judged
    | Procedure
    | CountyLine
    | Both
    | Either
    | Opposite
    | Members
)


def inner_conditions(condition: Condition) -> tuple[Condition, ...]:
    """The conditions right inside one condition."""
    if isinstance(condition, Both | Either):
        return condition.parts
    if isinstance(condition, Opposite | CountyLine | Members):
        return (condition.inner,)
    return ()


def walk(condition: Condition) -> list[Condition]:
    """A condition and everything inside it, outermost first."""
    found = [condition]
    for inner in inner_conditions(condition):
        found.extend(walk(inner))
    return found


def facts_of(condition: Condition) -> list[Fact]:
    """The facts that a condition looks at, in the order of reading, each once; a size is a fact too."""
    facts: dict[str, Fact] = {}
    for part in walk(condition):
        if isinstance(part, Compare):
            for term in part.terms:
                if term.fact is not None:
                    facts[term.fact.key] = term.fact
        elif isinstance(part, Flag | NumberIn | OneOf | Intersects | NotEmpty):
            facts[part.fact.key] = part.fact
    return list(facts.values())


def settings_of(condition: Condition) -> list[str]:
    """The standards that a condition looks at, in the order of reading, each once."""
    names: dict[str, None] = {}
    for part in walk(condition):
        if isinstance(part, Compare):
            for term in part.terms:
                names.update(dict.fromkeys(term.standards))
        elif isinstance(part, Intersects | CountyLine) and part.setting:
            names[part.setting] = None
    return list(names)


def uses_size(condition: Condition) -> bool:
    """Whether the size of the household matters to a condition."""
    return any(
        term.times_size or (term.fact is not None and term.fact.key == "size")
        for part in walk(condition)
        if isinstance(part, Compare)
        for term in part.terms
    )


def looks_at_members(condition: Condition) -> bool:
    """Whether a condition can only be answered for one member."""
    if isinstance(condition, Members):
        return False
    if isinstance(condition, Received) and condition.of_member:
        return True
    if isinstance(condition, Compare):
        return any(
            (term.fact is not None and term.fact.subject == "member") or "retirement_age" in term.standards
            for term in condition.terms
        )
    if isinstance(condition, Flag | NumberIn | OneOf | Intersects | NotEmpty):
        return condition.fact.subject == "member"
    return any(looks_at_members(inner) for inner in inner_conditions(condition))
