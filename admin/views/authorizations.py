"""Authorisation requests as staff see them: whom one has asked, how far they are, links to hand over."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import stand_back
from assistance import authorizations, households
from assistance.authorizations import (
    AskedTooSoon,
    AuthorizationPart,
    AuthorizationRequest,
    BadDeadline,
    Office,
)
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Person
from assistance.permissions import Permission
from assistance.values import masked_name
from infrastructure.languages import N_
from infrastructure.qr import qr_drawing
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.pages import office
from web.services import services
from web.unit_of_work import current_session

STATES = ("open", "closed", "expired")
PURPOSES = ("application", "recheck", "supporter")
LONGEST_REASON = 500
CHOOSE_MEMBER = N_("请选是哪一位")
CHOOSE_PURPOSE = N_("请选一个：为了什么")
NO_DAY = N_("请填一个日子，像 2026-12-20")


@blueprint.get("/authorization-requests")
@allows(Permission.AUTHORIZATIONS_READ)
def list_authorization_requests() -> Response:
    """Requests of one's own divisions in one state, the nearest day first; nobody is named."""
    session, actor = current_session(), current_actor()
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    found = authorizations.list_visible(session, actor, state=state)
    counts = authorizations.count_answers(session, [asked.id for asked, _ in found])
    rows = []
    for asked, household in found:
        answered, total = counts.get(asked.id, (0, 0))
        rows.append(
            {
                "asked": asked,
                "household": household,
                "place": _place(household),
                "purpose": _purpose(asked),
                "answered": answered,
                "all": total,
            }
        )
    return render_desk_page(
        "admin/authorizations/list.html",
        rows=rows,
        state=state,
        states=[(code, authorizations.REQUEST_WORDS[code]) for code in STATES],
    )


@blueprint.route("/households/<uuid:household_id>/authorization-requests/new", methods=["GET", "POST"])
@allows(Permission.AUTHORIZATIONS_OPEN)
def start_authorization_request(household_id: uuid.UUID) -> BaseResponse:
    """Ask a household, or one supporter, for what and why; the reason is shown to whoever is asked."""
    session, actor, parts = current_session(), current_actor(), services()
    household = session.get(Household, household_id)
    if household is None or not actor.covers(Permission.AUTHORIZATIONS_OPEN, household.division_code):
        raise NotFound
    stand_back(household)
    typed = _typed()
    if request.method != "POST":
        return _new_page(household, typed, {})
    errors: dict[str, str] = {}
    now = parts.clock.now()
    supporter, deadline = _id_of(typed["supporter"]), _day_of(typed["deadline"])
    if typed["purpose"] not in PURPOSES:
        errors["purpose"] = gettext(CHOOSE_PURPOSE)
    if typed["purpose"] == "supporter" and supporter is None:
        errors["supporter"] = gettext(CHOOSE_MEMBER)
    if not typed["reason"].strip():
        errors["reason"] = gettext(N_("请写清楚为什么需要，本人会看到。"))
    if not typed["sources"]:
        errors["sources"] = gettext(N_("请至少选一样要查的。"))
    if typed["deadline"] and deadline is None:
        errors["deadline"] = gettext(NO_DAY)
    if errors:
        return _new_page(household, typed, errors)
    try:
        asked = authorizations.open_request(
            session,
            authorizations.sources_of(parts.settings),
            actor,
            household.id,
            purpose=typed["purpose"],
            now=now,
            is_demo=parts.settings.is_safe_demo,
            sources=typed["sources"],
            reason=typed["reason"],
            deadline_on=deadline,
            supporter_id=supporter if typed["purpose"] == "supporter" else None,
        )
    except BadDeadline as error:
        return _new_page(household, typed, {"deadline": gettext(error.message)})
    except AskedTooSoon as error:
        sentence = gettext(error.message, day=error.opens_on.isoformat())
        return _new_page(household, typed, {"purpose": sentence})
    except Refusal as error:
        return _new_page(household, typed, {"purpose": gettext(error.message)})
    authorizations.tell_asked(session, asked, now=now)
    return redirect(url_for("admin.show_authorization_request", request_id=asked.id), 303)


@blueprint.get("/authorization-requests/<uuid:request_id>")
@allows(Permission.AUTHORIZATIONS_READ)
def show_authorization_request(request_id: uuid.UUID) -> Response:
    """How far each member is, in a word; links and QR codes to hand over, and help at the counter."""
    session, actor = current_session(), current_actor()
    asked = authorizations.get_visible(session, actor, request_id)
    household = session.get_one(Household, asked.household_id)
    stand_back(household)
    today = services().clock.today()
    standings = {one.person.id: one for one in authorizations.list_standings(session, household.id, today)}
    rows = [_part_row(part, standings) for part in authorizations.parts_of(session, asked.id)]
    missing = [
        {"name": masked_name(one.person.name), "rule": authorizations.RULE_WORDS[one.rule]}
        for one in standings.values()
        if one.lacks_guardian and not one.member.is_supporter
    ]
    return render_desk_page(
        "admin/authorizations/show.html",
        asked=asked,
        household=household,
        place=_place(household),
        purpose=_purpose(asked),
        state=authorizations.REQUEST_WORDS[asked.state],
        rows=rows,
        missing=missing,
        papers=[
            {"paper": paper, "is_own": paper.taken_by_person == actor.person_id}
            for paper in authorizations.papers_waiting(session, asked.id)
        ],
        may_assist=actor.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code),
    )


def told_office() -> Office:
    """The county office as the signed text names it."""
    named = office()
    return Office(named.name, named.phone)


def relation_words(relation: str) -> str:
    """How somebody is related to the head."""
    return households.RELATION_WORDS[relation]


def _part_row(part: AuthorizationPart, standings: dict[uuid.UUID, authorizations.Standing]) -> dict[str, Any]:
    session = current_session()
    person, signer = session.get_one(Person, part.person_id), session.get_one(Person, part.signer_id)
    standing = standings.get(part.person_id)
    at_counter = authorizations.find_at_counter(session, part.id) if part.state == "waiting" else None
    address = f"{services().settings.base_url.rstrip('/')}/authorizations/{part.sealed['link']}"
    return {
        "part": part,
        "name": masked_name(person.name),
        "signer": masked_name(signer.name),
        "relation": relation_words(standing.member.relation) if standing else "",
        "capacity": authorizations.CAPACITY_WORDS[part.capacity],
        "state": authorizations.words_for_others(part),
        "address": address,
        "qr": qr_drawing(address) if part.state == "waiting" else None,
        "reminders": part.sealed.get("reminders", 0),
        # A record that a silent no never became looks the same from here.
        "can_withdraw": part.state == "signed",
        "at_counter": at_counter,
        "is_witness": at_counter is not None and at_counter.witness_person == current_actor().person_id,
    }


def _typed() -> dict[str, Any]:
    form = request.form
    return {
        "purpose": form.get("purpose", "")[:20],
        "reason": form.get("reason", "")[:LONGEST_REASON],
        "deadline": form.get("deadline", "")[:20].strip(),
        "supporter": form.get("supporter", "")[:40],
        "sources": form.getlist("sources")[:60],
    }


def _id_of(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def _day_of(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _new_page(household: Household, typed: dict[str, Any], errors: dict[str, str]) -> Response:
    session, parts = current_session(), services()
    today, locale = parts.clock.today(), current_locale()
    usual = today + timedelta(days=authorizations.DEADLINE_DAYS)
    register = authorizations.sources_of(parts.settings)
    supporters = [
        (str(one.person.id), f"{masked_name(one.person.name)} {gettext(relation_words(one.member.relation))}")
        for one in authorizations.list_standings(session, household.id, today)
        if one.member.is_supporter
    ]
    open_codes = {
        one.code
        for purpose in PURPOSES
        for one in register.open_for(purpose, today, is_demo=parts.settings.is_safe_demo)
    }
    return render_desk_page(
        "admin/authorizations/new.html",
        status=422 if errors else 200,
        household=household,
        place=_place(household),
        typed={**typed, "deadline": typed["deadline"] or usual.isoformat()},
        first_day=today + timedelta(days=1),
        last_day=today + timedelta(days=authorizations.LONGEST_DEADLINE_DAYS),
        purposes=[
            (code, authorizations.PURPOSE_WORDS[code].in_language(locale), "")
            for code in PURPOSES
            if code != "supporter" or supporters
        ],
        supporters=supporters,
        sources=[
            (one.code, one.name.in_language(locale), one.basis(locale))
            for one in register
            if one.code in open_codes
        ],
        errors=list(errors.items()),
        error={
            name: errors.get(name, "") for name in ("purpose", "reason", "deadline", "supporter", "sources")
        },
    )


def _purpose(asked: AuthorizationRequest) -> str:
    return authorizations.PURPOSE_WORDS[asked.purpose].in_language(current_locale())


def _place(household: Household) -> str:
    index = services().divisions
    return index.full_name(household.division_code, below=services().settings.county)
