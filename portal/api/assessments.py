"""POST /api/v1/assessments/evaluate: facts in, verdicts out; nothing is kept."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from assistance import policies, rules
from portal.api.answers import json_answer, problem
from portal.api.schemas import EXAMPLE, FACTS_SCHEMA, VERDICTS_SCHEMA
from web.access import public
from web.errors import Problem
from web.languages import current_locale
from web.services import services
from web.unit_of_work import current_session, reading

blueprint = Blueprint("api-assessments", __name__, url_prefix="/api/v1/assessments", description="自主评估")


@blueprint.route("/evaluate", methods=["POST"])
@blueprint.doc(
    operationId="evaluate",
    summary="Judge one household by every policy; nothing is stored.",
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": FACTS_SCHEMA, "example": EXAMPLE}},
    },
    responses={
        "200": {
            "description": "Every policy, likely first.",
            "content": {"application/json": {"schema": VERDICTS_SCHEMA}},
        },
        "400": problem("The body is no JSON, or nested too deeply."),
        "413": problem("The body is larger than 256 KB."),
        "422": problem("Fields that are wrong, each named by its path."),
        "503": problem("MAINTENANCE: the standards cannot be read."),
    },
)
@public
@reading
def evaluate() -> Response:
    """Judge one household by the law of a day."""
    parts = services()
    locale = current_locale()
    try:
        answer = policies.evaluate(
            policies.read_json(request.get_data(cache=False)),
            parts.catalogue,
            is_county=parts.divisions.is_county,
            standards_for=lambda county, day: policies.standards_in_force(
                current_session(), parts.divisions, county, day
            ),
            today=parts.clock.today(),
            locale=locale,
        )
    except policies.NotJson as error:
        raise Problem(400) from error
    except rules.FactErrors as error:
        fields = [{"field": one.path, "message": one.message.in_language(locale)} for one in error.errors]
        raise Problem(422, errors=fields) from error
    return json_answer(answer)
