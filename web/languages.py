"""Which language and which text size the person at the other end reads."""

from __future__ import annotations

from flask import g, request

from infrastructure.languages import locales, translator

LANGUAGE_COOKIE = "huimin_lang"
SIZE_COOKIE = "huimin_size"
SIZES = (20, 24, 30)


def current_locale() -> str:
    """The language of this answer: as chosen, else as the browser asks, else the source language."""
    known: str | None = g.get("locale")
    if known is None:
        known = g.locale = _choose_locale()
    return known


def _choose_locale() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    available = locales()
    if chosen in available:
        return chosen
    return request.accept_languages.best_match(available, default=available[0]) or available[0]


def current_size() -> int:
    """The text size in pixels, as chosen by the reader."""
    chosen = request.cookies.get(SIZE_COOKIE, "")
    return int(chosen) if chosen in ("20", "24", "30") else SIZES[0]


def gettext(sentence: str, **values: object) -> str:
    """A source sentence in the language of this answer."""
    words = translator(current_locale()).gettext(sentence)
    return words % values if values else words


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """A counted source sentence in the language of this answer."""
    return translator(current_locale()).ngettext(one, many, number) % {"number": number, **values}
