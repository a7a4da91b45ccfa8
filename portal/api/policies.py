"""GET /api/v1/policies: the catalogue as the mini-program reads it."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from assistance import policies
from assistance.errors import NotFound
from infrastructure.languages import N_
from portal.api.answers import json_answer, problem
from web.access import public
from web.languages import current_locale
from web.services import services

blueprint = Blueprint("api-policies", __name__, url_prefix="/api/v1/policies", description="政策")

POLICY_SCHEMA = {
    "type": "object",
    "required": ["code", "name", "department", "summary"],
    "properties": {
        "code": {"type": "string"},
        "name": {"type": "string"},
        "department": {"type": "string"},
        "summary": {"type": "string"},
        "life_events": {"type": "array", "items": {"type": "string"}},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="listPolicies",
    summary="Every policy of the county, by department or life event where asked.",
    parameters=[
        {"in": "query", "name": "department", "schema": {"type": "string"}},
        {
            "in": "query",
            "name": "life_event",
            "schema": {"type": "string", "enum": list(policies.LIFE_EVENTS)},
        },
    ],
    responses={
        "200": {
            "description": "The policies in the order of the catalogue.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["catalogue", "items"],
                        "properties": {
                            "catalogue": {"type": "string"},
                            "items": {"type": "array", "items": POLICY_SCHEMA},
                        },
                    }
                }
            },
        }
    },
)
@public
def list_policies() -> Response:
    """Every policy that the county has."""
    catalogue, locale = services().catalogue, current_locale()
    department, event = request.args.get("department"), request.args.get("life_event")
    items = [
        policy.as_json(locale, catalogue.departments)
        for policy in catalogue.policies
        if policy.applies_to(services().settings.county)
        and (department is None or policy.department == department)
        and (event is None or event in policy.life_events)
    ]
    return json_answer({"catalogue": catalogue.version, "items": items}, shared=True)


@blueprint.route("/<string:code>", methods=["GET"])
@blueprint.doc(
    operationId="getPolicy",
    summary="One policy with how much, how, where, documents and law.",
    responses={
        "200": {"description": "The policy.", "content": {"application/json": {"schema": POLICY_SCHEMA}}},
        "404": problem("The county has no such policy."),
    },
)
@public
def show_policy(code: str) -> Response:
    """One policy, as it stands today."""
    parts, locale = services(), current_locale()
    policy = parts.catalogue.get(code)
    if policy is None or not policy.applies_to(parts.settings.county):
        raise NotFound(N_("没有这项政策。"))
    return json_answer(_whole(policy, locale), shared=True)


def _whole(policy: policies.Policy, locale: str) -> dict[str, Any]:
    parts = services()
    today = parts.clock.today()
    edition = policy.edition_on(today)
    sentences = {key: getattr(policy, key).in_language(locale) for key in ("how_much", "how", "where")}
    lists = {
        key: [words.in_language(locale) for words in getattr(policy, key)]
        for key in ("documents", "needs", "settled_by")
    }
    citations = [citation.basis().in_language(locale) for citation in policy.citations_on(today)]
    return {
        **policy.as_json(locale, parts.catalogue.departments),
        **sentences,
        **lists,
        "notes": policy.notes.in_language(locale) if policy.notes else None,
        "basis_edition": edition.from_on.isoformat() if edition.from_on else None,
        "basis": citations or [policies.COUNTY_CONFIRMS.in_language(locale)],
        "conditions": [
            {"condition": line.condition_text, "group": line.group, "says": line.says.in_language(locale)}
            for line in edition.lines
        ],
    }
