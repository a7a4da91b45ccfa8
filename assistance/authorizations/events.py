"""What happened to an authorisation, in the past tense: later nouns act on it in the same transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class AuthorizationEvent:
    """Something that happened to what one person has been asked to authorise."""

    request_id: uuid.UUID
    person_id: uuid.UUID
    happened_at: datetime


@dataclass(frozen=True)
class PartAnswered(AuthorizationEvent):
    """A signature came; a silent no is told in the very same way."""


@dataclass(frozen=True)
class AuthorizationWithdrawn(AuthorizationEvent):
    """A record was withdrawn by whoever signed it."""


def tell(session: Session, event: AuthorizationEvent) -> None:
    """Let follow what follows, before the act ends."""
    from assistance import reactions

    reactions.happened(session, event)
