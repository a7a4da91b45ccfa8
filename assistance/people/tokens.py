"""What the mini-program holds: an access token for half an hour, a refresh token that changes each time."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.actors import Actor
from assistance.people.models import RefreshToken, SignInSession
from assistance.people.sessions import SignedIn, end_session, find_signed_in_by_id, is_good
from infrastructure.signing import SigningKeys
from infrastructure.tokens import BadToken, open_token, sign_token

KIND = "at+jwt"
AUDIENCE = "huimin-api"
ACCESS_FOR = timedelta(minutes=30)
REFRESH_FOR = timedelta(days=30)
REFRESH_BYTES = 32
LOOKUP = "refresh_tokens.token"
REUSED = "refresh_reused"


@dataclass(frozen=True)
class Tokens:
    """A pair as the mini-program gets it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    session: SignInSession


class RefreshReused(Exception):
    """An old link of the chain came back: somebody has a copy, so the whole family must end."""

    def __init__(self, session_id: uuid.UUID) -> None:
        super().__init__()
        self.session_id = session_id


def issue_tokens(
    session: Session, found: SignInSession, keys: SigningKeys, *, issuer: str, now: datetime
) -> Tokens:
    """A new pair for this sign-in; refresh tokens of an earlier pair are worthless from now on."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.session_id == found.id, RefreshToken.used_at.is_(None))
        .values(used_at=now)
    )
    refresh = secrets.token_urlsafe(REFRESH_BYTES)
    session.add(
        RefreshToken(
            session_id=found.id,
            token_hash=_hashed(session, refresh),
            issued_at=now,
            expires_at=now + REFRESH_FOR,
        )
    )
    found.expires_at = now + REFRESH_FOR
    session.flush()
    claims = {"sub": str(found.id), "jti": uuid.uuid4().hex, "ver": _version(found)}
    access = sign_token(
        keys, claims, kind=KIND, issuer=issuer, audience=AUDIENCE, now=now, good_for=ACCESS_FOR
    )
    return Tokens(access, refresh, found)


def find_actor_by_token(
    session: Session, token: str, keys: SigningKeys, *, issuer: str, now: datetime
) -> Actor | None:
    """Whoever holds this access token; None where it is not ours, or its sign-in is over or was renewed."""
    try:
        claims = open_token(
            keys,
            token,
            kind=KIND,
            issuer=issuer,
            audience=AUDIENCE,
            now=now,
            require=("sub", "jti", "ver"),
        )
        session_id = uuid.UUID(claims["sub"])
    except (BadToken, ValueError):
        return None
    found = find_signed_in_by_id(session, session_id, face="api", now=now)
    if found is None or not secrets.compare_digest(_version(found).encode(), claims["ver"].encode()):
        return None
    return found.actor


def refresh_tokens(
    session: Session, token: str, keys: SigningKeys, *, issuer: str, now: datetime
) -> Tokens | None:
    """The next pair for a refresh token; None where it is not ours or over. Raises RefreshReused.

    After RefreshReused call `end_family` in a transaction of its own.
    """
    if not token.isascii() or not 20 <= len(token) <= 200:
        return None
    wanted = select(RefreshToken).where(RefreshToken.token_hash == _hashed(session, token))
    held = session.scalar(wanted)
    if held is None:
        return None
    found = session.get(SignInSession, held.session_id)
    if found is None or not is_good(found, now):
        return None
    taken = session.execute(
        update(RefreshToken)
        .where(RefreshToken.id == held.id, RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise RefreshReused(found.id)
    if now >= held.expires_at:
        return None
    found.last_used_at = now
    return issue_tokens(session, found, keys, issuer=issuer, now=now)


def end_family(session: Session, session_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """Somebody has used an old refresh token: end the sign-in and every token that came of it."""
    if not end_session(session, session_id, because=REUSED, now=now):
        return
    session.execute(delete(RefreshToken).where(RefreshToken.session_id == session_id))
    audit.record(
        session, audit.Event.REFRESH_REUSED, by=by.for_the_log(), now=now, object_ref=str(session_id)
    )


def _version(found: SignInSession | SignedIn) -> str:
    # A sign-in that is renewed gets a new hash, and with it the tokens from before are worthless.
    return found.token_hash.hex()[:16]


def _hashed(session: Session, token: str) -> bytes:
    return field_cipher(session).blind_index(LOOKUP, token)
