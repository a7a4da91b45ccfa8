"""What a death means for signing in."""

from __future__ import annotations

from sqlalchemy.orm import Session

from assistance import people
from assistance.households.events import MemberDied


def end_sign_ins(session: Session, event: MemberDied) -> None:
    """Nobody reads on in the name of somebody who has died."""
    people.end_all_sessions(session, because="died", now=event.told_at, person_id=event.person_id)
