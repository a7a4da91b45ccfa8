"""What follows what: an event of an earlier noun, and what later nouns do about it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

Reaction = Callable[[Session, Any], None]


def follow(session: Session, event: object) -> None:
    """Do what follows this event, in the order of the table; it takes part in the act's own transaction."""
    for reaction in _table().get(type(event), ()):
        reaction(session, event)


@cache
def _table() -> Mapping[type, tuple[Reaction, ...]]:
    # Here and not above: a later noun is asked for only when something has happened.
    return {}
