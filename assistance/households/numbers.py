"""The numbers of household files, which tell nothing of the family, its place or its time."""

from __future__ import annotations

import re
import secrets
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.households.models import Household

FORM = re.compile(r"H[0-9]{8}")


def new_numbers(session: Session, how_many: int = 1) -> list[str]:
    """Numbers that no file has, each H and eight random figures in groups of four."""
    found: set[str] = set()
    while len(found) < how_many:
        drawn = {_grouped(f"{secrets.randbelow(10**8):08}") for _ in range(how_many - len(found))} - found
        found |= drawn - _taken(session, drawn)
    return sorted(found)


def read_number(text: str) -> str | None:
    """A number however it was typed, or None where it is none."""
    plain = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", text[:100])).upper()
    return _grouped(plain[1:]) if FORM.fullmatch(plain) else None


def _grouped(figures: str) -> str:
    return f"H{figures[:4]}-{figures[4:]}"


def _taken(session: Session, numbers: set[str]) -> set[str]:
    taken: set[str] = set()
    ordered = sorted(numbers)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        taken |= set(session.scalars(select(Household.number).where(Household.number.in_(some))))
    return taken
