"""One condition, one household, one result: what the tests of the engine ask again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistance import rules

POLICIES = ("orphan-allowance", "special-hardship-support")
LETTERS = {rules.MET: "met", rules.NOT_MET: "not met", rules.UNKNOWN: "unknown"}
MET, NOT_MET, UNKNOWN = LETTERS[rules.MET], LETTERS[rules.NOT_MET], LETTERS[rules.UNKNOWN]


def standards(**given: Any) -> rules.StandardsInForce:
    """Standards as a request gives them."""
    return rules.StandardsInForce({}).with_given(given)


def doubtful(**given: Any) -> rules.StandardsInForce:
    """The same, each still to be confirmed from above."""
    settings = {rules.SETTING_JSON_NAMES[key]: value for key, value in given.items()}
    return rules.StandardsInForce(
        {
            setting.name: rules.Standard(setting, setting.read(value), is_to_be_confirmed=True)
            for setting, value in settings.items()
        }
    )


def case_of(
    household: dict[str, Any] | None = None,
    members: list[dict[str, Any]] | None = None,
    county: str = "330482",
    policy_result: Callable[[rules.Case, str, int], int] | None = None,
) -> rules.Case:
    """A household that is being judged."""
    return rules.Case(rules.read_household(household or {}, members), county, policy_result)


def judge(
    condition: str,
    household: dict[str, Any] | None = None,
    members: list[dict[str, Any]] | None = None,
    *,
    given: rules.StandardsInForce | None = None,
    member: int | None = None,
    judged: int = rules.UNKNOWN,
    county: str = "330482",
    policy_result: Callable[[rules.Case, str, int], int] | None = None,
) -> str:
    """How a condition comes out; `member` says that it is asked of that member."""
    read = rules.read_condition(condition, in_member=member is not None, policies=POLICIES)
    bound = rules.bind(read, given or rules.StandardsInForce({}), judged)
    case = case_of(household, members, county, policy_result)
    return LETTERS[bound(case, rules.NOBODY if member is None else member)]
