"""Random households for property tests: exact, in bands, with holes; and certain ones that agree."""

from __future__ import annotations

import random

from assistance import rules
from assistance.rules import Band, Fact, FactValue, Household, StandardsInForce

_TELLING_AGES = (0, 2, 3, 6, 7, 15, 16, 17, 18, 49, 55, 59, 60, 69, 70, 79, 80)
_TELLING_MONTHS = (0, 5, 6, 7, 11, 12, 13)
_TELLING_MONEY = (0, 1, 50_000, 109_999, 110_000, 164_999, 165_000, 165_001, 330_000, 5_280_000, 10_000_000)


def random_number(fact: Fact, luck: random.Random) -> int:
    """A number that is often right at a line."""
    if fact.kind == "money":
        if luck.random() < 0.5:
            return max(
                0, luck.choice(_TELLING_MONEY) * luck.choice((1, 1, 2, 3, 4)) + luck.choice((-1, 0, 0, 1))
            )
        return luck.randrange(0, 20_000_000)
    if fact.kind == "area":
        return luck.choice((0, 3_999, 4_000, 4_001, luck.randrange(0, 10_000)))
    if fact.key == "age":
        return luck.choice(
            (0, 2, 3, 6, 7, 15, 16, 17, 18, 49, 55, 59, 60, 69, 70, 79, 80, luck.randrange(0, 131))
        )
    return luck.choice(
        (fact.low, fact.low + 1, fact.low + 2, luck.randrange(fact.low, min(fact.high, 130) + 1))
    )


def random_exact(fact: Fact, luck: random.Random) -> FactValue:
    """One certain value of a fact."""
    if fact.is_number:
        number = random_number(fact, luck)
        return Band(number, number)
    if fact.kind == "bool":
        return luck.random() < 0.5
    words = list(fact.options)
    if fact.kind == "enum":
        return luck.choice(words)
    return frozenset(word for word in words if luck.random() < 1.2 / len(words))


def random_value(fact: Fact, luck: random.Random) -> FactValue:
    """A certain value, a band, or nothing."""
    if luck.random() < 0.2:
        return None
    value = random_exact(fact, luck)
    if isinstance(value, Band) and luck.random() < 0.4:
        other = random_number(fact, luck)
        low, high = sorted((value.low, other))
        return Band(low if luck.random() < 0.9 else fact.low, high if luck.random() < 0.9 else fact.high)
    return value


def random_household(luck: random.Random, members_most: int = 5) -> Household:
    """A household of which some is known, some in bands, and some not."""
    people = [
        {key: value for key in _keys("member") if (value := random_value(rules.FACTS[key], luck)) is not None}
        for _ in range(luck.choice((0, 1, 1, 2, 3, members_most)))
    ]
    facts = {
        key: value
        for key in _keys("household")
        if (value := random_value(rules.FACTS[key], luck)) is not None
    }
    if luck.random() < 0.5:
        facts.pop("size", None)
    return Household(facts, tuple(people))


def certain_household(vague: Household, luck: random.Random) -> Household:
    """A wholly known household that agrees with everything known of a vaguer one."""
    while True:
        people = tuple(_certain(member, "member", luck) for member in vague.members)
        facts = _certain(vague.facts, "household", luck)
        if "size" not in vague.facts:
            facts.pop("size", None)
        household = Household(facts, people)
        # A household of which nobody counts is none: where the vaguer one has a size, so has this one.
        if vague.size is None or household.size is not None:
            return household


def _certain(facts: object, subject: str, luck: random.Random) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for key in _keys(subject):
        fact, value = rules.FACTS[key], facts.get(key)  # type: ignore[attr-defined]
        if isinstance(value, Band):
            number = luck.choice((value.low, value.high, luck.randint(value.low, value.high)))
            found[key] = Band(number, number)
        else:
            found[key] = random_exact(fact, luck) if value is None else value
    return found


def _keys(subject: str) -> list[str]:
    return [key for key, fact in rules.FACTS.items() if fact.subject == subject]


def random_standards(luck: random.Random) -> StandardsInForce:
    """Standards of which some are set and some are not."""
    given: dict[str, object] = {}
    for setting in rules.SETTINGS.values():
        if luck.random() < 0.25:
            continue
        if setting.kind == "money":
            given[setting.json_name] = luck.choice((110_000, 165_000, 3_000_000, 10_000_000))
        elif setting.kind in ("number", "years"):
            given[setting.json_name] = luck.choice(("0.6", "1.5", "4", "6", "40.2", "49"))
        elif setting.kind == "bool":
            given[setting.json_name] = luck.random() < 0.5
        elif setting.kind == "by_sex":
            given[setting.json_name] = {"F": 55, "M": 60}
        elif setting.kind == "words":
            words = list(rules.FACTS[setting.values_of].options) if setting.values_of else ["a group"]
            given[setting.json_name] = luck.sample(words, luck.choice((0, 1)))
        elif setting.kind == "enum":
            given[setting.json_name] = luck.choice(setting.values)
        elif setting.kind == "bands":
            given[setting.json_name] = [[0, 110_000], [30_000, 80_000], [80_000, 20_000]]
        else:
            given[setting.json_name] = "2025-12-31"
    return StandardsInForce({}).with_given(given)
