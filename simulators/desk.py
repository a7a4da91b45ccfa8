"""The desk's JSON: what programs ask and do; the pages do the same by forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from simulators import source_list
from simulators.faults import world
from simulators.people import Person, find_person, named_people
from simulators.world import SERVICE_STATES, SLOW_SECONDS, SOURCE_STATES, Fault, SentMessage

ALL = "all"
MOST_SECONDS = 120.0
# Where on the pages somebody is led back to.
AT_REGISTERS = ("services", "sources")
PLACES = ("issued", *AT_REGISTERS)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


class CannotDo(Exception):
    """The desk was asked for something that is not there; the text says what is."""


@blueprint.errorhandler(CannotDo)
def _say_what_is_wrong(error: CannotDo) -> tuple[Response | str, int]:
    if not _is_form():
        return jsonify({"error": str(error)}), 400
    from simulators import pages

    at_registers = request.form.get("back") in AT_REGISTERS
    return (pages.show_registers if at_registers else pages.show_desk)(error=str(error)), 400


@blueprint.errorhandler(HTTPException)
def _say_status(error: HTTPException) -> tuple[Response, int]:
    return jsonify({"error": error.name}), error.code or 500


@blueprint.before_request
def _own_pages_only() -> tuple[Response, int] | None:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        return jsonify({"error": "Another site has sent this form."}), 403
    return None


@blueprint.get("/people")
def people() -> Response:
    """Every named person of the demo."""
    return jsonify({"people": [_person(one) for one in named_people().values()]})


@blueprint.get("/messages")
def messages() -> Response:
    """The messages carried, newest first, of one phone where asked."""
    return jsonify({"messages": [message_row(one) for one in messages_to(request.args.get("phone", ""))]})


@blueprint.post("/wechat/codes")
def wechat_codes() -> Response:
    """A login code, a phone code and the openid of a person."""
    person = _whoever_is_meant()
    if not person.phone:
        raise CannotDo(f"{person.key} has no phone, and so no WeChat.")
    login, phone = world().issue("login", person), world().issue("phone", person)
    return _done(
        {
            "code": login.value,
            "phone_code": phone.value,
            "openid": person.openid,
            "expires_at": login.ends_at.isoformat(),
        }
    )


@blueprint.post("/wechat/subscriptions")
def wechat_subscriptions() -> Response:
    """Let a person agree to so many more messages."""
    person, count = _whoever_is_meant(), _number("count", 1)
    with world().locked():
        world().subscriptions[person.openid] = world().subscriptions.get(person.openid, 0) + int(count)
        return _done({"openid": person.openid, "left": world().subscriptions[person.openid]})


@blueprint.post("/wechat/blocked")
def wechat_blocked() -> Response:
    """Let WeChat hold a person's account to be dangerous, or no longer."""
    person, blocked = _whoever_is_meant(), _given().get("blocked", True)
    with world().locked():
        if blocked in (True, "true", "yes", "1"):
            world().blocked.add(person.openid)
        else:
            world().blocked.discard(person.openid)
        return _done({"openid": person.openid, "blocked": person.openid in world().blocked})


@blueprint.post("/zlb/tickets")
def zlb_tickets() -> Response:
    """A ticket of 浙里办; `level` 1 is somebody whose name is not proven."""
    person = _whoever_is_meant()
    if not person.resident_id or not person.name:
        raise CannotDo("浙里办 knows people by name and number: give name, resident_id and phone.")
    ticket = world().issue("ticket", person, level=int(_number("level", 3)))
    return _done({"ticket": ticket.value, "expires_at": ticket.ends_at.isoformat()})


@blueprint.post("/services/<service>")
def change_service(service: str) -> Response:
    """Break or mend WeChat, 浙里办 or the gateway."""
    if service not in world().services:
        raise CannotDo(f"The services are {', '.join(world().services)}.")
    return _done(_change(world().services[service], SERVICE_STATES))


@blueprint.get("/sources")
def sources() -> Response:
    """Every data source with its state and its calls."""
    return jsonify({"sources": [source_row(code) for code in source_list.codes()]})


@blueprint.post("/sources/<code>")
def change_source(code: str) -> Response:
    """Break or mend one data source, or all of them."""
    if code == ALL:
        found = {one: _change(world().source_fault(one), SOURCE_STATES) for one in source_list.codes()}
        return _done(next(iter(found.values()), {}))
    return _done(_change(world().source_fault(_known(code)), SOURCE_STATES))


@blueprint.get("/sources/<code>/calls")
def source_calls(code: str) -> Response:
    """How many calls of a source came, how many were let in, and what the last grants said."""
    with world().locked():
        calls = world().calls.get(_known(code))
        last = list(calls.last) if calls else []
        return jsonify(
            {
                "source": code,
                "count": calls.total if calls else 0,
                "let_in": calls.let_in if calls else 0,
                "calls": [
                    {
                        "at": one.at.isoformat(),
                        "outcome": one.outcome,
                        "request": one.request,
                        "grant": one.grant,
                    }
                    for one in last
                ],
            }
        )


@blueprint.post("/reset")
def reset() -> Response:
    """Everything as at the start."""
    world().reset()
    return _done({"reset": True})


def messages_to(phone: str) -> list[SentMessage]:
    """The messages carried to a phone, or to all, newest first."""
    with world().locked():
        return [one for one in world().messages if not phone or one.phone == phone]


def message_row(message: SentMessage) -> dict[str, Any]:
    """One message as JSON."""
    return {
        "id": message.id,
        "phone": message.phone,
        "template": message.template,
        "params": message.params,
        "text": message.text,
        "code": message.code,
        "segments": message.segments,
        "sent_at": message.sent_at.isoformat(),
    }


def source_row(code: str) -> dict[str, Any]:
    """One source as JSON."""
    with world().locked():
        calls = world().calls.get(code)
        return {
            "code": code,
            "name": source_list.name_of(code),
            "state": world().source_fault(code).state,
            "count": calls.total if calls else 0,
            "let_in": calls.let_in if calls else 0,
        }


def _given() -> dict[str, Any]:
    if not request.is_json:
        return request.form.to_dict()
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _number(name: str, default: float) -> float:
    try:
        return float(_given().get(name, default))
    except (TypeError, ValueError):
        raise CannotDo(f"{name} is a number.") from None


def _whoever_is_meant() -> Person:
    given = {
        name: str(value)
        for name, value in _given().items()
        if name in ("person", "phone", "name", "resident_id") and value
    }
    found = find_person(
        given.get("person", ""),
        phone=given.get("phone", ""),
        name=given.get("name", ""),
        resident_id=given.get("resident_id", ""),
    )
    if found is None:
        raise CannotDo("Name a person of /desk/people, or a phone of eleven digits.")
    return found


def _known(code: str) -> str:
    if code not in source_list.codes():
        raise CannotDo(f"The sources are {', '.join(source_list.codes())}.")
    return code


def _change(fault: Fault, states: tuple[str, ...]) -> dict[str, Any]:
    state = str(_given().get("state", ""))
    if state not in states:
        raise CannotDo(f"A state is one of {', '.join(states)}.")
    seconds = min(max(_number("seconds", SLOW_SECONDS), 0.0), MOST_SECONDS)
    world().break_or_mend(fault, state, seconds)
    return {"state": state}


def _person(one: Person) -> dict[str, Any]:
    return {
        "key": one.key,
        "story": one.story,
        "name": one.name,
        "phone": one.phone,
        "resident_id": one.resident_id,
    }


def _is_form() -> bool:
    return bool(request.form) and not request.is_json


def _done(answer: dict[str, Any]) -> Response:
    """JSON for a program; for somebody who pressed a button, the page with the button again."""
    if not _is_form():
        return jsonify(answer)
    place = request.form.get("back", "")
    page = "pages.show_registers" if place in AT_REGISTERS else "pages.show_desk"
    back = redirect(url_for(page, _anchor=place if place in PLACES else None), 303)
    assert isinstance(back, Response)
    return back
