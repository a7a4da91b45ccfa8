"""浙里办's door for personal users: a ticket becomes a token, the token a person with a proven name."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from infrastructure import clock
from simulators.faults import fail_first, world
from simulators.people import Person
from simulators.world import CodeRefused

MOST_CLOCK_DIFFERENCE = timedelta(minutes=10)
ERRORS = {
    "1001": "servicecode错误",
    "1002": "签名错误",
    "2001": "ticket无效",
    "2002": "ticket已使用",
    "2003": "ticket已过期",
    "2101": "token无效",
    "3001": "账号已冻结",
    "4001": "访问过于频繁",
    "5001": "method错误",
    "9999": "系统繁忙",
}
BY_STATE = {"busy": "9999", "rate_limited": "4001", "blocked": "3001"}
BY_CODE = {"bad": "2001", "used": "2002", "expired": "2003"}

blueprint = Blueprint("zlb", __name__, url_prefix="/zlb")


@blueprint.before_request
def _fail_first() -> Response | None:
    fault = world().services["zlb"]
    answer = fail_first(fault)
    if answer is not None:
        return answer
    return _no(BY_STATE[fault.state]) if fault.state in BY_STATE else None


@blueprint.route("/sso/servlet/simpleauth", methods=["GET", "POST"])
def simpleauth() -> Response:
    """Both calls of the protocol come by one address and differ by `method`."""
    given = request.values
    refused = _wrong_service()
    if refused is not None:
        return refused
    if given.get("method") == "ticketValidation":
        return _open_ticket(given.get("st", ""))
    if given.get("method") == "getUserInfo":
        return _tell_user(given.get("token", ""))
    return _no("5001")


def _open_ticket(ticket: str) -> Response:
    try:
        code = world().take("ticket", ticket)
    except CodeRefused as error:
        return _no(BY_CODE[error.why])
    token = world().issue("zlb-token", code.person, level=code.level)
    return jsonify({"result": "0", "errmsg": "成功", "token": token.value, "userid": code.person.user_id})


def _tell_user(token: str) -> Response:
    try:
        code = world().take("zlb-token", token)
    except CodeRefused:
        return _no("2101")
    return jsonify({"result": "0", "errmsg": "成功", **_about(code.person, code.level)})


def _about(person: Person, level: int) -> dict[str, Any]:
    proven = level > 1
    number = person.resident_id if proven else ""
    return {
        "userid": person.user_id,
        "loginname": f"zjzw{secrets.token_hex(3)}",
        "authlevel": str(level),
        "username": person.name if proven else "",
        "idtype": "1",
        "idnum": number,
        "sex": ("1" if int(number[16]) % 2 else "2") if number else "",
        "nation": "",
        "mobile": person.phone,
    }


def _wrong_service() -> Response | None:
    settings = current_app.config["HUIMIN"]
    given = request.values
    if given.get("servicecode") != settings.zlb_service_code:
        return _no("1001")
    at = given.get("time", "")
    signed = f"{settings.zlb_service_code}{settings.zlb_service_password}{at}".encode()
    expected = hashlib.md5(signed, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.get("sign", "").encode()) or not _is_near(at):
        return _no("1002")
    return None


def _is_near(at: str) -> bool:
    try:
        told = datetime.strptime(at, "%Y%m%d%H%M%S").replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        return False
    return abs(told - clock.now()) <= MOST_CLOCK_DIFFERENCE


def _no(number: str) -> Response:
    return jsonify({"result": number, "errmsg": ERRORS[number]})
