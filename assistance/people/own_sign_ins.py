"""One's own sign-ins: where they are, which are newer than this one, and ending them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assistance.errors import NotFound
from assistance.people.actors import Actor
from assistance.people.identities import sign_out
from assistance.people.models import SignInSession
from assistance.people.sessions import is_good, list_sessions


def list_own_sign_ins(session: Session, actor: Actor, now: datetime) -> Sequence[SignInSession]:
    """A resident's sign-ins that are good now, this one first, then the newest."""
    if actor.person_id is not None:
        found = list_sessions(session, now=now, person_id=actor.person_id)
    else:
        wanted = (
            select(SignInSession)
            .where(
                SignInSession.identity_id == actor.identity_id,
                SignInSession.person_id.is_(None),
                SignInSession.ended_at.is_(None),
            )
            .order_by(SignInSession.created_at.desc(), SignInSession.id)
        )
        found = [one for one in session.scalars(wanted) if is_good(one, now)]
    return sorted(found, key=lambda one: one.id != actor.session_id)


def list_newer_sign_ins(session: Session, actor: Actor, now: datetime) -> Sequence[SignInSession]:
    """Sign-ins of the same person that began after this one and that it has not been shown yet."""
    own = session.get(SignInSession, actor.session_id) if actor.session_id else None
    if own is None:
        return ()
    since = own.others_seen_at or own.created_at
    return [
        one for one in list_own_sign_ins(session, actor, now) if one.id != own.id and one.created_at > since
    ]


def note_others_seen(session: Session, actor: Actor, now: datetime) -> None:
    """This sign-in has been shown the newer ones."""
    session.execute(
        update(SignInSession).where(SignInSession.id == actor.session_id).values(others_seen_at=now)
    )


def end_own_sign_in(session: Session, session_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """End one of one's own sign-ins at once; NotFound for anybody else's."""
    own = {one.id for one in list_own_sign_ins(session, by, now)}
    if session_id not in own:
        raise NotFound
    sign_out(session, session_id, by=by, now=now, because="ended_by_owner")
