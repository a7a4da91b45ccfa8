"""Pages of the staff side: the frame knows who is signed in, where they may go and when the sign-in ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from admin import navigation
from assistance import people
from assistance.permissions import ROLE_WORDS
from assistance.values import masked_name
from web.access import current_actor
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session


@dataclass(frozen=True)
class Post:
    """One role where it is held, in words."""

    role: str
    place: str


@dataclass(frozen=True)
class OtherSignIn:
    """A later sign-in of the same account, which the earlier one is told of."""

    device: str
    began_at: datetime


@dataclass(frozen=True)
class Desk:
    """What the frame shows of whoever is signed in."""

    name: str
    work_number: str
    posts: tuple[Post, ...]
    places: tuple[navigation.Place, ...]
    here: str
    ends_at: datetime
    warn_after: int
    end_after: int
    """Seconds from now: the page itself counts them, whatever the reader's own clock says."""
    other: OtherSignIn | None


class Said(dict[str, str]):
    """What is wrong with each field; nothing where nothing is."""

    def __missing__(self, field: str) -> str:
        return ""


def render_desk_page(template: str, *, status: int = 200, **context: Any) -> Response:
    """One page of the staff side; pages before the sign-in have a frame without a person.

    `errors`, pairs of field and sentence, are also there by field as `error`; `problem` is what was refused
    as a whole.
    """
    context.setdefault("problem", "")
    error = Said(context.pop("error", None) or context.get("errors", ()))
    desk = context.pop("desk") if "desk" in context else read_desk(current_session())
    return render_page(template, status=status, desk=desk, error=error, **context)


def read_desk(session: Session) -> Desk | None:
    """What the frame shows of whoever is signed in, or None before the sign-in."""
    actor = current_actor()
    if actor.account_id is None or actor.person_id is None:
        return None
    now = services().clock.now()
    person = session.get(people.Person, actor.person_id)
    live = people.list_sessions(session, account_id=actor.account_id, now=now)
    own = next((one for one in live if one.id == actor.session_id), None)
    if person is None or own is None:
        return None
    ends_at = min(now + people.IDLE, own.expires_at)
    left = int((ends_at - now).total_seconds())
    later = [one for one in live if one.created_at > own.created_at]
    return Desk(
        name=masked_name(person.name),
        work_number=actor.work_number or "",
        posts=tuple(_posts(actor)),
        places=tuple(place for place in navigation.PLACES if actor.may(place.permission)),
        here=request.endpoint or "",
        ends_at=ends_at,
        warn_after=max(0, left - int((people.IDLE - people.WARN_IDLE).total_seconds())),
        end_after=left,
        other=OtherSignIn(later[0].device, later[0].created_at) if later else None,
    )


def _posts(actor: people.Actor) -> list[Post]:
    index = services().divisions
    county = services().settings.county
    found = []
    for holding in actor.holdings:
        place = index.get(holding.division_code)
        name = "" if place is None else index.full_name(place.code, below=county) or place.name
        found.append(Post(ROLE_WORDS[holding.role], name))
    return found
