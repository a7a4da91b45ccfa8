"""How an answer of the JSON interface is written."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from flask import Response, request

from infrastructure.clock import SHANGHAI
from web.codes import TooOften
from web.errors import Problem
from web.kept_answers import mark_public
from web.problems import KINDS

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "A page that says more of the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"enum": list(KINDS), "description": "For programs; a code never changes its name."},
        "detail": {"type": "string", "description": "A sentence fit to show."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def problem(description: str) -> dict[str, object]:
    """The description of an error answer for OpenAPI."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def too_often(error: TooOften) -> Problem:
    """The answer to somebody who has asked too often: how much there is, and when it is there again."""
    policy = f'"default";q={error.most};w={error.per_seconds}'
    return Problem(429, retry_after=error.retry_after_seconds, headers={"RateLimit-Policy": policy})


def instant(at: datetime) -> str:
    """A moment in the county's time, to the second."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def json_answer(body: object, *, shared: bool = False) -> Response:
    """A JSON answer: the same body gives the same bytes; what is shared carries an ETag."""
    response = Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")), mimetype="application/json"
    )
    response.headers["Cache-Control"] = "public, no-cache" if shared else "no-store"
    response.vary.update(("Accept-Language",))
    if shared:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:20])
        response.make_conditional(request)
        # It hangs on nothing but the address, the language and what was loaded at the start.
        mark_public()
    return response
