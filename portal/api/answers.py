"""How an answer of the JSON interface is written."""

from __future__ import annotations

import hashlib
import json

from flask import Response, request

from web.kept_answers import mark_public

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
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
    return {"description": description, "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}}}


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
