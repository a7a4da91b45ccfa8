"""Every row of the clauses has its line in docs/sources.md, with its tests or a reason to wait."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.test_catalogue import SOURCES
from tests.architecture.test_imports import ROOT

SECTION = SOURCES.read_text(encoding="utf-8").partition("\n## Clauses with capability assessment\n")[2]
LINES = dict(re.findall(r"^- \*\*([^*]+)\*\*(.+)$", SECTION, re.MULTILINE))
MAY_NOT_WAIT = ("SA-13 to 16", "SA-17, 19, 22, 23", "SA-18", "SA-21", "SA-24 to 27", "57-7, 8", "57-13, 14")
MAY_WAIT = ("43-20 to 23", "RIGID-4, 5", "83-1", "ZJ-38 to 41", "ZJ-50")
ID = r"test_(?:SA|ZJ|RIGID|57|43|83)_\w+"


def named_by_a_row() -> set[str]:
    """The tests that carry a row's id in their name, as they stand in the files."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and re.fullmatch(ID, node.name)
    }


def test_every_row_has_its_line() -> None:
    assert set(LINES) == {*MAY_NOT_WAIT, *MAY_WAIT}


@pytest.mark.parametrize("row", [*MAY_NOT_WAIT, *MAY_WAIT])
def test_a_row_names_tests_that_exist_or_says_why_it_waits(row: str) -> None:
    named = set(re.findall(f"`({ID})`", LINES[row]))
    assert named <= named_by_a_row()
    text, _, numbers = row.partition("-")
    articles = [int(number) for number in re.findall(r"\d+", numbers)]
    for test in named:
        _, own_text, article, *_ = test.split("_")
        assert own_text == text, test
        assert min(articles) <= int(article) <= max(articles), test
    assert named or "waits" in LINES[row]
    assert named or row in MAY_WAIT


def test_no_test_of_a_clause_is_left_out() -> None:
    named = set(re.findall(f"`({ID})`", SECTION))
    assert named_by_a_row() - named == set()
