"""Reads of requests, parts and records, each through what the asker may see."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    PaperSignature,
)
from assistance.authorizations.record import tidy_verify_code
from assistance.authorizations.requests import link_lookup
from assistance.errors import NotFound
from assistance.households import Household, within
from assistance.orm import field_cipher
from assistance.people import Actor
from assistance.permissions import Permission

LONGEST_LINK = 100
MOST_LISTED = 500


@dataclass(frozen=True)
class Guarded:
    """One part with its request and the household that was asked."""

    part: AuthorizationPart
    request: AuthorizationRequest
    household: Household


def list_own_parts(
    session: Session, person_id: uuid.UUID, *, after: uuid.UUID | None = None, most: int | None = None
) -> Sequence[AuthorizationPart]:
    """Everything that a person is or was asked to sign, or that is about them; the newest first.

    `after` is the last part of the page before; NotFound where it is none of the person's own.
    """
    own = or_(AuthorizationPart.signer_id == person_id, AuthorizationPart.person_id == person_id)
    newest = select(AuthorizationPart).join(
        AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id
    )
    wanted = newest.where(own)
    if after is not None:
        last = select(AuthorizationRequest.opened_at).join(
            AuthorizationPart, AuthorizationRequest.id == AuthorizationPart.request_id
        )
        at = session.scalar(last.where(own, AuthorizationPart.id == after))
        if at is None:
            raise NotFound
        is_same = and_(AuthorizationRequest.opened_at == at, AuthorizationPart.id > after)
        wanted = wanted.where(or_(AuthorizationRequest.opened_at < at, is_same))
    wanted = wanted.order_by(AuthorizationRequest.opened_at.desc(), AuthorizationPart.id)
    return session.scalars(wanted.limit(most)).all()


def get_own_part(session: Session, actor: Actor, part_id: uuid.UUID) -> AuthorizationPart:
    """A part that this person signs or that is about them, or NotFound."""
    part = session.get(AuthorizationPart, part_id)
    if part is None or actor.person_id is None or actor.person_id not in (part.signer_id, part.person_id):
        raise NotFound
    return part


def find_part_by_link(session: Session, link: str) -> AuthorizationPart | None:
    """The part of a link; whether the asker is the one that it names is for the caller to hold against it."""
    if not 20 <= len(link) <= LONGEST_LINK:
        return None
    wanted = link_lookup(field_cipher(session), link)
    return session.scalar(select(AuthorizationPart).where(AuthorizationPart.link_lookup == wanted))


def get_own_record(session: Session, actor: Actor, authorization_id: uuid.UUID) -> Authorization:
    """A record that this person signed or that is about them, or NotFound."""
    found = session.get(Authorization, authorization_id)
    if found is None or actor.person_id is None or actor.person_id not in (found.signer_id, found.person_id):
        raise NotFound
    return found


def find_record_of(session: Session, part_id: uuid.UUID) -> Authorization | None:
    """The record that a part ended in, where it did."""
    return session.scalar(select(Authorization).where(Authorization.part_id == part_id))


def find_by_verify_code(session: Session, code: str) -> Authorization | None:
    """The record of a printed code, however it was typed."""
    tidy = tidy_verify_code(code)
    if not tidy:
        return None
    return session.scalar(select(Authorization).where(Authorization.verify_code == tidy))


def parts_of(session: Session, request_id: uuid.UUID) -> Sequence[AuthorizationPart]:
    """The parts of a request that count, in the order of persons; what changed since is left out."""
    return session.scalars(
        select(AuthorizationPart)
        .where(AuthorizationPart.request_id == request_id, AuthorizationPart.state != "void")
        .order_by(AuthorizationPart.person_id, AuthorizationPart.capacity)
    ).all()


def get_visible(session: Session, actor: Actor, request_id: uuid.UUID) -> AuthorizationRequest:
    """A request of a household in a division of the actor's, or NotFound."""
    request = session.get(AuthorizationRequest, request_id)
    household = session.get(Household, request.household_id) if request is not None else None
    if (
        request is None
        or household is None
        or not actor.covers(Permission.AUTHORIZATIONS_READ, household.division_code)
    ):
        raise NotFound
    return request


def list_visible(
    session: Session, actor: Actor, *, state: str = "open"
) -> list[tuple[AuthorizationRequest, Household]]:
    """Requests of the actor's divisions in one state: the nearest day first."""
    nearest = AuthorizationRequest.deadline_on
    rows = session.execute(
        select(AuthorizationRequest, Household)
        .join(Household, Household.id == AuthorizationRequest.household_id)
        .where(
            within(actor.divisions_for(Permission.AUTHORIZATIONS_READ)), AuthorizationRequest.state == state
        )
        .order_by(nearest if state == "open" else nearest.desc(), AuthorizationRequest.number)
        .limit(MOST_LISTED)
    )
    return [(request, household) for request, household in rows]


def count_answers(session: Session, request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """How many parts of each request are answered, and how many it has; what changed since is left out."""
    counted = (
        select(
            AuthorizationPart.request_id,
            func.sum(case((AuthorizationPart.state == "waiting", 0), else_=1)),
            func.count(),
        )
        .where(AuthorizationPart.request_id.in_(request_ids), AuthorizationPart.state != "void")
        .group_by(AuthorizationPart.request_id)
    )
    return {request_id: (int(answered), total) for request_id, answered, total in session.execute(counted)}


def list_of_household(session: Session, household_id: uuid.UUID) -> Sequence[AuthorizationRequest]:
    """Every request of one household, the newest first."""
    return session.scalars(
        select(AuthorizationRequest)
        .where(AuthorizationRequest.household_id == household_id)
        .order_by(AuthorizationRequest.opened_at.desc(), AuthorizationRequest.id)
    ).all()


def papers_waiting(session: Session, request_id: uuid.UUID) -> Sequence[PaperSignature]:
    """Photographed signatures of a request that a second person has still to look at."""
    return session.scalars(
        select(PaperSignature)
        .join(AuthorizationPart, AuthorizationPart.id == PaperSignature.part_id)
        .where(
            AuthorizationPart.request_id == request_id,
            AuthorizationPart.state == "waiting",
            PaperSignature.confirmed_at.is_(None),
            PaperSignature.refused_because.is_(None),
        )
        .order_by(PaperSignature.taken_at)
    ).all()


def list_with_papers(session: Session, actor: Actor) -> list[AuthorizationRequest]:
    """Requests of the actor's divisions with a photographed signature that somebody else has taken."""
    waiting = (
        select(AuthorizationPart.request_id)
        .join(PaperSignature, PaperSignature.part_id == AuthorizationPart.id)
        .where(
            AuthorizationPart.state == "waiting",
            PaperSignature.confirmed_at.is_(None),
            PaperSignature.refused_because.is_(None),
            PaperSignature.taken_by_person != actor.person_id,
        )
    )
    query = (
        select(AuthorizationRequest)
        .join(Household, Household.id == AuthorizationRequest.household_id)
        .where(
            within(actor.divisions_for(Permission.AUTHORIZATIONS_ASSIST)),
            AuthorizationRequest.state == "open",
            AuthorizationRequest.id.in_(waiting),
        )
        .order_by(AuthorizationRequest.deadline_on, AuthorizationRequest.number)
    )
    return list(session.scalars(query.limit(MOST_LISTED)))


def list_protected(session: Session, actor: Actor) -> list[Guarded]:
    """Every part where the actor protects people from signing against their will that has not ended.

    What ran out without a record is among them: it may have been answered in silence, and that is not over
    with its time. However many there are: whom a bound would leave out nobody would protect.
    """
    signed = select(Authorization.id).where(Authorization.part_id == AuthorizationPart.id)
    rows = session.execute(
        select(AuthorizationPart, AuthorizationRequest, Household)
        .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
        .join(Household, Household.id == AuthorizationRequest.household_id)
        .where(
            within(actor.divisions_for(Permission.AUTHORIZATIONS_PROTECT)),
            or_(
                AuthorizationPart.state.in_(("waiting", "signed", "withdrawn")),
                and_(AuthorizationPart.state == "expired", ~signed.exists()),
            ),
        )
        .order_by(AuthorizationRequest.deadline_on, AuthorizationRequest.number, AuthorizationPart.id)
    )
    return [Guarded(*row) for row in rows]
