"""Bytes over the wire: each page as a browser gets it, packed with gzip, beside its budget."""

from __future__ import annotations

from flask import Flask

from bench.application import Asked, application, cookie_of_the_family
from bench.measuring import Bench, Row

KILO = 1024
GZIP = {"Accept-Encoding": "gzip"}
STATIC = ("css/site.css", "js/site.js")
QUESTIONS = 12


def run(bench: Bench) -> list[Row]:
    """The largest of each kind of page in both languages; sizes are certain, so one run is enough."""
    with application() as app:
        rows = [_row(name, sizes, budget) for name, sizes, budget in _kinds(app)]
    return rows


def _row(name: str, sizes: list[int], budget: float) -> Row:
    most = max(sizes)
    return Row(
        f"bytes, gzip: {name}",
        f"largest of {len(sizes)}" if len(sizes) > 1 else "–",
        f"{most / KILO:.1f} KB",
        f"≤ {budget:g} KB",
        1,
        most > budget * KILO,
    )


def _kinds(app: Flask) -> list[tuple[str, list[int], float]]:
    family = {"Cookie": cookie_of_the_family(app)}
    codes = [policy.code for policy in app.extensions["huimin"].catalogue.policies]
    questions = [f"/assessment/questions/{number}" for number in range(1, QUESTIONS + 1)]

    def both(path: str, headers: dict[str, str]) -> list[int]:
        return [_size(app, path, headers | {"Accept-Language": language}) for language in ("zh-CN", "en")]

    def largest(paths: list[str], headers: dict[str, str]) -> list[int]:
        return [size for path in paths for size in both(path, headers)]

    files = app.extensions["huimin.static_files"]
    static = sum(len(files.get(name).compressed) for name in STATIC)
    return [
        ("home", both("/", {}), 6),
        ("the questions' first page", both("/assessment", {}), 6),
        ("a question", largest(questions, {}) + largest(questions, family), 6),
        ("the answers read back", both("/assessment/review", family), 6),
        ("a message (404)", both("/no-such-page", {}), 6),
        ("one policy", largest([f"/policies/{code}" for code in codes], {}), 10),
        ("the result with all 55", both("/assessment/result", family), 20),
        ("all policies", both("/policies", {}), 20),
        ("first visit with css and js", [size + static for size in both("/", {})], 40),
    ]


def _size(app: Flask, path: str, headers: dict[str, str]) -> int:
    asked = Asked(app, path, headers=GZIP | headers)
    body = asked()
    if asked.status.startswith("30"):
        # The page does not come for this household; what would be there instead is counted elsewhere.
        return 0
    return len(body)
