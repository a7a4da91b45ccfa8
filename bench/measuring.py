"""How all is measured: ours and its reference alternating in one run, the median of the ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Call = Callable[[], object]
ROUNDS = 7
QUICK_ROUNDS = 5
SECONDS = 0.2
QUICK_SECONDS = 0.1


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    path: str
    reference: str
    ratio: str
    goal: str
    runs: int
    misses_goal: bool = False


@dataclass(frozen=True)
class Compared:
    """One case beside its reference over all rounds of a run."""

    ratio: float
    """The median over the rounds of this case's time through the reference's time."""
    ours: float
    """The median time of one call in seconds."""
    reference: float
    rounds: int


@dataclass(frozen=True)
class Bench:
    """How long a run may take."""

    is_quick: bool = False

    @property
    def rounds(self) -> int:
        return QUICK_ROUNDS if self.is_quick else ROUNDS

    @property
    def seconds(self) -> float:
        return QUICK_SECONDS if self.is_quick else SECONDS

    def compare(
        self, ours: Call, reference: Call, clock: Callable[[], float] = time.process_time
    ) -> Compared:
        """Run both in turn; within one process its processor time counts, which neighbours disturb least."""
        calls = [(call, self._how_often(call, clock)) for call in (reference, ours)]
        times: list[list[float]] = []
        for _ in range(self.rounds):
            times.append([_time(call, number, clock) for call, number in calls])
        return Compared(
            statistics.median(ours / bare for bare, ours in times),
            statistics.median(ours for _, ours in times),
            statistics.median(bare for bare, _ in times),
            self.rounds,
        )

    def _how_often(self, call: Call, clock: Callable[[], float]) -> int:
        call()
        once = min(_time(call, 1, clock), _time(call, 1, clock))
        return max(1, round(self.seconds / max(once, 1e-6)))


@contextmanager
def settled_memory() -> Iterator[None]:
    """What is loaded already is no longer looked through for garbage, as in the server after its start."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _time(call: Call, number: int, clock: Callable[[], float]) -> float:
    began = clock()
    for _ in range(number):
        call()
    return (clock() - began) / number


def slower(path: str, reference: str, compared: Compared, goal: float | None) -> Row:
    """A row that says how many times the reference's time ours takes."""
    missed = goal is not None and compared.ratio > goal
    return Row(
        path, reference, f"{compared.ratio:.1f} ×", f"≤ {goal:g} ×" if goal else "–", compared.rounds, missed
    )


def faster(path: str, reference: str, compared: Compared, goal: float | None) -> Row:
    """A row that says how many times faster than the reference ours is."""
    ratio = 1 / compared.ratio
    missed = goal is not None and ratio < goal
    return Row(
        path, reference, f"{ratio:.1f} × faster", f"≥ {goal:g} ×" if goal else "–", compared.rounds, missed
    )
