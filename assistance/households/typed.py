"""Values as people write them in a cell or a field, read as the engine has them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from assistance import rules
from assistance.households.lines import WrongValue, check_value

AROUND = re.compile(r"[\s,]+|元|块|岁|个月|平方米|㎡|m2|辆|套|口|人|级")
PLAIN = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")
APART = re.compile(r"[、,;；，/\s]+")
YES = frozenset({"是", "有", "对", "y", "yes", "true", "1"})
NO = frozenset({"否", "不是", "没有", "无", "不", "n", "no", "false", "0"})
NOTHING = frozenset({"没有", "无", "都没有", "none"})


def read_figure(fact: rules.Fact, text: str) -> int | float | None:
    """A number as it was typed: yuan become fen, square metres keep two decimals; None where it is none."""
    plain = AROUND.sub("", unicodedata.normalize("NFKC", text[:60]).lower())
    if not PLAIN.fullmatch(plain):
        return None
    number = Decimal(plain)
    if fact.kind == "money":
        return int(number * 100)
    if number % 1 == 0:
        return int(number)
    return float(number) if fact.kind == "area" else None


def read_cell(fact: rules.Fact, text: str) -> Any:
    """The value of one cell; raises WrongValue with what it could be."""
    plain = unicodedata.normalize("NFKC", text).strip()
    word = plain.lower()
    value: Any
    if fact.kind == "bool":
        value = True if word in YES else False if word in NO else None
        if value is None:
            raise WrongValue(YES_OR_NO)
    elif fact.kind == "enum":
        value = _option(fact, plain)
    elif fact.kind == "set":
        value = [] if word in NOTHING else sorted({_option(fact, one) for one in APART.split(plain) if one})
    else:
        value = read_figure(fact, plain)
        if value is None:
            raise WrongValue(A_NUMBER)
    check_value(fact.key, value)
    return value


def _option(fact: rules.Fact, text: str) -> str:
    for key, words in fact.options.items():
        if text in (key, unicodedata.normalize("NFKC", words.zh), words.en):
            return key
    options = list(fact.options.values())
    raise WrongValue(
        rules.Words(
            "只能填：" + "、".join(words.zh for words in options),
            "must be one of: " + ", ".join(words.en for words in options),
        )
    )


YES_OR_NO = rules.Words("只能填是或者否", "must be yes or no")
A_NUMBER = rules.Words("请填一个数", "must be a number")
