"""Counters that bound how often something may be tried; each try is committed before it is judged."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy import Index, LargeBinary, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.exceptions import ServiceUnavailable

from assistance.orm import Model, table_of
from web.services import services
from web.unit_of_work import after_answer, has_open_transaction

logger = logging.getLogger(__name__)


class RateLimit(Model):
    """How often one subject tried one thing within one window."""

    __tablename__ = "rate_limits"
    __table_args__ = (Index(None, "expires_at"),)

    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    window_starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    uses: Mapped[int]
    expires_at: Mapped[datetime]


# Made once: making a statement takes longer than asking it.
LIMITS = table_of(RateLimit)


def _counting(dialect: Any) -> Any:
    return (
        dialect.insert(LIMITS)
        .on_conflict_do_update(
            index_elements=[LIMITS.c.subject, LIMITS.c.window_starts_at], set_={"uses": LIMITS.c.uses + 1}
        )
        .returning(LIMITS.c.uses)
    )


_COUNT_ON_SQLITE, _COUNT_ON_POSTGRESQL = _counting(sqlite), _counting(postgresql)
_UNCOUNT = (
    update(LIMITS)
    .where(
        LIMITS.c.subject == bindparam("of"),
        LIMITS.c.window_starts_at == bindparam("since"),
        LIMITS.c.uses > 0,
    )
    .values(uses=LIMITS.c.uses - 1)
)
_LOCKED_UNTIL = select(func.max(LIMITS.c.expires_at)).where(
    LIMITS.c.subject == bindparam("of"), LIMITS.c.expires_at > bindparam("now")
)


@dataclass(frozen=True)
class Limit:
    """How often one key may be tried within one window."""

    key: str
    per: timedelta
    most: int


def count(key: str, per: timedelta, most: int, *, open_on_failure: bool = False) -> bool:
    """Count one try of this key and say whether it is within the limit.

    Without its database the limit is closed (503), unless being open does no harm.
    """
    return count_all([Limit(key, per, most)], open_on_failure=open_on_failure)


def count_all(limits: Sequence[Limit], *, open_on_failure: bool = False) -> bool:
    """Count one try under each of these limits and say whether it is within them all."""
    uses = _count(limits, open_on_failure=open_on_failure)
    return uses is None or all(used <= limit.most for used, limit in zip(uses, limits, strict=True))


def first_exceeded(limits: Sequence[Limit]) -> Limit | None:
    """Count one try under each limit in turn as far as the first that is exceeded; that one, or None."""
    uses = _count(limits, stops=True) or []
    return next((limit for used, limit in zip(uses, limits, strict=False) if used > limit.most), None)


def count_uses(key: str, per: timedelta) -> int:
    """Count one try of this key and say the how-many-eth of its window it is."""
    uses = _count([Limit(key, per, 0)])
    return uses[0] if uses else 0


def _count(
    limits: Sequence[Limit], *, stops: bool = False, open_on_failure: bool = False
) -> list[int] | None:
    """How often each was tried, kept in one transaction before anything is judged; None: it stayed open."""
    if has_open_transaction():
        # On SQLite this request would hold the lock that the count needs, and wait for itself.
        raise RuntimeError("count a limit before the request's first statement")
    parts = services()
    statement = _COUNT_ON_SQLITE if parts.database.is_sqlite else _COUNT_ON_POSTGRESQL
    uses: list[int] = []
    try:
        with parts.database.transaction() as session:
            for limit in limits:
                starts_at = _window(parts.clock.now(), limit.per)
                row = {
                    "subject": _subject(limit.key),
                    "window_starts_at": starts_at,
                    "uses": 1,
                    "expires_at": starts_at + limit.per,
                }
                uses.append(session.execute(statement, row).scalar_one())
                if stops and uses[-1] > limit.most:
                    break
    except SQLAlchemyError as error:
        if open_on_failure:
            logger.warning("a limit could not be counted and stayed open")
            return None
        raise ServiceUnavailable from error
    return uses


def _subject(key: str) -> bytes:
    # It may be an address or a receipt: what is stored says nothing without the key outside the database.
    return services().cipher.blind_index("rate_limits.subject", key)


def lock(key: str, period: timedelta) -> None:
    """Shut this key for a while after the answer, whatever becomes of the request itself."""
    parts = services()
    now = parts.clock.now()
    row = {
        "subject": _subject(f"lock:{key}"),
        "window_starts_at": now,
        "uses": 1,
        "expires_at": now + period,
    }
    dialect: Any = sqlite if parts.database.is_sqlite else postgresql
    statement = dialect.insert(RateLimit).values(row).on_conflict_do_nothing()

    def shut(session: Session) -> None:
        session.execute(statement)

    after_answer(shut)


def locked_until(key: str) -> datetime | None:
    """Until when this key is shut; None where it is not. Without its database it is shut (503)."""
    parts = services()
    asked = {"of": _subject(f"lock:{key}"), "now": parts.clock.now()}
    try:
        with parts.database.reading() as session:
            found: datetime | None = session.scalar(_LOCKED_UNTIL, asked)
            return found
    except SQLAlchemyError as error:
        raise ServiceUnavailable from error


def take_back(key: str, per: timedelta) -> None:
    """Uncount one try after the answer, where only failures are to be bounded and this was none."""
    asked = {"of": _subject(key), "since": _window(services().clock.now(), per)}

    def uncount(session: Session) -> None:
        session.execute(_UNCOUNT, asked)

    after_answer(uncount)


def claim(key: str, period: timedelta) -> bool:
    """Take this key so that nobody else has it before the answer has left; False where somebody has.

    Whoever dies with it holds it until `period` is over. Without its database it is nobody's (503).
    """
    if has_open_transaction():
        raise RuntimeError("claim a key before the request's first statement")
    parts = services()
    now = parts.clock.now()
    row = {
        "subject": _subject(f"claim:{key}"),
        "window_starts_at": datetime.fromtimestamp(0, UTC),
        "uses": 1,
        "expires_at": now + period,
    }
    dialect: Any = sqlite if parts.database.is_sqlite else postgresql
    statement = (
        dialect.insert(RateLimit)
        .values(row)
        .on_conflict_do_update(
            index_elements=[RateLimit.subject, RateLimit.window_starts_at],
            set_={"expires_at": row["expires_at"]},
            where=RateLimit.expires_at <= now,
        )
        .returning(RateLimit.uses)
    )
    try:
        with parts.database.transaction() as session:
            is_taken = session.scalar(statement) is not None
    except SQLAlchemyError as error:
        raise ServiceUnavailable from error
    if is_taken:
        # Only one's own: whoever was too slow may find it taken by another.
        own = (RateLimit.subject == row["subject"]) & (RateLimit.expires_at == row["expires_at"])

        def release(session: Session) -> None:
            session.execute(delete(RateLimit).where(own))

        after_answer(release)
    return is_taken


def caller_address() -> str:
    """The address that asks, as the trusted proxies report it; one customer's whole network in IPv6."""
    told = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return told
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # Whoever has one such address has 2^64 of them.
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def count_expired(session: Session, now: datetime) -> int:
    """How many windows are over."""
    return session.scalar(select(func.count()).select_from(RateLimit).where(RateLimit.expires_at <= now)) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Delete the windows that are over."""
    done = session.execute(delete(RateLimit).where(RateLimit.expires_at <= now))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _window(now: datetime, per: timedelta) -> datetime:
    seconds = int(per.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
