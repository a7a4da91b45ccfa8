"""GET /api/v1/meta: what a client must know before anything else."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from assistance import policies
from infrastructure.languages import locales
from infrastructure.settings import ENVIRONMENTS
from portal.api.answers import json_answer
from portal.urgent import URGENT_PHONES
from web.access import public
from web.languages import gettext
from web.services import services

blueprint = Blueprint("api-meta", __name__, url_prefix="/api/v1/meta", description="版本与电话")


META_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        *("api", "catalogue", "policies", "county", "office", "phones", "environment", "languages"),
        *("life_events", "features", "minimum_client", "notice"),
    ],
    "properties": {
        "api": {"const": "v1"},
        "catalogue": {"type": "string", "description": "The version of the rules."},
        "policies": {"type": "integer"},
        "county": {"type": "object", "required": ["code", "name"]},
        "office": {"type": "object", "required": ["name", "phone"]},
        "phones": {
            "type": "array",
            "items": {"type": "object", "required": ["number", "text"]},
            "description": "Whom to call about what cannot wait.",
        },
        "environment": {"enum": list(ENVIRONMENTS)},
        "languages": {"type": "array", "items": {"type": "string"}},
        "life_events": {"type": "array", "items": {"type": "string"}},
        "features": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "minimum_client": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "The oldest version that is served, by the client's name.",
        },
        "notice": {"type": ["string", "null"], "description": "To be shown at the beginning."},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="getMeta",
    summary="The county, its office, the rules' version, telephone numbers, languages and features.",
    responses={
        "200": {
            "description": "What a client must know.",
            "content": {"application/json": {"schema": META_SCHEMA}},
        }
    },
)
@public
def show_meta() -> Response:
    """The county, its office, the rules' version, whom to call and what works here."""
    parts = services()
    told, county = parts.settings, parts.divisions.get(parts.settings.county)
    return json_answer(
        {
            "api": "v1",
            "catalogue": parts.catalogue.version,
            "policies": len(parts.catalogue.policies),
            "county": {"code": told.county, "name": county.name if county else ""},
            "office": {"name": told.office_name, "phone": told.office_phone},
            "phones": [{"number": number, "text": gettext(words)} for number, words in URGENT_PHONES],
            "environment": told.env,
            "languages": list(locales()),
            "life_events": list(policies.LIFE_EVENTS),
            "features": {
                "assessment": True,
                "policies": True,
                "help_requests": True,
                "sign_in": True,
                "sign_in_wechat": bool(told.wechat_url),
                "sign_in_zlb": bool(told.zlb_url),
                "authorizations": True,
                "access_log": True,
                "own_data": True,
            },
            "minimum_client": {
                name: ".".join(map(str, version)) for name, version in told.minimum_clients.items()
            },
            "notice": told.notice or None,
        },
        shared=True,
    )
