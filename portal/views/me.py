"""我的: where everybody who has signed in begins, what waits for them first."""

from __future__ import annotations

from flask import Response, current_app, url_for

from assistance import households
from assistance.people import Assurance, Person
from assistance.permissions import Permission
from portal import navigation
from portal.blueprint import blueprint
from web.access import allows, current_actor
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

# Until it is known who has signed in, the other rows would lead to nothing.
WITHOUT_A_NAME = frozenset({"portal.list_sign_ins"})


@blueprint.get("/me")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def show_me() -> Response:
    """Large rows to what is mine; what waits for me stands above them."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    person = session.get(Person, actor.person_id) if actor.person_id else None
    household = households.household_of(session, person.id) if person else None
    waiting = [row for ask in navigation.WAITING for row in ask(session, actor, now)] if person else []
    rows = [
        (url_for(row.endpoint), row)
        for row in navigation.ME_ROWS
        if row.endpoint in current_app.view_functions and (person or row.endpoint in WITHOUT_A_NAME)
    ]
    return render_page("portal/me/show.html", person=person, household=household, waiting=waiting, rows=rows)
