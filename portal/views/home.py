"""The first page."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from assistance import assessments
from portal import navigation
from portal.answers_cookie import current_answers, has_cookie
from portal.blueprint import blueprint
from portal.question_pages import address_of
from web.access import public
from web.pages import render_page, render_public_page
from web.services import services


@blueprint.get("/")
@public
def home() -> Response:
    """At most six large rows, and the way back into answers that were begun."""
    if has_cookie() and not current_answers().is_empty:
        return render_page("portal/home/home.html", rows=navigation.HOME_ROWS, draft=_draft())
    if has_cookie():
        return render_page("portal/home/home.html", rows=navigation.HOME_ROWS, draft=None)
    return render_public_page("portal/home/home.html", lambda: {"rows": navigation.HOME_ROWS, "draft": None})


def _draft() -> dict[str, Any]:
    step = assessments.first_open(current_answers(), services().clock.today())
    if step is None:
        return {"address": url_for("portal.review_answers"), "question": None}
    return {"address": address_of(step), "question": step.page.question}
