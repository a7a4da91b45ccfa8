"""Works a graph of conditions out over blocks of households and their members.

The households of a block all have the same number of members, and members stand by their place in the
household: all first members, then all second members, and so on. So to spread a bit to members is to repeat a
run of bits, and to fold it back is to join as many runs as there are places; nothing is looked up or grouped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING, cast

from .column_layout import HOUSEHOLD, MEMBER, Leaf, dense_expressions, leaf_expression
from .rails import Graph
from .vocabulary import FACTS, Fact

if TYPE_CHECKING:
    import polars as pl

BLOCK_MEMBERS = 1 << 19
"""So few that a block's bitmaps stay in the processor's cache."""


@dataclass(frozen=True)
class Block:
    """Some households with equally many members, and these by place, both as dense columns."""

    places: int
    """How many members each household has."""
    households: pl.DataFrame
    members: pl.DataFrame
    order: pl.Series
    """Where each of these members stands in the snapshot."""

    def spread(self, series: pl.Series) -> pl.Series:
        """A household's value for each of its members."""
        import polars as pl

        return pl.concat([series] * self.places, rechunk=True) if self.places else series.clear()

    def by_place(self, series: pl.Series) -> Iterator[pl.Series]:
        """The members' values, one run for each place."""
        height = self.households.height
        return (series.slice(place * height, height) for place in range(self.places))


def lay_out(households: pl.DataFrame, members: pl.DataFrame, most: int = BLOCK_MEMBERS) -> list[Block]:
    """Blocks of a snapshot's households, which must stand in the order of their `members`, most first."""
    import polars as pl

    dense_households = [column for fact in _facts(HOUSEHOLD) for column in dense_expressions(fact)]
    dense_members = [column for fact in _facts(MEMBER) for column in dense_expressions(fact)]
    blocks, row, start = [], 0, 0
    for run in households["members"].rle().struct.unnest().iter_rows(named=True):
        places, end = run["value"], row + run["len"]
        while row < end:
            height = min(end - row, max(1, most // max(places, 1)))
            stop = start + places * height
            runs = [pl.int_range(start + place, stop, places, eager=True) for place in range(places)]
            order = pl.concat(runs) if runs else pl.Series([], dtype=pl.Int64)
            ours = households.slice(row, height).select(*dense_households, has_members=pl.lit(places > 0))
            theirs = members.slice(start, stop - start)[order - start].select(dense_members)
            blocks.append(Block(places, ours.rechunk(), theirs.rechunk(), order))
            row, start = row + height, stop
    return blocks


def _facts(subject: str) -> list[Fact]:
    return [fact for fact in FACTS.values() if fact.subject == subject]


def evaluate(graph: Graph, outputs: Iterable[int], blocks: Iterable[Block]) -> list[dict[int, pl.Series]]:
    """The bitmaps of some nodes for every household or member of each block."""
    import polars as pl

    wanted = list(outputs)
    needed = graph.needed(wanted)
    # The work inside is done outside Python's lock, so two blocks are worked out at once.
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return list(threads.map(lambda block: _Run(graph, block).run(needed, wanted), blocks))


class _Run:
    def __init__(self, graph: Graph, block: Block) -> None:
        self.graph = graph
        self.block = block
        self.values: dict[int, pl.Series] = {}

    def run(self, needed: list[int], outputs: list[int]) -> dict[int, pl.Series]:
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
        if node.kind == "at_least":
            return inputs[0] >= node.leaf
        height = self.block.households.height
        if node.kind == "constant" or (node.kind == "fold" and not self.block.places):
            return pl.repeat(node.leaf is True, height, dtype=pl.Boolean, eager=True)
        runs = self.block.by_place(inputs[0])
        if node.kind == "fold":
            return reduce(or_, runs)
        return reduce(
            add, (run.cast(pl.UInt8) for run in runs), pl.repeat(0, height, dtype=pl.UInt8, eager=True)
        )
