"""Opening an authorisation request: what is asked of whom, until when, and when nobody may ask again."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import Standing, list_standings, refuse_relatives
from assistance.authorizations.models import PURPOSES, AuthorizationPart, AuthorizationRequest
from assistance.authorizations.record import CROCKFORD
from assistance.authorizations.signers import SignerRule
from assistance.authorizations.sources import Sources
from assistance.authorizations.wording import TEXT_VERSION
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.orm import field_cipher
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.crypto import FieldCipher
from infrastructure.languages import N_

DEADLINE_DAYS, LONGEST_DEADLINE_DAYS = 30, 90
QUIET_DAYS = 30
"""After a no nobody asks again for so long, unless the household itself starts (WLSJ-22)."""
LONGEST_REASON = 500
LINK_BYTES = 20
TRIES = 20
OWN_PURPOSES = ("application", "own_wish")

SAID_NO = N_("家里有人说了不，到 %(day)s 以前我们不再问。家里自己要办，随时可以自己开始。")
ALREADY_OPEN = N_("这件事已经有一份在等着签，不用再开。")
NO_SOURCES = N_("请至少选一样要查的。")
NOBODY_SIGNS = N_("这一家现在没有人能签，请先在一户一册里补上出生日期和监护人。")
NO_REASON = N_("请写清楚为什么需要，本人会看到。")
BAD_DEADLINE = N_("日期要在今天以后，90 天以内。")
NOT_YOURS = N_("只有家里的大人可以自己开始。")


class BadDeadline(Refusal):
    """The last day for signing lies in the past or too far off."""

    def __init__(self) -> None:
        super().__init__(BAD_DEADLINE)


class AskedTooSoon(Refusal):
    """Somebody said no a short while ago; `opens_on` is the first day on which officers may ask again."""

    def __init__(self, opens_on: date) -> None:
        super().__init__(SAID_NO)
        self.opens_on = opens_on


def open_request(
    session: Session,
    register: Sources,
    actor: Actor,
    household_id: uuid.UUID,
    *,
    purpose: str,
    now: datetime,
    is_demo: bool,
    sources: Sequence[str] | None = None,
    reason: str = "",
    deadline_on: date | None = None,
    supporter_id: uuid.UUID | None = None,
) -> AuthorizationRequest:
    """Ask a household, or one supporter living elsewhere, to authorise checks; one part for each signature.

    `sources` narrows what is asked; without it everything that may be asked for the purpose is. Raises
    NotFound for a household that the actor may not act for, Refusal where it is not lawful or possible now.
    """
    today = now.astimezone(SHANGHAI).date()
    # Two who ask the same household at once take turns, so that the second finds the first one's request.
    household = session.get(Household, household_id, with_for_update=True, populate_existing=True)
    if household is None or household.state != "active":
        raise NotFound
    standings = list_standings(session, household_id, today)
    by_household = _refuse_strangers(session, actor, household, standings, purpose)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not by_household and not reason:
        raise Refusal(NO_REASON)
    asked = _asked(standings, purpose, supporter_id)
    if not by_household:
        _refuse_too_soon(session, household_id, {one.person.id for one in asked}, today)
    if purpose not in PURPOSES or _is_open_already(session, household_id, purpose, supporter_id):
        raise Refusal(ALREADY_OPEN)
    deadline = deadline_on or today + timedelta(days=DEADLINE_DAYS)
    if not today < deadline <= today + timedelta(days=LONGEST_DEADLINE_DAYS):
        raise BadDeadline
    scopes = scopes_for(register, purpose, today, is_demo=is_demo, sources=sources)
    if not scopes:
        raise Refusal(NO_SOURCES)
    request = AuthorizationRequest(
        id=uuid.uuid4(),
        number=_new_number(session, today),
        household_id=household_id,
        purpose=purpose,
        scopes=scopes,
        months_back=max(found.months_back for one in scopes if (found := register.get(one["source"]))),
        text_version=TEXT_VERSION,
        sealed={"reason": reason},
        opened_by=_as_text(actor),
        is_opened_by_household=by_household,
        opened_at=now,
        deadline_on=deadline,
        state="open",
        closed_at=None,
    )
    session.add(request)
    session.flush()
    parts = [part for one in asked for part in add_parts(session, request, one, now=now)]
    if not parts:
        raise Refusal(NOBODY_SIGNS)
    audit.record(
        session,
        audit.Event.AUTHORIZATION_OPENED,
        by=actor.for_the_log(Permission.AUTHORIZATIONS_OPEN, household.division_code),
        now=now,
        object_ref=request.number,
        fields={
            "purpose": purpose,
            "sources": len(scopes),
            "parts": len(parts),
            "deadline": deadline.isoformat(),
        },
        case_ref=str(household_id),
        committed=reason.encode() if reason else None,
    )
    return request


def scopes_for(
    register: Sources, purpose: str, day: date, *, is_demo: bool, sources: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """What may be asked for a purpose on a day, in the order of the register, narrowed to some sources."""
    wanted = None if sources is None else set(sources)
    return [
        {
            "source": source.code,
            "items": [item.code for item in source.open_items(purpose, day, is_demo=is_demo)],
        }
        for source in register.open_for(purpose, day, is_demo=is_demo)
        if wanted is None or source.code in wanted
    ]


def reopen(request: AuthorizationRequest, today: date) -> None:
    """A request that had ended asks again, with time to answer; one that is open goes on as it is."""
    if request.state != "open":
        request.state, request.closed_at = "open", None
        request.deadline_on = max(request.deadline_on, today + timedelta(days=DEADLINE_DAYS))


def add_parts(
    session: Session, request: AuthorizationRequest, standing: Standing, *, now: datetime, round_: int = 1
) -> list[AuthorizationPart]:
    """The parts that one person's data needs, each with a link of its own."""
    cipher = field_cipher(session)
    made = []
    for capacity, signer_id in standing.signers.items():
        link = secrets.token_urlsafe(LINK_BYTES)
        part = AuthorizationPart(
            id=uuid.uuid4(),
            request_id=request.id,
            person_id=standing.person.id,
            signer_id=signer_id,
            capacity=capacity,
            hears_child=standing.rule is SignerRule.GUARDIAN_HEARING_CHILD,
            round=round_,
            link_lookup=link_lookup(cipher, link),
            state="waiting",
            state_since=now,
            reminded_at=None,
            # The link opens nothing without the named person; it is kept so that it can be handed over again.
            sealed={"link": link, "unwilling": False},
            asks_again_on=None,
        )
        session.add(part)
        made.append(part)
    session.flush()
    return made


def link_lookup(cipher: FieldCipher, link: str) -> bytes:
    """By what a link is found; the database alone leads back to no link."""
    return cipher.blind_index("authorizations.link", link)


def lock_request(session: Session, request_id: uuid.UUID) -> AuthorizationRequest:
    """The request, locked: members who sign at the same moment take turns, so the last one closes it."""
    return session.get_one(AuthorizationRequest, request_id, with_for_update=True, populate_existing=True)


def quiet_until(
    session: Session, household_id: uuid.UUID, person_ids: set[uuid.UUID], day: date
) -> date | None:
    """The first day on which officers may ask these persons again, where somebody has said no."""
    found = (
        select(AuthorizationPart.asks_again_on)
        .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
        .where(
            AuthorizationRequest.household_id == household_id,
            AuthorizationPart.person_id.in_(person_ids),
            AuthorizationPart.state.in_(("declined", "withdrawn")),
            AuthorizationPart.asks_again_on > day,
        )
        .order_by(AuthorizationPart.asks_again_on.desc())
    )
    return session.scalar(found.limit(1))


def _refuse_strangers(
    session: Session, actor: Actor, household: Household, standings: list[Standing], purpose: str
) -> bool:
    """Whether it is the household itself that starts; refuse whoever may neither."""
    if actor.kind == "staff":
        if not actor.covers(Permission.AUTHORIZATIONS_OPEN, household.division_code):
            raise NotFound
        refuse_relatives(session, actor, (one.person.id for one in standings))
        return False
    if actor.kind == "system":
        return False
    own = next((one for one in standings if one.person.id == actor.person_id), None)
    if own is None or own.member.is_supporter:
        raise NotFound
    if own.rule is not SignerRule.SELF or purpose not in OWN_PURPOSES:
        raise Refusal(NOT_YOURS)
    return True


def _asked(standings: list[Standing], purpose: str, supporter_id: uuid.UUID | None) -> list[Standing]:
    if purpose == "supporter":
        found = [one for one in standings if one.member.is_supporter and one.person.id == supporter_id]
        if not found:
            raise NotFound
        return found
    return [one for one in standings if not one.member.is_supporter]


def _refuse_too_soon(session: Session, household_id: uuid.UUID, asked: set[uuid.UUID], today: date) -> None:
    opens_on = quiet_until(session, household_id, asked, today)
    if opens_on is not None:
        raise AskedTooSoon(opens_on)


def _is_open_already(
    session: Session, household_id: uuid.UUID, purpose: str, supporter_id: uuid.UUID | None
) -> bool:
    still_open = exists().where(
        AuthorizationRequest.household_id == household_id,
        AuthorizationRequest.purpose == purpose,
        AuthorizationRequest.state == "open",
    )
    if supporter_id is not None:
        still_open = still_open.where(
            AuthorizationPart.request_id == AuthorizationRequest.id,
            AuthorizationPart.person_id == supporter_id,
        )
    return bool(session.scalar(select(still_open)))


def _new_number(session: Session, today: date) -> str:
    for _ in range(TRIES):
        figures = "".join(secrets.choice(CROCKFORD) for _ in range(5))
        number = f"AR-{today:%Y%m%d}-{figures}"
        if not session.scalar(select(exists().where(AuthorizationRequest.number == number))):
            return number
    raise RuntimeError("no number is left for today")


def _as_text(actor: Actor) -> str:
    return f"{actor.kind}:{actor.account_id or actor.person_id or ''}"
