"""Answers for tests: whole households of every kind, and random ones."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from assistance.assessments import FIELDS, PAGES, UNSURE, Answers, Field, Range
from assistance.assessments.questions import MEMBER_FIELDS
from assistance.rules import SETTINGS, Standard, StandardsInForce

DAY = date(2026, 11, 22)


def standards(**values: object) -> StandardsInForce:
    """Standards in force as settings would hold them; money in fen."""
    return StandardsInForce(
        {name: Standard(SETTINGS[name], SETTINGS[name].read(value)) for name, value in values.items()}
    )


SAMPLE = {
    "dibao_standard": 113000,
    "dibian_multiple": "1.5",
    "minimum_wage": 249000,
    "dibao_asset_years": "4",
    "dibian_asset_years": "6",
    "expend_asset_years": "6",
    "tekun_asset_rule": "2",
    "rigid_asset_rule": "8",
    "dibao_capital_cap": 10000000,
    "dibian_capital_cap": 20000000,
    "dibian_vehicle_years": "8",
    "disposable_income_pc": 5000000,
    "rigid_share_cap": "0.6",
    "low_income_rural_line": 1500000,
    "housing_income_line": 350000,
    "legal_aid_line": 249000,
    "basic_pension_excluded_until": "2025-12-31",
}


def values_of(field: Field) -> st.SearchStrategy[object]:
    """Anything that may stand under a field."""
    codes = [option.code for option in field.options]
    money = st.integers(0, 10**9)
    kinds = {
        "one": st.sampled_from(codes or [UNSURE]),
        "who": st.sampled_from(["yes", "no"]),
        "many": st.sets(st.sampled_from(codes or [UNSURE])).map(
            lambda chosen: tuple(c for c in codes if c in chosen)
        ),
        "money": st.tuples(money, money).map(lambda ends: Range(min(ends), max(ends)))
        | money.map(lambda low: Range(low, None)),
        "parts": st.tuples(*[st.none() | money for _ in codes]),
        "count": st.integers(1, field.most or 1),
        "year": st.integers(DAY.year - 120, DAY.year),
    }
    kinds["gate"] = kinds["many"]
    return kinds[field.kind] | st.just(UNSURE)


def some_values(of_member: bool) -> st.SearchStrategy[dict[str, object]]:
    """Some of the fields, each with something."""
    fields = [field for field in FIELDS.values() if (field.name in MEMBER_FIELDS) is of_member]
    return st.fixed_dictionaries({}, optional={field.name: values_of(field) for field in fields})


def random_answers(most_members: int = 6) -> st.SearchStrategy[Answers]:
    """Answers of any household, in any state of being filled in."""
    return st.builds(
        Answers,
        household=some_values(False),
        members=st.lists(some_values(True), max_size=most_members).map(tuple),
        is_helped=st.booleans(),
    )


def fullest(members: int) -> Answers:
    """Every field answered, with the longest value that it may have."""

    def value(field: Field, place: int) -> object:
        codes = tuple(option.code for option in field.options)
        return {
            "one": codes[-1 - place % len(codes)] if codes else "",
            "who": "yes",
            "many": codes[place % 3 :],
            "gate": codes,
            "money": Range(123456789 + 7919 * place, 987654321 + 104729 * place),
            "parts": tuple(1234567 + 7 * place + n for n in range(len(codes))),
            "count": field.most or 1,
            "year": 1930 + (place * 37) % 90,
        }[field.kind]

    return Answers(
        household={f.name: value(f, 1) for f in FIELDS.values() if f.name not in MEMBER_FIELDS},
        members=tuple(
            {f.name: value(f, n) for f in FIELDS.values() if f.name in MEMBER_FIELDS} for n in range(members)
        ),
        is_helped=True,
    )


def page(question: int, code: str):
    return PAGES[question, code]
