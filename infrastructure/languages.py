"""The languages that the product speaks, and their gettext catalogues."""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


@dataclass(frozen=True)
class Language:
    """One language of the portal."""

    code: str
    name: str
    html: str


@lru_cache(maxsize=8)
def languages(folder: Path = TRANSLATIONS) -> tuple[Language, ...]:
    """Every language, the source language first."""
    rows = tomllib.loads((folder / "languages.toml").read_text(encoding="utf-8"))
    return tuple(Language(code, row["name"], row["html"]) for code, row in rows.items())


def locales() -> tuple[str, ...]:
    """The codes of all languages, the source language first."""
    return tuple(language.code for language in languages())


def language(code: str) -> Language:
    """The language of this code, or the source language where there is none."""
    return next((one for one in languages() if one.code == code), languages()[0])


def catalogue_path(code: str, folder: Path = TRANSLATIONS) -> Path:
    """Where the sentences of one language stand."""
    return folder / code / "LC_MESSAGES" / "messages.po"


@lru_cache(maxsize=32)
def translator(code: str) -> NullTranslations:
    """The sentences of one language; whatever it lacks stays in the source language."""
    path = catalogue_path(code)
    if code == locales()[0] or not path.exists():
        return NullTranslations()
    # Compiled in memory, so that no binary file must be kept in step with the text.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it, which the extractor looks for
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return text
