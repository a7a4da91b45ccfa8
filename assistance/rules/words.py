"""Sentences that a catalogue carries in Chinese and English side by side."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One sentence in both languages; another language falls back to Chinese."""

    zh: str
    en: str

    def in_language(self, locale: str) -> str:
        """Return the sentence in a locale such as `zh_Hans_CN` or `en`."""
        return self.en if locale.startswith("en") else self.zh
