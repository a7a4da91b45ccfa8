"""Works a graph of conditions out over a block of households and their members.

Households stand in the order of how many members they have, most first, and members by their place in the
household: all first members, then all second members, and so on. So the members in one place line up with
the first households, and to spread a bit to members or fold it back is to join runs of bits, never a look-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from .column_layout import HOUSEHOLD, MEMBER, Leaf, dense_expressions, leaf_expression
from .rails import Graph
from .vocabulary import FACTS, Fact

if TYPE_CHECKING:
    import polars as pl

BLOCK_HOUSEHOLDS = 1 << 16
"""So few that a block's bitmaps stay in the processor's cache."""


@dataclass(frozen=True)
class Block:
    """Some households in order, their members by place, both as dense columns."""

    first_row: int
    households: pl.DataFrame
    members: pl.DataFrame
    places: tuple[int, ...]
    """How many households have a first member, a second, and so on."""
    order: pl.Series
    """Where each of these members stands in the snapshot."""

    def member_rows(self, row: int) -> list[int]:
        """Where the members of a household of this block stand, in their own order."""
        rows, start = [], 0
        for households in self.places:
            if row >= households:
                break
            rows.append(start + row)
            start += households
        return rows

    def spread(self, series: pl.Series) -> pl.Series:
        """A household's value for each of its members."""
        import polars as pl

        return pl.concat([series.head(n) for n in self.places] or [series.clear()], rechunk=True)


def lay_out(households: pl.DataFrame, members: pl.DataFrame, size: int = BLOCK_HOUSEHOLDS) -> list[Block]:
    """Blocks of a snapshot's households, which must stand in the order of their `members`, most first."""
    import polars as pl

    dense_households = [column for fact in _facts(HOUSEHOLD) for column in dense_expressions(fact)]
    dense_members = [column for fact in _facts(MEMBER) for column in dense_expressions(fact)]
    offsets = (households["members"].cast(pl.UInt32).cum_sum() - households["members"]).cast(pl.UInt32)
    blocks = []
    for first in range(0, households.height, size):
        part = households.slice(first, size)
        counts = part["members"]
        starts = offsets.slice(first, size)
        most = int(counts.item(0)) if part.height else 0
        places = tuple(int((counts > place).sum()) for place in range(most))
        wanted = pl.concat([starts.head(n) + place for place, n in enumerate(places)] or [starts.clear()])
        blocks.append(
            Block(
                first,
                part.select(*dense_households, (pl.col("members") > 0).alias("has_members")).rechunk(),
                members.select(pl.col(name for name in members.columns if name != "row").gather(wanted))
                .select(dense_members)
                .rechunk(),
                places,
                wanted,
            )
        )
    return blocks


def _facts(subject: str) -> list[Fact]:
    return [fact for fact in FACTS.values() if fact.subject == subject]


def evaluate(graph: Graph, outputs: Iterable[int], block: Block) -> dict[int, pl.Series]:
    """The bitmaps of some nodes for every household or member of a block."""
    return _Run(graph, block).run(list(outputs))


class _Run:
    def __init__(self, graph: Graph, block: Block) -> None:
        self.graph = graph
        self.block = block
        self.values: dict[int, pl.Series] = {}

    def run(self, outputs: list[int]) -> dict[int, pl.Series]:
        needed = self.graph.needed(outputs)
        self._read_leaves(needed)
        for number in needed:
            if number not in self.values:
                self.values[number] = self._work_out(number)
        return {number: self.values[number] for number in outputs}

    def _read_leaves(self, needed: list[int]) -> None:
        """All leaves in one pass over each frame, in parallel."""
        for of_members, frame in ((False, self.block.households), (True, self.block.members)):
            leaves = {
                number: cast(Leaf, node.leaf)
                for number in needed
                if (node := self.graph.nodes[number]).kind == "leaf" and node.of_members is of_members
            }
            if of_members:
                names = {name for leaf in leaves.values() for name, _ in leaf.columns}
                borrowed = sorted(names - set(frame.columns))
                frame = frame.with_columns(
                    self.block.spread(self.block.households[name]) for name in borrowed
                )
            read = frame.select(leaf_expression(leaf).alias(str(number)) for number, leaf in leaves.items())
            self.values.update({int(series.name): series for series in read})

    def _work_out(self, number: int) -> pl.Series:
        import polars as pl

        node = self.graph.nodes[number]
        inputs = [self.values[one] for one in node.inputs]
        if node.kind == "and":
            return inputs[0] & inputs[1]
        if node.kind == "or":
            return inputs[0] | inputs[1]
        if node.kind == "not":
            return ~inputs[0]
        if node.kind == "spread":
            return self.block.spread(inputs[0])
        if node.kind == "fold":
            return self._fold(inputs[0])
        if node.kind == "sum":
            return self._sum(inputs[0])
        if node.kind == "at_least":
            return inputs[0] >= node.leaf
        return pl.repeat(node.leaf, self.block.households.height, dtype=pl.Boolean, eager=True)

    def _in_places(self, series: pl.Series) -> Iterable[tuple[int, pl.Series]]:
        """The members in each place, last place first."""
        end = series.len()
        for n in reversed(self.block.places):
            yield n, series.slice(end - n, n)
            end -= n

    def _fold(self, series: pl.Series) -> pl.Series:
        import polars as pl

        found = series.clear()
        for _, place in self._in_places(series):
            have = found.len()
            found = pl.concat([place.head(have) | found, place.slice(have)], rechunk=True) if have else place
        rest = pl.repeat(False, self.block.households.height - found.len(), dtype=pl.Boolean, eager=True)
        return pl.concat([found, rest], rechunk=True)

    def _sum(self, series: pl.Series) -> pl.Series:
        import polars as pl

        total = pl.repeat(0, self.block.households.height, dtype=pl.UInt8, eager=True)
        for n, place in self._in_places(series):
            total = pl.concat([total.head(n) + place.cast(pl.UInt8), total.slice(n)], rechunk=True)
        return total
