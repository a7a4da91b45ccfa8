"""One's own sign-ins and telephone numbers: see them, end them, say that a number has changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import Response, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from assistance import messages, people
from assistance.people import Actor, Assurance
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.navigation import WAITING, Waiting
from web import sign_in
from web.access import allows, current_actor
from web.languages import gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

PROVED_WORDS = {
    "code": N_("用短信验证码"),
    "wechat": N_("用微信"),
    "zlb": N_("用浙里办"),
    "counter": N_("在窗口"),
}
RECORDED_WORDS = {
    "officer": N_("工作人员登记的"),
    "zlb": N_("浙里办登记的"),
    "self": N_("您自己填的"),
}
ENDED_WORDS = {"replaced": N_("换成了新号码"), "reported_changed": N_("您说过号码换了")}
TICK = N_("请先打个勾")


def newer_sign_ins(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    """What /me says where somebody has signed in on another device since."""
    if not people.list_newer_sign_ins(session, actor, now):
        return []
    title = gettext(N_("有人在另一台手机上登录了您的惠民码"))
    return [Waiting(url_for("portal.list_sign_ins"), title, gettext(N_("看看是不是您自己")), "alert")]


WAITING.append(newer_sign_ins)


@blueprint.get("/me/sign-ins")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def list_sign_ins() -> Response:
    """Where one is signed in now, this device first said."""
    actor, now, session = current_actor(), services().clock.now(), current_session()
    newer = {one.id for one in people.list_newer_sign_ins(session, actor, now)}
    rows = []
    for one in people.list_own_sign_ins(session, actor, now):
        app, system = sign_in.device_words(one.device)
        rows.append(
            {
                "id": one.id,
                "app": gettext(app),
                "system": gettext(system),
                "proved": gettext(PROVED_WORDS.get(one.proved_by, PROVED_WORDS["code"])),
                "since": one.created_at,
                "last_used": one.last_used_at,
                "is_this": one.id == actor.session_id,
                "is_newer": one.id in newer,
            }
        )
    return render_page(
        "portal/account/sign_ins.html",
        rows=rows,
        notice=request.args.get("notice", ""),
        has_newer=bool(newer),
        knows_person=actor.person_id is not None,
    )


@blueprint.post("/me/sign-ins/<uuid:session_id>/end")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def end_sign_in(session_id: uuid.UUID) -> BaseResponse:
    """Let one's sign-in on another device end at once."""
    people.end_own_sign_in(current_session(), session_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("portal.list_sign_ins", notice="ended"), 303)


@blueprint.post("/me/sign-ins/end-others")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def end_other_sign_ins() -> BaseResponse:
    """Let every other sign-in end at once."""
    actor, now, session = current_actor(), services().clock.now(), current_session()
    for one in people.list_own_sign_ins(session, actor, now):
        if one.id != actor.session_id:
            people.end_own_sign_in(session, one.id, by=actor, now=now)
    return redirect(url_for("portal.list_sign_ins", notice="ended"), 303)


@blueprint.post("/me/sign-ins/seen")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def forget_new_sign_ins() -> BaseResponse:
    """The newer sign-ins are one's own: no more is said of them here."""
    people.note_others_seen(current_session(), current_actor(), services().clock.now())
    return redirect(url_for("portal.list_sign_ins"), 303)


@blueprint.get("/me/phones")
@allows(Permission.OWN_ACCOUNT_USE)
def list_phones() -> Response:
    """The numbers recorded for oneself, by whom, and whether they still stand."""
    return _phones_page()


@blueprint.post("/me/phones/changed")
@allows(Permission.OWN_ACCOUNT_USE)
def report_changed_phone() -> BaseResponse:
    """One's number is another now: nothing more is sent to the old one, and what it opened is closed."""
    actor, now = current_actor(), services().clock.now()
    if actor.person_id is None:
        abort(404)
    if request.form.get("sure") != "yes":
        return _phones_page(error=gettext(TICK), status=422)
    session = current_session()
    if people.report_changed(session, actor.person_id, by=actor, now=now):
        messages.send(
            session,
            messages.Template.NUMBER_CHANGED,
            {"moment": now.isoformat(timespec="minutes")},
            to_person=actor.person_id,
            to_phone=None,
            now=now,
            key=f"number_changed:{actor.person_id}:{int(now.timestamp())}",
        )
    return redirect(url_for("portal.list_phones", notice="changed"), 303)


def _phones_page(*, error: str = "", status: int = 200) -> Response:
    actor, now = current_actor(), services().clock.now()
    found = people.list_phones(current_session(), actor.person_id) if actor.person_id else ()
    rows = [
        {
            "ends_with": one.phone[-2:],
            "recorded": gettext(RECORDED_WORDS[one.recorded_by]),
            "since": one.recorded_at,
            "until": one.ended_at,
            "ended": gettext(ENDED_WORDS[one.ended_because]) if one.ended_because in ENDED_WORDS else "",
            "is_relied_on": people.is_relied_on(one, now),
        }
        for one in found
    ]
    return render_page(
        "portal/account/phones.html",
        status=status,
        rows=rows,
        error=error,
        errors=[("sure", error)] if error else [],
        notice=request.args.get("notice", ""),
        can_report=any(row["until"] is None for row in rows),
    )
