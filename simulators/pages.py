"""The desk's pages."""

from __future__ import annotations

from flask import Blueprint, render_template

from infrastructure import clock
from simulators import desk, source_list
from simulators.faults import world
from simulators.people import named_people
from simulators.world import SERVICE_STATES, SOURCE_STATES

SHOWN_MESSAGES = 30
SHOWN_CODES = 12

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def show_desk() -> str:
    """Everything on one page: codes to give out, messages sent, services and sources to break and mend."""
    now = clock.now()
    with world().locked():
        issued = [one for one in reversed(world().codes.values()) if one.kind != "zlb-token"][:SHOWN_CODES]
        services = {name: fault.state for name, fault in world().services.items()}
    return render_template(
        "desk.html",
        people=named_people().values(),
        issued=issued,
        messages=desk.messages_to("")[:SHOWN_MESSAGES],
        services=services,
        sources=[desk.source_row(code) for code in source_list.codes()],
        service_states=SERVICE_STATES,
        source_states=SOURCE_STATES,
        now=now.astimezone(clock.SHANGHAI),
        shanghai=clock.SHANGHAI,
    )
