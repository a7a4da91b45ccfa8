"""The first page after the sign-in: what waits for whoever opens it."""

from __future__ import annotations

from flask import Response

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from assistance.permissions import Permission
from web.access import allows


@blueprint.get("/")
@allows(Permission.DESK_OPEN)
def show_desk() -> Response:
    """What waits for me, the nearest deadline first; and what I may do."""
    return render_desk_page("admin/desk/show.html", tasks=())
