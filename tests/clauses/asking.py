"""One way of asking for a verdict, so that a clause's test holds only what the clause is about."""

from __future__ import annotations

import datetime
import json
from typing import Any

from flask import Flask

from assistance import policies, rules

CATALOGUE = policies.load_catalogue()
BEFORE, AFTER = datetime.date(2026, 6, 30), datetime.date(2026, 7, 1)
LAW_ALONE = rules.StandardsInForce({}).with_given({"dibian_multiple": "1.5"})
MEANS = {
    "dibao_standard_fen": 110000,
    "dibao_asset_years": 4,
    "dibian_asset_years": 6,
    "dibao_capital_cap_fen": 10000000,
    "dibian_capital_cap_fen": 20000000,
    "dibian_vehicle_years": 12,
    "minimum_wage_fen": 249000,
    "home_area_pc_cap": 40,
}
MODEST = {
    "status": [],
    "hukou_local": True,
    "liquid_fen": 0,
    "cars": 0,
    "homes": 1,
    "non_residential": False,
    "capital_fen": 0,
}
"""A household without means beside its income."""


def verdict_of(
    policy: str,
    household: dict[str, Any],
    members: list[dict[str, Any]],
    *,
    on: datetime.date = datetime.date(2026, 11, 22),
    standards: dict[str, Any] | None = None,
) -> policies.Verdict:
    """The verdict of one policy, with these standards alone."""
    verdicts = policies.assess(
        CATALOGUE,
        rules.read_household(household, members),
        LAW_ALONE.with_given(MEANS if standards is None else standards),
        on=on,
        county="330482",
    )
    return next(verdict for verdict in verdicts if verdict.policy.code == policy)


def result_of(verdict: policies.Verdict, when: str, member: int | None = None) -> str | None:
    """How one line came out, for one member where asked; None where the edition has no such line."""
    findings = verdict.findings if member is None else (verdict.members or ())[member].findings
    found = [finding for finding in findings if finding.bound.line.when == when]
    return rules.RESULT_WORDS[found[0].result] if found else None


def command_answer(app: Flask, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What `flask assess` answers, by policy."""
    done = app.test_cli_runner().invoke(
        args=["assess", "-", "--json"], input=json.dumps(document), catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return {verdict["policy"]: verdict for verdict in json.loads(done.stdout)["verdicts"]}
