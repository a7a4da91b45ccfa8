"""GET /api/v1/me/household: the reader's household as its page shows it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from assistance import households, rules
from assistance.errors import NotFound
from assistance.permissions import Permission
from assistance.values import masked_name
from infrastructure.languages import N_
from portal.api.answers import json_answer, problem
from portal.own_household import note_own_look, own_household
from web.access import allows
from web.fact_fields import source_words
from web.languages import current_locale, gettext
from web.services import services

blueprint = Blueprint("api-households", __name__, url_prefix="/api/v1/me/household", description="我家的档案")

NONE_YET = N_("还没有您家的档案")
TEXT = {"type": "string"}
TOLD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["value", "value_text", "standing", "standing_text", "source", "source_text", "dated_on"],
    "properties": {
        "value": {"description": "As POST /api/v1/assessments/evaluate reads it."},
        "value_text": TEXT,
        "standing": {"enum": list(households.STANDINGS)},
        "standing_text": TEXT,
        "source": TEXT,
        "source_text": TEXT,
        "dated_on": {"type": "string", "format": "date"},
    },
}
LINE_SCHEMA: dict[str, Any] = {
    "allOf": [
        TOLD_SCHEMA,
        {
            "type": "object",
            "required": ["fact", "label", "others", "history"],
            "properties": {
                "fact": TEXT,
                "label": TEXT,
                "others": {"type": "array", "items": TOLD_SCHEMA},
                "history": {"type": "array", "items": TOLD_SCHEMA},
            },
        },
    ]
}
HOUSEHOLD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["number", "place", "address", "lines", "members"],
    "properties": {
        "number": TEXT,
        "place": TEXT,
        "address": TEXT,
        "lines": {"type": "array", "items": LINE_SCHEMA},
        "members": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "relation", "relation_text", "is_self", "is_open", "has_lines", "lines"],
                "properties": {
                    "name": {"type": "string", "description": "Masked where the member is another adult."},
                    "relation": {"enum": list(households.RELATIONS)},
                    "relation_text": TEXT,
                    "is_self": {"type": "boolean"},
                    "is_open": {
                        "type": "boolean",
                        "description": "Whether the lines are the reader's to see.",
                    },
                    "has_lines": {"type": "boolean"},
                    "lines": {"type": "array", "items": LINE_SCHEMA},
                },
            },
        },
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="getOwnHousehold",
    summary="Own lines in full, a child's as guardian, totals; of other adults only that lines exist.",
    responses={
        "200": {
            "description": "The household's file.",
            "content": {"application/json": {"schema": HOUSEHOLD_SCHEMA}},
        },
        "401": problem("SESSION_EXPIRED"),
        "403": problem("STEP_UP_REQUIRED"),
        "404": problem("There is no file of this person's household yet."),
    },
)
@allows(Permission.OWN_FILE_READ)
def show_own_household() -> Response:
    """The reader's household as they may see it."""
    seen = own_household()
    if seen is None:
        raise NotFound(NONE_YET)
    note_own_look(seen)
    household = seen.household
    return json_answer(
        {
            "number": household.number,
            "place": households.place_name(household.division_code, services().settings.county),
            "address": household.address,
            "lines": [_line(one) for one in seen.totals],
            "members": [_member(one) for one in seen.people],
        }
    )


def _member(one: households.SeenPerson) -> dict[str, Any]:
    relation = one.member.relation
    return {
        "name": one.person.name if one.is_open else masked_name(one.person.name),
        "relation": relation,
        "relation_text": gettext(households.RELATION_WORDS[relation]),
        "is_self": one.is_self,
        "is_open": one.is_open,
        "has_lines": one.has_lines,
        "lines": [_line(line) for line in one.lines],
    }


def _line(seen: households.SeenLine) -> dict[str, Any]:
    return {
        "fact": seen.fact.key,
        "label": seen.fact.label.in_language(current_locale()),
        **_told(seen.line, seen.words),
        "others": [_told(*one) for one in seen.others],
        "history": [_told(*one) for one in seen.before],
    }


def _told(line: households.HouseholdLine, words: rules.Words) -> dict[str, Any]:
    return {
        "value": line.sealed["value"],
        "value_text": words.in_language(current_locale()),
        "standing": line.standing,
        "standing_text": gettext(households.STANDING_WORDS[line.standing]),
        "source": line.source,
        "source_text": source_words(line.source),
        "dated_on": line.dated_on.isoformat(),
    }
