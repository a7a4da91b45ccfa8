"""Putting down what somebody declares at the counter, or what was seen on a visit."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import reach_household
from admin.viewing import counted_view
from admin.views.households import note_names
from assistance import households, looks, rules
from assistance.errors import NotFound, Refusal
from assistance.households import Household, PersonHere
from assistance.permissions import Permission
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.fact_fields import QUESTION_TITLES, field_of, read_typed
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

SOURCES = {"counter": "declared", "visit": "visited"}
"""By whom a value comes here, and the standing that its line then has."""


@blueprint.get("/households/<uuid:household_id>/facts")
@allows(Permission.HOUSEHOLDS_WRITE)
@counted_view
def list_household_facts(household_id: uuid.UUID) -> Response:
    """What can be put down of the household and of each member whose record is open."""
    household = _household(household_id)
    subjects: list[dict[str, Any]] = [
        {"member": None, "name": gettext(N_("全家的")), "groups": fact_groups("household")}
    ]
    members = households.members_on(current_session(), household, services().clock.today())
    note_names(household, members)
    for one in members:
        if not _is_closed(one):
            subjects.append(
                {"member": one.member.id, "name": one.person.name, "groups": fact_groups("member")}
            )
    return render_desk_page("admin/households/facts.html", household=household, subjects=subjects)


@blueprint.route("/households/<uuid:household_id>/facts/<string:fact>", methods=["GET", "POST"])
@allows(Permission.HOUSEHOLDS_WRITE)
def edit_household_fact(household_id: uuid.UUID, fact: str) -> BaseResponse:
    """One value with its day and who says so; it follows the line that stood."""
    known = rules.FACTS.get(fact)
    if known is None or fact in households.FROM_THE_REGISTER:
        raise NotFound
    household = _household(household_id)
    told = request.form if request.method == "POST" else request.args
    one = _member(household, known, told.get("member", ""))
    today = services().clock.today()
    typed, errors = request.form.getlist("value"), {}
    written = {"dated_on": told.get("dated_on", today.isoformat()), "source": told.get("source", "")}
    if request.method == "POST":
        value, errors["value"] = read_typed(known, typed)
        day = read_day(written["dated_on"])
        errors["dated_on"] = "" if day else gettext(N_("请选一个日期"))
        errors["source"] = "" if written["source"] in SOURCES else gettext(N_("请选是谁说的"))
        errors = {name: sentence for name, sentence in errors.items() if sentence}
        if not errors and day is not None:
            try:
                households.record_line(
                    current_session(),
                    household,
                    fact=fact,
                    value=value,
                    source=written["source"],
                    dated_on=day,
                    by=current_actor(),
                    now=services().clock.now(),
                    member=one.member if one else None,
                    standing=SOURCES[written["source"]],
                )
                return redirect(url_for("admin.show_household", household_id=household.id), 303)
            except Refusal as refusal:
                errors["dated_on"] = gettext(refusal.message)
    return render_desk_page(
        "admin/households/edit_fact.html",
        status=422 if errors else 200,
        household=household,
        field=field_of(known),
        fact=known,
        one=one,
        typed=typed,
        written=written,
        sources=[(code, gettext(households.SOURCE_WORDS[code]), "") for code in SOURCES],
        error={name: errors.get(name, "") for name in ("value", "dated_on", "source")},
        errors=list(errors.items()),
    )


def fact_groups(subject: str) -> list[tuple[str, list[rules.Fact]]]:
    """The facts of households or members that can be put down, by question."""
    groups: dict[int, list[rules.Fact]] = {}
    for key, fact in rules.FACTS.items():
        if fact.subject == subject and key not in households.FROM_THE_REGISTER:
            groups.setdefault(fact.question, []).append(fact)
    return [(gettext(QUESTION_TITLES[number]), facts) for number, facts in sorted(groups.items())]


def read_day(text: str) -> date | None:
    """A day as a browser or a person writes it, or None."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _household(household_id: uuid.UUID) -> Household:
    return reach_household(household_id, Permission.HOUSEHOLDS_WRITE)


def _member(household: Household, fact: rules.Fact, member_id: str) -> PersonHere | None:
    if fact.subject == "household":
        return None
    try:
        one = households.get_member(current_session(), household, uuid.UUID(member_id))
    except ValueError:
        raise NotFound from None
    if one.member.left_on is not None or _is_closed(one):
        raise NotFound
    return one


def _is_closed(one: PersonHere) -> bool:
    now, today = services().clock.now(), services().clock.today()
    return looks.is_minor(one.person, today) and not looks.is_minor_open_for(
        current_session(), current_actor(), one.person.id, now
    )
