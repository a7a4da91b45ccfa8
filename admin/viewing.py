"""How many files one member of staff opens in a day: more than the work needs is stopped, and noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from assistance import audit
from assistance.people import Actor
from assistance.permissions import Role
from web import limits
from web.access import current_actor
from web.services import services
from web.unit_of_work import after_answer

View = TypeVar("View", bound=Callable[..., Any])
A_DAY = timedelta(days=1)
IN_A_VILLAGE, ABOVE = 60, 200
VILLAGE_ROLES = frozenset({Role.HELPER, Role.GRID_WORKER, Role.VILLAGE_OFFICER})


def counted_view(view: View) -> View:
    """Count every opening of a file below `@allows`; what goes beyond the day's measure is refused."""

    @wraps(view)
    def counting(*args: Any, **kwargs: Any) -> Any:
        count_view(current_actor())
        return view(*args, **kwargs)

    return counting  # type: ignore[return-value]


def count_view(actor: Actor) -> None:
    """Count one opened file of this member of staff; belongs before the request's first statement."""
    if actor.account_id is None:
        return
    most = IN_A_VILLAGE if actor.roles <= VILLAGE_ROLES else ABOVE
    uses = limits.count_uses(f"staff.views:{actor.account_id}", A_DAY)
    if uses <= most:
        return
    if uses == most + 1:
        _note(actor, most)
    raise TooManyRequests


def _note(actor: Actor, most: int) -> None:
    now, account_id = services().clock.now(), str(actor.account_id)

    def write(session: Session) -> None:
        audit.record(
            session,
            audit.Event.STAFF_VIEWED_TOO_OFTEN,
            by=actor.for_the_log(),
            now=now,
            object_ref=account_id,
            fields={"most": most},
            result="refused",
        )

    after_answer(write)
