"""How a terminal shows verdicts and their reasons, the same in every command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTCOME_WORDS = {
    "likely": "很可能可以享受",
    "possible": "有可能可以享受",
    "not_now": "暂时看不太像，但仍然可以申请",
}
_MARKS = {"met": "是", "unknown": "？", "not_met": "否"}


def finding_line(finding: Mapping[str, Any]) -> str:
    """One finding of a verdict's JSON: how it came out, what was asked, and the household's own figure."""
    figure = f"：{finding['value']}" if finding["value"] else ""
    return f"    {_MARKS[finding['result']]} {finding['says']}{figure}"
