"""No authorisation, no query: a grant needs a live signature for exactly its question."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from assistance import authorizations
from assistance.authorizations import Grant, GrantRefused
from assistance.people import Person
from infrastructure.database import Database
from infrastructure.signing import SigningKeys
from infrastructure.tokens import sign_token
from tests.assistance.authorizations.family import (
    KEYS,
    Family,
    make_family,
    opened,
    part_of,
    relate,
    resident,
    signed,
)
from tests.conftest import NOW

SOURCE, OTHER_SOURCE = "household-registration", "tax"
STRANGER_KEYS = SigningKeys({"demo": b"x" * 32})


@dataclass
class Signed:
    family: Family
    request_id: uuid.UUID
    number: str
    record_id: uuid.UUID
    person: uuid.UUID
    token: str = ""


@pytest.fixture
def ready(database: Database) -> Iterator[tuple[Session, Signed]]:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head), agreed=[SOURCE])
        assert record is not None
        made = Signed(family, request.id, request.number, record.id, family.head)
        made.token = mint(session, made).token
        yield session, made


def mint(session: Session, one: Signed, **changes: Any) -> Grant:
    asked = {
        "person_id": one.person,
        "source": SOURCE,
        "purpose": "application",
        "request_id": one.request_id,
        "now": NOW,
        **changes,
    }
    return authorizations.mint_grant(session, KEYS, **asked)


def open_(session: Session, one: Signed, token: str | None = None, **changes: Any) -> Grant:
    asked = {
        "aud": one.number,
        "source": SOURCE,
        "purpose": "application",
        "person_id": one.person,
        "now": NOW,
        "session": session,
        **changes,
    }
    return authorizations.open_grant(one.token if token is None else token, KEYS, **asked)


def test_T19_a_grant_names_request_person_source_and_a_minute(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    claims = jwt.decode(one.token, options={"verify_signature": False})
    assert claims["aud"] == one.number
    assert claims["source"] == SOURCE
    assert claims["purpose"] == "application"
    assert claims["exp"] - claims["iat"] == 60
    assert str(one.person) not in json.dumps(claims)
    assert jwt.get_unverified_header(one.token)["typ"] == "huimin-grant+jwt"
    grant = open_(session, one)
    assert grant.items == authorizations.items_of(
        session.get_one(authorizations.Authorization, one.record_id), SOURCE
    )
    assert grant.is_good(NOW)
    assert not grant.is_good(NOW + timedelta(seconds=60))


@pytest.mark.parametrize("changes", [
    {"source": OTHER_SOURCE},
    {"source": "nonsense"},
    {"purpose": "recheck"},
    {"purpose": "supporter"},
    {"person_id": uuid.UUID(int=7)},
    {"request_id": uuid.UUID(int=7)},
    {"now": NOW + timedelta(days=180)},
    {"now": NOW - timedelta(seconds=1)},
])  # fmt: skip
def test_T20_nothing_is_minted_for_another_question(ready: tuple[Session, Signed], changes: dict) -> None:
    session, one = ready
    with pytest.raises(GrantRefused):
        mint(session, one, **changes)


@pytest.mark.parametrize(("changes", "because"), [
    ({"aud": "AR-20261122-00000"}, "bad_token"),
    ({"source": OTHER_SOURCE}, "wrong_source"),
    ({"purpose": "recheck"}, "wrong_purpose"),
    ({"person_id": uuid.UUID(int=7)}, "wrong_person"),
    ({"now": NOW + timedelta(seconds=60)}, "expired"),
    ({"now": NOW + timedelta(days=1)}, "bad_token"),
    ({"now": NOW - timedelta(seconds=5)}, "expired"),
])  # fmt: skip
def test_T19_a_replay_elsewhere_is_refused(
    ready: tuple[Session, Signed], changes: dict, because: str
) -> None:
    session, one = ready
    with pytest.raises(GrantRefused) as refused:
        open_(session, one, **changes)
    assert refused.value.because == because


def test_T19_a_replay_to_another_member_who_signed_too_is_refused(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    request = session.get_one(authorizations.AuthorizationRequest, one.request_id)
    signed(session, request, part_of(session, request, one.family.spouse))
    for person in (one.family.spouse, one.family.child):
        with pytest.raises(GrantRefused, match="授权"):
            open_(session, one, person_id=person)


def forged(one: Signed) -> dict[str, str]:
    """Fifteen ways to forge (T23)."""
    header, payload, signature = one.token.split(".")
    claims = jwt.decode(one.token, options={"verify_signature": False})
    public = KEYS.public_key("demo").public_bytes_raw()  # type: ignore[union-attr]

    ours = {"alg": "EdDSA", "typ": "huimin-grant+jwt", "kid": "demo"}

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    def made(more: dict[str, Any], **options: Any) -> str:
        base: dict[str, Any] = {"kind": "huimin-grant+jwt", "issuer": "huimin", "audience": one.number}
        facts = {name: claims[name] for name in claims if name not in ("iss", "aud", "iat", "nbf", "exp")}
        base |= {"now": NOW, "good_for": timedelta(seconds=60), **options}
        return sign_token(base.pop("keys", KEYS), {**facts, **more}, **base)

    return {
        "none": f"{part({'alg': 'none', 'typ': 'huimin-grant+jwt', 'kid': 'demo'})}.{payload}.",
        "NONE": f"{part({'alg': 'NONE', 'typ': 'huimin-grant+jwt', 'kid': 'demo'})}.{payload}.",
        "HS256 with the public key": jwt.encode(
            claims, public, algorithm="HS256", headers={"typ": "huimin-grant+jwt", "kid": "demo"}
        ),
        "another key of the same name": made({}, keys=STRANGER_KEYS),
        "another kind": made({}, kind="JWT"),
        "an access token's kind": made({}, kind="at+jwt"),
        "another issuer": made({}, issuer="elsewhere"),
        "a longer life": made({}, good_for=timedelta(hours=1)),
        "an unknown key id": f"{part({**ours, 'kid': 'x'})}.{payload}.{signature}",
        "a key in the header": f"{part({**ours, 'kid': 'x', 'jwk': {}})}.{payload}.{signature}",
        "crit": f"{part({**ours, 'crit': ['x']})}.{payload}.{signature}",
        "another source inside": f"{header}.{part({**claims, 'source': OTHER_SOURCE})}.{signature}",
        "a cut signature": one.token[:-4],
        "nothing": "",
        "rubbish": "a.b.c",
        "too long": one.token + "A" * 10_000,
        "more items": made({"items": ["everything"]}),
        "another authorisation": made({"authorization": str(uuid.uuid4())}),
        "another person's pseudonym": made({"sub": "0" * 32}),
        "yesterday's": made({}, now=NOW - timedelta(days=1)),
        "tomorrow's": made({}, now=NOW + timedelta(days=1)),
    }


def test_T23_no_forged_grant_opens(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    opened_by = []
    for name, token in forged(one).items():
        try:
            open_(session, one, token)
        except GrantRefused:
            continue
        opened_by.append(name)
    assert opened_by == []


def test_a_withdrawal_in_flight_shuts_the_door(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    assert open_(session, one)
    authorizations.withdraw(session, resident(one.person), one.record_id, now=NOW)
    with pytest.raises(GrantRefused) as refused:
        open_(session, one)
    assert refused.value.because == "not_live"
    with pytest.raises(GrantRefused):
        mint(session, one)


def test_a_change_behind_the_session_s_back_is_seen(database: Database) -> None:
    """The state is read at the moment, not from what the session remembers."""
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.head), agreed=[SOURCE])
        assert record is not None
        one = Signed(family, request.id, request.number, record.id, family.head)
        one.token = mint(session, one).token
        session.execute(text("UPDATE authorizations SET state = 'withdrawn'"))
        with pytest.raises(GrantRefused):
            open_(session, one)
        with pytest.raises(GrantRefused):
            mint(session, one)


@pytest.mark.parametrize("event", ["birthday", "death", "move", "guardianship", "another guardian"])
def test_a_life_event_shuts_the_door_before_anybody_has_noticed(database: Database, event: str) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        record = signed(session, request, part_of(session, request, family.child), agreed=[SOURCE])
        assert record is not None
        one = Signed(family, request.id, request.number, record.id, family.child)
        assert mint(session, one)
        child = session.get_one(Person, family.child)
        at = NOW
        if event == "birthday":
            child.sealed = {**child.sealed, "birth": "2012-11-23"}
            session.flush()
            assert mint(session, one, now=at)
            at = NOW + timedelta(days=1)
        elif event == "death":
            child.died_on = NOW.date()
        elif event == "move":
            relate(session, child, "child", left_on=NOW.date())
        elif event == "guardianship":
            head = session.get_one(Person, family.head)
            relate(session, head, "head", is_under_court_guardianship=True)
        else:
            relate(session, child, "child", guardian_id=family.spouse)
        session.flush()
        with pytest.raises(GrantRefused):
            mint(session, one, now=at)


def test_both_signatures_are_needed_from_14_to_17(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=NOW.date().replace(year=2011))
        request = opened(session, family)
        one = Signed(family, request.id, request.number, uuid.UUID(int=0), family.child)
        guardian = signed(
            session, request, part_of(session, request, family.child, "guardian"), agreed=[SOURCE]
        )
        with pytest.raises(GrantRefused):
            mint(session, one)
        ward = signed(session, request, part_of(session, request, family.child, "ward"), agreed=[SOURCE])
        assert guardian is not None
        assert ward is not None
        assert mint(session, one).authorization_id == ward.id
        authorizations.withdraw(session, resident(family.head), guardian.id, now=NOW)
        with pytest.raises(GrantRefused):
            mint(session, one)


def test_a_grant_is_made_changed_and_copied_by_nobody_else(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    grant = open_(session, one)
    facts = {name: getattr(grant, name) for name in Grant.__slots__}
    for mint_by in (None, object(), "mint"):
        with pytest.raises(TypeError):
            Grant(mint=mint_by, **facts)
    for act in (copy.copy, copy.deepcopy, pickle.dumps, replace):
        with pytest.raises(TypeError):
            act(grant)
    with pytest.raises(AttributeError):
        grant.source = OTHER_SOURCE
    with pytest.raises(AttributeError):
        del grant.token
    with pytest.raises(TypeError):
        type("Other", (Grant,), {})
    assert one.token not in repr(grant)


def test_the_minute_is_of_our_own_clock(ready: tuple[Session, Signed]) -> None:
    session, one = ready
    odd = NOW + timedelta(milliseconds=900)
    token = mint(session, one, now=odd).token
    assert open_(session, one, token, now=odd)
    last = datetime.fromtimestamp(int(odd.timestamp()), NOW.tzinfo) + timedelta(seconds=59, milliseconds=999)
    assert open_(session, one, token, now=last)
    with pytest.raises(GrantRefused):
        open_(session, one, token, now=last + timedelta(milliseconds=1))
