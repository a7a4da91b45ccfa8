"""GET /api/v1/me/access-log: who looked at the reader's data, in sentences; and objecting to a look."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from assistance import looks
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from portal.api.answers import json_answer, problem
from portal.api.bodies import plain, read_body
from portal.looking import lines_of, month_asked, people_of_reader, reading_of
from web.access import allows, current_actor
from web.services import services
from web.unit_of_work import current_session

blueprint = Blueprint(
    "api-access-log", __name__, url_prefix="/api/v1/me/access-log", description="谁看过我的信息"
)

LOOK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "at", "text", "objection", "may_object"],
    "properties": {
        "id": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "text": {"type": "string", "description": "Who looked at what, and why, in a sentence."},
        "objection": {"enum": [None, "open", "answered"]},
        "may_object": {"type": "boolean"},
    },
}
LOOKS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["items", "next_cursor", "hidden_about"],
    "properties": {
        "items": {"type": "array", "items": LOOK_SCHEMA},
        "next_cursor": {"type": ["string", "null"]},
        "hidden_about": {"type": "integer", "description": "Lawfully not shown yet, rounded up to fives."},
    },
}
OBJECTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["state", "due_on"],
    "properties": {
        "state": {"enum": ["open", "answered"]},
        "due_on": {"type": "string", "format": "date"},
        "answer": {"type": "string"},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="listLooks",
    summary="Looks at the reader and the reader's wards by somebody else, newest first.",
    parameters=[
        {"in": "query", "name": "cursor", "schema": {"type": "string"}},
        {"in": "query", "name": "month", "schema": {"type": "string", "pattern": "^20[0-9]{2}-[01][0-9]$"}},
    ],
    responses={
        "200": {"description": "One page.", "content": {"application/json": {"schema": LOOKS_SCHEMA}}},
        "401": problem("SESSION_EXPIRED"),
        "403": problem("STEP_UP_REQUIRED"),
        "404": problem("This sign-in is not bound to a person yet."),
    },
)
@allows(Permission.OWN_FILE_READ)
def list_looks() -> Response:
    """Every look at my data and my children's by somebody else, in sentences, newest first."""
    people_of = people_of_reader()
    found = looks.access_log(
        current_session(),
        reading_of(people_of),
        cursor=request.args.get("cursor"),
        month=month_asked(request.args.get("month")),
    )
    lines = lines_of(found.looks, people_of)
    items = [
        {
            "id": line["reference"],
            "at": line["at"].astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "text": line["says"],
            "objection": line["objection"],
            "may_object": line["may_object"],
        }
        for line in lines
    ]
    return json_answer({"items": items, "next_cursor": found.next_cursor, "hidden_about": found.hidden_about})


@blueprint.route("/<string:reference>/objection", methods=["POST"])
@blueprint.doc(
    operationId="objectToLook",
    summary="The reader does not understand a look; saying so twice keeps the first.",
    requestBody={
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"says": {"type": "string", "maxLength": 500}}}
            }
        }
    },
    responses={
        "200": {"description": "Kept.", "content": {"application/json": {"schema": OBJECTION_SCHEMA}}},
        "401": problem("SESSION_EXPIRED"),
        "404": problem("No such look, or none that the reader sees."),
        "422": problem("VALIDATION"),
    },
)
@allows(Permission.OWN_FILE_READ)
def object_to_look(reference: str) -> Response:
    """Ask for an answer to one look."""
    body = read_body({}, {"says": plain})
    objection = looks.object_to_look(
        current_session(),
        reference,
        people_of_reader(),
        body.get("says") or "",
        by=current_actor(),
        now=services().clock.now(),
    )
    answer = {"answer": objection.answer} if objection.state == "answered" else {}
    return json_answer({"state": objection.state, "due_on": objection.due_on.isoformat(), **answer})
