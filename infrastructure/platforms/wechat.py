"""The WeChat mini-program's platform: who opened it (code2session) and the phone number that they share."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infrastructure.bounded_http import BoundedClient, Unreachable
from infrastructure.platforms.errors import A_CODE, Kind, PlatformRefused, refuse_by_status, shown_code

PLATFORM = "wechat"
KINDS = {
    -1: Kind.BUSY,
    40029: Kind.BAD_CODE,
    41008: Kind.BAD_CODE,
    40163: Kind.USED_CODE,
    45011: Kind.RATE_LIMITED,
    45009: Kind.RATE_LIMITED,
    40226: Kind.BLOCKED,
    40003: Kind.REFUSED,
    43101: Kind.REFUSED,
    47003: Kind.REFUSED,
    40037: Kind.MISCONFIGURED,
    41030: Kind.MISCONFIGURED,
    40002: Kind.MISCONFIGURED,
    40013: Kind.MISCONFIGURED,
    40125: Kind.MISCONFIGURED,
    41002: Kind.MISCONFIGURED,
    41004: Kind.MISCONFIGURED,
    40001: Kind.MISCONFIGURED,
    40014: Kind.MISCONFIGURED,
    42001: Kind.MISCONFIGURED,
}
TOKEN_REFUSED = {"40001", "40014", "42001"}
# A token is given up this long before its end, so that none runs out on its way.
TOKEN_MARGIN_SECONDS = 300
OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")
MAINLAND_PHONE = re.compile(r"1[0-9]{10}")


@dataclass(frozen=True)
class WechatIdentity:
    """Who opened the mini-program; `unionid` only where the bureau has bound several apps together."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False, default=None)


class WechatClient:
    """Speaks to WeChat for one mini-program; safe for several threads. Every verb raises PlatformRefused."""

    def __init__(self, url: str, app_id: str, secret: str, *, seconds: float = 6.0) -> None:
        self._http = BoundedClient(url, seconds=seconds)
        self._app_id = app_id
        self._secret = secret
        self._lock = threading.Lock()
        self._token = ""
        self._token_ends_at = 0.0

    def sign_in(self, code: str) -> WechatIdentity:
        """Who stands behind the code of `wx.login`, which works once within five minutes."""
        _require_code(code)
        found = self._ask(
            "GET",
            "/sns/jscode2session",
            params={
                "appid": self._app_id,
                "secret": self._secret,
                "js_code": code,
                "grant_type": "authorization_code",
            },
        )
        # The session key would open what the phone encrypts; nobody here needs it, so it ends here.
        openid, unionid = found.get("openid"), found.get("unionid")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise PlatformRefused(PLATFORM, "unknown", Kind.UNREACHABLE)
        if not isinstance(unionid, str) or not OPENID.fullmatch(unionid):
            unionid = None
        return WechatIdentity(openid, unionid)

    def phone(self, phone_code: str) -> str:
        """The eleven digits that the resident shares by the button for it; a foreign number is unusable."""
        _require_code(phone_code)
        found = self._ask_by_token("/wxa/business/getuserphonenumber", {"code": phone_code})
        info = found.get("phone_info")
        digits = info.get("purePhoneNumber") if isinstance(info, dict) else None
        if not isinstance(digits, str) or not isinstance(info, dict):
            raise PlatformRefused(PLATFORM, "unknown", Kind.UNREACHABLE)
        if str(info.get("countryCode")) != "86" or not MAINLAND_PHONE.fullmatch(digits):
            raise PlatformRefused(PLATFORM, "FOREIGN_NUMBER", Kind.UNUSABLE)
        return digits

    def send(self, openid: str, template_id: str, fields: Mapping[str, str], page: str = "") -> None:
        """Send a message to somebody who has agreed to one; who has not is Kind.REFUSED."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        if page:
            body["page"] = page
        self._ask_by_token("/cgi-bin/message/subscribe/send", body)

    def close(self) -> None:
        """End every connection."""
        self._http.close()

    def _ask_by_token(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        token = self._access_token()
        try:
            return self._ask("POST", path, params={"access_token": token}, body=body)
        except PlatformRefused as refused:
            if refused.code not in TOKEN_REFUSED:
                raise
        # Somebody else has asked for a new token by force; nothing has been done with the old one.
        return self._ask(
            "POST", path, params={"access_token": self._access_token(instead_of=token)}, body=body
        )

    def _access_token(self, *, instead_of: str = "") -> str:
        # One thread asks; the others wait and share what it was given.
        with self._lock:
            if self._token and self._token != instead_of and time.monotonic() < self._token_ends_at:
                return self._token
            found = self._ask(
                "POST",
                "/cgi-bin/stable_token",
                body={"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret},
            )
            token, lives = found.get("access_token"), found.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(lives, int):
                raise PlatformRefused(PLATFORM, "unknown", Kind.UNREACHABLE)
            self._token = token
            self._token_ends_at = time.monotonic() + max(0, lives - TOKEN_MARGIN_SECONDS)
            return token

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            if method == "GET":
                answer = self._http.get(path, params=params)
            else:
                answer = self._http.post(path, json.dumps(body).encode(), params=params)
            refuse_by_status(PLATFORM, answer)
            found = answer.json()
        except Unreachable as error:
            raise PlatformRefused(PLATFORM, error.because, Kind.UNREACHABLE) from None
        # Where all went well the number may be absent.
        number = found.get("errcode", 0)
        if number != 0:
            kind = KINDS.get(number, Kind.UNREACHABLE) if isinstance(number, int) else Kind.UNREACHABLE
            raise PlatformRefused(PLATFORM, shown_code(number), kind)
        return found


def _require_code(code: str) -> None:
    if not A_CODE.fullmatch(code):
        raise PlatformRefused(PLATFORM, "40029", Kind.BAD_CODE)
