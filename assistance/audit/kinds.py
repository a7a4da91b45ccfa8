"""What an entry of the log may hold: the forms of its fields, and what a kind of entry declares."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LONGEST_TEXT = 200
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
REFERENCE = re.compile(r"[^\x00-\x1f\x7f]{1,80}")
# An identity number or a mobile number; both ends free, so that a random reference is never taken for one.
NUMBER_OF_A_PERSON = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")
# What somebody may see of a person, by class and never by value.
DATA_CLASSES = frozenset(
    {
        "address",
        "answers",
        "authorization_state",
        "check_results",
        "contact",
        "events",
        "health",
        "housing",
        "identity_number",
        "income",
        "name",
        "property",
        "relations",
        "relatives",
        "schooling",
        "signature",
        "spending",
        "status",
        "village",
        "work",
    }
)


class UndeclaredEntry(ValueError):
    """An entry lacks or exceeds what its kind declares: a mistake of ours, so the act does not happen."""


def is_code(value: Any) -> bool:
    """A word of our own, such as the name of a standard."""
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def is_reference(value: Any) -> bool:
    """A reference to somebody or something, which is no number of a person."""
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None and is_impersonal(value)


def is_text(value: Any) -> bool:
    """A public text such as a document's title."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and is_impersonal(value)


def is_figure(value: Any) -> bool:
    """A public amount as JSON keeps it."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT


def is_day(value: Any) -> bool:
    """A day as ISO writes it."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_count(value: Any) -> bool:
    """How many."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_codes(value: Any) -> bool:
    """Words of our own, in order and each once; there may be none."""
    return isinstance(value, list) and all(map(is_code, value)) and value == sorted(set(value))


def is_flag(value: Any) -> bool:
    """Yes or no."""
    return isinstance(value, bool)


def is_seen(value: Any) -> bool:
    """The classes of data that were seen, in order and each once."""
    return isinstance(value, list) and bool(value) and value == sorted(set(value) & DATA_CLASSES)


def is_impersonal(text: str) -> bool:
    """Whether no identity number and no mobile number stands in a text, full-width figures included."""
    return NUMBER_OF_A_PERSON.search(unicodedata.normalize("NFKC", text)) is None


@dataclass(frozen=True)
class Kind:
    """What an entry of one kind says."""

    words: str
    object_type: str | None
    fields: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    is_about_a_person: bool = False
    is_look: bool = False
    is_told: bool = False
    """The person reads of it among the looks, although nobody looked: a question to a data source."""
    withheld: tuple[str, ...] = ()
    """Fields that tell of somebody's life: kept and hashed, but not shown to those who read the log."""


SEEN = {"seen": is_seen}
