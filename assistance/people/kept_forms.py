"""What somebody had typed when their sign-in ran out: kept sealed, and given back to nobody but them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistance.orm import field_cipher
from assistance.people.models import KeptForm, SignInSession

KEPT_FOR = timedelta(hours=8)
MOST_CHARACTERS = 100_000

Fields = Sequence[tuple[str, str]]


def keep_form(
    session: Session, token: str, *, face: str, address: str, fields: Fields, now: datetime
) -> bool:
    """Keep a form for whoever held this sign-in, which may have run out by itself but was not ended.

    False where nobody can be told from the token, or the form is too long.
    """
    if sum(len(name) + len(text) for name, text in fields) > MOST_CHARACTERS:
        return False
    wanted = field_cipher(session).blind_index("sign_in_sessions.token", token)
    owner = session.scalar(select(SignInSession).where(SignInSession.token_hash == wanted))
    if owner is None or owner.face != face or owner.ended_at is not None:
        return False
    if now - owner.last_used_at > KEPT_FOR:
        return False
    session.execute(delete(KeptForm).where(KeptForm.session_id == owner.id))
    session.add(
        KeptForm(
            id=uuid.uuid4(),
            session_id=owner.id,
            sealed={"address": address, "fields": [list(pair) for pair in fields]},
            kept_at=now,
            expires_at=now + KEPT_FOR,
        )
    )
    session.flush()
    return True


def find_kept_form(
    session: Session,
    *,
    now: datetime,
    account_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> KeptForm | None:
    """The newest form that is kept for a member of staff or for a resident."""
    if account_id is None and person_id is None:
        return None
    wanted = select(KeptForm).join(SignInSession, SignInSession.id == KeptForm.session_id)
    if account_id is not None:
        wanted = wanted.where(SignInSession.account_id == account_id)
    else:
        wanted = wanted.where(SignInSession.person_id == person_id, SignInSession.account_id.is_(None))
    newest = wanted.where(KeptForm.expires_at > now).order_by(KeptForm.kept_at.desc(), KeptForm.id)
    return session.scalar(newest.limit(1))


def drop_kept_forms(
    session: Session, *, account_id: uuid.UUID | None = None, person_id: uuid.UUID | None = None
) -> None:
    """Forget what was kept for somebody: it was sent on, or they do not want it."""
    theirs = select(SignInSession.id)
    if account_id is not None:
        theirs = theirs.where(SignInSession.account_id == account_id)
    else:
        theirs = theirs.where(SignInSession.person_id == person_id, SignInSession.account_id.is_(None))
    session.execute(delete(KeptForm).where(KeptForm.session_id.in_(theirs)))
