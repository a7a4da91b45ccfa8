"""GET /api/v1/meta: what a client must know before anything else."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from assistance import policies
from infrastructure.languages import locales
from portal.api.answers import json_answer
from web.access import public
from web.services import services

blueprint = Blueprint("api-meta", __name__, url_prefix="/api/v1/meta", description="版本与电话")


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="getMeta",
    summary="The county, its office, the catalogue's version, languages and features.",
    responses={
        "200": {
            "description": "What a client must know.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
@public
def show_meta() -> Response:
    """The county, its office, the catalogue's version and what works."""
    parts = services()
    county = parts.divisions.get(parts.settings.county)
    return json_answer(
        {
            "api": "v1",
            "catalogue": parts.catalogue.version,
            "policies": len(parts.catalogue.policies),
            "county": {"code": parts.settings.county, "name": county.name if county else ""},
            "office": {"name": parts.settings.office_name, "phone": parts.settings.office_phone},
            "environment": parts.settings.env,
            "languages": list(locales()),
            "life_events": list(policies.LIFE_EVENTS),
            "features": {"assessment": True, "policies": True, "help_requests": True, "sign_in": True},
            "minimum_client": {},
            "notice": None,
        },
        shared=True,
    )
