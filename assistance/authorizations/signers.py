"""Who signs for whom: by age, court record and wages, on one day.

Our reading of MF-18 to 23 and PIPL-31, for the county to confirm: under 8 the guardian; 8 to 13 the guardian,
with the child heard; 14 to 17 both, but at 16 and 17 on own wages as an adult; under guardianship by court
record the guardian; else each adult alone.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from assistance.values import age_on
from infrastructure.languages import N_

HEARD_FROM, BESIDE_FROM, ON_WAGES_FROM, ADULT_FROM = 8, 14, 16, 18
OWN_WILL_FROM = 60
"""From this age on it is asked apart whether it is truly the person's own will (LN-55)."""


class SignerRule(StrEnum):
    """Whose signature counts for one person's data on one day."""

    SELF = "self"
    GUARDIAN = "guardian"
    GUARDIAN_HEARING_CHILD = "guardian_hearing_child"
    BOTH = "both"
    NOBODY = "nobody"
    """The person has died: nothing is asked and nothing holds."""
    UNKNOWN = "unknown"
    """No birthday is known, so nobody can say who signs."""


CAPACITIES_OF: dict[SignerRule, frozenset[str]] = {
    SignerRule.SELF: frozenset({"self"}),
    SignerRule.GUARDIAN: frozenset({"guardian"}),
    SignerRule.GUARDIAN_HEARING_CHILD: frozenset({"guardian"}),
    SignerRule.BOTH: frozenset({"guardian", "ward"}),
    SignerRule.NOBODY: frozenset(),
    SignerRule.UNKNOWN: frozenset(),
}
"""In which capacities a person's part is signed; all of them are needed."""

RULE_WORDS: dict[SignerRule, str] = {
    SignerRule.SELF: N_("本人签"),
    SignerRule.GUARDIAN: N_("监护人签"),
    SignerRule.GUARDIAN_HEARING_CHILD: N_("监护人签，先听听孩子怎么说"),
    SignerRule.BOTH: N_("本人和监护人都签"),
    SignerRule.NOBODY: N_("已经去世，不用签"),
    SignerRule.UNKNOWN: N_("还不知道出生日期，请先补上"),
}


def who_signs(
    birth: date | None,
    day: date,
    *,
    is_under_court_guardianship: bool = False,
    lives_on_own_wages: bool = False,
    died_on: date | None = None,
) -> SignerRule:
    """Whose signature counts on this day for the data of a person born on that day."""
    if died_on is not None and died_on <= day:
        return SignerRule.NOBODY
    if birth is None:
        return SignerRule.UNKNOWN
    age = age_on(birth, day)
    if age < HEARD_FROM:
        return SignerRule.GUARDIAN
    if age < BESIDE_FROM:
        return SignerRule.GUARDIAN_HEARING_CHILD
    # A court's record outweighs age and wages: whoever is under guardianship does not act alone.
    if is_under_court_guardianship:
        return SignerRule.GUARDIAN
    if age < ADULT_FROM and not (age >= ON_WAGES_FROM and lives_on_own_wages):
        return SignerRule.BOTH
    return SignerRule.SELF


def is_asked_own_will(birth: date | None, day: date) -> bool:
    """Whether the person who signs is asked apart if it is their own will (LN-55)."""
    return birth is not None and age_on(birth, day) >= OWN_WILL_FROM
