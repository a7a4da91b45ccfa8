"""Facts as columns: their names, types and codes in a snapshot, and how conditions read them.

A number is two columns of whole units, `…_min` and `…_max`; null is unknown. To be judged, columns are made
*dense*: what is unknown becomes a value that meets no comparison, so no second bitmap is carried along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from .household import Band, FactValue
from .vocabulary import FACTS, Fact

if TYPE_CHECKING:
    import polars as pl

INT64_MOST = 2**63 - 1

HOUSEHOLD, MEMBER = "household", "member"
"""Where a condition is asked: of the household, so of nobody in particular, or of each of its members."""


class ColumnError(ValueError):
    """A condition cannot be worked out over columns without a wrong number; the message names it."""


class Leaf(NamedTuple):
    """One reading of columns; where a value is unknown the bit is not set."""

    kind: str
    """`known`, `flag`, `equal`, `overlaps`, `at_least` or `below`."""
    columns: tuple[tuple[str, int], ...]
    """Names of columns, for sums with their whole coefficients."""
    number: int = 0
    """The code, the mask or the limit."""


def minimum(fact: Fact) -> str:
    """The column that holds the lower end of a number."""
    return fact.key + "_min"


def maximum(fact: Fact) -> str:
    """The column that holds the upper end of a number."""
    return fact.key + "_max"


def known(fact: Fact) -> str:
    """The column that says where a yes-or-no fact is known."""
    return fact.key + "_known"


UNKNOWN_CODE = 255
UNKNOWN_BIT = 1 << 15


def code_of(fact: Fact, word: str) -> int:
    """The small number that stands for one word of a fact."""
    return list(fact.options).index(word)


def mask_of(fact: Fact, words: frozenset[str]) -> int:
    """The bits that stand for some words of a fact."""
    return sum(1 << code for code, word in enumerate(fact.options) if word in words)


def unknown_max(fact: Fact) -> int:
    """What stands in an upper end where nothing is known: above every limit that can be asked."""
    return fact.high + 1


def dense_expressions(fact: Fact) -> list[pl.Expr]:
    """A snapshot's columns of one fact without nulls."""
    import polars as pl

    column = pl.col(fact.key)
    if fact.kind == "bool":
        return [column.fill_null(False), column.is_not_null().alias(known(fact))]
    if fact.kind == "enum":
        return [column.fill_null(UNKNOWN_CODE)]
    if fact.kind == "set":
        return [column.fill_null(UNKNOWN_BIT)]
    width = pl.Int16 if fact.high < 1000 else pl.Int64
    return [
        pl.col(minimum(fact)).fill_null(-1).cast(width),
        pl.col(maximum(fact)).fill_null(unknown_max(fact)).cast(width),
    ]


def leaf_expression(leaf: Leaf) -> pl.Expr:
    """One leaf over dense columns."""
    import polars as pl

    name, _ = leaf.columns[0]
    if leaf.kind in ("known", "flag"):
        return pl.col(name)
    if leaf.kind == "equal":
        return pl.col(name) == leaf.number
    if leaf.kind == "overlaps":
        return (pl.col(name) & leaf.number) != 0
    if len(leaf.columns) == 1:
        return pl.col(name) >= leaf.number if leaf.kind == "at_least" else pl.col(name) < leaf.number
    more: pl.Expr | None = None
    less: pl.Expr | None = None
    for column, factor in leaf.columns:
        wide = pl.col(column).cast(pl.Int64)
        product = wide if abs(factor) == 1 else wide * abs(factor)
        if factor > 0:
            more = product if more is None else more + product
        else:
            less = product if less is None else less + product
    left = pl.lit(0, pl.Int64) if more is None else more
    right = pl.lit(leaf.number, pl.Int64) if less is None else less + leaf.number if leaf.number else less
    return left >= right if leaf.kind == "at_least" else left < right


def schema(subject: str) -> dict[str, pl.DataType]:
    """The columns of a snapshot for households or members; null is unknown."""
    import polars as pl

    types = {"bool": pl.Boolean(), "enum": pl.UInt8(), "set": pl.UInt16()}
    columns: dict[str, pl.DataType] = {}
    for fact in FACTS.values():
        if fact.subject != subject:
            continue
        if fact.is_number:
            columns[minimum(fact)] = columns[maximum(fact)] = pl.Int64()
        else:
            columns[fact.key] = types[fact.kind]
    return columns


def vocabulary_version() -> str:
    """What tells apart two vocabularies whose columns would not mean the same."""
    rows = [
        "|".join([fact.key, fact.subject, fact.kind, str(fact.low), str(fact.high), *fact.options])
        for fact in FACTS.values()
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def to_columns(subject: str, facts: Mapping[str, FactValue]) -> dict[str, int | bool | None]:
    """One household's or member's facts as the values of a row."""
    row: dict[str, int | bool | None] = {}
    for fact in FACTS.values():
        if fact.subject != subject:
            continue
        value = facts.get(fact.key)
        if fact.is_number:
            row[minimum(fact)], row[maximum(fact)] = value if isinstance(value, Band) else (None, None)
        elif isinstance(value, frozenset):
            row[fact.key] = mask_of(fact, value)
        elif isinstance(value, str):
            row[fact.key] = code_of(fact, value)
        else:
            row[fact.key] = value if isinstance(value, bool) else None
    return row


def from_columns(subject: str, row: Mapping[str, object]) -> dict[str, FactValue]:
    """The facts that a row holds; `to_columns` turned round."""
    facts: dict[str, FactValue] = {}
    for fact in FACTS.values():
        if fact.subject != subject:
            continue
        value = row[minimum(fact) if fact.is_number else fact.key]
        if value is None:
            continue
        if fact.is_number:
            facts[fact.key] = Band(int(value), int(row[maximum(fact)]))  # type: ignore[call-overload]
        elif fact.kind == "set":
            facts[fact.key] = frozenset(
                word
                for code, word in enumerate(fact.options)
                if int(value) >> code & 1  # type: ignore[call-overload]
            )
        elif fact.kind == "enum":
            facts[fact.key] = list(fact.options)[int(value)]  # type: ignore[call-overload]
        else:
            facts[fact.key] = bool(value)
    return facts
