"""The words of facts: checked when the vocabulary is read, and said where a value is shown."""

from __future__ import annotations

from typing import Any

import pytest

from assistance import rules
from assistance.rules.vocabulary import read_facts

LABEL = {"zh": "车", "en": "Cars"}
CARS: dict[str, Any] = {"subject": "household", "kind": "whole", "question": 5, "label": LABEL}
YES, NO = {"zh": "有", "en": "yes"}, {"zh": "没有", "en": "no"}
UNIT = {"zh": "{} 辆", "en": "{} cars", "one": "{} car"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": "bool", "unit": UNIT}, "only a whole number or an area has a unit"),
        ({"kind": "money", "unit": UNIT}, "only a whole number or an area has a unit"),
        ({"unit": {"zh": "辆", "en": "{} cars"}}, "holds {} once"),
        ({"unit": {"zh": "{} 辆", "en": "{} cars", "one": "a car"}}, "holds {} once"),
        ({"yes": YES, "no": NO}, "only at a bool"),
        ({"kind": "bool", "yes": YES}, "yes and no stand together"),
        ({"needs": "lorries"}, "needs names no fact of its subject: lorries"),
        ({"needs": "age"}, "needs names no fact of its subject: age"),
    ],
)
def test_words_that_do_not_fit_a_fact_stop_the_start(more: dict[str, Any], says: str) -> None:
    age = {"subject": "member", "kind": "whole", "question": 2, "label": LABEL}
    with pytest.raises(ValueError, match="cars: ") as refused:
        read_facts({"cars": {**CARS, **more}, "age": age})
    assert says in str(refused.value)


def test_a_fact_without_words_of_its_own_says_yes_no_and_bare_numbers() -> None:
    plain = read_facts({"cars": CARS, "shop": {**CARS, "kind": "bool"}})
    assert rules.value_in_words(plain["cars"], rules.Band(2, 2), "zh") == "2"
    assert rules.value_in_words(plain["shop"], False, "zh") == "不是"


def test_one_and_many_are_told_apart_in_english_only() -> None:
    known = read_facts({"cars": {**CARS, "unit": UNIT}})["cars"]
    told = [rules.value_in_words(known, rules.Band(n, n), locale) for n in (1, 2) for locale in ("zh", "en")]
    assert told == ["1 辆", "1 car", "2 辆", "2 cars"]


@pytest.mark.parametrize("fact", [fact for fact in rules.FACTS.values() if fact.kind in ("whole", "area")])
def test_every_number_of_the_vocabulary_has_a_unit(fact: rules.Fact) -> None:
    assert fact.unit is not None
