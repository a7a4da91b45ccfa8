"""谁看过我的信息: who looked at what, when and why; and saying that one does not understand it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import looks
from assistance.errors import NotFound
from assistance.people import Person
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.looking import line_of, lines_of, month_asked, people_of_reader, reading_of
from web.access import allows, current_actor
from web.languages import gettext, ngettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session


@blueprint.get("/me/access-log")
@allows(Permission.OWN_FILE_READ)
def list_looks() -> Response:
    """Every look at my data and my children's by somebody else, in sentences, newest first."""
    session, people_of, month = current_session(), people_of_reader(), month_asked(request.args.get("month"))
    reader = reading_of(people_of)
    found = looks.access_log(session, reader, cursor=request.args.get("cursor"), month=month)
    return render_page(
        "portal/access_log/list.html",
        rounds=_rounds(found.looks, people_of),
        log=found,
        months=[(one, _month_words(one)) for one in looks.months_with_looks(session, reader)],
        month=month or "",
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
    entry = looks.find_look(session, reference, reading_of(mine))
    if entry is None:
        raise NotFound
    objection = looks.find_objection(session, reference, actor)
    return render_page("portal/access_log/objection.html", line=line_of(entry, mine), objection=objection)


def _rounds(listed: Sequence[looks.Look], people_of: dict[uuid.UUID, Person]) -> list[dict[str, Any]]:
    """The lines of the list; what the system asked of many sources in one round stands under one sentence."""
    reader = current_actor().person_id
    wards = {one.audit_subject: one.name for key, one in people_of.items() if key != reader}
    found = []
    for key, pairs in groupby(zip(listed, lines_of(listed, people_of), strict=True), _round_of):
        lines = [line for _, line in pairs]
        says = _round_says(len(lines), key[0], wards.get(key[1], "")) if len(lines) > 1 else ""
        found.append({"at": lines[0]["at"], "lines": lines, "says": says})
    return found


def _round_of(pair: tuple[looks.Look, dict[str, Any]]) -> tuple[str, ...]:
    look, _ = pair
    if look.event not in looks.TELLERS or not look.case_ref:
        return (look.reference,)
    return (look.case_ref, look.subject_ref, look.at.date().isoformat())


def _round_says(number: int, case: str, ward: str) -> str:
    if ward:
        return ngettext(
            "系统按授权 %(case)s 自动核对了您的孩子%(name)s，一共 %(number)d 次",
            "系统按授权 %(case)s 自动核对了您的孩子%(name)s，一共 %(number)d 次",
            number,
            case=case,
            name=ward,
        )
    return ngettext(
        "系统按授权 %(case)s 自动核对了您，一共 %(number)d 次",
        "系统按授权 %(case)s 自动核对了您，一共 %(number)d 次",
        number,
        case=case,
    )


def _month_words(month: str) -> str:
    year, number = month.split("-")
    return gettext(N_("%(year)s年%(month)s月")) % {"year": year, "month": int(number)}
