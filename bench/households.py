"""The households, answers and standards that every bench uses."""

from __future__ import annotations

import copy
import datetime
import random

import demo.standards
from assistance import rules
from assistance.assessments import Answers, Range
from portal.api.schemas import EXAMPLE
from tests.random_households import certain_household, random_household

DAY = datetime.date(2026, 11, 22)
COUNTY = "330482"


def sample_standards(**given: object) -> rules.StandardsInForce:
    """What the demo county has on the day of the bench."""
    rows = [row for row in demo.standards.sample_rows() if row.division_code == COUNTY and row.from_on <= DAY]
    return rules.StandardsInForce(
        {
            row.name: rules.Standard(
                rules.SETTINGS[row.name],
                rules.SETTINGS[row.name].read(row.value),
                row.document,
                row.issuer_code,
                row.from_on,
                is_sample=row.is_sample,
            )
            for row in sorted(rows, key=lambda row: row.from_on)
        }
    ).with_given({"dibian_multiple": "1.5", **given})


def example_document() -> dict[str, object]:
    """The household that the description of the JSON interface shows."""
    document = copy.deepcopy(EXAMPLE)
    del document["standards"]
    return document


def example() -> rules.Household:
    document = example_document()
    return rules.read_household(document["household"], document["members"])


def households_of_three(number: int, seed: int = 1) -> list[rules.Household]:
    """Households of three members, one half with every fact known, the others with bands and holes."""
    luck = random.Random(seed)
    found: list[rules.Household] = []
    while len(found) < number:
        household = random_household(luck, members_most=3)
        if len(household.members) == 3:
            found.append(certain_household(household, luck) if len(found) % 2 else household)
    return found


def family_answers() -> Answers:
    """A family of three on 2,400 yuan a month, one with a disability certificate, every question answered."""
    no = dict.fromkeys(("ill", "needs_care", "unpaid_emergency", "employed", "union_member"), "no")
    father = {
        "relation": "head", "sex": "M", "birth_year": 1970, "has_income": "yes", "certified": "no",
        "own_income": Range(240000, 240000), "at_school": "no", "work": "flexible",
        "residents_pension": "yes", **no,
    }  # fmt: skip
    mother = {
        "relation": "spouse", "sex": "F", "birth_year": 1972, "has_income": "no", "certified": "yes",
        "dis_type": ("limb",), "dis_grade": "2", "at_school": "no", "work": "unable",
        "residents_pension": "no", **no,
    }  # fmt: skip
    daughter = {
        "relation": "child", "sex": "F", "birth_year": 2010, "has_income": "no", "certified": "no",
        "at_school": "yes", "stage": "senior", "boarding": "yes", "residents_pension": "no", **no,
    }  # fmt: skip
    household = {
        "registration": "local", "area": "rural", "alone": "family", "situation": (), "status": (),
        "income": Range(240000, 240000), "counted": (), "liquid": Range(2000000, 2000000), "cars": "0",
        "non_residential": "no", "capital": Range(0, 0), "rigid": Range(800000, 800000),
        "medical": Range(500000, 500000), "health": (), "disability": ("certificate",),
        "housing": "own", "homes": "1", "floor_area": 90, "house_grade": "none", "disaster_loss": "none",
        "meters": "yes", "events": (), "special": (),
    }  # fmt: skip
    return Answers(household=household, members=(father, mother, daughter))
