"""Signed tokens (JWT): one algorithm, the key by its id from our own ring, and the time by our own clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.utils import base64url_decode

from infrastructure.signing import SigningKeys

ALGORITHM = "EdDSA"
LEEWAY = timedelta(seconds=30)
LONGEST_TOKEN = 4096
# The times are ours to judge: the library would ask the machine's clock.
OPTIONS: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_signature": True}


class BadToken(Exception):
    """A token is forged, broken, meant for something else, or not good now: which of them is not told."""


def sign_token(
    keys: SigningKeys,
    claims: Mapping[str, Any],
    *,
    kind: str,
    issuer: str,
    audience: str,
    now: datetime,
    good_for: timedelta,
) -> str:
    """A token with these claims for one audience, good from now on; `kind` is the header's `typ`."""
    at = int(now.timestamp())
    whole = {**claims, "iss": issuer, "aud": audience, "iat": at, "nbf": at}
    whole["exp"] = at + int(good_for.total_seconds())
    header = {"kid": keys.signing_kid, "typ": kind}
    return jwt.encode(whole, keys.private_key(), algorithm=ALGORITHM, headers=header)


def open_token(
    keys: SigningKeys,
    token: str,
    *,
    kind: str,
    issuer: str,
    audience: str,
    now: datetime,
    require: Sequence[str] = (),
) -> dict[str, Any]:
    """The claims of a token that one of our keys signed for exactly this; else BadToken.

    Keys and addresses of keys that the header brings along are never looked at. `require` names claims
    that must be there as text, beside `iss`, `aud`, `iat`, `nbf` and `exp`.
    """
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        raise BadToken
    options: Any = {**OPTIONS, "require": ["iss", "aud", "iat", "nbf", "exp", *require]}
    try:
        header = _header_of(token)
        kid = header.get("kid")
        if header.get("typ") != kind or header.get("alg") != ALGORITHM or "crit" in header:
            raise BadToken
        key = keys.public_key(kid) if isinstance(kid, str) else None
        if key is None:
            raise BadToken
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options=options,
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise BadToken from error
    if claims["aud"] != audience or not all(isinstance(claims[name], str) for name in require):
        raise BadToken
    _check_times(claims, int(now.timestamp()))
    return claims


def _header_of(token: str) -> dict[str, Any]:
    """The header alone, by which a key is chosen; the library then reads the whole token, and verifies it."""
    header = json.loads(base64url_decode(token.partition(".")[0]))
    if not isinstance(header, dict):
        raise BadToken
    return header


def _check_times(claims: Mapping[str, Any], at: int) -> None:
    slack = int(LEEWAY.total_seconds())
    times = [claims[name] for name in ("iat", "nbf", "exp")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in times):
        raise BadToken
    issued, begins, ends = times
    if issued > at + slack or begins > at + slack or ends <= at - slack or ends <= issued:
        raise BadToken
