"""The wordings that the gateway has on file, and how it puts values into them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# What the county has registered with the provider is what the product keeps in its own file of texts.
ON_FILE = Path(__file__).resolve().parent.parent / "assistance" / "messages" / "templates.toml"
PLACE = re.compile(r"\{([^{}]*)\}")
SIGNATURE = "【惠民码】"


def fill(text: str, params: Mapping[str, str]) -> str | None:
    """What the person reads; None where a value is missing or one too many."""
    if set(PLACE.findall(text)) != set(params):
        return None
    return SIGNATURE + PLACE.sub(lambda place: params[place[1]], text)


@cache
def on_file() -> Mapping[str, str]:
    """Every text by the name under which it is registered."""
    read = tomllib.loads(ON_FILE.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for template, row in read.items():
        for language, text in row.get("sms", {}).items():
            # Each language is registered as a text of its own, the Chinese one under the bare name.
            found[template if language == "zh" else f"{template}.{language}"] = text
    return found
