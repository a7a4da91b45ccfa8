"""The table of who signs, by age, court record and wages."""

from __future__ import annotations

from datetime import date

import pytest

from assistance.authorizations import SignerRule, is_asked_own_will, who_signs
from assistance.authorizations.signers import CAPACITIES_OF

TODAY = date(2026, 11, 22)
S = SignerRule


def born(years: int, days_short: int = 0) -> date:
    return date(TODAY.year - years, TODAY.month, TODAY.day + days_short)


TABLE = [
    ("newborn", born(0), {}, S.GUARDIAN),
    ("7", born(7), {}, S.GUARDIAN),
    ("the day before 8", born(8, 1), {}, S.GUARDIAN),
    ("8 today", born(8), {}, S.GUARDIAN_HEARING_CHILD),
    ("13", born(13), {}, S.GUARDIAN_HEARING_CHILD),
    ("the day before 14", born(14, 1), {}, S.GUARDIAN_HEARING_CHILD),
    ("14 today", born(14), {}, S.BOTH),
    ("16 at school", born(16), {}, S.BOTH),
    ("16 on own wages", born(16), {"lives_on_own_wages": True}, S.SELF),
    ("15 on own wages", born(15), {"lives_on_own_wages": True}, S.BOTH),
    ("17 working", born(17), {"lives_on_own_wages": True}, S.SELF),
    ("17", born(17), {}, S.BOTH),
    ("the day before 18", born(18, 1), {}, S.BOTH),
    ("18 today", born(18), {}, S.SELF),
    ("adult", born(40), {}, S.SELF),
    ("88", born(88), {}, S.SELF),
    ("adult under guardianship by court record", born(60), {"is_under_court_guardianship": True}, S.GUARDIAN),
    (
        "17 working under guardianship by court record",
        born(17),
        {"is_under_court_guardianship": True, "lives_on_own_wages": True},
        S.GUARDIAN,
    ),
    ("dead", born(80), {"died_on": TODAY}, S.NOBODY),
    ("dies tomorrow", born(80), {"died_on": date(2026, 11, 23)}, S.SELF),
    ("unknown", None, {}, S.UNKNOWN),
]


@pytest.mark.parametrize(
    ("birth", "facts", "rule"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_who_signs(birth: date | None, facts: dict, rule: SignerRule) -> None:
    assert who_signs(birth, TODAY, **facts) is rule


def test_who_is_born_on_29_february_turns_14_on_1_march() -> None:
    assert who_signs(date(2012, 2, 29), date(2026, 2, 28)) is S.GUARDIAN_HEARING_CHILD
    assert who_signs(date(2012, 2, 29), date(2026, 3, 1)) is S.BOTH


def test_every_rule_says_in_which_capacities() -> None:
    assert set(CAPACITIES_OF) == set(SignerRule)
    assert CAPACITIES_OF[S.BOTH] == {"guardian", "ward"}


def test_from_60_on_it_is_asked_apart() -> None:
    assert is_asked_own_will(born(60), TODAY)
    assert not is_asked_own_will(born(60, 1), TODAY)
    assert not is_asked_own_will(None, TODAY)
