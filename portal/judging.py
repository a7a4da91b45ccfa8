"""Judges a visitor's answers by today's law and the standards of this county."""

from __future__ import annotations

from datetime import date

from assistance import assessments, policies
from assistance.assessments import Answers
from assistance.policies import Verdict
from assistance.rules import StandardsInForce
from web.services import services
from web.unit_of_work import current_session


def today() -> date:
    """The day as it is here."""
    day: date = services().clock.today()
    return day


def standards_of(day: date) -> StandardsInForce:
    """What holds for this county on a day."""
    parts = services()
    return policies.standards_in_force(current_session(), parts.divisions, parts.settings.county, day)


def judge(answers: Answers) -> list[Verdict]:
    """Every policy's verdict on these answers today."""
    parts, day = services(), today()
    standards = standards_of(day)
    household = assessments.read(answers, standards, day)
    return policies.assess(parts.catalogue, household, standards, on=day, county=parts.settings.county)
