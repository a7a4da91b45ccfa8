"""Sign-ins: starting one, finding who it belongs to, and ending it with effect on the next request."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from assistance.orm import field_cipher, table_of
from assistance.people.actors import Actor, Assurance, Holding
from assistance.people.models import RoleAssignment, SignInSession, StaffAccount
from assistance.permissions import Role
from infrastructure.clock import SHANGHAI

TOKEN_BYTES = 32
IDLE = timedelta(minutes=30)
WARN_IDLE = timedelta(minutes=25)
LONGEST_FOR_STAFF = timedelta(hours=8)
LONGEST_ON_OWN_PHONE = timedelta(days=30)
LONGEST_FOR_RESIDENTS = timedelta(hours=12)
PROVED_BY_CODE_FOR = timedelta(days=90)
"""A sign-in that renews itself stays at L3 no longer than this after its code was answered."""
NOTED_EVERY = timedelta(minutes=1)
"""A session's last use is written at most once in this time."""
EVERYWHERE = ""
"""A resident's role reaches the own household, wherever that is: queries look at the person, not here."""
Found = Row[*tuple[Any, ...]]
SESSIONS, ACCOUNTS, ROLES = (table_of(model) for model in (SignInSession, StaffAccount, RoleAssignment))


@dataclass(frozen=True)
class SignedIn:
    """Whoever a sign-in belongs to now, and when it was last proved and used."""

    actor: Actor
    proved_at: datetime
    last_used_at: datetime
    token_hash: bytes = field(repr=False)


def _held_today() -> ColumnElement[bool]:
    today = bindparam("today", type_=ROLES.c.valid_from.type)
    return and_(
        ROLES.c.state == "active",
        ROLES.c.valid_from <= today,
        or_(ROLES.c.valid_until.is_(None), ROLES.c.valid_until >= today),
    )


# Made once, and columns instead of records: every request of somebody who has signed in asks this, in one
# statement with the account and the roles of staff.
_SIGNED_IN: Select[Any] = (
    select(
        *(column for column in SESSIONS.c if column.name not in ("device", "created_at", "ended_because")),
        ACCOUNTS.c.state.label("account_state"),
        ACCOUNTS.c.person_id.label("account_person_id"),
        ACCOUNTS.c.work_number,
        ROLES.c.id.label("assignment_id"),
        ROLES.c.role,
        ROLES.c.division_code,
        ROLES.c.department,
    )
    .select_from(SESSIONS)
    .outerjoin(ACCOUNTS, ACCOUNTS.c.id == SESSIONS.c.account_id)
    .outerjoin(ROLES, and_(ROLES.c.account_id == ACCOUNTS.c.id, _held_today()))
    .order_by(ROLES.c.granted_at, ROLES.c.id)
)
_BY_TOKEN = _SIGNED_IN.where(SESSIONS.c.token_hash == bindparam("token_hash"))
_BY_ID = _SIGNED_IN.where(SESSIONS.c.id == bindparam("session_id"))
_HELD = (
    select(ROLES.c.id.label("assignment_id"), ROLES.c.role, ROLES.c.division_code, ROLES.c.department)
    .where(ROLES.c.account_id == bindparam("account_id"), _held_today())
    .order_by(ROLES.c.granted_at, ROLES.c.id)
)


def start_session(
    session: Session,
    *,
    face: str,
    assurance: Assurance,
    proved_by: str,
    now: datetime,
    person_id: uuid.UUID | None = None,
    identity_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
    is_own_phone: bool = False,
    device: str = "",
    device_ref: str | None = None,
) -> tuple[SignInSession, str]:
    """A new sign-in, and the token that only its browser or mini-program will hold."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if account_id is not None:
        longest = LONGEST_FOR_STAFF
    elif is_own_phone or face == "api":
        longest = LONGEST_ON_OWN_PHONE
    else:
        longest = LONGEST_FOR_RESIDENTS
    started = SignInSession(
        token_hash=_hashed(session, token),
        face=face,
        person_id=person_id,
        identity_id=identity_id,
        account_id=account_id,
        assurance=int(assurance),
        proved_by=proved_by,
        is_own_phone=is_own_phone,
        device=device[:80],
        device_ref=device_ref,
        created_at=now,
        proved_at=now,
        last_used_at=now,
        expires_at=now + longest,
    )
    session.add(started)
    session.flush()
    return started, token


def renew_session(
    session: Session,
    session_id: uuid.UUID,
    *,
    assurance: Assurance,
    proved_by: str,
    now: datetime,
    person_id: uuid.UUID | None = None,
) -> str | None:
    """A new token for a sign-in that has just been proved again; the old one is worthless from now on.

    The level never falls by it; `person_id` is given where it has only now become known. None where the
    sign-in is over.
    """
    found = session.get(SignInSession, session_id, with_for_update=True)
    if found is None or not is_good(found, now):
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    found.token_hash = _hashed(session, token)
    found.assurance = max(found.assurance, int(assurance))
    found.proved_by, found.proved_at, found.last_used_at = proved_by, now, now
    if person_id is not None:
        found.person_id = person_id
    session.flush()
    return token


def find_session(session: Session, token: str, *, face: str, now: datetime) -> SignInSession | None:
    """The sign-in of this token where it is still good."""
    if not 20 <= len(token) <= 200:
        return None
    wanted = select(SignInSession).where(SignInSession.token_hash == _hashed(session, token))
    found = session.scalar(wanted)
    return found if found is not None and found.face == face and is_good(found, now) else None


def is_good(found: SignInSession | Found, now: datetime) -> bool:
    """Whether a sign-in has neither ended nor run out nor lain idle for too long."""
    if found.ended_at is not None or now >= found.expires_at:
        return False
    rests = (found.face == "portal" and found.is_own_phone) or found.face == "api"
    return rests or now - found.last_used_at < IDLE


def find_signed_in(session: Session, token: str, *, face: str, now: datetime) -> SignedIn | None:
    """Whoever holds this token now, with the roles that hold today; None where the sign-in is over."""
    if not 20 <= len(token) <= 200:
        return None
    return _signed_in(session, _BY_TOKEN, {"token_hash": _hashed(session, token)}, face, now)


def find_signed_in_by_id(
    session: Session, session_id: uuid.UUID, *, face: str, now: datetime
) -> SignedIn | None:
    """The same by the number of the sign-in, for tokens that hold it."""
    return _signed_in(session, _BY_ID, {"session_id": session_id}, face, now)


def _signed_in(
    session: Session, wanted: Select[Any], by: dict[str, Any], face: str, now: datetime
) -> SignedIn | None:
    rows = session.execute(wanted, {**by, "today": _day(now)}).all()
    if not rows or rows[0].face != face or not is_good(rows[0], now):
        return None
    actor, found = _actor_in(rows, now), rows[0]
    if actor is None:
        return None
    return SignedIn(actor, found.proved_at, found.last_used_at, found.token_hash)


def actor_of(session: Session, found: SignInSession, now: datetime) -> Actor | None:
    """Whoever a sign-in belongs to; None for staff whose account is not active any more."""
    rows = session.execute(_BY_ID, {"session_id": found.id, "today": _day(now)}).all()
    return _actor_in(rows, now)


def _actor_in(rows: Sequence[Found], now: datetime) -> Actor | None:
    found = rows[0]
    if found.account_id is None:
        return Actor(
            "resident",
            person_id=found.person_id,
            identity_id=found.identity_id,
            session_id=found.id,
            assurance=_standing_assurance(found, now),
            holdings=(Holding(Role.RESIDENT, EVERYWHERE),),
            device_ref=found.device_ref,
        )
    if found.account_state != "active":
        return None
    return Actor(
        "staff",
        person_id=found.account_person_id,
        account_id=found.account_id,
        session_id=found.id,
        assurance=Assurance(found.assurance),
        holdings=_holdings_in(row for row in rows if row.assignment_id is not None),
        work_number=found.work_number,
        device_ref=found.device_ref,
    )


def _standing_assurance(found: Found, now: datetime) -> Assurance:
    """The level as it stands: a number answers for its owner no longer than it may be relied on."""
    proved = Assurance(found.assurance)
    is_old = found.proved_by == "code" and now - found.proved_at >= PROVED_BY_CODE_FOR
    return min(proved, Assurance.L2) if is_old else proved


def current_holdings(session: Session, account_id: uuid.UUID, now: datetime) -> tuple[Holding, ...]:
    """The roles that an account holds today, in the order in which they were granted."""
    return _holdings_in(session.execute(_HELD, {"account_id": account_id, "today": _day(now)}))


def _holdings_in(rows: Iterable[Found]) -> tuple[Holding, ...]:
    return tuple(
        Holding(Role(row.role), row.division_code, row.department, row.assignment_id) for row in rows
    )


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def note_use(session: Session, session_id: uuid.UUID, now: datetime) -> None:
    """Remember when a sign-in was last used."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.last_used_at < now)
        .values(last_used_at=now)
    )


def end_session(session: Session, session_id: uuid.UUID, *, because: str, now: datetime) -> bool:
    """End a sign-in at once; False where it had ended before."""
    ended = session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now, ended_because=because)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_all_sessions(
    session: Session,
    *,
    because: str,
    now: datetime,
    person_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
    but: uuid.UUID | None = None,
) -> int:
    """End every sign-in of a person or of a staff account, but perhaps the present one."""
    ended = update(SignInSession).where(SignInSession.ended_at.is_(None))
    if account_id is not None:
        ended = ended.where(SignInSession.account_id == account_id)
    else:
        ended = ended.where(SignInSession.person_id == person_id, SignInSession.account_id.is_(None))
    if but is not None:
        ended = ended.where(SignInSession.id != but)
    return int(session.execute(ended.values(ended_at=now, ended_because=because)).rowcount)  # type: ignore[attr-defined]


def list_sessions(
    session: Session,
    *,
    now: datetime,
    person_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
) -> Sequence[SignInSession]:
    """The sign-ins that are good now, the newest first."""
    wanted = select(SignInSession).where(SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
    if account_id is not None:
        wanted = wanted.where(SignInSession.account_id == account_id)
    else:
        wanted = wanted.where(SignInSession.person_id == person_id, SignInSession.account_id.is_(None))
    newest_first = wanted.order_by(SignInSession.created_at.desc(), SignInSession.id)
    return [one for one in session.scalars(newest_first) if is_good(one, now)]


def _hashed(session: Session, token: str) -> bytes:
    return field_cipher(session).blind_index("sign_in_sessions.token", token)
