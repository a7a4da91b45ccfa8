"""Answering what residents object to; hiding an inspector's looks for a time; opening a minor's record."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import check_reaches_person, reach_household, reaches_person, stand_back_from
from assistance import audit, households, looks
from assistance.errors import NotFound, Refusal
from assistance.people import Actor, Person, StaffAccount
from assistance.permissions import Permission
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

LONGEST = 500


@blueprint.get("/look-objections")
@allows(Permission.OBJECTIONS_ANSWER)
def list_look_objections() -> Response:
    """What residents do not understand about looks at their data, the nearest day first."""
    found = [
        one
        for one in looks.list_objections(current_session())
        if reaches_person(one.person_id, Permission.OBJECTIONS_ANSWER)
    ]
    return render_desk_page("admin/looks/objections.html", objections=found)


@blueprint.route("/look-objections/<uuid:objection_id>", methods=["GET", "POST"])
@allows(Permission.OBJECTIONS_ANSWER)
def answer_look_objection(objection_id: uuid.UUID) -> BaseResponse:
    """One objection with the look it is about, and the answer."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    objection = session.get(looks.LookObjection, objection_id)
    if objection is None:
        raise NotFound
    check_reaches_person(objection.person_id, Permission.OBJECTIONS_ANSWER)
    written, problem = "", ""
    if request.method == "POST":
        written = request.form.get("answer", "")[:LONGEST]
        try:
            looks.answer_objection(session, objection, written, by=actor, now=now)
            return redirect(url_for("admin.list_look_objections"), 303)
        except Refusal as refusal:
            problem = gettext(refusal.message)
    # A page that says what is wrong with the answer shows the objection once more.
    note_look(
        audit.Event.LOOK_OBJECTION_SHOWN,
        [(str(objection.id), f"person:{objection.person_id}")],
        by=actor.for_the_log(Permission.OBJECTIONS_ANSWER),
        seen=["answers"],
        purpose="objection",
        case_ref=objection.entry_reference,
    )
    return render_desk_page(
        "admin/looks/answer_objection.html",
        status=422 if problem else 200,
        objection=objection,
        look=looks.look_of(session, objection),
        written=written,
        errors=[("answer", problem)] if problem else [],
    )


@blueprint.route("/sealed-looks", methods=["GET", "POST"])
@allows(Permission.SEALED_LOOKS_ASK)
def list_sealed_looks() -> BaseResponse:
    """Whose looks stay hidden until when; asking for it; each decided by a second inspector."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    written = {name: request.form.get(name, "").strip() for name in ("household", "reason", "until")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        household = households.find_by_number(session, actor, written["household"])
        until = _day(written["until"])
        if household is None:
            errors["household"] = gettext(N_("没有找到这个户号，请对着再看一遍。"))
        if until is None:
            errors["until"] = gettext(N_("请选一个日期"))
        if not written["reason"]:
            errors["reason"] = gettext(N_("请写明为什么要暂不展示。"))
        if household is not None and until is not None and not errors:
            try:
                looks.ask_to_seal(session, str(household.id), written["reason"], until, by=actor, now=now)
                return redirect(url_for("admin.list_sealed_looks"), 303)
            except Refusal as refusal:
                errors["until"] = gettext(refusal.message)
    return render_desk_page(
        "admin/looks/sealed.html",
        status=422 if errors else 200,
        seals=[row for one in looks.list_seals(session) if (row := _seal_row(one, actor)) is not None],
        written=written,
        errors=list(errors.items()),
        wrong=errors,
    )


@blueprint.post("/sealed-looks/<uuid:sealed_id>/decision")
@allows(Permission.SEALED_LOOKS_APPROVE)
def decide_sealed_look(sealed_id: uuid.UUID) -> BaseResponse:
    """A second inspector agrees or declines."""
    session = current_session()
    asked = session.get(looks.SealedLook, sealed_id)
    if asked is None:
        raise NotFound
    reach_household(uuid.UUID(asked.object_ref), Permission.SEALED_LOOKS_APPROVE)
    approved = request.form.get("decision") == "approve"
    looks.decide_to_seal(session, asked, approved=approved, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_sealed_looks"), 303)


@blueprint.get("/minor-approvals")
@allows(Permission.MINORS_APPROVE)
def list_minor_approvals() -> Response:
    """Who asks to open which minor's record, the oldest first."""
    session = current_session()
    waiting = [_minor_row(one) for one in looks.list_minor_approvals(session, current_actor())]
    return render_desk_page("admin/looks/minors.html", waiting=waiting)


@blueprint.post("/minor-approvals/<uuid:approval_id>/decision")
@allows(Permission.MINORS_APPROVE)
def decide_minor_approval(approval_id: uuid.UUID) -> BaseResponse:
    """A responsible person of the division agrees or declines."""
    session = current_session()
    asked = session.get(looks.MinorApproval, approval_id)
    if asked is None or not current_actor().covers(Permission.MINORS_APPROVE, asked.division_code):
        raise NotFound
    stand_back_from({asked.person_id})
    approved = request.form.get("decision") == "approve"
    looks.decide_minor(session, asked, approved=approved, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_minor_approvals"), 303)


@blueprint.route("/households/<uuid:household_id>/minors/<uuid:person_id>/approval", methods=["GET", "POST"])
@allows(Permission.HOUSEHOLDS_READ)
def ask_minor_approval(household_id: uuid.UUID, person_id: uuid.UUID) -> BaseResponse:
    """Ask a responsible person to let me open a minor's record of this household."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    household = reach_household(household_id, Permission.HOUSEHOLDS_READ)
    member = households.find_member(session, household, person_id)
    person = session.get(Person, person_id) if member else None
    if person is None or not looks.is_minor(person, services().clock.today()):
        raise NotFound
    reason, problem = "", ""
    if request.method == "POST":
        reason = request.form.get("reason", "")[:LONGEST]
        try:
            looks.ask_to_open_minor(session, person, household.division_code, reason, by=actor, now=now)
            return redirect(url_for("admin.show_household", household_id=household.id), 303)
        except Refusal as refusal:
            problem = gettext(refusal.message)
    return render_desk_page(
        "admin/looks/ask_minor.html",
        status=422 if problem else 200,
        household=household,
        reason=reason,
        errors=[("reason", problem)] if problem else [],
    )


def _seal_row(seal: looks.SealedLook, actor: Actor) -> dict[str, Any] | None:
    session = current_session()
    account = session.get(StaffAccount, seal.account_id)
    household = session.get(households.Household, uuid.UUID(seal.object_ref))
    if household is None or not actor.covers(Permission.SEALED_LOOKS_ASK, household.division_code):
        return None
    return {
        "seal": seal,
        "work_number": account.work_number if account else "",
        "household": household.number,
        "decides": seal.state == "asked" and seal.account_id != actor.account_id,
    }


def _minor_row(approval: looks.MinorApproval) -> dict[str, Any]:
    account = current_session().get(StaffAccount, approval.account_id)
    place = services().divisions.get(approval.division_code)
    return {
        "approval": approval,
        "work_number": account.work_number if account else "",
        "place": place.name if place else "",
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
