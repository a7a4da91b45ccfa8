"""Which sources may be asked about a person now: one question to the authorisations for all of them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import authorizations
from assistance.authorizations import Authorization, AuthorizationRequest


def live_sources(
    session: Session, request: AuthorizationRequest, person_id: uuid.UUID, now: datetime
) -> dict[str, Authorization]:
    """The sources that may be asked about a person under a request now, with the record that allows it."""
    records = session.scalars(
        select(Authorization).where(
            Authorization.request_id == request.id,
            Authorization.person_id == person_id,
            Authorization.state == "active",
        )
    ).all()
    agreed = [{scope["source"] for scope in one.sources if scope["items"]} for one in records]
    shared = sorted(set.intersection(*agreed)) if agreed else []
    if not shared:
        return {}
    # Whether the records still hold is one question for all their sources.
    found = authorizations.live_for(
        session, person_id, shared[0], request.purpose, now, request_id=request.id
    )
    return dict.fromkeys(shared, found) if found is not None else {}
