"""GET /api/v1/divisions: provinces, cities, counties, towns and villages by their national codes."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from infrastructure.languages import N_
from portal.api.answers import json_answer, problem
from web.access import public
from web.errors import Problem
from web.languages import gettext
from web.services import services

blueprint = Blueprint("api-divisions", __name__, url_prefix="/api/v1/divisions", description="行政区划")

MOST = 50
LEVEL_WORDS = {
    "province": N_("省"),
    "city": N_("设区的市"),
    "county": N_("县（市、区）"),
    "town": N_("镇（街道、乡）"),
    "village": N_("村（社区）"),
}

DIVISION_SCHEMA = {
    "type": "object",
    "required": ["code", "name", "level", "level_text", "parent", "path"],
    "properties": {
        "code": {"type": "string"},
        "name": {"type": "string"},
        "level": {"type": "string", "enum": list(LEVEL_WORDS)},
        "level_text": {"type": "string"},
        "parent": {"type": ["string", "null"]},
        "path": {"type": "array", "items": {"type": "string"}},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="listDivisions",
    summary="The divisions right below one, or those of the county whose name holds some words.",
    parameters=[
        {"in": "query", "name": "parent", "schema": {"type": "string"}, "description": "A division's code."},
        {
            "in": "query",
            "name": "q",
            "schema": {"type": "string", "maxLength": 40},
            "description": "Part of a name.",
        },
    ],
    responses={
        "200": {
            "description": "Ordered by code.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["items"],
                        "properties": {"items": {"type": "array", "items": DIVISION_SCHEMA}},
                    }
                }
            },
        },
        "422": problem("A parent that is no division's code, or words that are too long."),
    },
)
@public
def list_divisions() -> Response:
    """The divisions below one, or those with a name."""
    index, county = services().divisions, services().settings.county
    words = request.args.get("q", "").strip()
    parent = request.args.get("parent", county)
    if len(words) > 40:
        raise Problem(422, errors=[{"field": "q", "message": gettext("请写短一点。")}])
    if index.get(parent) is None:
        raise Problem(422, errors=[{"field": "parent", "message": gettext("没有这个地方。")}])
    found = index.search(words, under=parent, limit=MOST) if words else index.children(parent)
    items = [
        {
            "code": place.code,
            "name": place.name,
            "level": place.level.value,
            "level_text": gettext(LEVEL_WORDS[place.level.value]),
            "parent": place.parent_code,
            "path": [above.name for above in index.path(place.code)],
        }
        for place in found
    ]
    return json_answer({"items": items}, shared=True)
