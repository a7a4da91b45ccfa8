"""谁看过我的信息: who looked at what, when and why; and saying that one does not understand it."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import looks
from assistance.errors import NotFound
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.looking import MONTH, line_of, people_of_reader, read_looks, reader_id
from web.access import allows, current_actor
from web.languages import gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session


@blueprint.get("/me/access-log")
@allows(Permission.OWN_FILE_READ)
def list_looks() -> Response:
    """Every look at my data and my children's by somebody else, in sentences, newest first."""
    found, people_of = read_looks(request.args.get("cursor"), _month())
    session = current_session()
    months = looks.months_with_looks(session, people_of, reader_id=reader_id())
    return render_page(
        "portal/access_log/list.html",
        lines=[line_of(look, people_of) for look in found.looks],
        log=found,
        months=[(one, _month_words(one)) for one in months],
        month=_month() or "",
    )


@blueprint.route("/me/access-log/<string:reference>/objection", methods=["GET", "POST"])
@allows(Permission.OWN_FILE_READ)
def object_to_look(reference: str) -> BaseResponse:
    """One tap says that a look is not understood; words may be added and are not asked for."""
    session, actor = current_session(), current_actor()
    mine = people_of_reader()
    if request.method == "POST":
        says = request.form.get("says", "")
        looks.object_to_look(session, reference, mine, says, by=actor, now=services().clock.now())
        return redirect(url_for("portal.object_to_look", reference=reference), 303)
    today = services().clock.today()
    entry = looks.find_look(session, reference, mine, reader_id=reader_id(), today=today)
    if entry is None:
        raise NotFound
    objection = looks.find_objection(session, reference, actor)
    return render_page("portal/access_log/objection.html", line=line_of(entry, mine), objection=objection)


def _month_words(month: str) -> str:
    year, number = month.split("-")
    return gettext(N_("%(year)s年%(month)s月")) % {"year": year, "month": int(number)}


def _month() -> str | None:
    asked = request.args.get("month", "")
    return asked if MONTH.fullmatch(asked) else None
