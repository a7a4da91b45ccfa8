"""Access tokens: nothing forged opens anything; and refresh tokens, of which an old one ends the family."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from assistance import audit, people
from assistance.people import ANONYMOUS, Assurance, RefreshToken, SignInSession, Tokens
from infrastructure.database import Database
from infrastructure.settings import DEFAULT_SIGNING_KEYS
from infrastructure.signing import SigningKeys
from tests.conftest import NOW
from tests.signing_in import make_person

ISSUER = "https://county.example"
KEYS = SigningKeys(DEFAULT_SIGNING_KEYS)
KID = KEYS.signing_kid
PUBLIC = KEYS.public_key(KID)
AT = int(NOW.timestamp())


def sign_in(database: Database, face: str = "api") -> tuple[SignInSession, Tokens]:
    with database.transaction() as session:
        person = make_person(session)
        found, _ = people.start_session(
            session, face=face, assurance=Assurance.L3, proved_by="code", now=NOW, person_id=person.id
        )
        return found, people.issue_tokens(session, found, KEYS, issuer=ISSUER, now=NOW)


def holder(database: Database, token: str, **more: Any) -> people.Actor | None:
    asked = {"issuer": ISSUER, "now": NOW, **more}
    with database.reading() as session:
        return people.find_actor_by_token(session, token, asked.pop("keys", KEYS), **asked)


def b64(raw: Any) -> str:
    if not isinstance(raw, bytes):
        raw = json.dumps(raw).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def header(**changes: Any) -> dict[str, Any]:
    whole = {"alg": "EdDSA", "typ": "at+jwt", "kid": KID, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def made(head: dict[str, Any], claims: Any, sign: Callable[[bytes], bytes] = KEYS.sign) -> str:
    signed = f"{b64(head)}.{b64(claims)}"
    return f"{signed}.{b64(sign(signed.encode()))}"


def raw_public() -> bytes:
    assert PUBLIC is not None
    return PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)


def pem_public() -> bytes:
    return (KEYS.pem(KID) or "").encode()


def with_hmac(key: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(key, message, "sha256")


STRANGER = Ed25519PrivateKey.generate()
STRANGERS_JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": b64(STRANGER.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
}


def es256(message: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.get_algorithm_by_name("ES256").sign(message, key)


def rs256(message: bytes) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.get_algorithm_by_name("RS256").sign(message, key)


def change(claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**claims, **changes}.items() if value is not ...}


FORGERIES: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "empty": lambda t, c: "",
    "one part": lambda t, c: "a",
    "no JSON": lambda t, c: "a.b.c",
    "alg none, no signature": lambda t, c: f"{b64(header(alg='none'))}.{b64(c)}.",
    "alg NONE": lambda t, c: f"{b64(header(alg='NONE'))}.{b64(c)}.",
    "alg none, our signature": lambda t, c: made(header(alg="none"), c),
    "no alg": lambda t, c: made(header(alg=...), c),
    "HS256 with the raw public key": lambda t, c: made(header(alg="HS256"), c, with_hmac(raw_public())),
    "HS256 with the PEM public key": lambda t, c: made(header(alg="HS256"), c, with_hmac(pem_public())),
    "HS256 with the kid": lambda t, c: made(header(alg="HS256"), c, with_hmac(KID.encode())),
    "ES256": lambda t, c: made(header(alg="ES256"), c, es256),
    "RS256": lambda t, c: made(header(alg="RS256"), c, rs256),
    "a stranger's key under our kid": lambda t, c: made(header(), c, STRANGER.sign),
    "a stranger's key in jwk": lambda t, c: made(header(jwk=STRANGERS_JWK), c, STRANGER.sign),
    "a stranger's key at jku": lambda t, c: made(header(jku="https://evil.example/k"), c, STRANGER.sign),
    "a stranger's key at x5u": lambda t, c: made(header(x5u="https://evil.example/k"), c, STRANGER.sign),
    "a stranger's x5c": lambda t, c: made(header(x5c=["AAAA"]), c, STRANGER.sign),
    "unknown kid": lambda t, c: made(header(kid="other"), c),
    "kid as a path": lambda t, c: made(header(kid="../../dev/null"), c, with_hmac(b"")),
    "kid is a list": lambda t, c: made(header(kid=[KID]), c),
    "no kid": lambda t, c: made(header(kid=...), c),
    "typ JWT": lambda t, c: made(header(typ="JWT"), c),
    "no typ": lambda t, c: made(header(typ=...), c),
    "typ of a grant": lambda t, c: made(header(typ="huimin-grant+jwt"), c),
    "crit": lambda t, c: made(header(crit=["exp"]), c),
    "unencoded payload": lambda t, c: made(header(b64=False, crit=["b64"]), c),
    "another audience": lambda t, c: made(header(), change(c, aud="other")),
    "a list of audiences": lambda t, c: made(header(), change(c, aud=["huimin-api", "other"])),
    "no audience": lambda t, c: made(header(), change(c, aud=...)),
    "another issuer": lambda t, c: made(header(), change(c, iss="https://other.example")),
    "no issuer": lambda t, c: made(header(), change(c, iss=...)),
    "no end": lambda t, c: made(header(), change(c, exp=...)),
    "ended long ago": lambda t, c: made(header(), change(c, exp=AT - 31, iat=AT - 1800, nbf=AT - 1800)),
    "end as text": lambda t, c: made(header(), change(c, exp=str(AT + 900))),
    "end as infinity": lambda t, c: made(header(), change(c, exp=float("inf"))),
    "end as yes": lambda t, c: made(header(), change(c, exp=True)),
    "begins in the future": lambda t, c: made(header(), change(c, nbf=AT + 31)),
    "made in the future": lambda t, c: made(header(), change(c, iat=AT + 31)),
    "no beginning": lambda t, c: made(header(), change(c, nbf=...)),
    "no jti": lambda t, c: made(header(), change(c, jti=...)),
    "somebody else's session": lambda t, c: made(header(), change(c, sub=str(uuid.uuid4()))),
    "no session": lambda t, c: made(header(), change(c, sub=...)),
    "session is a number": lambda t, c: made(header(), change(c, sub=7)),
    "session is no id": lambda t, c: made(header(), change(c, sub="' OR 1=1 --")),
    "an older version of the session": lambda t, c: made(header(), change(c, ver="0" * 16)),
    "no version": lambda t, c: made(header(), change(c, ver=...)),
    "version is nothing": lambda t, c: made(header(), change(c, ver="")),
    "version in Chinese": lambda t, c: made(header(), change(c, ver="零")),
    "claims are a list": lambda t, c: made(header(), [c]),
    "signature cut": lambda t, c: t[:-4],
    "signature of another token": lambda t, c: ".".join([*made(header(), c).split(".")[:2], b64(b"0" * 64)]),
    "one byte of the claims changed": lambda t, c: t[: t.index(".") + 9] + "A" + t[t.index(".") + 10 :],
    "a fourth part": lambda t, c: f"{t}.x",
    "very long": lambda t, c: made(header(), change(c, jti="x" * 5000)),
    "not ASCII": lambda t, c: f"{t}é",
    "deeply nested": lambda t, c: f"{b64(header())}.{b64(b'[' * 3000)}.{t.split('.')[2]}",
}


def test_T23_no_forged_token_opens_anything(database: Database) -> None:
    _, tokens = sign_in(database)
    claims = claims_of(tokens.access)
    assert holder(database, tokens.access) is not None
    assert holder(database, made(header(), claims)) is not None
    accepted = [
        name
        for name, forge in FORGERIES.items()
        if holder(database, forge(tokens.access, claims)) is not None
    ]
    assert accepted == []
    assert len(FORGERIES) >= 40


def test_a_key_that_the_header_names_is_not_looked_at(
    database: Database,
) -> None:
    _, tokens = sign_in(database)
    token = made(header(jwk=STRANGERS_JWK, jku="https://evil.example/k"), claims_of(tokens.access))
    assert holder(database, token) is not None


def test_a_token_lives_half_an_hour_by_our_own_clock(database: Database) -> None:
    _, tokens = sign_in(database)
    half = timedelta(minutes=30)
    assert holder(database, tokens.access, now=NOW + half) is not None
    assert holder(database, tokens.access, now=NOW + half + timedelta(seconds=30)) is None
    assert holder(database, tokens.access, now=NOW - timedelta(seconds=30)) is not None
    assert holder(database, tokens.access, now=NOW - timedelta(seconds=31)) is None


def test_a_token_of_a_retired_key_opens_nothing(database: Database) -> None:
    _, tokens = sign_in(database)
    assert holder(database, tokens.access, keys=SigningKeys({KID: b"x" * 32})) is None
    assert holder(database, tokens.access, keys=SigningKeys({"new": b"x" * 32})) is None
    both = SigningKeys({**DEFAULT_SIGNING_KEYS, "new": b"x" * 32})
    assert holder(database, tokens.access, keys=both) is not None


def test_T26_an_ended_sign_in_is_dead_at_once(database: Database) -> None:
    found, tokens = sign_in(database)
    with database.transaction() as session:
        people.sign_out(session, found.id, by=ANONYMOUS, now=NOW)
    assert holder(database, tokens.access) is None
    with database.transaction() as session:
        assert people.refresh_tokens(session, tokens.refresh, KEYS, issuer=ISSUER, now=NOW) is None


def test_tokens_from_before_a_step_up_are_dead_after_it(database: Database) -> None:
    found, tokens = sign_in(database)
    with database.transaction() as session:
        people.renew_session(session, found.id, assurance=Assurance.L3, proved_by="code", now=NOW)
        renewed = session.get_one(SignInSession, found.id)
        after = people.issue_tokens(session, renewed, KEYS, issuer=ISSUER, now=NOW)
    assert holder(database, tokens.access) is None
    assert holder(database, after.access) is not None


def test_a_browsers_session_is_opened_by_no_token(database: Database) -> None:
    _, tokens = sign_in(database, face="portal")
    assert holder(database, tokens.access) is None


def test_a_token_holds_nothing_of_the_person(database: Database) -> None:
    _, tokens = sign_in(database)
    assert set(claims_of(tokens.access)) == {"sub", "jti", "ver", "iss", "aud", "iat", "nbf", "exp"}


def refresh(database: Database, token: str, **more: Any) -> Tokens | None:
    """As the JSON interface does it."""
    asked = {"issuer": ISSUER, "now": NOW, **more}
    try:
        with database.transaction() as session:
            return people.refresh_tokens(session, token, KEYS, **asked)
    except people.RefreshReused as reused:
        with database.transaction() as session:
            people.end_family(session, reused.session_id, by=ANONYMOUS, now=NOW)
        return None


def test_a_refresh_token_works_once_and_brings_the_next(database: Database) -> None:
    _, tokens = sign_in(database)
    second = refresh(database, tokens.refresh, now=NOW + timedelta(days=29))
    assert second is not None
    third = refresh(database, second.refresh, now=NOW + timedelta(days=58))
    assert third is not None
    assert len({tokens.refresh, second.refresh, third.refresh}) == 3
    assert holder(database, third.access, now=NOW + timedelta(days=58)) is not None


def test_an_old_refresh_token_ends_the_whole_family(database: Database) -> None:
    found, tokens = sign_in(database)
    second = refresh(database, tokens.refresh)
    assert second is not None
    assert refresh(database, tokens.refresh) is None
    # Nobody knows which of the two is the thief: both are out.
    assert refresh(database, second.refresh) is None
    assert holder(database, second.access) is None
    with database.reading() as session:
        ended = session.get_one(SignInSession, found.id)
        assert (ended.ended_at, ended.ended_because) == (NOW, "refresh_reused")
        assert session.scalars(select(RefreshToken)).all() == []
        said = select(audit.AuditEntry.event).where(audit.AuditEntry.event == "refresh_reused")
        assert len(session.scalars(said).all()) == 1


def test_a_refresh_token_runs_out_after_thirty_days(database: Database) -> None:
    _, tokens = sign_in(database)
    assert refresh(database, tokens.refresh, now=NOW + timedelta(days=30)) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 300, "é" * 40, "A" * 43])
def test_what_is_no_refresh_token_is_refused(database: Database, token: str) -> None:
    assert refresh(database, token) is None


def test_the_same_refresh_token_twice_at_once_lets_at_most_one_in_and_then_nobody(database: Database) -> None:
    _, tokens = sign_in(database)
    start, got = threading.Barrier(4), []

    def go() -> None:
        start.wait()
        got.append(refresh(database, tokens.refresh))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    let_in = [one for one in got if one is not None]
    assert len(let_in) <= 1
    assert all(holder(database, one.access) is None for one in let_in)


def test_refresh_tokens_stand_nowhere_as_they_are(database: Database) -> None:
    _, tokens = sign_in(database)
    with database.reading() as session:
        raw = repr(session.connection().exec_driver_sql("SELECT * FROM refresh_tokens").all())
    assert tokens.refresh not in raw
    assert tokens.refresh not in repr(tokens)
    assert tokens.access not in repr(tokens)
