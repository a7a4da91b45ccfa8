"""What an error of the JSON interface means: its `type` leads here."""

from __future__ import annotations

from flask import Response

from assistance.errors import NotFound
from portal.blueprint import blueprint
from web.access import public
from web.languages import gettext
from web.pages import render_public_page
from web.problems import KINDS


@blueprint.get("/problems/<string:code>")
@public
def show_problem(code: str) -> Response:
    """One kind of problem by its heading, with its name and status for whoever writes a program."""
    kind = KINDS.get(code)
    if kind is None:
        raise NotFound
    return render_public_page(
        "portal/problems/show.html",
        lambda: {"heading": gettext(kind.title), "code": code, "status": kind.status},
    )
