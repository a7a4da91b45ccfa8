"""One household through the pages, the JSON interface and the command: the same verdicts and sums."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.fixtures import Known, NewVisitor
from tests.browser.site import Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]

AT_HOME_AND_WELL: dict[str, Any] = {
    "away": "none",
    "in_custody": False,
    "pregnant": False,
    "serious_illness": False,
    "illness": [],
    "care_level": "self",
    "unpaid_emergency_care": False,
    "dis_grade": 0,
    "dis_type": [],
    "in_institution": False,
    "stage": "none",
    "boarding": False,
    "lives_alone": False,
    "own_income_fen": 0,
    "union_member": False,
    "residents_pension_insured": False,
    "supporter": "able",
    "only_child_lost": "none",
    "veteran": [],
    "legal_matter": [],
    "crime_victim": False,
}
# Written by hand from what the stories say, not taken from what the pages make of it.
FAMILY_FACTS: dict[str, Any] = {
    "household": {
        "hukou_local": True,
        "area": "rural",
        "status": [],
        "income_month_fen": 240000,
        "liquid_fen": 2000000,
        "cars": 0,
        "non_residential": False,
        "capital_fen": 0,
        "rigid_12m_fen": 800000,
        "medical_oop_12m_fen": 500000,
        "housing": "own",
        "homes": 1,
        "only_home": True,
        "home_area_pc": 30,
        "disaster_home_loss": "none",
        "utility_in_own_name": True,
        "event_6m": [],
    },
    "members": [
        {
            **AT_HOME_AND_WELL,
            "relation": "head",
            "sex": "M",
            "age": {"min": 55, "max": 56},
            "work": "flexible",
            "own_income_fen": 240000,
            "residents_pension_insured": True,
        },
        {
            **AT_HOME_AND_WELL,
            "relation": "spouse",
            "sex": "F",
            "age": {"min": 53, "max": 54},
            "work": "unable",
            "dis_type": ["limb"],
            "dis_grade": 2,
        },
        {
            **AT_HOME_AND_WELL,
            "relation": "child",
            "sex": "F",
            "age": {"min": 15, "max": 16},
            "dis_suspected": False,
            "work": "student",
            "stage": "senior",
            "boarding": True,
            "father": "able",
            "mother": "able",
        },
    ],
}
ELDER_FACTS: dict[str, Any] = {
    "household": {},
    "members": [{"relation": "head", "sex": "F", "age": {"min": 81, "max": 82}}],
}
# Who draws the allowance lies below its lines: 1130 yuan a head, four years of it saved, 100,000 in capital.
RECIPIENTS_FACTS: dict[str, Any] = {
    "household": {
        "hukou_local": True,
        "area": "rural",
        "size": 2,
        "status": ["dibao"],
        "income_month_fen": {"min": 0, "max": 2 * 113000 - 1},
        "liquid_fen": {"min": 0, "max": 2 * 48 * 113000 - 1},
        "capital_fen": {"min": 0, "max": 10000000},
        "housing": "own",
    },
}


@dataclass(frozen=True)
class Told:
    """What somebody is told about one policy."""

    outcome: str
    already: bool
    amount: str


@pytest.mark.parametrize(
    ("whose", "facts"),
    [("family", FAMILY_FACTS), ("elder", ELDER_FACTS), ("recipients", RECIPIENTS_FACTS)],
)
def test_three_ways_lead_to_the_same_verdicts(
    visitor: NewVisitor, site: Site, known: Known, whose: str, facts: dict[str, Any]
) -> None:
    one = visitor(scripts=False, cookies=known(whose))
    one.go("/assessment/result")
    document = {"county": "330482", "on": "2026-11-22", **facts}
    answer = one.context.request.post("/api/v1/assessments/evaluate", data=document)
    assert answer.status == 200, answer.text()
    by_command = _command(site, document)
    assert by_command["verdicts"] == answer.json()["verdicts"]
    catalogue = site.app.extensions["huimin"].catalogue
    told = {
        catalogue.get(verdict["policy"]).name.zh: Told(
            verdict["outcome"], verdict["already"], verdict["amount_text"]
        )
        for verdict in answer.json()["verdicts"]
        if catalogue.get(verdict["policy"]).applies_to("330482")
    }
    shown = _shown(one)
    assert set(shown) == set(told)
    differing = {name: (told[name], shown[name]) for name in told if not _agree(told[name], shown[name])}
    assert differing == {}


def _agree(told: Told, shown: Told) -> bool:
    if told.already:
        return shown.already
    if told.outcome == "not_now":
        return shown.outcome == "not_now"
    return (told.outcome, told.amount) == (shown.outcome, shown.amount)


def _shown(one: Visitor) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for kind, outcome in ((".card-good", "likely"), (".card-maybe", "possible")):
        for card in one.page.locator(kind).all():
            name, amount = card.locator("h3").inner_text(), card.locator(".sum-line").inner_text()
            assert name not in found
            found[name] = Told(outcome, False, amount)
    for name in one.page.locator("#had + section li a").all_text_contents():
        found[name] = Told("", True, "")
    for place in (".after b", ".other h3"):
        for name in one.page.locator(place).all_text_contents():
            assert name not in found
            found[name] = Told("not_now", False, "")
    return found


def _command(site: Site, document: dict[str, Any]) -> dict[str, Any]:
    settings = site.app.extensions["huimin"].settings
    told = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "assess", "-", "--json"],
        cwd=ROOT,
        env={
            **os.environ,
            "HUIMIN_ENV": "test",
            "HUIMIN_DATABASE_URL": settings.database_url,
            "HUIMIN_INSTANCE_DIR": str(settings.instance_dir),
        },
        input=json.dumps(document).encode(),
        capture_output=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr.decode()
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer
