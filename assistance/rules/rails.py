"""Three-valued logic over whole columns: each condition is two bitmaps, *surely met* and *possibly met*.

Kleene's `and`, `or` and `not` act on each bitmap alone, so no null is ever folded into an answer. Equal parts
of a graph are one node: what many policies share is worked out once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple


class Rails(NamedTuple):
    """The nodes of one condition: where it is surely met, and where it may be met."""

    met: int
    possible: int


class Node(NamedTuple):
    """One bitmap: a leaf that reads columns, or an operation on earlier nodes."""

    kind: str
    """`constant`, `leaf`, `and`, `or`, `not`, `spread`, `fold`, `sum` or `at_least`."""
    of_members: bool
    inputs: tuple[int, ...] = ()
    leaf: Hashable = None


FALSE, TRUE = 0, 1
NEVER, UNSURE, ALWAYS = Rails(FALSE, FALSE), Rails(FALSE, TRUE), Rails(TRUE, TRUE)


class Graph:
    """Nodes in the order in which they can be worked out; an equal node is never added twice."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [Node("constant", False, (), False), Node("constant", False, (), True)]
        self._ids: dict[Node, int] = {node: number for number, node in enumerate(self.nodes)}

    def _add(self, node: Node) -> int:
        number = self._ids.get(node)
        if number is None:
            number = self._ids[node] = len(self.nodes)
            self.nodes.append(node)
        return number

    def leaf(self, leaf: Hashable, of_members: bool) -> int:
        """A bitmap read from columns of households or of members."""
        return self._add(Node("leaf", of_members, (), leaf))

    def opposite(self, number: int) -> int:
        """The bitmap turned round."""
        if number in (FALSE, TRUE):
            return TRUE - number
        node = self.nodes[number]
        if node.kind == "not":
            return node.inputs[0]
        return self._add(Node("not", node.of_members, (number,)))

    def both(self, *numbers: int) -> int:
        """The bits set in every one."""
        return self._join("and", numbers, TRUE)

    def either(self, *numbers: int) -> int:
        """The bits set in at least one."""
        return self._join("or", numbers, FALSE)

    def _join(self, kind: str, numbers: Iterable[int], neutral: int) -> int:
        parts: dict[int, None] = {}
        for number in numbers:
            if number == TRUE - neutral:
                return number
            if number != neutral:
                parts[number] = None
        household = sorted(number for number in parts if not self.nodes[number].of_members)
        member = sorted(number for number in parts if self.nodes[number].of_members)
        if not member:
            return self._pairs(kind, household, neutral, False)
        # What belongs to the household is joined there, where rows are fewer, and spread to the members once.
        ours = self._pairs(kind, household, neutral, False)
        return self._pairs(kind, [*([self.spread(ours)] if household else []), *member], neutral, True)

    def _pairs(self, kind: str, numbers: list[int], neutral: int, of_members: bool) -> int:
        if not numbers:
            return neutral
        joined = numbers[0]
        for number in numbers[1:]:
            joined = self._add(Node(kind, of_members, (joined, number)))
        return joined

    def spread(self, number: int) -> int:
        """A household's bit for each of its members."""
        return number if number in (FALSE, TRUE) else self._add(Node("spread", True, (number,)))

    def fold(self, number: int, has_members: int) -> int:
        """Whether any member of a household has the bit; of nobody, no."""
        if number in (FALSE, TRUE) or not self.nodes[number].of_members:
            return self.both(number, has_members)
        return self._add(Node("fold", False, (number,)))

    def at_least(self, number: int, least: int) -> int:
        """Whether at least so many members of a household have the bit."""
        if least <= 0:
            return TRUE
        if number == FALSE:
            return FALSE
        if number == TRUE or not self.nodes[number].of_members:
            number = self._add(Node("spread", True, (number,)))
        total = self._add(Node("sum", False, (number,)))
        return self._add(Node("at_least", False, (total,), least))

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """The nodes behind some outputs, in the order in which they can be worked out."""
        found: set[int] = set()
        waiting = list(outputs)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting.extend(self.nodes[number].inputs)
        return sorted(found)

    def all_of(self, parts: Iterable[Rails]) -> Rails:
        """Kleene's `and`."""
        listed = list(parts)
        return Rails(
            self.both(*(part.met for part in listed)), self.both(*(part.possible for part in listed))
        )

    def any_of(self, parts: Iterable[Rails]) -> Rails:
        """Kleene's `or`."""
        listed = list(parts)
        return Rails(
            self.either(*(part.met for part in listed)), self.either(*(part.possible for part in listed))
        )

    def none_of(self, part: Rails) -> Rails:
        """Kleene's `not`."""
        return Rails(self.opposite(part.possible), self.opposite(part.met))

    def where(self, known: int, met: int) -> Rails:
        """A test that is unknown where nothing is known."""
        return Rails(met, self.either(met, self.opposite(known)))
