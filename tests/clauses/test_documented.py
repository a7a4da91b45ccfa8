"""Every row of the clauses has its line in docs/sources.md, with its tests or a reason to wait."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.test_catalogue import SOURCES
from tests.architecture.test_imports import ROOT

TEXT = SOURCES.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## Clauses with capability ([\w, ]+)\n(.+?)(?=^## |\Z)", TEXT, re.M | re.S))
LINES = dict(re.findall(r"^- \*\*([^*]+)\*\*(.+)$", "\n".join(SECTIONS.values()), re.MULTILINE))
ASSESSMENT = """
SA-13 to 16 | SA-17, 19, 22, 23 | SA-18 | SA-21 | SA-24 to 27 | 57-7, 8 | 57-13, 14 | 43-20 to 23 | RIGID-4, 5
83-1 | ZJ-38 to 41 | ZJ-50
"""
PEOPLE_AND_DATA = """
SA-11, 70(6) | SA-40; ZJ-48, 49; 57-9 | SA-41 | SA-42(2) | SA-62(2); 716-7; ZS-19; 57-10(2) | SA-70(1)-(5)
57-15 to 17; SA-43 | 57-18 | 57-29 | 43-10, 11 | ZP-7, 9 | PIPL-5 to 8, 13, 34 | PIPL-14 to 16
PIPL-17, 30, 35; WLSJ-21 | PIPL-19, 47 | PIPL-23, 29 | PIPL-25, 28 | PIPL-31; WB-72; WCW-32, 34 | PIPL-36
PIPL-44 to 46, 48, 50; GK-41 | PIPL-49 | PIPL-51, 54 to 56 | WLSJ-12, 15 to 17; PIPL-20, 21, 59; DSL-40
WLSJ-22 to 25 | ZS-20 to 22 | ZS-25, 27, 29 | ZS-26 | ZS-31, 32 | DSL-21, 27, 29, 38, 39; CSL-24, 49, 51
CSL-23; GA-20 | GA-19 | ESIG-3 to 8 | ESIG-13 to 15; 716-8; ZP-10(1) | SM-30; ZP-10(2); 716-9
DA-13, 14, 21; DAS-19, 24 | WCW-36 | MF-18 to 23, 35 | LN-55 | MF-201 to 203; FY-88; CF-85; FJ-2, 6, 7
SA-54 to 59; ZJ-44, 46 | 649-40 | ZJ-55 | ZP-39, 42 | PIPL-6, 28; MF-1032
WLSJ-10, 11; PIPL-52, 57; WCW-35; CSL-27 | CSL-26 | GA-5; ICP-12 | GA-17, 18; SM-41; 密码法 27
FY-42, 44, 46 to 48, 54, 70; XS-34, 35 | XY-11, 14, 16; ZJ-61 | XF-28, 30, 46(5)(6); XFZ-26(4), 27
DA-36, 37; DAS-38, 39; 716-12 | DA-15, 39, 44; DAS-20, 40 | WB-4, 103; ZJ-55(2) | WCW-37 | MF-1033, 1034, 1039
人脸识别 2025-06-01; 网络身份认证 2025-07-15
"""
MAY_NOT_WAIT = (
    *("SA-13 to 16", "SA-17, 19, 22, 23", "SA-18", "SA-21", "SA-24 to 27", "57-7, 8", "57-13, 14"),
    *("PIPL-5 to 8, 13, 34", "PIPL-17, 30, 35; WLSJ-21", "PIPL-19, 47", "ZS-20 to 22", "ZS-31, 32"),
)
ID = r"test_(?:[A-Z]{2,}|43|57|83|649|716)_\d+_\w+"


def rows() -> list[str]:
    return [row.strip() for row in re.split(r"[|\n]", ASSESSMENT + PEOPLE_AND_DATA) if row.strip()]


def named_by_a_row() -> set[str]:
    """The tests that carry a row's id in their name, as they stand in the files."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and re.fullmatch(ID, node.name)
    }


def articles_of(row: str) -> dict[str, tuple[int, int]]:
    """For each text of a row the first and the last article that it names: `PIPL-31; WB-72` gives two."""
    found = {}
    for part in row.split("; "):
        text, _, numbers = part.partition("-")
        articles = [int(number) for number in re.findall(r"\d+", re.sub(r"\([^)]*\)", "", numbers))]
        if articles:
            found[text] = (min(articles), max(articles))
    return found


def test_every_row_has_its_line() -> None:
    assert set(SECTIONS) == {"assessment", "authorization, checks, privacy, security"}
    assert set(LINES) == set(rows())


@pytest.mark.parametrize("row", rows())
def test_a_row_names_tests_that_exist_or_says_why_it_waits(row: str) -> None:
    named = set(re.findall(f"`({ID})`", LINES[row]))
    assert named <= named_by_a_row()
    articles = articles_of(row)
    for test in named:
        _, text, article, *_ = test.split("_")
        assert text in articles, test
        assert articles[text][0] <= int(article) <= articles[text][1], test
    assert named or re.search(r"\bwaits?\b", LINES[row])
    assert named or row not in MAY_NOT_WAIT


def test_no_test_of_a_clause_is_left_out() -> None:
    named = set(re.findall(f"`({ID})`", "".join(LINES.values())))
    assert named_by_a_row() - named == set()
