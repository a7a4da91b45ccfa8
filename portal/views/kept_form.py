"""What was typed before a sign-in ran out comes back to the same person, and goes on from there."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import people
from assistance.people import KeptForm
from assistance.permissions import Permission
from portal.blueprint import blueprint
from web.access import allows, current_actor
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session


@blueprint.route("/sign-in/typed", methods=["GET", "POST"])
@allows(Permission.OWN_ACCOUNT_USE)
def continue_kept_form() -> BaseResponse:
    """Send on what was kept, or drop it; it is shown to nobody but the person who typed it."""
    kept = find_own()
    if kept is None:
        return redirect(url_for("portal.show_me"), 303)
    if request.method != "POST":
        return render_page("portal/account/typed.html", fields=kept.sealed["fields"])
    people.kept_forms.drop_kept_forms(current_session(), person_id=current_actor().person_id)
    if request.form.get("drop_kept") == "yes":
        return redirect(url_for("portal.show_me"), 303)
    # The browser sends the very same form once more, now to the page that it was meant for.
    return redirect(kept.sealed["address"], 307)


def find_own() -> KeptForm | None:
    """What was kept for the person who is signed in."""
    person_id = current_actor().person_id
    if person_id is None:
        return None
    return people.kept_forms.find_kept_form(
        current_session(), person_id=person_id, now=services().clock.now()
    )
