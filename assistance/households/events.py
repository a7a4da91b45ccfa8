"""What happened in a household, in the past tense: later nouns act on it in the same transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class HouseholdEventHappened:
    """One event of a file, with whomever it touches."""

    household_id: uuid.UUID
    happened_on: date
    told_at: datetime


@dataclass(frozen=True)
class MemberJoined(HouseholdEventHappened):
    """Somebody now belongs to this household: by moving in, by birth, by a split or a merger."""

    member_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True)
class MemberLeft(HouseholdEventHappened):
    """Somebody no longer belongs to this household; `because` is moved, left, split, merged or died."""

    member_id: uuid.UUID
    person_id: uuid.UUID
    because: str


@dataclass(frozen=True)
class MemberDied(HouseholdEventHappened):
    """Somebody has died."""

    member_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True)
class HouseholdMoved(HouseholdEventHappened):
    """The whole household lives somewhere else now."""

    from_division: str
    to_division: str


@dataclass(frozen=True)
class GuardianChanged(HouseholdEventHappened):
    """A member has another guardian, none, or came under guardianship by a court's record."""

    member_id: uuid.UUID
    person_id: uuid.UUID


@dataclass(frozen=True)
class HeadChanged(HouseholdEventHappened):
    """Another member is the head."""

    member_id: uuid.UUID
    person_id: uuid.UUID


def tell(session: Session, event: HouseholdEventHappened) -> None:
    """Let follow what follows, before the act ends."""
    from assistance import reactions

    reactions.happened(session, event)
