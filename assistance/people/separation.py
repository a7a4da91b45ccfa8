"""Separation of duties: who may not take a step of a case. Rules without session or clock."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from assistance.errors import Refusal
from infrastructure.languages import N_


class Stage(StrEnum):
    """The steps of a case that three natural persons take."""

    ACCEPT = "accept"
    REVIEW = "review"
    APPROVE = "approve"


class Bar(StrEnum):
    """Why somebody may not take a step."""

    OWN_HOUSEHOLD = "own_household"
    NEAR_RELATIVE = "near_relative"
    EARLIER_STAGE = "earlier_stage"


BAR_WORDS: dict[Bar, str] = {
    Bar.OWN_HOUSEHOLD: N_("这是您自己家的事，请交给别的同事办。"),
    Bar.NEAR_RELATIVE: N_("这家有您备案的近亲属，请交给别的同事办。"),
    Bar.EARLIER_STAGE: N_("这件事前面的一步是您办的，这一步要换一个人。"),
}


@dataclass(frozen=True)
class Step:
    """One step of a case, and the natural person who took it."""

    stage: Stage
    person_id: uuid.UUID


class MustRecuse(Refusal):
    """This person may not take this step of this case."""

    def __init__(self, bar: Bar) -> None:
        super().__init__(BAR_WORDS[bar])
        self.bar = bar


def find_bar(
    person_id: uuid.UUID,
    stage: Stage,
    *,
    household: Collection[uuid.UUID],
    is_near_relative: bool,
    earlier: Iterable[Step] = (),
) -> Bar | None:
    """What keeps a person from a step of a case of this household, or None.

    Three persons for the three stages: whoever took another one, before it or after it, takes no second; the
    same stage again, after a case was sent back, is no second one.
    """
    if person_id in household:
        return Bar.OWN_HOUSEHOLD
    if is_near_relative:
        return Bar.NEAR_RELATIVE
    if any(step.person_id == person_id and step.stage is not stage for step in earlier):
        return Bar.EARLIER_STAGE
    return None


def check_may_take(
    person_id: uuid.UUID,
    stage: Stage,
    *,
    household: Collection[uuid.UUID],
    is_near_relative: bool,
    earlier: Iterable[Step] = (),
) -> None:
    """Raise MustRecuse where something keeps this person from this step."""
    bar = find_bar(person_id, stage, household=household, is_near_relative=is_near_relative, earlier=earlier)
    if bar is not None:
        raise MustRecuse(bar)
