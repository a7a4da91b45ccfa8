"""One engine for every catalogue: facts, conditions and three-valued verdicts with reasons."""

from .conditions import (
    Compare,
    Condition,
    Intersects,
    Judged,
    Procedure,
    Received,
    facts_of,
    inner_conditions,
    looks_at_members,
    settings_of,
    uses_size,
    walk,
)
from .display import figure_text, threshold_text, value_text
from .errors import ConditionError, FactError, FactErrors, SettingError, known_alternatives
from .household import Band, FactValue, Household, counted_members, read_household
from .judging import MET, NOBODY, NOT_MET, RESULT_WORDS, TEKUN_POLICY, UNKNOWN, Case, Judge, bind
from .reading import read_condition
from .standards import Standard, StandardsInForce
from .vocabulary import (
    FACT_NAMES,
    FACTS,
    SETTING_JSON_NAMES,
    SETTINGS,
    Fact,
    Setting,
    decimal_text,
    exact_decimal,
    yuan_text,
)
from .words import Words

__all__ = [
    "FACTS",
    "FACT_NAMES",
    "MET",
    "NOBODY",
    "NOT_MET",
    "RESULT_WORDS",
    "SETTINGS",
    "SETTING_JSON_NAMES",
    "TEKUN_POLICY",
    "UNKNOWN",
    "Band",
    "Case",
    "Compare",
    "Condition",
    "ConditionError",
    "Fact",
    "FactError",
    "FactErrors",
    "FactValue",
    "Household",
    "Intersects",
    "Judge",
    "Judged",
    "Procedure",
    "Received",
    "Setting",
    "SettingError",
    "Standard",
    "StandardsInForce",
    "Words",
    "bind",
    "counted_members",
    "decimal_text",
    "exact_decimal",
    "facts_of",
    "figure_text",
    "inner_conditions",
    "known_alternatives",
    "looks_at_members",
    "read_condition",
    "read_household",
    "settings_of",
    "threshold_text",
    "uses_size",
    "value_text",
    "walk",
    "yuan_text",
]
