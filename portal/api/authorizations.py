"""GET, POST, DELETE /api/v1/me/authorizations: what I am asked, agreeing by code, saying no, withdrawing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from assistance import authorizations, people
from assistance.authorizations import Answer, AnswerErrors, AuthorizationPart, AuthorizationRequest
from assistance.errors import NotFound
from assistance.people import Assurance, Person
from assistance.permissions import Permission
from assistance.policies import NotJson, read_json
from assistance.values import Malformed
from infrastructure.languages import N_
from portal import authorizing
from portal.api import paging
from portal.api.answers import instant, json_answer, problem, too_often
from portal.api.clients import serves_every_client
from web.access import allows, current_actor
from web.codes import TooOften
from web.errors import Problem
from web.idempotency import creates
from web.languages import current_locale, gettext
from web.services import services
from web.unit_of_work import current_session

READ, SIGN = Permission.OWN_AUTHORIZATIONS_READ, Permission.OWN_AUTHORIZATIONS_SIGN
blueprint = Blueprint(
    "api-authorizations", __name__, url_prefix="/api/v1/me/authorizations", description="我的授权"
)

TEXT: dict[str, Any] = {"type": "string"}
DECISIONS = ("agree", "decline", "unwilling")
ROW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "id",
        "number",
        "purpose",
        "purpose_text",
        "state",
        "state_text",
        "deadline_on",
        "is_signer",
    ],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "number": TEXT,
        "purpose": TEXT,
        "purpose_text": TEXT,
        "about": {"type": "string", "description": "Whose data, where it is not the reader's own."},
        "state": TEXT,
        "state_text": TEXT,
        "deadline_on": {"type": "string", "format": "date"},
        "is_signer": {"type": "boolean"},
        "asks_own_will": {"type": "boolean"},
        "hears_child": {"type": "boolean"},
        "text": {
            "type": "object",
            "description": "What is asked, with its version and hash.",
        },
    },
}
LIST_SCHEMA = paging.page_schema(ROW_SCHEMA)
BODY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "decision"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "decision": {"enum": list(DECISIONS)},
        "agreed": {
            "type": "array",
            "items": TEXT,
            "description": "Sources; all others are declined.",
        },
        "strokes": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}},
            "description": "Lines as [x, y, x, y, …] in a field of 1000 by 400.",
        },
        "typed_name": TEXT,
        "own_will": {"enum": ["yes", "no"]},
        "has_company": {"enum": ["yes", "no"]},
        "child_said": TEXT,
        "code": {"type": "string", "description": "The six figures, once they have come."},
    },
}
STATE_WORDS = {
    "code_sent": N_("验证码发出去了"),
    "answered": authorizations.ANSWERED,
    "declined": authorizations.PART_WORDS["declined"],
    "withdrawn": authorizations.PART_WORDS["withdrawn"],
}
STATE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state", "state_text"],
    "properties": {"id": TEXT, "state": {"enum": list(STATE_WORDS)}, "state_text": TEXT},
}
WRONG = N_("这一项填得不对")
WRONG_CODE_FIELD = "code"


def _answers(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="listAuthorizations",
    summary="What the reader signs or is asked about, the newest first; with the text of what waits.",
    parameters=paging.PARAMETERS,
    responses={
        "200": _answers("One page.", LIST_SCHEMA),
        "401": problem("SESSION_EXPIRED"),
        "403": problem("STEP_UP_REQUIRED"),
        "422": problem("VALIDATION: a limit or a cursor that cannot be."),
    },
)
@allows(READ)
def list_authorizations() -> Response:
    """What waits for me and what I have answered."""
    limit, after = paging.page_asked(paging.after_row)
    session, person_id = current_session(), current_actor().person_id
    found: Sequence[AuthorizationPart] = ()
    if person_id is not None:
        found = authorizations.list_own_parts(session, person_id, after=after, most=limit + 1)
    return json_answer(paging.page_of(found, limit, _row))


@blueprint.route("", methods=["POST"])
@blueprint.doc(
    operationId="answerAuthorization",
    summary="Agree (without, then with the code), decline, or say in silence: not my will.",
    requestBody={"required": True, "content": {"application/json": {"schema": BODY_SCHEMA}}},
    responses={
        "200": _answers("Answered or declined.", STATE_SCHEMA),
        "202": _answers("Kept; a code that is good for exactly this is on its way.", STATE_SCHEMA),
        "400": problem("The body is no JSON."),
        "403": problem("STEP_UP_REQUIRED"),
        "404": problem("Nothing of this id waits for the reader."),
        "409": problem("It can no longer be answered, or nothing is kept for the code."),
        "422": problem("Fields that are wrong, each named."),
        "429": problem("RATE_LIMITED"),
    },
)
@allows(SIGN, assurance=Assurance.L3)
@creates
def answer_authorization() -> Response:
    """One answer, in one or two steps."""
    body = _body()
    part_id = body["id"]
    try:
        if "code" in body:
            return _with_code(part_id, body["code"])
        if body["decision"] == "decline":
            now = services().clock.now()
            authorizations.decline(current_session(), current_actor(), part_id, now=now)
            return _state(part_id, "declined")
        authorizing.keep_and_send(part_id, _answer_of(body))
    except AnswerErrors as error:
        fields = [{"field": name, "message": gettext(words)} for name, words in error.fields.items()]
        raise Problem(422, errors=fields) from error
    except TooOften as error:
        raise too_often(error) from error
    response = _state(part_id, "code_sent")
    response.status_code = 202
    return response


@blueprint.route("/<uuid:part_id>", methods=["DELETE"])
@blueprint.doc(
    operationId="withdrawAuthorization",
    summary="Withdraw what one has signed; it works at once, however things have changed (no If-Match).",
    responses={
        "200": _answers("Withdrawn.", STATE_SCHEMA),
        "403": problem("STEP_UP_REQUIRED"),
        "404": problem("The reader has signed nothing of this id."),
    },
)
@allows(SIGN, assurance=Assurance.L3)
@serves_every_client
def withdraw_authorization(part_id: uuid.UUID) -> Response:
    """Withdraw; a second call finds it done."""
    session, actor = current_session(), current_actor()
    now = services().clock.now()
    part, _ = authorizing.own_part(session, actor, part_id)
    if part.state not in ("signed", "withdrawn") or part.signer_id != actor.person_id:
        raise NotFound
    if part.state == "signed":
        authorizations.withdraw_answer(session, actor, part_id, now=now)
        authorizations.tell_withdrawn(session, part, now=now)
    return _state(part_id, "withdrawn")


def _with_code(part_id: uuid.UUID, typed: str) -> Response:
    try:
        figures = people.read_code(typed)
    except Malformed as error:
        raise _wrong(WRONG_CODE_FIELD, error.message) from error
    if not authorizing.take_code(part_id, figures):
        raise _wrong(WRONG_CODE_FIELD, authorizing.WRONG_CODE)
    return _state(part_id, "answered")


def _state(part_id: uuid.UUID, state: str) -> Response:
    return json_answer({"id": str(part_id), "state": state, "state_text": gettext(STATE_WORDS[state])})


def _answer_of(body: dict[str, Any]) -> Answer:
    strokes = body.get("strokes")
    return Answer(
        agreed=body.get("agreed", []),
        strokes=json.dumps(strokes, separators=(",", ":")) if strokes else "",
        typed_name=body.get("typed_name", ""),
        own_will=body.get("own_will", ""),
        has_company=body.get("has_company", ""),
        child_said=body.get("child_said", ""),
        is_unwilling=body["decision"] == "unwilling",
        locale=current_locale(),
    )


def _body() -> dict[str, Any]:
    try:
        body = read_json(request.get_data(cache=False))
    except NotJson as error:
        raise Problem(400) from error
    if not isinstance(body, dict):
        raise Problem(400)
    texts = ("typed_name", "own_will", "has_company", "child_said", "code")
    wrong = [name for name in body if name not in BODY_SCHEMA["properties"]]
    wrong += [name for name in texts if name in body and not _is_text(body[name])]
    agreed, strokes = body.get("agreed", []), body.get("strokes", [])
    if not isinstance(agreed, list) or not all(map(_is_text, agreed)):
        wrong.append("agreed")
    if not isinstance(strokes, list):
        wrong.append("strokes")
    if body.get("decision") not in DECISIONS:
        wrong.append("decision")
    try:
        body["id"] = uuid.UUID(str(body.get("id")))
    except ValueError:
        wrong.append("id")
    if wrong:
        raise Problem(422, errors=[{"field": name, "message": gettext(WRONG)} for name in wrong])
    return body


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= authorizations.LONGEST_STROKES


def _wrong(field: str, sentence: str) -> Problem:
    return Problem(422, errors=[{"field": field, "message": gettext(sentence)}])


def _row(part: AuthorizationPart) -> dict[str, Any]:
    session, actor, parts = current_session(), current_actor(), services()
    asked = session.get_one(AuthorizationRequest, part.request_id)
    locale = current_locale()
    row: dict[str, Any] = {
        "id": str(part.id),
        "number": asked.number,
        "purpose": asked.purpose,
        "purpose_text": authorizations.PURPOSE_WORDS[asked.purpose].in_language(locale),
        "state": part.state,
        "state_text": gettext(authorizations.words_for_others(part)),
        "state_since": instant(part.state_since),
        "deadline_on": asked.deadline_on.isoformat(),
        "is_signer": part.signer_id == actor.person_id,
        "hears_child": part.hears_child,
    }
    if part.person_id != actor.person_id:
        row["about"] = session.get_one(Person, part.person_id).name
    if part.state == "waiting":
        signer = session.get_one(Person, part.signer_id)
        row["asks_own_will"] = authorizations.is_asked_own_will(signer.birth, parts.clock.today())
        text = authorizations.asked_text(
            authorizations.sources_of(parts.settings),
            office=authorizing.told_office(),
            purpose=asked.purpose,
            scopes=asked.scopes,
            deadline_on=asked.deadline_on,
            locale=locale,
        )
        row["text"] = {**text.as_record(), "sha256": text.sha256}
    return row
