"""From the request to the grant, and from the withdrawal to the shut door, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from assistance import authorizations
from assistance.audit import AuditEntry
from assistance.authorizations import GrantRefused
from infrastructure.clock import now
from infrastructure.database import Database
from tests.assistance.authorizations.family import (
    KEYS,
    make_family,
    opened,
    part_of,
    resident,
    signed,
)


def test_open_sign_mint_withdraw_refused(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        question = {
            "person_id": family.head,
            "source": "household-registration",
            "purpose": "application",
            "now": now(),
        }
        with pytest.raises(GrantRefused):
            authorizations.mint_grant(session, KEYS, request_id=request.id, **question)
        record = signed(session, request, part_of(session, request, family.head))
        assert record is not None
        request_id, number = request.id, request.number
    with database.transaction() as session:
        grant = authorizations.mint_grant(session, KEYS, request_id=request_id, **question)
        assert grant.audience == number
        assert grant.authorization_id == record.id
    with database.reading() as session:
        opened_grant = authorizations.open_grant(grant.token, KEYS, aud=number, session=session, **question)
        assert opened_grant.items == grant.items
    with database.transaction() as session:
        authorizations.withdraw(session, resident(family.head), record.id, now=now())
    with database.reading() as session, pytest.raises(GrantRefused, match="没有"):
        authorizations.open_grant(grant.token, KEYS, aud=number, session=session, **question)
    with database.transaction() as session, pytest.raises(GrantRefused):
        authorizations.mint_grant(session, KEYS, request_id=request_id, **question)
    with database.reading() as session:
        events = set(session.scalars(select(AuditEntry.event)))
    assert {"authorization_opened", "authorization_answered", "authorization_withdrawn"} <= events
