"""Asking, withdrawing, and deleting what has run out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance.help_requests.models import HelpRequest
from assistance.help_requests.queries import find_by_receipt
from assistance.help_requests.receipts import lookup
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher

KEPT_DAYS = 90
TRIES = 20


@dataclass(frozen=True)
class Asking:
    """What somebody wrote: a name, a way to be found, a village, and perhaps a policy."""

    name: str
    contact: str
    village: str
    county: str
    division_code: str
    policy_code: str | None = None

    def facts(self) -> dict[str, str]:
        """What is sealed."""
        return {"name": self.name, "contact": self.contact, "village": self.village}


def ask_for_help(
    session: Session, cipher: FieldCipher, receipt: str, asking: Asking, *, now: datetime
) -> HelpRequest:
    """Keep a request; the same form sent again corrects the first and opens no second."""
    known = find_by_receipt(session, cipher, receipt, now=now)
    if known is None:
        try:
            with session.begin_nested():
                return _keep(session, cipher, receipt, asking, now)
        except IntegrityError:
            # The same form arrived twice at once, and the other one was first.
            known = find_by_receipt(session, cipher, receipt, now=now)
            if known is None:
                raise
    if known.sealed != asking.facts():
        known.sealed = dict(asking.facts())
    known.division_code = asking.division_code
    known.policy_code = asking.policy_code
    session.flush()
    return known


def _keep(session: Session, cipher: FieldCipher, receipt: str, asking: Asking, now: datetime) -> HelpRequest:
    request = HelpRequest(
        number=_new_number(session, now),
        county=asking.county,
        division_code=asking.division_code,
        sealed=asking.facts(),
        policy_code=asking.policy_code,
        receipt_lookup=lookup(cipher, receipt),
        created_at=now,
        expires_at=now + timedelta(days=KEPT_DAYS),
    )
    session.add(request)
    session.flush()
    return request


def _new_number(session: Session, now: datetime) -> str:
    """The day and four figures by lot, as 2026-1122-0137: a count would tell how many ask for help.

    On a day with thousands of requests, as after a typhoon or an attack, the figures grow in number.
    """
    day = now.astimezone(SHANGHAI)
    for attempt in range(TRIES):
        figures = 4 if attempt < TRIES // 2 else 8
        number = f"{day:%Y-%m%d}-{secrets.randbelow(10**figures):0{figures}d}"
        if not session.scalar(select(exists().where(HelpRequest.number == number))):
            return number
    raise RuntimeError("no number is left for today")


def withdraw(session: Session, cipher: FieldCipher, receipt: str) -> None:
    """Delete the request of this receipt; one that is gone already stays gone."""
    session.execute(delete(HelpRequest).where(HelpRequest.receipt_lookup == lookup(cipher, receipt)))


def count_expired(session: Session, now: datetime) -> int:
    """How many requests have run out."""
    expired = select(func.count()).select_from(HelpRequest).where(HelpRequest.expires_at <= now)
    return session.scalar(expired) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Delete the requests that have run out."""
    done = session.execute(delete(HelpRequest).where(HelpRequest.expires_at <= now))
    return int(done.rowcount)  # type: ignore[attr-defined]
