"""Reads of requests for help."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.errors import NotFound
from assistance.help_requests.models import HelpRequest
from assistance.help_requests.receipts import is_receipt, lookup
from infrastructure.crypto import FieldCipher
from infrastructure.languages import N_


def find_by_receipt(
    session: Session, cipher: FieldCipher, receipt: str, *, now: datetime
) -> HelpRequest | None:
    """The request of this receipt, unless there is none or its time is over."""
    if not is_receipt(receipt):
        return None
    query = select(HelpRequest).where(HelpRequest.receipt_lookup == lookup(cipher, receipt))
    return session.scalar(query.where(HelpRequest.expires_at > now))


def get_by_receipt(session: Session, cipher: FieldCipher, receipt: str, *, now: datetime) -> HelpRequest:
    """The request of this receipt, or NotFound."""
    found = find_by_receipt(session, cipher, receipt, now=now)
    if found is None:
        raise NotFound(N_("没有找到这张回执，可能已经撤回，或者过了 90 天。"))
    return found


def list_open(session: Session, county: str, *, now: datetime) -> list[HelpRequest]:
    """Every request of a county that is still kept, the oldest first."""
    query = select(HelpRequest).where(HelpRequest.county == county, HelpRequest.expires_at > now)
    return list(session.scalars(query.order_by(HelpRequest.created_at, HelpRequest.id)))
