"""A data source's own look at a grant: signed by the county, for this source, this request and now."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from infrastructure import clock
from infrastructure.bounded_http import BoundedClient, Unreachable

TYPE = "huimin-grant+jwt"
REQUIRED = ["exp", "iat", "nbf", "aud", "sub", "jti"]
# The clocks of two houses differ a little.
LEEWAY = timedelta(seconds=30)
MOST_SECONDS = 600


class BadGrant(Exception):
    """A call that is not let in; `why` is one word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PublicKeys:
    """The county's public keys: given, or fetched when one is asked for that is not known yet."""

    def __init__(self, jwks: Mapping[str, Any] | None, base_url: str) -> None:
        self._given = jwks is not None
        self._keys = _read(jwks) if jwks is not None else {}
        self._http = BoundedClient(base_url, seconds=3)
        self._lock = threading.Lock()

    def get(self, kid: str) -> Ed25519PublicKey:
        """The key of this id; raises BadGrant."""
        found = self._keys.get(kid)
        if found is None and not self._given:
            with self._lock:
                try:
                    self._keys = _read(self._http.get("/.well-known/jwks.json").json())
                except Unreachable:
                    raise BadGrant("no_keys") from None
            found = self._keys.get(kid)
        if found is None:
            raise BadGrant("unknown_key")
        return found


def open_grant(token: str, keys: PublicKeys, *, source: str, audience: str) -> dict[str, Any]:
    """What a grant says, once everything about it is right; raises BadGrant."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise BadGrant("malformed") from None
    if header.get("alg") != "EdDSA" or header.get("typ") != TYPE or not isinstance(header.get("kid"), str):
        raise BadGrant("wrong_kind")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.get(header["kid"]),
            algorithms=["EdDSA"],
            audience=audience,
            # The library would ask the machine's clock, and the simulators may keep another.
            options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidAudienceError:
        raise BadGrant("wrong_request") from None
    except jwt.PyJWTError:
        raise BadGrant("bad_signature") from None
    _require_now(claims)
    if claims.get("source") != source:
        raise BadGrant("wrong_source")
    return claims


def require_signed(header: str, message: bytes, keys: PublicKeys) -> None:
    """Raise BadGrant unless `kid:base64` is the county's signature over exactly this message."""
    kid, _, encoded = header.partition(":")
    try:
        keys.get(kid).verify(base64.b64decode(encoded, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        raise BadGrant("bad_body_signature") from None


def _require_now(claims: Mapping[str, Any]) -> None:
    try:
        begins, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("nbf", "exp"))
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadGrant("malformed") from None
    now = clock.now()
    if now >= ends:
        raise BadGrant("expired")
    if now + LEEWAY < begins:
        raise BadGrant("not_yet")
    if (ends - begins).total_seconds() > MOST_SECONDS:
        raise BadGrant("too_long")


def _read(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    keys: dict[str, Ed25519PublicKey] = {}
    for one in jwks.get("keys", []):
        made = OKPAlgorithm.from_jwk(json.dumps(one))
        if isinstance(made, Ed25519PublicKey):
            keys[str(one.get("kid"))] = made
    return keys
