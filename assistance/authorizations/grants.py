"""Grants: a minute's leave to ask one source about one person for one request. Only this module makes them.

No authorisation, no query: a grant is minted only while the signatures that a person's data needs are live in
the database, and it is opened only where they still are. What a grant says is signed, and so is nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NoReturn

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from assistance.authorizations.families import find_standing
from assistance.authorizations.models import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.errors import Refusal
from assistance.orm import field_cipher
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.signing import SigningKeys
from infrastructure.tokens import BadToken, open_token, sign_token

KIND = "huimin-grant+jwt"
ISSUER = "huimin"
GOOD_FOR = timedelta(seconds=60)
COOLING = timedelta(hours=24)
"""A supporter from outside may think it over for a day before anything is asked (T21)."""
CLAIMS = ("sub", "jti", "source", "purpose", "authorization")
# Whose record stands for the person where two have signed.
ORDER = ("self", "supporter", "ward", "guardian")
REFUSED = N_("没有有效的授权，不能查。")
_MINT = object()


class GrantRefused(Refusal):
    """There is no live authorisation for exactly this question; `because` is one word for the log."""

    def __init__(self, because: str) -> None:
        super().__init__(REFUSED)
        self.because = because


class Grant:
    """A grant that was minted or opened here a moment ago; nobody else can make, change or copy one."""

    __slots__ = (
        "audience", "authorization_id", "expires_at", "issued_at", "items", "jti", "purpose", "source",
        "subject", "token",
    )  # fmt: skip

    token: str
    authorization_id: uuid.UUID
    audience: str
    """The number of the authorisation request."""
    subject: str
    """The person's pseudonym within this request."""
    source: str
    purpose: str
    items: tuple[str, ...]
    jti: str
    issued_at: datetime
    expires_at: datetime

    def __init__(self, *, mint: object, **facts: Any) -> None:
        if mint is not _MINT or facts.keys() != set(Grant.__slots__):
            raise TypeError("a grant comes from mint_grant or open_grant alone")
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __init_subclass__(cls, **named: Any) -> NoReturn:
        raise TypeError("there is one kind of grant")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a grant does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a grant does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a grant is not copied and not kept")

    def __repr__(self) -> str:
        return f"Grant({self.source}, {self.audience})"

    def is_good(self, now: datetime) -> bool:
        """Whether its minute still runs; its state in the database is another question."""
        return self.issued_at <= now < self.expires_at


def live_for(
    session: Session,
    person_id: uuid.UUID,
    source: str,
    purpose: str,
    now: datetime,
    *,
    request_id: uuid.UUID | None = None,
) -> Authorization | None:
    """The signed record that allows this question now, read from the database at this moment.

    Where a person's data needs two signatures both must be live. None where one is missing, declined this
    source, was withdrawn or has run out; where the person has left or died; where others would have to sign
    today. Without `request_id` the newest request that allows it counts.
    """
    asked = {"person_id": person_id, "purpose": purpose}
    if request_id is None:
        rows = session.execute(_PARTS, asked).all()
    else:
        rows = session.execute(_PARTS_OF_ONE, {**asked, "request_id": request_id}).all()
    for _, parts in groupby(rows, key=lambda row: row.request_id):
        found = _live_in(session, list(parts), person_id, source, now)
        if found is not None:
            return found
    return None


def items_of(authorization: Authorization, source: str) -> tuple[str, ...]:
    """What a record allows to be asked of one source, by the codes of the items."""
    return tuple(
        str(item) for scope in authorization.sources if scope["source"] == source for item in scope["items"]
    )


def mint_grant(
    session: Session,
    keys: SigningKeys,
    *,
    person_id: uuid.UUID,
    source: str,
    purpose: str,
    request_id: uuid.UUID,
    now: datetime,
) -> Grant:
    """A grant for one question, good for a minute; raises GrantRefused without a live authorisation.

    The record is locked until the transaction ends, in which the caller notes that the question is asked.
    """
    found = live_for(session, person_id, source, purpose, now, request_id=request_id)
    if found is None:
        raise GrantRefused("not_authorised")
    locked = session.get(Authorization, found.id, with_for_update=True, populate_existing=True)
    request = session.get(AuthorizationRequest, request_id)
    if locked is None or locked.state != "active" or request is None:
        raise GrantRefused("not_authorised")
    facts = {
        "sub": pseudonym(session, request, person_id),
        "jti": uuid.uuid4().hex,
        "source": source,
        "purpose": purpose,
        "items": list(items_of(locked, source)),
        "authorization": str(locked.id),
    }
    token = sign_token(
        keys, facts, kind=KIND, issuer=ISSUER, audience=request.number, now=now, good_for=GOOD_FOR
    )
    at = datetime.fromtimestamp(int(now.timestamp()), now.tzinfo)
    return _grant(token, request.number, facts, at, at + GOOD_FOR)


def open_grant(
    token: str,
    keys: SigningKeys,
    *,
    aud: str,
    source: str,
    purpose: str,
    person_id: uuid.UUID,
    now: datetime,
    session: Session,
) -> Grant:
    """Open a grant for exactly one question; raises GrantRefused for a word of what is wrong.

    Signature, kind, request, source, purpose, person and minute are held against the token, and the
    authorisation against the database as it stands now.
    """
    try:
        claims = open_token(keys, token, kind=KIND, issuer=ISSUER, audience=aud, now=now, require=CLAIMS)
    except BadToken as error:
        raise GrantRefused("bad_token") from error
    issued = datetime.fromtimestamp(claims["iat"], now.tzinfo)
    expires = datetime.fromtimestamp(claims["exp"], now.tzinfo)
    # The token's own reader allows for clocks that differ; this one is ours on both ends.
    if not issued <= now < expires <= issued + GOOD_FOR:
        raise GrantRefused("expired")
    if claims["source"] != source:
        raise GrantRefused("wrong_source")
    if claims["purpose"] != purpose:
        raise GrantRefused("wrong_purpose")
    request = session.scalar(select(AuthorizationRequest).where(AuthorizationRequest.number == aud))
    if request is None or claims["sub"] != pseudonym(session, request, person_id):
        raise GrantRefused("wrong_person")
    live = live_for(session, person_id, source, purpose, now, request_id=request.id)
    if live is None or str(live.id) != claims["authorization"]:
        raise GrantRefused("not_live")
    if claims.get("items") != list(items_of(live, source)):
        raise GrantRefused("wrong_items")
    return _grant(token, aud, claims, issued, expires)


def pseudonym(session: Session, request: AuthorizationRequest, person_id: uuid.UUID) -> str:
    """What stands for a person in grants and records of one request; it leads back only with the key."""
    keyed = field_cipher(session).blind_index("authorizations.subject", f"{request.number}:{person_id}")
    return keyed.hex()[:32]


def _grant(token: str, audience: str, facts: dict[str, Any], issued: datetime, expires: datetime) -> Grant:
    return Grant(
        mint=_MINT,
        token=token,
        authorization_id=uuid.UUID(facts["authorization"]),
        audience=audience,
        subject=facts["sub"],
        source=facts["source"],
        purpose=facts["purpose"],
        items=tuple(facts["items"]),
        jti=facts["jti"],
        issued_at=issued,
        expires_at=expires,
    )


# The parts of one person, newest request first, each with its record; made once, for every door asks it.
_PARTS = (
    select(
        AuthorizationPart.request_id,
        AuthorizationRequest.household_id,
        AuthorizationPart.capacity,
        AuthorizationPart.state,
        AuthorizationPart.signer_id,
        Authorization,
    )
    .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
    .outerjoin(Authorization, Authorization.part_id == AuthorizationPart.id)
    .where(
        AuthorizationPart.person_id == bindparam("person_id"),
        AuthorizationPart.state != "void",
        AuthorizationRequest.purpose == bindparam("purpose"),
        AuthorizationRequest.state != "expired",
    )
    .order_by(AuthorizationRequest.opened_at.desc(), AuthorizationRequest.id)
    .execution_options(populate_existing=True)
)
_PARTS_OF_ONE = _PARTS.where(AuthorizationPart.request_id == bindparam("request_id"))


def _live_in(
    session: Session, rows: Sequence[Any], person_id: uuid.UUID, source: str, now: datetime
) -> Authorization | None:
    """The record that counts where all parts of one request are live; `rows` are as `_PARTS` has them."""
    found = {row.capacity: row for row in rows}
    if len(found) != len(rows):
        return None
    for row in rows:
        if row.state != "signed" or row.Authorization is None:
            return None
        if not _is_live(row.capacity, row.Authorization, source, now):
            return None
    standing = find_standing(session, rows[0].household_id, person_id, now.astimezone(SHANGHAI).date())
    signed_by = {capacity: row.signer_id for capacity, row in found.items()}
    if standing is None or standing.signers != signed_by:
        # A birthday, a death or a move since: others would have to sign today.
        return None
    counts: Authorization = next(found[one].Authorization for one in ORDER if one in found)
    return counts


def _is_live(capacity: str, record: Authorization, source: str, now: datetime) -> bool:
    begins = record.signed_at + COOLING if capacity == "supporter" else record.signed_at
    return record.state == "active" and begins <= now < record.valid_until and bool(items_of(record, source))
