"""The shape of facts and verdicts, written from the vocabulary so that it cannot fall behind it."""

from __future__ import annotations

from typing import Any

from assistance import rules
from assistance.rules import SETTING_JSON_NAMES, Fact, Setting

Schema = dict[str, Any]


def _number(fact: Fact) -> Schema:
    kind = "number" if fact.kind == "area" else "integer"
    scale = fact.scale
    one = {"type": kind, "minimum": fact.low // scale, "maximum": fact.high // scale}
    end = {"type": [kind, "null"], "minimum": fact.low // scale, "maximum": fact.high // scale}
    band = {"type": "object", "additionalProperties": False, "properties": {"min": end, "max": end}}
    return {"anyOf": [one, band, {"type": "null"}]}


def _fact(fact: Fact) -> Schema:
    if fact.is_number:
        schema = _number(fact)
    elif fact.kind == "bool":
        schema = {"type": ["boolean", "null"]}
    elif fact.kind == "set":
        schema = {
            "type": ["array", "null"],
            "items": {"type": "string", "enum": list(fact.options)},
            "maxItems": 30,
        }
    else:
        words: list[str | None] = [*fact.options, None]
        if fact.unknown_word:
            words.append(fact.unknown_word)
        schema = {"enum": words}
    return {**schema, "description": f"{fact.label.zh} · {fact.label.en}"}


def _facts(subject: str) -> Schema:
    properties = {key: _fact(fact) for key, fact in rules.FACTS.items() if fact.subject == subject}
    return {"type": "object", "additionalProperties": False, "properties": properties}


_DECIMAL: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 10**6},
        {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,12})?$"},
    ]
}
_MONEY: Schema = {"type": "integer", "minimum": 0, "maximum": 10**13}
_AGE: Schema = {"type": "integer", "minimum": 0, "maximum": 130}
_SETTING_KINDS: dict[str, Schema] = {
    "money": _MONEY,
    "number": _DECIMAL,
    "years": _DECIMAL,
    "bool": {"type": "boolean"},
    "words": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 30},
    "by_sex": {
        "type": "object",
        "required": ["F", "M"],
        "additionalProperties": False,
        "properties": {"F": _AGE, "M": _AGE},
    },
    "bands": {
        "type": "array",
        "minItems": 1,
        "maxItems": 30,
        "items": {"type": "array", "prefixItems": [_MONEY, _MONEY], "minItems": 2, "maxItems": 2},
        "description": "Pairs of income a person from, amount a person; the first begins at 0 and they rise.",
    },
    "day": {"type": "string", "format": "date"},
}


def _setting(setting: Setting) -> Schema:
    schema: Schema = dict(_SETTING_KINDS.get(setting.kind, {}))
    if setting.kind == "enum":
        schema = {"enum": list(setting.values)}
    if setting.values_of:
        schema["items"] = {"type": "string", "enum": list(rules.FACTS[setting.values_of].options)}
    label = f"{setting.label.zh} · {setting.label.en}"
    return {
        **schema,
        "description": f"{label}. {schema['description']}" if "description" in schema else label,
    }


FACTS_SCHEMA: Schema = {
    "type": "object",
    "required": ["county", "household"],
    "additionalProperties": False,
    "properties": {
        "county": {"type": "string", "description": "A county's six-digit code."},
        "on": {"type": "string", "format": "date", "description": "The day; today where absent."},
        "standards": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: _setting(setting) for name, setting in SETTING_JSON_NAMES.items()},
        },
        "household": _facts("household"),
        "members": {"type": "array", "maxItems": 30, "items": _facts("member")},
    },
}

_FEN: Schema = {"type": ["integer", "null"]}
_OUTCOME: Schema = {"enum": ["likely", "possible", "not_now"]}
_FINDING: Schema = {
    "type": "object",
    "required": ["condition", "group", "result", "value", "threshold", "says", "basis"],
    "properties": {
        "condition": {"type": "string"},
        "group": {"enum": ["all", "any", "none"]},
        "result": {"enum": ["met", "not_met", "unknown"]},
        "value": {"type": ["string", "null"], "description": "The household's own figure."},
        "threshold": {"type": ["string", "null"]},
        "says": {"type": "string"},
        "basis": {"type": "string"},
        "note": {"type": "string"},
        "do": {"type": "string"},
        "judged": {
            "type": "boolean",
            "description": "It hangs on what an officer finds.",
        },
        "standards": {"type": "array", "items": {"type": "object"}},
        "unpublished": {"type": "array", "items": {"type": "string"}},
    },
}
_MEMBER: Schema = {
    "type": "object",
    "required": ["index", "outcome", "already", "amount_fen", "amount_min_fen", "amount_max_fen", "findings"],
    "properties": {
        "index": {"type": "integer"},
        "outcome": _OUTCOME,
        "already": {"type": "boolean"},
        "amount_fen": _FEN,
        "amount_min_fen": _FEN,
        "amount_max_fen": _FEN,
        "findings": {"type": "array", "items": _FINDING},
    },
}
_VERDICT: Schema = {
    "type": "object",
    "required": [
        "policy",
        "outcome",
        "already",
        "basis_edition",
        "amount_fen",
        "amount_min_fen",
        "amount_max_fen",
        "amount_period",
        "amount_text",
        "findings",
        "needs",
        "settled_by",
        "excludes",
        "after",
    ],
    "properties": {
        "policy": {"type": "string"},
        "name": {"type": "string"},
        "outcome": _OUTCOME,
        "already": {"type": "boolean"},
        "basis_edition": {"type": ["string", "null"], "format": "date"},
        "amount_fen": _FEN,
        "amount_min_fen": _FEN,
        "amount_max_fen": _FEN,
        "amount_period": {"enum": ["month", "year", "once", "none"]},
        "amount_text": {"type": "string"},
        "findings": {"type": "array", "items": _FINDING},
        "needs": {"type": "array", "items": {"type": "string"}},
        "settled_by": {"type": "array", "items": {"type": "string"}},
        "excludes": {"type": "array", "items": {"type": "string"}},
        "after": {"type": "array", "items": {"type": "string"}},
        "members": {"type": "array", "items": _MEMBER},
    },
}
VERDICTS_SCHEMA: Schema = {
    "type": "object",
    "required": ["catalogue", "county", "on", "verdicts"],
    "properties": {
        "catalogue": {"type": "string"},
        "county": {"type": "string"},
        "on": {"type": "string", "format": "date"},
        "verdicts": {"type": "array", "items": _VERDICT},
    },
}

EXAMPLE: Schema = {
    "county": "330482",
    "on": "2026-11-22",
    "standards": {
        "dibao_standard_fen": 110000,
        "dibao_asset_years": 4,
        "dibao_capital_cap_fen": 10000000,
        "home_area_pc_cap": 40,
    },
    "household": {
        "status": [],
        "hukou_local": True,
        "size": 3,
        "income_month_fen": 210000,
        "liquid_fen": 1000000,
        "cars": 0,
        "homes": 1,
        "non_residential": False,
        "capital_fen": 0,
    },
    "members": [{"age": 45, "work": "flexible"}, {"age": 43}, {"age": 12, "stage": "primary"}],
}
