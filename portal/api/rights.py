"""/api/v1/me/data: everything held about the reader, and asking for a correction or a deletion."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from assistance import rights
from assistance.errors import NotFound
from assistance.people import Person
from assistance.permissions import Permission
from portal.api import paging
from portal.api.answers import instant, json_answer, problem
from portal.api.bodies import object_schema, plain, read_body
from portal.api.versions import changes_version, require_version, versioned_answer
from portal.looking import reader_id
from portal.own_data import copy_for_reader, handling_name, note_copy
from web.access import allows, current_actor
from web.idempotency import creates
from web.languages import current_locale, gettext
from web.services import services
from web.unit_of_work import current_session

blueprint = Blueprint("api-rights", __name__, url_prefix="/api/v1/me/data", description="我的信息")

USE = Permission.OWN_RIGHTS_USE
COPY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "made_at", "person", "handlings"],
    "properties": {
        "version": {"type": "integer"},
        "made_at": {"type": "string", "format": "date-time"},
        "person": {"type": "string", "format": "uuid"},
        "handlings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "name", "holds", "purpose", "ground", "seen_by", "kept", "tables"],
            },
        },
    },
}
REQUEST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        *("id", "version", "number", "kind", "kind_text", "about", "about_text"),
        *("state", "state_text", "asked_at", "due_on"),
    ],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "version": {"type": "integer", "description": "What `If-Match` names, and the ETag."},
        "number": {"type": "string"},
        "kind": {"enum": list(rights.KIND_WORDS)},
        "kind_text": {"type": "string"},
        "about": {"type": "string", "description": "A handling of the register of data."},
        "about_text": {"type": "string"},
        "state": {"enum": list(rights.STATE_WORDS)},
        "state_text": {"type": "string"},
        "asked_at": {"type": "string", "format": "date-time"},
        "due_on": {"type": "string", "format": "date"},
        "answer": {"type": "string"},
        "reason": {"enum": list(rights.REASON_WORDS)},
        "reason_text": {"type": "string"},
    },
}
ERRORS = {"401": problem("SESSION_EXPIRED"), "403": problem("STEP_UP_REQUIRED"), "404": problem("Not bound.")}


def _one(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"ETag": {"$ref": "#/components/headers/Version"}},
        "content": {"application/json": {"schema": REQUEST_SCHEMA}},
    }


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="getOwnData",
    summary="Everything held about the reader, by handling and table.",
    responses={
        "200": {"description": "All of it.", "content": {"application/json": {"schema": COPY_SCHEMA}}},
        **ERRORS,
    },
)
@allows(USE)
def show_own_data() -> Response:
    """The same document as the copy on the page."""
    copy = copy_for_reader()
    note_copy(copy, "json")
    return json_answer(rights.as_document(copy, current_locale()))


@blueprint.route("/requests", methods=["GET"])
@blueprint.doc(
    operationId="listDataRequests",
    summary="What the reader has asked, the newest first.",
    parameters=paging.PARAMETERS,
    responses={
        "200": {
            "description": "One page.",
            "content": {"application/json": {"schema": paging.page_schema(REQUEST_SCHEMA)}},
        },
        "422": problem("VALIDATION: a limit or a cursor that cannot be."),
        **ERRORS,
    },
)
@allows(USE)
def list_data_requests() -> Response:
    """One's own requests with their answers."""
    limit, after = paging.page_asked(paging.after_row)
    found = rights.list_own(current_session(), current_actor(), after=after, most=limit + 1)
    return json_answer(paging.page_of(found, limit, _row))


@blueprint.route("/requests", methods=["POST"])
@blueprint.doc(
    operationId="askAboutData",
    summary="Ask for a correction or a deletion; answered within fifteen days.",
    requestBody={
        "content": {
            "application/json": {
                "schema": object_schema(
                    {
                        "kind": "correction or deletion",
                        "about": "a handling's code",
                        "says": "one's own words",
                    }
                )
            }
        }
    },
    responses={
        "200": _one("Kept."),
        "422": problem("VALIDATION"),
        **ERRORS,
    },
)
@allows(USE)
@creates
def ask_about_data() -> Response:
    """A request about one's own data."""
    body = read_body({"kind": plain, "about": plain, "says": plain})
    session = current_session()
    own = session.get(Person, reader_id())
    if own is None:
        raise NotFound
    made = rights.ask(
        session,
        body["kind"],
        body["about"],
        body["says"],
        of=own,
        county=services().settings.county,
        by=current_actor(),
        now=services().clock.now(),
    )
    return versioned_answer(_row(made))


@blueprint.route("/requests/<uuid:request_id>", methods=["GET"])
@blueprint.doc(
    operationId="getDataRequest",
    summary="One request; its ETag is what a withdrawal names.",
    responses={"200": _one("The request."), **ERRORS},
)
@allows(USE)
def show_data_request(request_id: uuid.UUID) -> Response:
    """One of one's own requests, with its answer."""
    return versioned_answer(_row(rights.get_own(current_session(), current_actor(), request_id)))


@blueprint.route("/requests/<uuid:request_id>", methods=["DELETE"])
@blueprint.doc(
    operationId="withdrawDataRequest",
    summary="Take a request back while it waits; `If-Match` names the version that was seen.",
    responses={
        "200": _one("Withdrawn."),
        "409": problem("CONFLICT: it was answered in this moment, or is over."),
        **ERRORS,
    },
)
@allows(USE)
@changes_version
def withdraw_data_request(request_id: uuid.UUID) -> Response:
    """One's own request ends, unless it was answered since the reader saw it."""
    session, actor = current_session(), current_actor()
    found = rights.get_own(session, actor, request_id)
    require_version(found.version, lambda: _row(found))
    rights.withdraw(session, found, by=actor, now=services().clock.now())
    # The version that the next change names is known once it is written.
    session.flush()
    return versioned_answer(_row(found))


def _row(found: rights.RightsRequest) -> dict[str, Any]:
    row = {
        "id": str(found.id),
        "version": found.version,
        "number": found.number,
        "kind": found.kind,
        "kind_text": gettext(rights.KIND_WORDS[found.kind]),
        "about": found.about,
        "about_text": handling_name(found.about),
        "state": found.state,
        "state_text": gettext(rights.STATE_WORDS[found.state]),
        "asked_at": instant(found.asked_at),
        "due_on": found.due_on.isoformat(),
    }
    if found.answer:
        row["answer"] = found.answer
    if found.reason:
        row["reason"] = found.reason
        row["reason_text"] = gettext(rights.REASON_WORDS[found.reason])
    return row
