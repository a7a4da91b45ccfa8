"""GET /api/v1/me/access-log: who looked at the reader's data, in sentences; and objecting to a look."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from assistance import looks
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.api import paging
from portal.api.answers import instant, json_answer, problem
from portal.api.bodies import plain, read_body
from portal.looking import lines_of, month_asked, people_of_reader, reading_of
from web.access import allows, current_actor
from web.idempotency import creates
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

blueprint = Blueprint(
    "api-access-log", __name__, url_prefix="/api/v1/me/access-log", description="谁看过我的信息"
)

OBJECTION_WORDS = {"open": N_("您说过有疑问，在等答复"), "answered": N_("您的疑问有答复了")}
LOOK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "at", "text", "objection", "objection_text", "may_object"],
    "properties": {
        "id": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "text": {"type": "string", "description": "Who looked at what, and why, in a sentence."},
        "objection": {"enum": [None, *OBJECTION_WORDS]},
        "objection_text": {"type": ["string", "null"]},
        "may_object": {"type": "boolean"},
    },
}
LOOKS_SCHEMA = paging.page_schema(
    LOOK_SCHEMA,
    hidden_about={"type": "integer", "description": "Lawfully not shown yet, rounded up to fives."},
)
OBJECTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["state", "state_text", "due_on"],
    "properties": {
        "state": {"enum": list(OBJECTION_WORDS)},
        "state_text": {"type": "string"},
        "due_on": {"type": "string", "format": "date"},
        "answer": {"type": "string"},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="listLooks",
    summary="Looks at the reader and the reader's wards by somebody else, newest first.",
    parameters=[
        *paging.PARAMETERS,
        {"in": "query", "name": "month", "schema": {"type": "string", "pattern": "^20[0-9]{2}-[01][0-9]$"}},
    ],
    responses={
        "200": {"description": "One page.", "content": {"application/json": {"schema": LOOKS_SCHEMA}}},
        "401": problem("SESSION_EXPIRED"),
        "403": problem("STEP_UP_REQUIRED"),
        "404": problem("This sign-in is not bound to a person yet."),
        "422": problem("VALIDATION: a limit or a cursor that cannot be."),
    },
)
@allows(Permission.OWN_FILE_READ)
def list_looks() -> Response:
    """Every look at my data and my children's by somebody else, in sentences, newest first."""
    limit, cursor = paging.page_asked(paging.after_entry)
    people_of = people_of_reader()
    found = looks.access_log(
        current_session(),
        reading_of(people_of),
        cursor=cursor,
        limit=limit,
        month=month_asked(request.args.get("month")),
    )
    lines = lines_of(found.looks, people_of)
    items = [_row(line) for line in lines]
    return json_answer({"items": items, "next_cursor": found.next_cursor, "hidden_about": found.hidden_about})


def _row(line: dict[str, Any]) -> dict[str, Any]:
    state = line["objection"]
    return {
        "id": line["reference"],
        "at": instant(line["at"]),
        "text": line["says"],
        "objection": state,
        "objection_text": gettext(OBJECTION_WORDS[state]) if state else None,
        "may_object": line["may_object"],
    }


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
@creates
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
    told = {"state": objection.state, "state_text": gettext(OBJECTION_WORDS[objection.state])}
    return json_answer({**told, "due_on": objection.due_on.isoformat(), **answer})
