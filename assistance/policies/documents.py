"""Facts in, verdicts out: the document that the command and the JSON interface share."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from assistance.rules import (
    FactError,
    FactErrors,
    StandardsInForce,
    Words,
    known_alternatives,
    read_household,
)

from .policy import Catalogue
from .verdicts import assess

FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)
KEYS = ("county", "on", "standards", "household", "members")
DEPTH_MOST = 8


class NotJson(ValueError):
    """A text that is no JSON document, or one that is nested too deeply."""


def read_json(raw: bytes) -> Any:
    """Read JSON strictly: UTF-8, no NaN, decimals held exactly, no deep nesting; raises NotJson."""
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if _depth(data) > DEPTH_MOST:
        raise NotJson
    return data


def _refuse_constant(_name: str) -> None:
    raise NotJson


def _depth(data: object) -> int:
    if isinstance(data, dict):
        return 1 + max(map(_depth, data.values()), default=0)
    if isinstance(data, list):
        return 1 + max(map(_depth, data), default=0)
    return 0


StandardsFor = Callable[[str, datetime.date], StandardsInForce]


def evaluate(
    document: object,
    catalogue: Catalogue,
    *,
    is_county: Callable[[str], bool],
    standards_for: StandardsFor,
    today: datetime.date,
    locale: str,
) -> dict[str, object]:
    """Judge the household of a document; raises FactErrors naming every wrong field, never its value."""
    if not isinstance(document, dict):
        raise FactErrors([FactError("body", Words("应当是一个对象", "must be an object"))])
    errors = [
        FactError(key[:60], Words("没有这一项", f"no such field; {known_alternatives(key[:60], KEYS)}"))
        for key in document
        if key not in KEYS
    ]
    # Nothing but a fact is unknown by null: what is not meant is left out.
    errors += [
        FactError(key, Words("不写就整项去掉", "must be left out rather than null"))
        for key in ("on", "standards", "members")
        if key in document and document[key] is None
    ]
    county = _read_county(document, is_county, errors)
    on = _read_day(document, today, errors)
    standards, household = StandardsInForce({}), None
    try:
        standards.with_given({} if document.get("standards") is None else document["standards"])
    except FactErrors as error:
        errors += error.errors
    if "household" not in document:
        errors.append(FactError("household", Words("要有这一项", "is required")))
    try:
        household = read_household(document.get("household", {}), document.get("members"))
    except FactErrors as error:
        errors += error.errors
    if errors or household is None:
        raise FactErrors(errors)
    standards = standards_for(county, on).with_given(document.get("standards", {}))
    verdicts = assess(catalogue, household, standards, on=on, county=county)
    return {
        "catalogue": catalogue.version,
        "county": county,
        "on": on.isoformat(),
        "verdicts": [verdict.as_json(locale) for verdict in verdicts],
    }


def _read_county(
    document: Mapping[str, Any], is_county: Callable[[str], bool], errors: list[FactError]
) -> str:
    county = document.get("county")
    if county is None:
        errors.append(FactError("county", Words("要有这一项", "is required")))
    elif not isinstance(county, str) or not is_county(county):
        errors.append(
            FactError("county", Words("应当是一个县的六位代码", "must be the six-digit code of a county"))
        )
    else:
        return county
    return ""


def _read_day(document: Mapping[str, Any], today: datetime.date, errors: list[FactError]) -> datetime.date:
    given = document.get("on")
    if given is None:
        return today
    try:
        day = datetime.date.fromisoformat(given)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != given or not FIRST_DAY <= day <= LAST_DAY:
        message = Words(
            "应当是 2000-01-01 到 2100-12-31 的日期", "must be a day from 2000-01-01 to 2100-12-31"
        )
        errors.append(FactError("on", message))
        return today
    return day
