"""Asking, withdrawing, and deleting what has run out."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.help_requests.models import HelpRequest
from assistance.help_requests.queries import find_by_receipt
from assistance.help_requests.receipts import lookup
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher

KEPT_DAYS = 90
TRIES = 20
DELETED_AT_ONCE = 500


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
    session: Session,
    cipher: FieldCipher,
    receipt: str,
    asking: Asking,
    *,
    now: datetime,
    by: audit.Actor = audit.ANONYMOUS,
) -> HelpRequest:
    """Keep a request; the same form sent again corrects the first and opens no second."""
    known = find_by_receipt(session, cipher, receipt, now=now)
    if known is None:
        try:
            with session.begin_nested():
                kept = _keep(session, cipher, receipt, asking, now)
                _record(session, audit.Event.HELP_REQUEST_SENT, kept, by, now, asking)
                return kept
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
    _record(session, audit.Event.HELP_REQUEST_CORRECTED, known, by, now, asking)
    return known


def _record(
    session: Session,
    event: audit.Event,
    request: HelpRequest,
    by: audit.Actor,
    now: datetime,
    asking: Asking | None = None,
) -> None:
    reference = str(request.id)
    # What was written stands in the log only as a salted hash, whose salt goes when the request goes.
    written = json.dumps(asking.facts(), ensure_ascii=False, sort_keys=True).encode() if asking else None
    audit.record(
        session,
        event,
        by=by,
        now=now,
        object_ref=reference,
        subject_ref=request.audit_subject,
        committed=written,
    )


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


def withdraw(
    session: Session, cipher: FieldCipher, receipt: str, *, now: datetime, by: audit.Actor = audit.ANONYMOUS
) -> None:
    """Delete the request of this receipt; one that is gone already stays gone."""
    found = session.scalar(select(HelpRequest).where(HelpRequest.receipt_lookup == lookup(cipher, receipt)))
    if found is None:
        return
    _record(session, audit.Event.HELP_REQUEST_WITHDRAWN, found, by, now)
    audit.forget(session, [str(found.id)])
    session.execute(delete(HelpRequest).where(HelpRequest.id == found.id))


def count_expired(session: Session, now: datetime) -> int:
    """How many requests have run out."""
    expired = select(func.count()).select_from(HelpRequest).where(HelpRequest.expires_at <= now)
    return session.scalar(expired) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Delete the requests that have run out."""
    ids = list(session.scalars(select(HelpRequest.id).where(HelpRequest.expires_at <= now)))
    for at in range(0, len(ids), DELETED_AT_ONCE):
        some = ids[at : at + DELETED_AT_ONCE]
        audit.forget(session, [str(one) for one in some])
        session.execute(delete(HelpRequest).where(HelpRequest.id.in_(some)))
    return len(ids)
