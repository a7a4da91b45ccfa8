"""谁看过我的信息: who looked at what, when and why; and saying that one does not understand it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import households, looks
from assistance.errors import NotFound
from assistance.people import Person
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.blueprint import blueprint
from web.access import allows, current_actor
from web.languages import gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
COMMA = N_("、")
MINE = N_("您的")
MY_CHILD = N_("您的孩子%(name)s的")


@blueprint.get("/me/access-log")
@allows(Permission.OWN_FILE_READ)
def list_looks() -> Response:
    """Every look at my data and my children's by somebody else, in sentences, newest first."""
    found, people_of = _read(request.args.get("cursor"), _month())
    session, actor = current_session(), current_actor()
    months = looks.months_with_looks(session, people_of, reader_id=actor.person_id or uuid.UUID(int=0))
    return render_page(
        "portal/access_log/list.html",
        lines=[line_of(look, people_of) for look in found.looks],
        log=found,
        months=[(one, _month_words(one)) for one in months],
        month=_month() or "",
    )


@blueprint.route("/me/access-log/<string(length=32):reference>/objection", methods=["GET", "POST"])
@allows(Permission.OWN_FILE_READ)
def object_to_look(reference: str) -> BaseResponse:
    """One tap says that a look is not understood; words may be added and are not asked for."""
    session, actor = current_session(), current_actor()
    mine = _people()
    if request.method == "POST":
        says = request.form.get("says", "")
        looks.object_to_look(session, reference, mine, says, by=actor, now=services().clock.now())
        return redirect(url_for("portal.object_to_look", reference=reference), 303)
    entry = looks.find_look(
        session,
        reference,
        mine,
        reader_id=actor.person_id or uuid.UUID(int=0),
        today=services().clock.today(),
    )
    if entry is None:
        raise NotFound
    objection = looks.find_objection(session, reference, actor)
    return render_page("portal/access_log/objection.html", line=line_of(entry, mine), objection=objection)


def line_of(look: looks.Look, people_of: dict[uuid.UUID, Person]) -> dict[str, Any]:
    """One look as its sentence, in the language of this answer."""
    actor = current_actor()
    whose = gettext(MINE)
    subject = next((one for one in people_of.values() if one.audit_subject == look.subject_ref), None)
    if subject is not None and subject.id != actor.person_id:
        whose = gettext(MY_CHILD) % {"name": subject.name}
    words = {
        "office": look.office,
        "role": gettext(look.role) if look.role else "",
        "number": look.work_number,
        "whose": whose,
        "seen": gettext(COMMA).join(gettext(one) for one in look.seen),
        "purpose": gettext(look.purpose),
        "case": look.case_ref or "",
        **looks.more_words(look, gettext),
    }
    return {
        "at": look.at,
        "says": gettext(looks.sentence_of(look)) % words,
        "reference": look.reference,
        "objection": look.objection,
        "may_object": look.is_by_staff,
    }


def _read(cursor: str | None, month: str | None) -> tuple[looks.AccessLog, dict[uuid.UUID, Person]]:
    session, actor = current_session(), current_actor()
    mine = _people()
    found = looks.access_log(
        session,
        mine,
        reader_id=actor.person_id or uuid.UUID(int=0),
        today=services().clock.today(),
        cursor=cursor,
        month=month,
    )
    return found, mine


def _people() -> dict[uuid.UUID, Person]:
    """Oneself, and the minors whose guardian one is."""
    session, actor, today = current_session(), current_actor(), services().clock.today()
    if actor.person_id is None:
        raise NotFound
    household = households.household_of(session, actor.person_id)
    here = households.members_on(session, household, today) if household else []
    wards = {
        one.person.id: one.person
        for one in here
        if households.is_minor(one.person, today)
        and actor.person_id in households.guardians_of(one, here, today)
    }
    own = session.get(Person, actor.person_id)
    return {**({own.id: own} if own else {}), **wards}


def _month_words(month: str) -> str:
    year, number = month.split("-")
    return gettext(N_("%(year)s年%(month)s月")) % {"year": year, "month": int(number)}


def _month() -> str | None:
    asked = request.args.get("month", "")
    return asked if MONTH.fullmatch(asked) else None
