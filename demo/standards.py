"""The sample standards of both counties, one row before and one after the law of 2026."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from assistance.divisions import Level, national_index
from assistance.policies import LAW_OF_2026, GivenStandard, issuer_needed
from assistance.rules import SETTINGS

FILE = Path(__file__).parent / "sample_standards.toml"
BEFORE = date(2024, 7, 1)


def sample_rows() -> list[GivenStandard]:
    """Every sample, in the order of counties, names and days."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    rows = []
    for county, own in data["counties"].items():
        for name, pair in sorted({**data["both"], **own}.items()):
            rows.append(_row(name, county, BEFORE, pair["before"], data["document"]))
            rows.append(_row(name, county, LAW_OF_2026, pair["after"], data["document"]))
    return rows


def _row(name: str, county: str, day: date, value: Any, document: str) -> GivenStandard:
    return GivenStandard(
        name=name,
        division_code=county,
        from_on=day,
        value=value,
        document=document,
        issuer_code=_issuer(name, county, day),
        is_sample=True,
    )


def _issuer(name: str, county: str, day: date) -> str:
    levels: dict[Level, str] = {place.level: place.code for place in national_index().path(county)}
    return levels[issuer_needed(SETTINGS[name], day)]
