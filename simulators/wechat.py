"""The WeChat mini-program's platform as its papers describe it, error numbers included."""

from __future__ import annotations

import json
import secrets
from collections import deque
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request

from infrastructure import clock
from simulators.faults import fail_first, world
from simulators.world import Code, CodeRefused

SIGN_INS_A_MINUTE = 100
TOKEN_SECONDS = 7200
# Two tokens live side by side for a while, so that nobody's call breaks when a new one is asked for.
OLD_TOKEN_LIVES = timedelta(minutes=5)
ERRORS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    45011: "api minute-quota reach limit, mustslower, retry next minute",
    47001: "data format error",
    47003: "argument invalid",
}
LONGEST_FIELD = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32}

blueprint = Blueprint("wechat", __name__, url_prefix="/wechat")


@blueprint.before_request
def _fail_first() -> Response | None:
    fault = world().services["wechat"]
    answer = fail_first(fault)
    if answer is not None:
        return answer
    return _no(-1) if fault.state == "busy" else None


@blueprint.get("/sns/jscode2session")
def code_to_session() -> Response:
    """Who stands behind a login code: works once, within five minutes."""
    given = request.args
    refused = _wrong_app(given.get("appid", ""), given.get("secret", ""))
    if refused is not None:
        return refused
    if given.get("grant_type") != "authorization_code":
        return _no(40002)
    if not given.get("js_code"):
        return _no(41008)
    state = world().services["wechat"].state
    if state in ("rate_limited", "blocked"):
        return _no(45011 if state == "rate_limited" else 40226)
    try:
        code = world().take("login", given["js_code"])
    except CodeRefused as error:
        return _no(40163 if error.why == "used" else 40029)
    if code.person.openid in world().blocked:
        return _no(40226)
    if _is_too_often(code):
        return _no(45011)
    return _say(
        {
            "session_key": secrets.token_urlsafe(18)[:24],
            "openid": code.person.openid,
            "unionid": code.person.unionid,
        }
    )


@blueprint.post("/cgi-bin/stable_token")
def stable_token() -> Response:
    """The app's own token: the same one until it runs out, unless a new one is asked for by force."""
    given = _body()
    if given is None:
        return _no(47001)
    refused = _wrong_app(str(given.get("appid", "")), str(given.get("secret", "")))
    if refused is not None:
        return refused
    if given.get("grant_type") != "client_credential":
        return _no(40002)
    now = clock.now()
    with world().locked():
        ends_at = world().tokens.get(world().token)
        if given.get("force_refresh") is True or ends_at is None or ends_at - now < OLD_TOKEN_LIVES:
            if ends_at is not None and given.get("force_refresh") is True:
                del world().tokens[world().token]
            world().token = secrets.token_urlsafe(96)
            ends_at = world().tokens[world().token] = now + timedelta(seconds=TOKEN_SECONDS)
        lives = int((ends_at - now).total_seconds())
        return _say({"access_token": world().token, "expires_in": lives})


@blueprint.post("/wxa/business/getuserphonenumber")
def phone_number() -> Response:
    """The number that somebody shares: unknown, used and run-out codes are all 40029 here."""
    refused = _wrong_token()
    if refused is not None:
        return refused
    given = _body()
    if given is None:
        return _no(47001)
    if world().services["wechat"].state == "rate_limited":
        return _no(45011)
    try:
        code = world().take("phone", str(given.get("code", "")))
    except CodeRefused:
        return _no(40029)
    return _say(
        {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": code.person.phone,
                "purePhoneNumber": code.person.phone,
                "countryCode": "86",
                "watermark": {
                    "timestamp": int(clock.now().timestamp()),
                    "appid": current_app.config["HUIMIN"].wechat_app_id,
                },
            },
        }
    )


@blueprint.post("/cgi-bin/message/subscribe/send")
def send_subscribed() -> Response:
    """A message to somebody who has agreed to one: each agreement carries one message."""
    refused = _wrong_token()
    if refused is not None:
        return refused
    given = _body()
    if given is None:
        return _no(47001)
    openid, template, data = given.get("touser"), given.get("template_id"), given.get("data")
    if not isinstance(openid, str) or not openid.startswith("o"):
        return _no(40003)
    if not isinstance(template, str) or not template:
        return _no(40037)
    if not isinstance(data, dict) or not data or not all(_fits(name, one) for name, one in data.items()):
        return _no(47003)
    with world().locked():
        if world().subscriptions.get(openid, 0) < 1:
            return _no(43101)
        world().subscriptions[openid] -= 1
    return _say({"errcode": 0, "errmsg": "ok"})


def _fits(name: str, field: Any) -> bool:
    value = field.get("value") if isinstance(field, dict) else None
    longest = LONGEST_FIELD.get(name.rstrip("0123456789"), 32)
    return isinstance(value, str) and 0 < len(value) <= longest


def _is_too_often(code: Code) -> bool:
    now = clock.now()
    with world().locked():
        at = world().sign_ins.setdefault(code.person.openid, deque())
        while at and now - at[0] >= timedelta(minutes=1):
            at.popleft()
        at.append(now)
        return len(at) > SIGN_INS_A_MINUTE


def _wrong_app(app_id: str, secret: str) -> Response | None:
    settings = current_app.config["HUIMIN"]
    if not app_id:
        return _no(41002)
    if not secret:
        return _no(41004)
    if app_id != settings.wechat_app_id:
        return _no(40013)
    return None if secret == settings.wechat_app_secret else _no(40125)


def _wrong_token() -> Response | None:
    token = request.args.get("access_token", "")
    if not token:
        return _no(41001)
    with world().locked():
        ends_at = world().tokens.get(token)
    if ends_at is None:
        return _no(40001)
    return _no(42001) if clock.now() >= ends_at else None


def _body() -> dict[str, Any] | None:
    found = request.get_json(silent=True, force=True)
    return found if isinstance(found, dict) else None


def _no(number: int) -> Response:
    return _say({"errcode": number, "errmsg": f"{ERRORS[number]}, rid: {secrets.token_hex(4)}"})


def _say(answer: dict[str, Any]) -> Response:
    # The platform answers 200 whatever happened, and calls its JSON plain text.
    return Response(json.dumps(answer), 200, {"Content-Type": "text/plain"})
