"""A gateway for text messages, with the refusals that real providers are known for."""

from __future__ import annotations

import re
import secrets
from collections import deque
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from infrastructure import clock
from simulators.faults import fail_first, world
from simulators.people import A_PHONE
from simulators.texts import fill, on_file
from simulators.world import SentMessage

MOST_CHARACTERS = 500
ONE_SEGMENT = 70
LONGER_SEGMENTS = 67
MOST_A_PHONE_AN_HOUR = 30
# A number with the first end belongs to nobody any more, one with the second has asked for no messages.
NOBODYS = "0000"
UNWILLING = "0001"
ODD_SIGNS = re.compile(r"[【】¥★\x00-\x1f]")
A_LINK = re.compile(r"https?:|www\.|[a-z0-9-]+\.(cn|com|net|org|gov)\b", re.IGNORECASE)
LONGEST_CODE = 6
KEPT_KEYS = 20_000

blueprint = Blueprint("sms", __name__, url_prefix="/sms")


@blueprint.before_request
def _fail_first() -> Response | None:
    fault = world().services["sms"]
    answer = fail_first(fault)
    if answer is not None:
        return answer
    if fault.state == "busy":
        return _no(503, "BUSY", wait=5)
    if fault.state == "rate_limited":
        return _no(429, "TOO_MANY", wait=60)
    return _no(403, "BLOCKED_NUMBER") if fault.state == "blocked" else None


@blueprint.post("/messages")
def send() -> Response:
    """Carry one message; the same key carries nothing twice and gets the first answer again."""
    if request.headers.get("Authorization") != f"Bearer {current_app.config['HUIMIN'].sms_key}":
        return _no(401, "BAD_KEY")
    key = request.headers.get("Idempotency-Key", "")
    given = request.get_json(silent=True, force=True)
    if not isinstance(given, dict) or not 0 < len(key) <= 64:
        return _no(400, "BAD_PARAMETER")
    phone, template, params = given.get("phone"), given.get("template"), given.get("params")
    if not isinstance(phone, str) or not A_PHONE.fullmatch(phone) or phone.endswith(NOBODYS):
        return _no(400, "INVALID_NUMBER")
    if phone.endswith(UNWILLING):
        return _no(403, "BLOCKED_NUMBER")
    if not isinstance(params, dict) or not all(_fits(name, one) for name, one in params.items()):
        return _no(400, "BAD_PARAMETER")
    wording = on_file().get(template) if isinstance(template, str) else None
    if wording is None:
        return _no(400, "UNKNOWN_TEMPLATE")
    text = fill(wording, params)
    if text is None or len(text) > MOST_CHARACTERS:
        return _no(400, "BAD_PARAMETER")
    with world().locked():
        sent = world().sent_keys.get(key)
        if sent is None:
            if _is_too_often(phone):
                return _no(429, "TOO_MANY", wait=3600)
            sent = _keep(phone, str(template), params, text)
            if len(world().sent_keys) >= KEPT_KEYS:
                world().sent_keys.clear()
            world().sent_keys[key] = sent
    return jsonify({"id": sent.id, "segments": sent.segments})


def segments(text: str) -> int:
    """How many short messages a text takes: 70 characters, or parts of 67."""
    return 1 if len(text) <= ONE_SEGMENT else -(-len(text) // LONGER_SEGMENTS)


def _keep(phone: str, template: str, params: dict[str, str], text: str) -> SentMessage:
    code = params.get("code") or next(iter(re.findall(r"(?<!\d)\d{6}(?!\d)", text)), "")
    message = SentMessage(
        secrets.token_hex(10), phone, template, dict(params), text, code, segments(text), clock.now()
    )
    world().messages.appendleft(message)
    return message


def _is_too_often(phone: str) -> bool:
    now = clock.now()
    at = world().sign_ins.setdefault(f"sms {phone}", deque())
    while at and now - at[0] >= timedelta(hours=1):
        at.popleft()
    at.append(now)
    return len(at) > MOST_A_PHONE_AN_HOUR


def _fits(name: Any, value: Any) -> bool:
    if not isinstance(name, str) or not isinstance(value, str) or not value:
        return False
    if name == "code" and not (value.isascii() and value.isdigit() and len(value) <= LONGEST_CODE):
        return False
    return not ODD_SIGNS.search(value) and not A_LINK.search(value)


def _no(status: int, code: str, *, wait: int | None = None) -> Response:
    answer = jsonify({"code": code})
    answer.status_code = status
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer
