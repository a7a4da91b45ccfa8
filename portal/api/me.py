"""GET /api/v1/me: who is signed in, how surely, and what is still missing."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from assistance import people
from assistance.people import Assurance
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.api.answers import instant, json_answer, problem
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

blueprint = Blueprint("api-me", __name__, url_prefix="/api/v1/me", description="我的")

ASSURANCE_WORDS = {
    Assurance.L1: N_("还不知道您是谁"),
    Assurance.L2: N_("能看"),
    Assurance.L3: N_("能看，也能签字"),
}
ME_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["assurance", "assurance_text", "person", "can_step_up"],
    "properties": {
        "assurance": {"enum": ["L1", "L2", "L3"]},
        "assurance_text": {"type": "string"},
        "person": {
            "type": ["object", "null"],
            "properties": {
                "name": {"type": "string"},
                "resident_id": {"type": ["string", "null"], "description": "First and last character."},
            },
        },
        "can_step_up": {"type": "boolean", "description": "Whether a code to a recorded number makes it L3."},
        "signed_in_at": {"type": ["string", "null"], "format": "date-time"},
        "newer_sign_ins": {"type": "integer", "description": "On other devices, not yet looked at."},
    },
}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    operationId="getMe",
    summary="Who is signed in, and how surely.",
    responses={
        "200": {"description": "Oneself.", "content": {"application/json": {"schema": ME_SCHEMA}}},
        "401": problem("SESSION_EXPIRED"),
    },
)
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def show_me() -> Response:
    """Oneself: the full name and a masked number."""
    actor, now, session = current_actor(), services().clock.now(), current_session()
    person = session.get(people.Person, actor.person_id) if actor.person_id else None
    own = session.get(people.SignInSession, actor.session_id) if actor.session_id else None
    recorded = people.find_relied_on_phone(session, person.id, now) if person is not None else None
    return json_answer(
        {
            "assurance": actor.assurance.name,
            "assurance_text": gettext(ASSURANCE_WORDS[actor.assurance]),
            "person": None
            if person is None
            else {
                "name": person.name,
                "resident_id": str(person.resident_id) if person.resident_id else None,
            },
            "can_step_up": recorded is not None and actor.assurance < Assurance.L3,
            "signed_in_at": instant(own.created_at) if own else None,
            "newer_sign_ins": len(people.list_newer_sign_ins(session, actor, now)),
        }
    )
