"""One household, all 55 policies, full reasons: the engine beside a straight recursion."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

from assistance import policies, rules
from bench.households import COUNTY, DAY, example, households_of_three, sample_standards
from bench.measuring import Bench, Row, faster, settled_memory
from bench.naive import Naive

RECURSION = "straight recursion building the same findings"
LOCALE = "zh_Hans_CN"


def run(bench: Bench) -> list[Row]:
    """The example of the JSON interface, and many households of three, none twice in a row."""
    catalogue, standards = policies.load_catalogue(), sample_standards()
    groups: list[tuple[str, Sequence[rules.Household]]] = [
        ("the example of the interface", [example()]),
        ("40 random households of three in turn", households_of_three(40)),
    ]
    rows = []
    for name, households in groups:
        judges = _Judges(catalogue, standards, households)
        judges.check()
        with settled_memory():
            whole = bench.compare(judges.engine, judges.recursion)
            verdicts = bench.compare(judges.verdicts, judges.recursion)
        rows.append(faster(f"55 policies, full reasons as JSON: {name}", RECURSION, whole, 10))
        rows.append(faster(f"55 verdicts alone, reasons on demand: {name}", RECURSION, verdicts, None))
    ours, theirs = (len(catalogue.policies) / seconds for seconds in (whole.ours, whole.reference))
    print(f"  verdicts a second with all reasons: {ours:,.0f}; by recursion {theirs:,.0f}")
    return rows


class _Judges:
    def __init__(
        self,
        catalogue: policies.Catalogue,
        standards: rules.StandardsInForce,
        households: Sequence[rules.Household],
    ) -> None:
        self.catalogue = catalogue
        self.standards = standards
        self.households = households
        self._ours = itertools.cycle(households)
        self._theirs = itertools.cycle(households)
        self._alone = itertools.cycle(households)

    def check(self) -> None:
        """Both say the same, byte for byte; otherwise there is nothing to compare."""
        for _ in self.households:
            if json.dumps(self.engine()) != json.dumps(self.recursion()):
                raise RuntimeError("the engine and the recursion differ")

    def engine(self) -> list[dict[str, object]]:
        verdicts = policies.assess(self.catalogue, next(self._ours), self.standards, on=DAY, county=COUNTY)
        return [verdict.as_json(LOCALE) for verdict in verdicts]

    def verdicts(self) -> object:
        return policies.assess(self.catalogue, next(self._alone), self.standards, on=DAY, county=COUNTY)

    def recursion(self) -> list[dict[str, object]]:
        naive = Naive(self.catalogue, next(self._theirs), self.standards, DAY, COUNTY)
        return naive.verdicts(LOCALE)
