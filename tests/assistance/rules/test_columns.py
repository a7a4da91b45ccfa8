"""A condition over columns gives what it gives for one household, whatever condition can be written."""

from __future__ import annotations

import dataclasses
import datetime
import random

import pytest

from assistance import policies, rules
from tests.random_households import random_exact, random_household

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
COUNTY = "330482"
OPERATORS = ("<", "<=", "==", "!=", ">", ">=")
QUANTITIES = ("income_pc", "income_ratio", "liquid_pc", "liquid_years", "net_ratio", "rigid_share")
MONEY = ("dibao_standard", "minimum_wage", "dibian_income_cap")
NUMBERS = ("dibian_multiple", "dibao_asset_years", "rigid_share_cap")


class Writer:
    """Writes random conditions in the words of a catalogue."""

    def __init__(self, luck: random.Random) -> None:
        self.luck = luck

    def fact(self, of_member: bool, *kinds: str) -> rules.Fact:
        subjects = ("member", "household") if of_member else ("household",)
        subject = self.luck.choice(subjects)
        return self.luck.choice([f for f in rules.FACTS.values() if f.subject == subject and f.kind in kinds])

    def words(self, fact: rules.Fact) -> str:
        return ", ".join(
            self.luck.sample(list(fact.options), self.luck.randint(1, min(3, len(fact.options))))
        )

    def line(self, of_member: bool, depth: int = 3) -> str:
        if depth and self.luck.random() < 0.6:
            kind = self.luck.choice(("and", "and", "or", "or", "not", "county", "members"))
            if kind in ("and", "or"):
                joined = f" {kind} ".join(
                    self.line(of_member, depth - 1) for _ in range(self.luck.choice((2, 3)))
                )
                return f"({joined})"
            if kind == "not":
                return f"not {self.line(of_member, depth - 1)}"
            if kind == "county":
                name = self.luck.choice(list(rules.SETTINGS))
                return f"county(local.{name}: {self.line(of_member, depth - 1)})"
            inner = self.line(True, depth - 1)
            quantifier = self.luck.choice(("exists", "every", "no", "count"))
            if quantifier == "count":
                return (
                    f"count(member k: {inner}) {self.luck.choice(OPERATORS)} {self.luck.choice((0, 1, 2, 3))}"
                )
            return f"({quantifier} member k: {inner})"
        return self.leaf(of_member)

    def leaf(self, of_member: bool) -> str:
        kind = self.luck.choice(
            ("bool", "enum", "set", "in", "between", "limit", "sum", "derived", "ages", "wordy")
        )
        if kind == "bool":
            return self.fact(of_member, "bool").name
        if kind == "enum":
            fact = self.fact(of_member, "enum")
            test = self.luck.choice(("in", "not in"))
            return f"{fact.name} {test} [{self.words(fact)}]"
        if kind == "set":
            fact = self.fact(of_member, "set")
            return self.luck.choice(
                (
                    f"{fact.name} intersects [{self.words(fact)}]",
                    f"{fact.name} not empty",
                    "status intersects local.medical_aid_groups",
                )
            )
        if kind == "in":
            fact = self.fact(of_member, "whole")
            numbers = ", ".join(str(self.luck.randint(fact.low, fact.low + 6)) for _ in range(3))
            return f"{fact.name} {self.luck.choice(('in', 'not in'))} [{numbers}]"
        if kind == "between":
            low = self.luck.randint(0, 60)
            return f"{self.fact(of_member, 'whole').name} between {low} and {low + self.luck.randint(0, 20)}"
        if kind == "limit":
            fact = self.fact(of_member, "whole", "money", "area")
            return f"{self.factor()}{fact.name} {self.operator()} {self.limit()}"
        if kind == "sum":
            one, other = self.fact(of_member, "money", "whole"), self.fact(of_member, "money", "whole")
            sign = self.luck.choice(("+", "-"))
            return f"{one.name} {sign} {self.factor()}{other.name} {self.operator()} {self.limit()}"
        if kind == "derived":
            quantity = self.luck.choice(QUANTITIES)
            return f"{quantity} {self.operator()} {self.limit()}"
        if kind == "ages":
            fact = self.luck.choice(("age", "ui_paid_months")) if of_member else "size"
            return f"{fact} {self.operator()} local.retirement_age"
        return self.luck.choice(
            (
                "judged(an officer finds it)",
                "procedure(a paper)",
                f"county == {self.luck.choice((COUNTY, '330328'))}",
            )
            + (
                ("received(tekun)", "received(dibao)", "received(legal-aid)")
                if of_member
                else ("received(dibian)",)
            )
            + ("received(something else)",)
        )

    def operator(self) -> str:
        return self.luck.choice(OPERATORS)

    def factor(self) -> str:
        return self.luck.choice(
            ("", "", "3 * ", "0.5 * ", "local.dibian_multiple * ", "local.rigid_share_cap * ")
        )

    def limit(self) -> str:
        return self.luck.choice(
            (
                str(self.luck.choice((0, 1, 2, 60, 110_000))),
                f"local.{self.luck.choice(MONEY)}",
                f"local.{self.luck.choice(NUMBERS)}",
                f"12 * local.{self.luck.choice(NUMBERS)} * local.dibao_standard",
                "size * local.dibao_standard",
            )
        )


def some_standards(luck: random.Random) -> rules.StandardsInForce:
    given: dict[str, object] = {}
    for setting in rules.SETTINGS.values():
        if setting.kind == "money":
            given[setting.json_name] = luck.choice((0, 110_000, 165_001))
        elif setting.kind in ("number", "years"):
            given[setting.json_name] = luck.choice(("0", "0.0625", "1.5", "4"))
        elif setting.kind == "bool":
            given[setting.json_name] = luck.random() < 0.5
        elif setting.kind == "by_sex":
            given[setting.json_name] = luck.choice(({"F": 55, "M": 60}, {"F": 0, "M": 0}))
        elif setting.kind == "words":
            words = list(rules.FACTS[setting.values_of].options) if setting.values_of else ["a group"]
            given[setting.json_name] = luck.sample(words, luck.choice((0, 1)))
    whole = rules.StandardsInForce({}).with_given(given)
    found = {}
    for name in whole.names():
        standard = whole.find(name)
        assert standard is not None
        if luck.random() < 0.8:
            found[name] = dataclasses.replace(standard, is_to_be_confirmed=luck.random() < 0.15)
    return rules.StandardsInForce(found)


def some_conditions(
    luck: random.Random, standards: rules.StandardsInForce, of_member: bool, number: int
) -> list[tuple[str, rules.Condition]]:
    """Conditions that can be read and whose sums fit; a share beside a sum of money does not."""
    writer, found = Writer(luck), []
    compiler = rules.Compiler(rules.Graph(), standards, COUNTY)
    while len(found) < number:
        text = writer.line(of_member)
        try:
            condition = rules.read_condition(text, in_member=of_member, policies=["legal-aid"])
            compiler.compile(condition, rules.MEMBER)
        except (rules.ConditionError, rules.ColumnError):
            continue
        found.append((text, condition))
    return found


def take(households: list[rules.Household]) -> policies.Snapshot:
    return policies.take_snapshot(households, county=COUNTY, moment=NOW)


def in_rows(households: list[rules.Household]) -> list[rules.Household]:
    """In the order of a snapshot's rows."""
    return sorted(households, key=lambda household: -len(household.members))


def by_columns(
    conditions: list[rules.Condition],
    snapshot: policies.Snapshot,
    standards: rules.StandardsInForce,
    place: str,
) -> list[list[int]]:
    """The three values of each condition, household by household or member by member."""
    graph = rules.Graph()
    compiler = rules.Compiler(graph, standards, COUNTY)
    compiled = [compiler.compile(condition, place) for condition in conditions]
    outputs = {number for rails in compiled for number in rails}
    found: list[list[int]] = [[] for _ in conditions]
    for block, bits in zip(snapshot.blocks, rules.evaluate(graph, outputs, snapshot.blocks), strict=True):
        for values, rails in zip(found, compiled, strict=True):
            met, possible = (
                block.spread(bits[n]) if place == rules.MEMBER and not graph.nodes[n].of_members else bits[n]
                for n in rails
            )
            both = met.cast(int) + possible.cast(int)
            if place == rules.MEMBER:
                both = both[block.order.arg_sort()]
            values.extend(both.to_list())
    return found


def by_python(
    conditions: list[rules.Condition],
    households: list[rules.Household],
    standards: rules.StandardsInForce,
    place: str,
) -> list[list[int]]:
    cases = [rules.Case(household, COUNTY) for household in in_rows(households)]
    judges = [rules.bind(condition, standards) for condition in conditions]
    return [
        [
            judge(case, index)
            for case in cases
            for index in (range(len(case.members)) if place == rules.MEMBER else [rules.NOBODY])
        ]
        for judge in judges
    ]


@pytest.mark.parametrize("place", [rules.HOUSEHOLD, rules.MEMBER])
@pytest.mark.parametrize("seed", range(12))
def test_random_conditions_come_out_alike(seed: int, place: str) -> None:
    luck = random.Random(seed)
    standards = some_standards(luck)
    households = [random_household(luck) for _ in range(80)]
    written = some_conditions(luck, standards, place == rules.MEMBER, 120)
    conditions = [condition for _, condition in written]
    ours = by_columns(conditions, take(households), standards, place)
    theirs = by_python(conditions, households, standards, place)
    wrong = [text for (text, _), a, b in zip(written, ours, theirs, strict=True) if a != b]
    assert sorted(wrong, key=len) == []
    assert {value for values in ours for value in values} == {rules.NOT_MET, rules.UNKNOWN, rules.MET}


@pytest.mark.parametrize("key", rules.FACTS)
def test_a_fact_that_is_not_known_is_never_an_answer(key: str) -> None:
    fact = rules.FACTS[key]
    if fact.is_number:
        text = f"{fact.name} >= 0 or {fact.name} < 0"
    elif fact.kind == "enum":
        text = f"{fact.name} in [{', '.join(fact.options)}]"
    else:
        text = fact.name if fact.kind == "bool" else f"{fact.name} not empty"
    of_member = fact.subject == "member"
    condition = rules.read_condition(text, in_member=of_member)
    snapshot = take([rules.Household({}, ({},) if of_member else ())])
    place = rules.MEMBER if of_member else rules.HOUSEHOLD
    assert by_columns([condition], snapshot, rules.StandardsInForce({}), place) == [[rules.UNKNOWN]]


@pytest.mark.parametrize("seed", range(20))
def test_facts_survive_their_columns(seed: int) -> None:
    luck = random.Random(seed)
    for subject in ("household", "member"):
        facts = {
            key: random_exact(fact, luck) for key, fact in rules.FACTS.items() if fact.subject == subject
        }
        assert rules.from_columns(subject, rules.to_columns(subject, facts)) == facts
        assert rules.from_columns(subject, rules.to_columns(subject, {})) == {}


def test_a_comparison_that_could_leave_64_bits_is_refused() -> None:
    condition = rules.read_condition("rigid_share > local.rigid_share_cap")
    fine = rules.StandardsInForce({}).with_given({"rigid_share_cap": "0.6"})
    absurd = rules.StandardsInForce({}).with_given({"rigid_share_cap": "999999.9999"})
    rules.Compiler(rules.Graph(), fine, COUNTY).compile(condition)
    with pytest.raises(rules.ColumnError, match=r"rigid_12m.*64 bits"):
        rules.Compiler(rules.Graph(), absurd, COUNTY).compile(condition)


def test_the_largest_sums_allowed_stay_exact() -> None:
    """Both sides of a limit at the far end of money: nothing wraps round and nothing is rounded."""
    condition = rules.read_condition("liquid + capital + 3 * car_price >= 50000000000000")
    most = 10**13
    households = [
        rules.Household(
            {"liquid_fen": _exact(most), "capital_fen": _exact(most), "car_price_fen": _exact(price)}
        )
        for price in (most, most - 1)
    ]
    ours = by_columns([condition], take(households), rules.StandardsInForce({}), rules.HOUSEHOLD)
    assert ours == [[rules.MET, rules.NOT_MET]]


def _exact(number: int) -> rules.Band:
    return rules.Band(number, number)


def test_shared_conditions_are_one_node() -> None:
    graph = rules.Graph()
    compiler = rules.Compiler(graph, rules.StandardsInForce({}), COUNTY)
    one = compiler.compile(rules.read_condition("age < 18", in_member=True), rules.MEMBER)
    other = compiler.compile(rules.read_condition("age >= 18", in_member=True), rules.MEMBER)
    assert graph.none_of(one) == other
    assert one == compiler.compile(rules.read_condition("2 * age < 36", in_member=True), rules.MEMBER)
