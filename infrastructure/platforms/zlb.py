"""浙里办, the province's app: a ticket tells who somebody is, with the name and number that it has proven."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from infrastructure import clock
from infrastructure.bounded_http import BoundedClient, Unreachable
from infrastructure.platforms.errors import A_CODE, Kind, PlatformRefused, refuse_by_status, shown_code

PLATFORM = "zlb"
PATH = "/sso/servlet/simpleauth"
# Below this level the platform has not compared the name with the identity number.
PROVEN_LEVEL = 2
# The platform's papers come with a service's own code; until they are at hand these are the simulator's.
KINDS = {
    "1001": Kind.MISCONFIGURED,
    "1002": Kind.MISCONFIGURED,
    "2001": Kind.BAD_CODE,
    "2002": Kind.USED_CODE,
    "2003": Kind.BAD_CODE,
    "3001": Kind.BLOCKED,
    "4001": Kind.RATE_LIMITED,
    "9999": Kind.BUSY,
}


@dataclass(frozen=True)
class ZlbIdentity:
    """A person whose name the province's platform has proven."""

    user_id: str = field(repr=False)
    name: str = field(repr=False)
    resident_id: str = field(repr=False)
    phone: str = field(repr=False)


class ZlbClient:
    """Speaks to 浙里办 for one service; every verb raises PlatformRefused."""

    def __init__(self, url: str, service_code: str, password: str, *, seconds: float = 6.0) -> None:
        self._http = BoundedClient(url, seconds=seconds)
        self._service_code = service_code
        self._password = password

    def sign_in(self, ticket: str) -> ZlbIdentity:
        """Who came with this ticket, which works once; somebody without a proven name is unusable.

        Name, number and phone are as the platform wrote them: the caller checks them like any input.
        """
        if not A_CODE.fullmatch(ticket):
            raise PlatformRefused(PLATFORM, "2001", Kind.BAD_CODE)
        # An error that nobody has told us about means, of a ticket, most likely that it is of no more use.
        token = self._ask("ticketValidation", {"st": ticket}, otherwise=Kind.BAD_CODE).get("token")
        if not isinstance(token, str) or not token:
            raise PlatformRefused(PLATFORM, "unknown", Kind.UNREACHABLE)
        found = self._ask("getUserInfo", {"token": token}, otherwise=Kind.UNREACHABLE)
        told = [found.get(name) for name in ("userid", "username", "idnum", "mobile")]
        user_id, name, number, phone = (one if isinstance(one, str) else "" for one in told)
        if not user_id:
            raise PlatformRefused(PLATFORM, "unknown", Kind.UNREACHABLE)
        if not name or not number or _level(found.get("authlevel")) < PROVEN_LEVEL:
            raise PlatformRefused(PLATFORM, "NAME_NOT_PROVEN", Kind.UNUSABLE)
        return ZlbIdentity(user_id, name, number, phone)

    def close(self) -> None:
        """End every connection."""
        self._http.close()

    def _ask(self, method: str, params: dict[str, str], *, otherwise: Kind) -> dict[str, Any]:
        at = clock.now().astimezone(clock.SHANGHAI).strftime("%Y%m%d%H%M%S")
        signed = f"{self._service_code}{self._password}{at}".encode()
        asked = {
            "method": method,
            "servicecode": self._service_code,
            "time": at,
            # The platform's protocol asks for MD5; what protects the answer is https.
            "sign": hashlib.md5(signed, usedforsecurity=False).hexdigest(),
            "datatype": "json",
            **params,
        }
        try:
            answer = self._http.get(PATH, params=asked)
            refuse_by_status(PLATFORM, answer)
            found = answer.json()
        except Unreachable as error:
            raise PlatformRefused(PLATFORM, error.because, Kind.UNREACHABLE) from None
        result = str(found.get("result"))
        if result != "0":
            raise PlatformRefused(PLATFORM, shown_code(result), KINDS.get(result, otherwise))
        return found


def _level(raw: object) -> int:
    text = str(raw)
    return int(text) if text.isascii() and text.isdigit() else 0
