"""The departments' data sources: one address each, no answer without a grant, and every way to fail."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request

from infrastructure import clock
from simulators import answers, source_list
from simulators.faults import fail_first, world
from simulators.grants import BadGrant, open_grant, require_signed
from simulators.people import A_NUMBER
from simulators.world import Call, Calls, Fault

MOST_CLOCK_DIFFERENCE = timedelta(minutes=5)
RETRY_AFTER_SECONDS = 30
KEPT_GRANTS = 100_000
SHOWN_CLAIMS = ("sub", "source", "aud", "jti", "iat", "exp", "items", "purpose", "authorization")
SOMEBODY_ELSE = "330499198001010015"

blueprint = Blueprint("sources", __name__, url_prefix="/sources")


@blueprint.post("/<code>/query")
def query(code: str) -> Response:
    """What a register holds of one person; the call is counted before anything else is looked at."""
    source = source_list.get(code)
    if source is None:
        return _say({"error": "unknown_source"}, 404)
    body = request.get_data(cache=False)
    given = _read(body)
    call = Call(clock.now(), "refused", str(given.get("request", ""))[:64], {})
    with world().locked():
        calls = world().calls.setdefault(code, Calls())
        calls.total += 1
        calls.last.append(call)
    fault = world().source_fault(code)
    try:
        broken = fail_first(fault)
        if broken is not None:
            call.outcome = fault.state
            return broken
        claims = _let_in(code, body, given)
    except BadGrant as error:
        call.outcome = error.why
        return _say({"error": error.why}, 401)
    call.grant = {name: claims[name] for name in SHOWN_CLAIMS if name in claims}
    items = given.get("items")
    if not isinstance(items, list) or not items or not all(one in source.items for one in items):
        call.outcome = "unknown_item"
        return _say({"error": "unknown_item"}, 400)
    if not set(items) <= set(claims.get("items") or []):
        call.outcome = "item_not_granted"
        return _say({"error": "item_not_granted"}, 401)
    call.outcome = "let_in"
    with world().locked():
        calls.let_in += 1
    return _answer(source, given, fault)


def _let_in(code: str, body: bytes, given: dict[str, Any]) -> dict[str, Any]:
    keys = current_app.config["PUBLIC_KEYS"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise BadGrant("no_grant")
    claims = open_grant(token, keys, source=code, audience=str(given.get("aud", "")))
    date = request.headers.get("X-Huimin-Date", "")
    require_signed(request.headers.get("X-Huimin-Signature", ""), body + b"\n" + date.encode(), keys)
    if not _is_near(date):
        raise BadGrant("stale")
    person = given.get("person")
    number = person.get("resident_id") if isinstance(person, dict) else None
    if not isinstance(number, str) or not A_NUMBER.fullmatch(number) or not given.get("request"):
        raise BadGrant("malformed")
    with world().locked():
        if len(world().grants) >= KEPT_GRANTS:
            world().grants.clear()
        # A grant opens one request; asking for the answer to the same request again is no second use.
        if world().grants.setdefault(str(claims["jti"]), str(given["request"])) != str(given["request"]):
            raise BadGrant("grant_used")
    return claims


def _answer(source: source_list.Source, given: dict[str, Any], fault: Fault) -> Response:
    if fault.state == "busy":
        return _say({"error": "busy"}, 429, wait=RETRY_AFTER_SECONDS)
    if fault.state == "lost":
        # The register has been asked, and nobody hears what it said.
        return Response("Gateway Timeout\n", 504, {"Content-Type": "text/plain"})
    if fault.state == "pending":
        waiting = {"request": given["request"], "state": "pending", "retry_after": RETRY_AFTER_SECONDS}
        return _say(waiting, 202, wait=RETRY_AFTER_SECONDS)
    number = given["person"]["resident_id"]
    as_of = clock.today()
    found = answers.about(source, number, given["items"], as_of)
    told = {
        "request": given["request"],
        "source": source.code,
        "as_of": as_of.isoformat(),
        "person": {"resident_id": number},
        "state": "nothing_found" if found is None else "ok",
        "items": found if found is not None else {},
    }
    if fault.state == "wrong_person":
        told["person"] = {"resident_id": SOMEBODY_ELSE}
    if fault.state == "nonsense":
        told["items"] = {one: {"value": "NaN", "of": ["?"]} for one in given["items"]}
    return _say(told, 200, forged=fault.state == "forged")


def _say(answer: dict[str, Any], status: int, *, wait: int | None = None, forged: bool = False) -> Response:
    body = json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key = "nobody's key" if forged else current_app.config["HUIMIN"].sources_key
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Source-Signature": hmac.new(key.encode(), body, hashlib.sha256).hexdigest(),
    }
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return Response(body, status, headers)


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_near(date: str) -> bool:
    try:
        told = datetime.fromisoformat(date)
    except ValueError:
        return False
    return told.tzinfo is not None and abs(told - clock.now()) <= MOST_CLOCK_DIFFERENCE
