"""How a member signs in, as an officer who has the person before them settles it: a number, or a slip."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.forms.members import MemberPhoneForm
from admin.pages import render_desk_page
from admin.reaching import reach_household
from assistance import households, looks, messages, people
from assistance.errors import NotFound
from assistance.households import Household, PersonHere
from assistance.people.separation import Stage, check_may_take
from assistance.permissions import Permission
from assistance.values import Phone
from infrastructure.languages import N_
from web import sign_in
from web.access import allows, current_actor
from web.languages import gettext
from web.pages import office
from web.services import services
from web.unit_of_work import current_session

SLIP_COOKIE = "huimin_slip"
SLIP_SHOWN_FOR = timedelta(minutes=10)
FOR_TWO = N_("这个号码也登记在别人名下。两个人共用一个号码，短信就证明不了是谁，签字要到窗口来。")


@blueprint.route("/households/<uuid:household_id>/members/<uuid:member_id>/phone", methods=["GET", "POST"])
@allows(Permission.HOUSEHOLDS_WRITE)
def edit_member_phone(household_id: uuid.UUID, member_id: uuid.UUID) -> BaseResponse:
    """Record a member's number, having seen the person and the identity card."""
    household, one = _reach(household_id, member_id)
    form = MemberPhoneForm(request.form)
    session, actor, now = current_session(), current_actor(), services().clock.now()
    if request.method == "POST" and form.validate():
        _check_may_settle(household)
        phone = Phone(form.phone.data or "")
        before = people.find_relied_on_phone(session, one.person.id, now)
        people.record_phone(session, one.person.id, phone, recorded_by="officer", by=actor, now=now)
        if before is not None and before.phone != phone.value:
            # The old number hears of it: whoever did not ask for it can still call.
            messages.send(
                session,
                messages.Template.NUMBER_CHANGED,
                {"moment": now.isoformat(timespec="minutes")},
                to_person=one.person.id,
                to_phone=Phone(before.phone),
                now=now,
                key=f"number_changed:{one.person.id}:{int(now.timestamp())}",
            )
        shared = people.find_owner(session, phone, now) is None
        return redirect(_address(household, one, notice="shared" if shared else "recorded"), 303)
    return _page(household, one, form, status=422 if request.method == "POST" else 200)


@blueprint.post("/households/<uuid:household_id>/members/<uuid:member_id>/slip")
@allows(Permission.HOUSEHOLDS_WRITE)
def add_member_slip(household_id: uuid.UUID, member_id: uuid.UUID) -> BaseResponse:
    """Eight figures for the member, shown once to be copied onto paper."""
    household, one = _reach(household_id, member_id)
    _check_may_settle(household)
    figures = people.issue_slip(
        current_session(), one.person.id, by=current_actor(), now=services().clock.now()
    )
    response = redirect(
        url_for("admin.show_member_slip", household_id=household.id, member_id=one.member.id), 303
    )
    response.set_cookie(
        _cookie_name(),
        sign_in.seal_text(f"slip.{one.person.id}", figures),
        max_age=SLIP_SHOWN_FOR,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Strict",
    )
    return response


@blueprint.get("/households/<uuid:household_id>/members/<uuid:member_id>/slip")
@allows(Permission.HOUSEHOLDS_WRITE)
def show_member_slip(household_id: uuid.UUID, member_id: uuid.UUID) -> BaseResponse:
    """The slip, once: afterwards nobody can read it any more, and a new one is made."""
    household, one = _reach(household_id, member_id)
    figures = sign_in.unseal_text(f"slip.{one.person.id}", request.cookies.get(_cookie_name(), ""))
    if not figures:
        return redirect(_address(household, one), 303)
    page = render_desk_page(
        "admin/members/slip.html",
        household=household,
        one=one,
        figures=f"{figures[:4]} {figures[4:]}",
        until=services().clock.now() + people.SLIP_GOOD_FOR,
        office=office(),
    )
    page.delete_cookie(_cookie_name(), secure=services().settings.is_https, httponly=True, samesite="Strict")
    return page


def _reach(household_id: uuid.UUID, member_id: uuid.UUID) -> tuple[Household, PersonHere]:
    session, actor, parts = current_session(), current_actor(), services()
    household = reach_household(household_id, Permission.HOUSEHOLDS_WRITE)
    one = households.get_member(session, household, member_id)
    is_closed = looks.is_minor(one.person, parts.clock.today()) and not looks.is_minor_open_for(
        session, actor, one.person.id, parts.clock.now()
    )
    if one.member.left_on is not None or is_closed or one.person.died_on is not None:
        raise NotFound
    return household, one


def _check_may_settle(household: Household) -> None:
    """Nobody settles how their own household or a declared relative signs in."""
    session, actor, today = current_session(), current_actor(), services().clock.today()
    persons = [one.person.id for one in households.members_on(session, household, today)]
    if actor.person_id is not None and actor.account_id is not None:
        check_may_take(
            actor.person_id,
            Stage.ACCEPT,
            household=persons,
            is_near_relative=people.is_near_relative(session, actor.account_id, persons),
        )


def _page(household: Household, one: PersonHere, form: MemberPhoneForm, *, status: int) -> Response:
    session, now = current_session(), services().clock.now()
    standing = next(
        (each for each in people.list_phones(session, one.person.id) if each.ended_at is None), None
    )
    errors = [(name, gettext(str(form[name].errors[0]))) for name in ("phone", "seen") if form[name].errors]
    notice = request.args.get("notice", "")
    return render_desk_page(
        "admin/members/edit_phone.html",
        status=status,
        household=household,
        one=one,
        relations=households.RELATION_WORDS,
        ends_with=standing.phone[-2:] if standing else "",
        is_relied_on=standing is not None and people.is_relied_on(standing, now),
        phone=form.phone.data or "",
        errors=errors,
        error={"phone": "", "seen": "", **dict(errors)},
        is_recorded=notice in ("recorded", "shared"),
        warning=gettext(FOR_TWO) if notice == "shared" else "",
    )


def _address(household: Household, one: PersonHere, notice: str | None = None) -> str:
    return url_for(
        "admin.edit_member_phone", household_id=household.id, member_id=one.member.id, notice=notice
    )


def _cookie_name() -> str:
    return f"__Host-{SLIP_COOKIE}" if services().settings.is_https else SLIP_COOKIE
