"""All policies over a whole county: the sweep beside a bare scan of all fact columns, and loading apart."""

from __future__ import annotations

import argparse
import datetime
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from assistance import policies
from bench.households import COUNTY, DAY, sample_standards
from bench.measuring import Bench, Row, slower
from demo.generated_households import generated_snapshot
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher
from infrastructure.settings import DEFAULT_FIELD_KEYS

HOUSEHOLDS = 1_000_000
QUICK_HOUSEHOLDS = 100_000
SCAN = "bare scan (sum, least, greatest) of all fact columns"
GOAL = 10.0


def run(bench: Bench, households: int | None = None) -> list[Row]:
    """Evaluate and load a generated county; the processor's time of all threads counts for both sides."""
    number = households or (QUICK_HOUSEHOLDS if bench.is_quick else HOUSEHOLDS)
    with TemporaryDirectory(prefix="huimin-bench-") as name:
        county = _County(Path(name) / "snapshot", number)
        evaluation = bench.compare(county.sweep, county.scan)
        by_the_clock = bench.compare(county.sweep, county.scan, clock=time.perf_counter)
        lightest = bench.compare(county.sweep, county.sum_only)
        reading = bench.compare(county.read, county.scan)
        laying_out = bench.compare(county.lay_out, county.scan)
    size = f"{county.snapshot.households.height:,} households, {county.snapshot.members.height:,} members"
    print(
        f"  {size} × {len(county.compiled.of_households)} policies: {by_the_clock.ours:.2f} s, "
        f"scan {by_the_clock.reference:.3f} s; sealed snapshot read in {reading.ours:.2f} s, "
        f"laid out in {laying_out.ours:.2f} s of processor's time"
    )
    return [
        slower(f"55 policies, {size}, facts in memory", SCAN, evaluation, GOAL),
        slower("the same by the clock on the wall", SCAN, by_the_clock, GOAL),
        slower("the same", "sums of all fact columns alone", lightest, None),
        slower("opening and reading the sealed snapshot", SCAN, reading, None),
        slower("laying it out by place", SCAN, laying_out, None),
    ]


class _County:
    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.cipher = FieldCipher(DEFAULT_FIELD_KEYS)
        moment = datetime.datetime.combine(DAY, datetime.time(9), SHANGHAI)
        taken = generated_snapshot(number, seed=1, county=COUNTY, moment=moment)
        policies.write_snapshot(taken, folder, self.cipher)
        self.snapshot = self.read()
        self.compiled = policies.compile_law(
            policies.load_catalogue(), sample_standards(), on=DAY, county=COUNTY
        )
        self.lay_out()
        self.check()

    def read(self) -> policies.Snapshot:
        return policies.read_snapshot(self.folder, self.cipher)

    def lay_out(self) -> None:
        self.snapshot.__dict__.pop("blocks", None)
        assert self.snapshot.blocks

    def sweep(self) -> dict[str, dict[str, int]]:
        return policies.sweep(self.snapshot, self.compiled).counts()

    def scan(self) -> None:
        facts = pl.exclude("members", "row")
        for frame in (self.snapshot.households, self.snapshot.members):
            frame.select(
                facts.sum().name.suffix("_sum"),
                facts.min().name.suffix("_least"),
                facts.max().name.suffix("_most"),
            )

    def sum_only(self) -> None:
        for frame in (self.snapshot.households, self.snapshot.members):
            frame.select(pl.exclude("members", "row").sum())

    def check(self) -> None:
        """Some rows judged by themselves come out alike; otherwise there is nothing to compare."""
        rows = list(range(0, self.snapshot.households.height, max(1, self.snapshot.households.height // 40)))
        swept = policies.sweep(self.snapshot, self.compiled)
        law = self.compiled.law
        for row, household in zip(rows, self.snapshot.households_at(rows), strict=True):
            verdicts = policies.assess(law.catalogue, household, sample_standards(), on=DAY, county=COUNTY)
            for verdict in verdicts:
                bits = swept.households(verdict.policy.code)
                ours = bits["likely"][row], bits["open"][row]
                if ours != (verdict.outcome == policies.LIKELY, verdict.outcome != policies.NOT_NOW):
                    raise RuntimeError("the sweep and the engine differ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    given = parser.parse_args()
    for row in run(Bench(), given.households):
        print(f"{row.path} | {row.reference} | {row.ratio} | {row.goal} | {row.runs} runs")


if __name__ == "__main__":
    main()
