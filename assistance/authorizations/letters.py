"""What is said to people about their authorisations; it leaves the house after the act."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.authorizations.life_events import (
    expire_overdue,
    list_to_remind,
    list_with_minors,
    note_reminded,
    review_birthdays,
)
from assistance.authorizations.models import AuthorizationPart, AuthorizationRequest
from assistance.authorizations.queries import parts_of
from assistance.authorizations.wording import Office
from assistance.messages import Template, say
from infrastructure.clock import SHANGHAI
from infrastructure.database import Database

# What a text message may carry as an office; any other name is said in the shortest way.
FITS_A_TEXT = re.compile(r"[一-鿿]{3,9}(?:局|办|处|所|会|心|府|站|科)")
ANY_OFFICE = "民政局"
NEWS_FOR = timedelta(days=2)
AT_ONCE = 20
"""So many households are looked through in one transaction."""


def code_values(request: AuthorizationRequest, part_sources: int, office: Office) -> dict[str, str]:
    """What the text with the code says beside it: whom one allows to check how much, and for what."""
    name = office.name if FITS_A_TEXT.fullmatch(office.name) else ANY_OFFICE
    return {"office": name, "count": str(max(1, part_sources)), "purpose": request.purpose}


def tell_asked(session: Session, request: AuthorizationRequest, *, now: datetime) -> int:
    """Tell everybody who has to sign that there is something to look at, once for each part."""
    told = 0
    for part in parts_of(session, request.id):
        if part.state == "waiting":
            _tell(
                session,
                Template.AUTHORIZATION_ASKED,
                request,
                part.signer_id,
                key=f"asked:{part.id}",
                now=now,
            )
            told += 1
    return told


def tell_all_answered(session: Session, request: AuthorizationRequest, *, now: datetime) -> bool:
    """Tell the signers that a request is complete; not where somebody openly said no."""
    parts = parts_of(session, request.id)
    if request.state != "closed" or not parts or any(part.state != "signed" for part in parts):
        return False
    for signer_id in dict.fromkeys(part.signer_id for part in parts):
        key = f"all_signed:{request.id}:{signer_id}"
        _tell(session, Template.ALL_SIGNED, request, signer_id, key=key, now=now, with_day=False)
    return True


def tell_withdrawn(session: Session, part: AuthorizationPart, *, now: datetime) -> None:
    """Tell the signer that it has ended at once: if it was somebody else, there is a number to call."""
    request = session.get_one(AuthorizationRequest, part.request_id)
    _tell(
        session,
        Template.AUTHORIZATION_WITHDRAWN,
        request,
        part.signer_id,
        key=f"withdrawn:{part.id}",
        now=now,
        with_day=False,
    )


def tell_signed_with_staff(session: Session, part: AuthorizationPart, *, now: datetime) -> None:
    """Tell the signer that somebody of the staff helped; the same words where it ended without a record."""
    request = session.get_one(AuthorizationRequest, part.request_id)
    say(
        session,
        Template.SIGNED_WITH_STAFF,
        {"number": request.number, "moment": now.isoformat(timespec="minutes")},
        part.signer_id,
        key=f"signed_with_staff:{part.id}",
        now=now,
    )


def remind(database: Database, now: datetime) -> int:
    """Remind whoever has not answered and has few days left; each reminder is written down."""
    with database.transaction() as session:
        due: Sequence[tuple[AuthorizationPart, AuthorizationRequest]] = list_to_remind(session, now)
        for part, request in due:
            count = note_reminded(session, part, now=now)
            key = f"reminder:{part.id}:{count}"
            _tell(session, Template.AUTHORIZATION_REMINDER, request, part.signer_id, key=key, now=now)
        return len(due)


def look_after(database: Database, now: datetime) -> int:
    """What is due every minute: what has run out ends, who has few days left is reminded, birthdays count."""
    done = _expire(database, now)
    done += _birthdays_once_a_day(database, now)
    return done + remind(database, now) + _tell_asked_anew(database, now)


def _expire(database: Database, now: datetime) -> int:
    """End what has run out, some at a time, so that nobody waits for all of it."""
    done = 0
    while True:
        with database.transaction() as session:
            ended = expire_overdue(session, now)
        if not ended:
            return done
        done += ended


def _tell_asked_anew(database: Database, now: datetime) -> int:
    """Tell whoever a birthday, a death or a move has asked anew; nobody is told twice."""
    with database.transaction() as session:
        waiting = (
            select(AuthorizationPart.request_id)
            .join(AuthorizationRequest, AuthorizationPart.request_id == AuthorizationRequest.id)
            .where(
                AuthorizationPart.state == "waiting",
                AuthorizationPart.state_since > now - NEWS_FOR,
                AuthorizationPart.state_since > AuthorizationRequest.opened_at,
            )
        )
        anew = session.scalars(select(AuthorizationRequest).where(AuthorizationRequest.id.in_(waiting))).all()
        for request in anew:
            tell_asked(session, request, now=now)
    return 0


_reviewed: dict[str, date] = {}


def _birthdays_once_a_day(database: Database, now: datetime) -> int:
    today, address = now.astimezone(SHANGHAI).date(), str(database.url)
    if _reviewed.get(address) == today:
        return 0
    with database.reading() as session:
        found = list_with_minors(session)
    ended = 0
    for at in range(0, len(found), AT_ONCE):
        with database.transaction() as session:
            ended += review_birthdays(session, now, households=found[at : at + AT_ONCE]).ended
    # After a restart it is done once more, which changes nothing that stands right.
    _reviewed[address] = today
    return ended


def _tell(
    session: Session,
    template: Template,
    request: AuthorizationRequest,
    person_id: uuid.UUID,
    *,
    key: str,
    now: datetime,
    with_day: bool = True,
) -> None:
    values = {"number": request.number}
    if with_day:
        values["day"] = request.deadline_on.isoformat()
    say(session, template, values, person_id, key=key, now=now)
