"""Every policy's situations: plain-language test cases with the outcome that the law asks."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest

from assistance import policies, rules

FOLDER = Path(__file__).parent
CATALOGUE = policies.load_catalogue()
LAW_ALONE = rules.StandardsInForce({}).with_given({"dibian_multiple": "1.5"})


def _situations() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, situation in enumerate(data["situations"], 1):
            name = f"{path.stem}-{number}: {situation['name']['en']}"
            found.append(pytest.param(data["policy"], situation, id=name))
    return found


def judge(code: str, situation: dict[str, Any]) -> policies.Verdict:
    household = rules.read_household(situation["household"], situation.get("members"))
    verdicts = policies.assess(
        CATALOGUE,
        household,
        LAW_ALONE.with_given(situation.get("standards")),
        on=situation.get("on", datetime.date(2026, 11, 22)),
        county=situation.get("county", "330482"),
    )
    return next(verdict for verdict in verdicts if verdict.policy.code == code)


@pytest.mark.parametrize(("code", "situation"), _situations())
def test_a_situation_comes_out_as_the_law_asks(code: str, situation: dict[str, Any]) -> None:
    verdict = judge(code, situation)
    answer = verdict.as_json()
    assert answer["outcome"] == situation["outcome"]
    for key in ("amount_fen", "amount_min_fen", "amount_max_fen", "already"):
        if key in situation:
            assert answer[key] == situation[key]
    if "edition" in situation:
        assert (answer["basis_edition"] or "") == situation["edition"]
    for expected in situation.get("members_expected", ()):
        member = answer["members"][expected["index"]]
        assert {key: member[key] for key in expected} == expected
    unknown = {finding.bound.line.when for finding in verdict.findings if finding.result == rules.UNKNOWN}
    assert set(situation.get("unknown", ())) <= unknown


def test_every_policy_has_its_situations() -> None:
    named = {path.stem for path in FOLDER.glob("*.toml")}
    assert named == {policy.code for policy in CATALOGUE.policies}


@pytest.mark.parametrize("policy", CATALOGUE.policies, ids=lambda policy: policy.code)
def test_a_policy_has_a_household_that_gets_it_a_near_miss_and_a_missing_fact(
    policy: policies.Policy,
) -> None:
    data = tomllib.loads((FOLDER / f"{policy.code}.toml").read_text(encoding="utf-8"))
    outcomes = [situation["outcome"] for situation in data["situations"]]
    assert "not_now" in outcomes or (policy.subject == "household" and not policy.editions[0].lines)
    assert "possible" in outcomes
    if not policy.settled_by and policy.code not in JUDGED_ALWAYS:
        assert "likely" in outcomes


JUDGED_ALWAYS = {
    policy.code
    for policy in CATALOGUE.policies
    if any(
        line.group == "all" and any(isinstance(part, rules.Judged) for part in rules.walk(line.condition))
        for line in policy.editions[-1].lines
    )
}
