"""The wordings that the gateway has on file, and how it puts values into them."""

from __future__ import annotations

import re
from collections.abc import Mapping

A_TEMPLATE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def text_of(template: str, params: Mapping[str, str]) -> str | None:
    """What the person reads; None where the provider has no such template on file."""
    if not A_TEMPLATE.fullmatch(template):
        return None
    values = "，".join(f"{name} {value}" for name, value in params.items())
    return f"{template}：{values}" if values else template
