"""The first page."""

from __future__ import annotations

from flask import Response, current_app, request, url_for

from portal import navigation
from portal.blueprint import blueprint
from web.access import public
from web.pages import render_page, render_public_page


@blueprint.get("/")
@public
def home() -> Response:
    """At most six large rows, and the way back into answers that were begun."""
    if navigation.ANSWERS_COOKIE in request.cookies:
        return render_page("portal/home/home.html", rows=_rows(), draft=url_for("portal.start_assessment"))
    return render_public_page("portal/home/home.html", lambda: {"rows": _rows(), "draft": ""})


def _rows() -> list[navigation.Row]:
    return [row for row in navigation.HOME_ROWS if row.endpoint in current_app.view_functions]
