"""Rows of the clauses from other texts: no extra conditions (83-1), temporary relief (ZJ-38)."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest

from assistance import assessments, policies
from tests.architecture.test_catalogue import rows_of_sources
from tests.architecture.test_imports import ROOT
from tests.clauses.asking import AFTER, BEFORE, CATALOGUE, MEANS, MODEST, verdict_of

LISTED = rows_of_sources()


@pytest.mark.parametrize("policy", CATALOGUE.policies, ids=lambda policy: policy.code)
def test_83_1_every_condition_cites_a_listed_source_or_the_county(policy: policies.Policy) -> None:
    for day in (BEFORE, AFTER):
        own = {citation.basis().zh for citation in policy.citations_on(day)}
        for citation in policy.citations_on(day):
            assert policy.code in LISTED[citation.source.key, citation.articles]
        for standards in ({}, MEANS):
            verdict = verdict_of(policy.code, {}, [], on=day, standards=standards)
            assert verdict.findings
            for finding in verdict.findings:
                assert finding.basis.zh in {*own, policies.COUNTY_CONFIRMS.zh}, finding.bound.line.when
                if not policy.citations_on(day):
                    assert finding.basis == policies.COUNTY_CONFIRMS


def test_83_1_some_policies_rest_on_the_county_alone() -> None:
    """The row can fail: not every policy has a source, and not every source is a law of the country."""
    alone = {policy.code for policy in CATALOGUE.policies if not policy.citations}
    assert alone
    for code in alone:
        assert not any(code in codes for codes in LISTED.values())


def test_83_1_a_condition_with_neither_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    path = folder / "temporary-relief.toml"
    shutil.copyfile(ROOT / "assistance" / "policies" / "catalogue" / path.name, path)
    text = path.read_text(encoding="utf-8")
    assert policies.load_catalogue(folder).get("temporary-relief") is not None
    for number, wrong in enumerate(
        (text.replace('"TEMP_47"', '"HEARSAY"'), text.replace("sources = [", "from = ["))
    ):
        broken = tmp_path / str(number)
        broken.mkdir()
        (broken / path.name).write_text(wrong, encoding="utf-8")
        with pytest.raises(policies.CatalogueError, match=r"temporary-relief\.toml, line"):
            policies.load_catalogue(broken)


FIRE: dict[str, Any] = {**MODEST, "event_6m": ["fire"], "income_month_fen": 500000}


@pytest.mark.parametrize(
    ("size", "most", "text"),
    [
        (1, 1320000, "一次最多 13200 元"),
        (3, 3960000, "一次最多 39600 元"),
        ({"min": 2, "max": 3}, 3960000, "一次最多 39600 元"),
    ],
)
def test_ZJ_38_temporary_relief_is_a_range_of_standards(size: Any, most: int, text: str) -> None:
    for day in (BEFORE, AFTER):
        verdict = verdict_of("temporary-relief", {**FIRE, "size": size}, [{"age": 40}], on=day)
        # How hard it is, an officer finds: a range up to twelve standards a person, never a promise.
        assert verdict.outcome == "possible"
        assert (verdict.amount.least, verdict.amount.most, verdict.amount.exact) == (0, most, None)
        assert verdict.amount_text("zh") == text
        basis = {finding.basis.zh for finding in verdict.findings}
        assert ("浙江省社会救助条例 第三十八至四十条" in basis) == (day == BEFORE)
    words = verdict.policy.how_much
    assert "6 个月" in words.zh
    assert "12 个月" in words.zh


def test_ZJ_38_without_a_standard_there_is_no_figure() -> None:
    verdict = verdict_of("temporary-relief", {**FIRE, "size": 1}, [{"age": 40}], standards={})
    assert (verdict.outcome, verdict.amount.most) == ("possible", None)
    assert verdict.amount_text("zh") == verdict.policy.how_much.zh


def test_ZJ_38_without_an_event_or_a_status_there_is_none() -> None:
    calm = {**FIRE, "event_6m": [], "size": 1, "rigid_12m_fen": 0}
    standards = {**MEANS, "temp_relief_expenditure_option": False}
    assert verdict_of("temporary-relief", calm, [{"age": 40}], standards=standards).outcome == "not_now"


NEEDY = {**MODEST, "size": 1, "income_month_fen": 466666, "rigid_12m_fen": 2799997}
RIGID_LINES = {**MEANS, "disposable_income_pc_fen": 5600000, "rigid_share_cap": "0.5", "rigid_asset_rule": 8}


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "likely"),
        # The yearly income has to be below last year's disposable income.
        ({"income_month_fen": 466667, "rigid_12m_fen": 5600000}, "not_now"),
        # Exactly half is not over half.
        ({"rigid_12m_fen": 2799996}, "not_now"),
        ({"rigid_12m_fen": None}, "possible"),
        ({"rigid_12m_fen": {"min": 2799996, "max": 2799997}}, "possible"),
        ({"income_month_fen": 0, "rigid_12m_fen": 1}, "likely"),
        ({"income_month_fen": 0, "rigid_12m_fen": 0}, "not_now"),
        ({"status": ["dibian"]}, "not_now"),
    ],
)
def test_RIGID_4_twelve_months_of_spending_over_the_set_share(changed: dict[str, Any], outcome: str) -> None:
    for day in (BEFORE, AFTER):
        verdict = verdict_of(
            "rigid-expenditure-recognition",
            {**NEEDY, **changed},
            [{"age": 40}],
            on=day,
            standards=RIGID_LINES,
        )
        assert verdict.outcome == outcome


def test_RIGID_4_without_the_share_of_the_county_it_is_possible() -> None:
    standards = {name: value for name, value in RIGID_LINES.items() if name != "rigid_share_cap"}
    verdict = verdict_of("rigid-expenditure-recognition", NEEDY, [{"age": 40}], standards=standards)
    assert verdict.outcome == "possible"


@pytest.mark.parametrize(
    ("asked_on", "first"),
    [("2026-11-22", "2025-11-22"), ("2024-12-31", "2024-01-01"), ("2025-03-01", "2024-03-01")],
)
def test_RIGID_4_spending_of_day_365_counts_and_of_day_366_not(asked_on: str, first: str) -> None:
    day = datetime.date.fromisoformat(asked_on)
    counts_from = assessments.spending_counts_from(day)
    assert counts_from == datetime.date.fromisoformat(first)
    assert (day - counts_from).days == 365
