"""Which language and which text size the person at the other end reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from infrastructure.languages import locales, translator

LANGUAGE_COOKIE = "huimin_lang"
SIZE_COOKIE = "huimin_size"
SIZES = (20, 24, 30)
LONGEST_LIST = 200
"""How much of a browser's own list is read: it is kept, too."""


def current_locale() -> str:
    """The language of this answer: as chosen, else as the browser asks, else the source language."""
    known: str | None = g.get("locale")
    if known is None:
        known = g.locale = _choose_locale()
    return known


def chosen_locale() -> str | None:
    """The language that was chosen on this device, or None where nobody has."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in locales() else None


def prefer_locale(kept: str | None) -> None:
    """Answer in the language that the person once chose, unless another was chosen on this device."""
    if kept in locales() and chosen_locale() is None:
        g.locale = kept


def _choose_locale() -> str:
    return chosen_locale() or _best_of(request.headers.get("Accept-Language", "")[:LONGEST_LIST])


@lru_cache(maxsize=500)
def _best_of(accepted: str) -> str:
    """The language that suits a browser's own list best; phones send the same few lists."""
    available = locales()
    wanted = parse_accept_header(accepted, LanguageAccept)
    return wanted.best_match(available, default=available[0]) or available[0]


def current_size() -> int:
    """The text size in pixels, as chosen by the reader."""
    chosen = request.cookies.get(SIZE_COOKIE, "")
    return int(chosen) if chosen in ("20", "24", "30") else SIZES[0]


def gettext(sentence: str, **values: object) -> str:
    """A source sentence in the language of this answer."""
    words = translator(current_locale()).gettext(sentence)
    return words % values if values else words


def translate() -> Callable[[str], str]:
    """The translation into the language of this answer, where hundreds of sentences are to be said."""
    return translator(current_locale()).gettext


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """A counted source sentence in the language of this answer."""
    return translator(current_locale()).ngettext(one, many, number) % {"number": number, **values}
