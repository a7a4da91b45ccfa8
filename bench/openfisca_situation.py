"""The household and the variables that OpenFisca is asked for; both interpreters read this."""

from __future__ import annotations

from typing import Any

YEAR_AND_MONTH = "2017-01"
VARIABLES = ("basic_income", "housing_allowance", "income_tax", "social_security_contribution", "pension")
SITUATION: dict[str, dict[str, Any]] = {
    "persons": {
        "first": {"salary": {YEAR_AND_MONTH: 2100}, "birth": {"ETERNITY": "1971-05-01"}},
        "second": {"salary": {YEAR_AND_MONTH: 0}, "birth": {"ETERNITY": "1973-05-01"}},
        "child": {"birth": {"ETERNITY": "2004-05-01"}},
    },
    "households": {
        "family": {"adults": ["first", "second"], "children": ["child"], "rent": {YEAR_AND_MONTH: 300}}
    },
}
