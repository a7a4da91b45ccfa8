"""The peer's side, run by an interpreter that has OpenFisca: told what to time, it answers in seconds.

`one N` computes the variables for one household N times, from the situation on; `many N` once for N
households as one vectorised simulation, from filled arrays on. Both count the processor's time.
"""

# It runs where this project's own packages are not, so it imports only the file beside it.
from __future__ import annotations

import sys
import time

import numpy
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_country_template import CountryTaxBenefitSystem
from openfisca_situation import SITUATION, VARIABLES, YEAR_AND_MONTH


def main() -> None:
    """Answer until the input ends."""
    system = CountryTaxBenefitSystem()
    measures = {"one": one, "many": many}
    one(system, 1)
    print("ready", len(VARIABLES), flush=True)
    for line in sys.stdin:
        name, number = line.split()
        print(measures[name](system, int(number)), flush=True)


def one(system: CountryTaxBenefitSystem, number: int) -> float:
    """One household at a time."""
    began = time.process_time()
    for _ in range(number):
        simulation = SimulationBuilder().build_from_entities(system, SITUATION)
        for variable in VARIABLES:
            simulation.calculate(variable, YEAR_AND_MONTH)
    return time.process_time() - began


def many(system: CountryTaxBenefitSystem, number: int) -> float:
    """All households at once, of three persons each."""
    persons = 3 * number
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", numpy.arange(persons))
    household = builder.declare_entity("household", numpy.arange(number))
    roles = numpy.tile(["adult", "adult", "child"], number)
    builder.join_with_persons(household, numpy.repeat(numpy.arange(number), 3), roles)
    simulation = builder.build(system)
    luck = numpy.random.default_rng(1)
    days = luck.integers(0, 70 * 365, persons).astype("timedelta64[D]")
    simulation.set_input("birth", YEAR_AND_MONTH, numpy.datetime64("1946-01-01") + days)
    simulation.set_input("salary", YEAR_AND_MONTH, luck.integers(0, 5000, persons).astype(numpy.float32))
    simulation.set_input("rent", YEAR_AND_MONTH, luck.integers(0, 900, number).astype(numpy.float32))
    began = time.process_time()
    for variable in VARIABLES:
        simulation.calculate(variable, YEAR_AND_MONTH)
    return time.process_time() - began


if __name__ == "__main__":
    main()
