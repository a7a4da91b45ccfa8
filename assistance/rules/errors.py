"""What can be wrong with facts, standards and conditions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from .words import Words

MOST_HINTS = 30
"""After so many mistakes only their paths are named: looking for near names takes time for each."""


class FactError(NamedTuple):
    """One field that cannot be used: its path and a sentence that never repeats its value."""

    path: str
    message: Words


class FactErrors(ValueError):
    """Some facts cannot be used; `errors` names every field by its path."""

    def __init__(self, errors: list[FactError]) -> None:
        super().__init__(", ".join(error.path for error in errors))
        self.errors = errors


class SettingError(ValueError):
    """A standard's value is not of its kind; `message` says what would be."""

    def __init__(self, message: Words) -> None:
        super().__init__(message.en)
        self.message = message


class ConditionError(ValueError):
    """A condition cannot be read: what is wrong, and what would be right."""


def known_alternatives(word: str, known: Iterable[str]) -> str:
    """Name the words nearest to a mistaken one, or all of them where none is near."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, n=3, cutoff=0.5)
    return "did you mean " + " or ".join(near) + "?" if near else "known: " + ", ".join(options)
