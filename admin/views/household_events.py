"""Putting down what happened in a family: each event its form."""

from __future__ import annotations

import uuid

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.forms.household_events import EVENTS, OUTSIDE, RELATIONS, Typed, Wrong, happen
from admin.pages import render_desk_page
from admin.reaching import reach_household
from admin.viewing import count_view
from admin.views.households import AGE_BANDS, is_closed, note_names, village_groups
from assistance import households
from assistance.errors import NotFound, Refusal
from assistance.households import Household, PersonHere
from assistance.permissions import Permission
from assistance.values import age_on
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

TEXTS = ("day", "note", "name", "resident_id", "birth", "sex", "relation", "guardian", "member", "new_head")
MORE_TEXTS = ("other", "village", "county", "address", "court", "own_wages", "is_supporter")


@blueprint.get("/households/<uuid:household_id>/events")
@allows(Permission.HOUSEHOLDS_WRITE)
def list_event_forms(household_id: uuid.UUID) -> Response:
    """What can have happened."""
    household = _household(household_id)
    return render_desk_page("admin/households/events.html", household=household, events=EVENTS)


@blueprint.route("/households/<uuid:household_id>/events/<string:event>", methods=["GET", "POST"])
@allows(Permission.HOUSEHOLDS_WRITE)
def add_household_event(household_id: uuid.UUID, event: str) -> BaseResponse:
    """One event with its day; the file keeps how things were before."""
    if event not in EVENTS:
        raise NotFound
    if request.method != "POST":
        # The form names everybody in the file.
        count_view(current_actor())
    session, actor, parts = current_session(), current_actor(), services()
    household = _household(household_id)
    here = households.members_on(session, household, parts.clock.today())
    errors: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        typed = Typed(session, household, here, request.form, actor, parts.clock.now(), parts.settings.county)
        try:
            after = happen(event, typed)
            reached = actor.covers(Permission.HOUSEHOLDS_READ, after.division_code)
            # Out of one's own division the file is somebody else's now.
            where = url_for("admin.show_household", household_id=after.id) if reached else _list_address()
            return redirect(where, 303)
        except Wrong as wrong:
            errors = {name: gettext(sentence) for name, sentence in wrong.errors.items()}
        except Refusal as refusal:
            problem = gettext(refusal.message)
        # What the attempt changed in memory must not show on the page that says it did not happen.
        session.rollback()
        household = _household(household_id)
        here = households.members_on(session, household, parts.clock.today())
    note_names(household, here)
    words, hint, fields = EVENTS[event]
    relations = [(code, gettext(households.RELATION_WORDS[code])) for code in RELATIONS]
    county = parts.settings.county
    return render_desk_page(
        "admin/households/add_event.html",
        status=422 if errors or problem else 200,
        household=household,
        event=event,
        words=words,
        hint=hint,
        fields=fields,
        members=[(str(one.member.id), _name(one)) for one in here],
        leaving_rows=[(str(one.member.id), _name(one), "") for one in here],
        relations=relations,
        relation_rows=[(one.member, _name(one), one.member.relation) for one in here],
        villages=[*village_groups([county]), (gettext(N_("别处")), [(OUTSIDE, gettext(N_("搬出本县")))])],
        counties=[("", [(place.code, place.name) for place in parts.divisions.counties()])],
        sexes=[("F", gettext(N_("女")), ""), ("M", gettext(N_("男")), "")],
        courts=[
            ("", gettext(N_("和法院没有关系")), ""),
            ("yes", gettext(N_("法院定了监护人")), ""),
            ("no", gettext(N_("法院撤销了监护")), ""),
        ],
        wages=[
            ("", gettext(N_("没有变化")), ""),
            ("yes", gettext(N_("16、17 岁，靠自己的工资过日子")), ""),
            ("no", gettext(N_("不再靠自己的工资过日子")), ""),
        ],
        written={name: request.form.get(name, "") for name in (*TEXTS, *MORE_TEXTS)},
        leaving=request.form.getlist("leaving"),
        written_relations={
            str(one.member.id): request.form.get(f"relation-{one.member.id}", one.member.relation)
            for one in here
        },
        problem=problem,
        errors=list(errors.items()),
    )


def _household(household_id: uuid.UUID) -> Household:
    return reach_household(household_id, Permission.HOUSEHOLDS_WRITE)


def _name(one: PersonHere) -> str:
    relation = gettext(households.RELATION_WORDS[one.member.relation])
    if not is_closed(current_session(), current_actor(), one):
        return f"{one.person.name} · {relation}"
    age = age_on(one.person.birth, services().clock.today()) if one.person.birth else None
    band = next((gettext(words) for limit, words in AGE_BANDS if age is not None and age < limit), "")
    return f"{relation} · {band}" if band else relation


def _list_address() -> str:
    return url_for("admin.list_households")
