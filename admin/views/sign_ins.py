"""Signing in with a password and a second factor, the step up before sensitive acts, and signing out."""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin import entering, guessing
from admin.blueprint import blueprint
from admin.pages import render_desk_page
from assistance import audit, people
from assistance.people import Assurance, StaffAccount, passwords
from assistance.permissions import Permission
from infrastructure.languages import N_
from web import sign_in
from web.access import (
    allows,
    clear_session_cookie,
    cookie_name,
    current_actor,
    forget_actor,
    public,
    return_address,
    set_session_cookie,
)
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

SIDE = "admin"
MISSING = {"user_name": N_("请填用户名"), "password": N_("请填密码")}
WRONG_PASSWORD = N_("用户名或者密码不对")
WRONG_CODE = N_("动态码不对，或者已经用过。请等手机上换了新数字再试")
NOT_THE_SAME = N_("两次输入的密码不一样")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def start_sign_in() -> BaseResponse:
    """User name and password first; the second factor on the next page."""
    back = request.values.get("next", "")
    if request.method != "POST":
        if current_actor().is_signed_in:
            return redirect(return_address(back, url_for("admin.show_desk")), 303)
        return _sign_in_page(back)
    user_name, password = request.form.get("user_name", "").strip(), request.form.get("password", "")
    typed = {"user_name": user_name, "password": password}
    missing = [(name, gettext(words)) for name, words in MISSING.items() if not typed[name]]
    if missing:
        return _sign_in_page(back, user_name, missing)
    if not guessing.may_try(guessing.PASSWORD, user_name):
        return guessing.too_often()
    # A transaction of its own, closed before the hash is worked out: that takes long on purpose.
    with services().database.reading() as session:
        account = people.staff.find_account(session, user_name)
    is_right = passwords.is_password(password, account.password_hash if account else None)
    if account is None or not is_right or account.state != "active":
        because = "unknown" if account is None else "wrong" if account.state == "active" else account.state
        guessing.note_failure(guessing.PASSWORD, user_name, account.id if account else None, because)
        return _sign_in_page(back, user_name, [("password", gettext(WRONG_PASSWORD))])
    guessing.forgive(guessing.PASSWORD, user_name)
    response = redirect(url_for("admin.answer_code"), 303)
    return entering.keep(response, entering.begin(account.id, account.user_name, back))


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def answer_code() -> BaseResponse:
    """The six figures of the authenticator app, or one of the recovery codes."""
    under_way = entering.current()
    if under_way is None:
        return redirect(url_for("admin.start_sign_in"), 303)
    if request.method != "POST":
        return _code_page("admin/sign_ins/code.html")
    if not guessing.may_try(guessing.SECOND_FACTOR, under_way.user_name):
        return guessing.too_often()
    account = _account(under_way)
    proved_by = _prove(account, request.form.get("code", "")) if account else ""
    if account is None or not proved_by:
        page = _code_page("admin/sign_ins/code.html", [("code", gettext(WRONG_CODE))])
        # The count that follows must not meet a transaction of this request.
        current_session().rollback()
        guessing.note_failure(guessing.SECOND_FACTOR, under_way.user_name, under_way.account, "wrong")
        return page
    guessing.forgive(guessing.SECOND_FACTOR, under_way.user_name)
    now, days = services().clock.now(), services().settings.staff_password_days
    if passwords.is_due(account.password_changed_at, now, days):
        response = redirect(url_for("admin.answer_new_password"), 303)
        return entering.keep(response, replace(under_way, proved_by=proved_by))
    return _let_in(account, proved_by, under_way.back)


@blueprint.route("/sign-in/new-password", methods=["GET", "POST"])
@public
def answer_new_password() -> BaseResponse:
    """The password is too old: a new one is set before the sign-in is complete."""
    under_way = entering.current()
    if under_way is None or not under_way.proved_by:
        return redirect(url_for("admin.start_sign_in"), 303)
    days = services().settings.staff_password_days
    if request.method != "POST":
        return render_desk_page("admin/sign_ins/new_password.html", days=days)
    account = _account(under_way)
    if account is None:
        return redirect(url_for("admin.start_sign_in"), 303)
    problem = set_own_password(account, None)
    if problem is not None:
        current_session().rollback()
        return render_desk_page(
            "admin/sign_ins/new_password.html",
            status=422,
            days=days,
            errors=[problem],
        )
    return _let_in(account, under_way.proved_by, under_way.back)


@blueprint.route("/step-up", methods=["GET", "POST"])
@allows(Permission.DESK_OPEN)
def start_step_up() -> BaseResponse:
    """Show once more, before a sensitive act, that it is still the same person."""
    back = request.values.get("next", "")
    if request.method != "POST":
        return _code_page("admin/sign_ins/step_up.html", back=back)
    actor = current_actor()
    with services().database.reading() as session:
        user_name = session.get_one(StaffAccount, actor.account_id).user_name
    if not guessing.may_try(guessing.SECOND_FACTOR, user_name):
        return guessing.too_often()
    session = current_session()
    account = session.get(StaffAccount, actor.account_id)
    if account is None or actor.session_id is None or not _prove(account, request.form.get("code", "")):
        page = _code_page("admin/sign_ins/step_up.html", [("code", gettext(WRONG_CODE))], back=back)
        session.rollback()
        guessing.note_failure(guessing.SECOND_FACTOR, user_name, actor.account_id, "wrong")
        return page
    guessing.forgive(guessing.SECOND_FACTOR, user_name)
    now = services().clock.now()
    token = people.renew_session(
        session, actor.session_id, assurance=Assurance.L4, proved_by="password", now=now
    )
    if token is None:
        return redirect(url_for("admin.start_sign_in"), 303)
    audit.record(
        session,
        audit.Event.STEPPED_UP,
        by=actor.for_the_log(),
        now=now,
        object_ref=str(actor.session_id),
        fields={"by": "totp", "level": "l4"},
    )
    response = redirect(_way_on(account, back), 303)
    set_session_cookie(response, token, side=SIDE)
    return response


@blueprint.post("/sign-out")
@public
def end_own_sign_in() -> BaseResponse:
    """End the sign-in of this browser, whether or not there still is one."""
    actor = current_actor()
    if actor.session_id is not None:
        end_and_record(actor, actor.session_id, "signed_out")
    forget_actor()
    response = redirect(url_for("admin.start_sign_in"), 303)
    clear_session_cookie(response, side=SIDE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def end_and_record(actor: people.Actor, session_id: uuid.UUID, because: str) -> None:
    """End one sign-in of this actor, and say so in the log."""
    now = services().clock.now()
    if people.end_session(current_session(), session_id, because=because, now=now):
        audit.record(
            current_session(),
            audit.Event.SESSION_ENDED,
            by=actor.for_the_log(),
            now=now,
            object_ref=str(session_id),
            fields={"because": because},
        )


def begin_session(account: StaffAccount, proved_by: str) -> str:
    """A new sign-in of this browser in place of the one it may have had; the token for its cookie."""
    session, now = current_session(), services().clock.now()
    old = people.find_session(session, request.cookies.get(cookie_name(SIDE), ""), face=SIDE, now=now)
    if old is not None:
        people.end_session(session, old.id, because="signed_in_again", now=now)
    started, token = people.start_session(
        session,
        face=SIDE,
        assurance=Assurance.L4,
        proved_by="password",
        now=now,
        account_id=account.id,
        device=sign_in.device(),
    )
    audit.record(
        session,
        audit.Event.SIGNED_IN,
        by=audit.Actor("staff", str(account.id)),
        now=now,
        object_ref=str(started.id),
        fields={"by": proved_by, "level": "l4"},
    )
    forget_actor()
    return token


def _let_in(account: StaffAccount, proved_by: str, back: str) -> BaseResponse:
    token = begin_session(account, proved_by)
    response = redirect(_way_on(account, back), 303)
    set_session_cookie(response, token, side=SIDE)
    return entering.forget(response)


def _way_on(account: StaffAccount, back: str) -> str:
    kept = people.kept_forms.find_kept_form(
        current_session(), account_id=account.id, now=services().clock.now()
    )
    if kept is not None:
        return url_for("admin.show_kept_form")
    return return_address(back, url_for("admin.show_desk"))


def _account(under_way: entering.Entering) -> StaffAccount | None:
    account = current_session().get(StaffAccount, under_way.account)
    return account if account is not None and account.state == "active" else None


def _prove(account: StaffAccount, code: str) -> str:
    """How the second factor was proved; empty where it was not."""
    now = services().clock.now()
    session = current_session()
    if people.second_factor.accept_code(session, account, code, now=now):
        return "password_totp"
    if people.second_factor.accept_recovery_code(session, account.id, code, now=now):
        return "password_recovery"
    return ""


def set_own_password(account: StaffAccount, by: people.Actor | None) -> tuple[str, str] | None:
    """Set what this form says as the new password; what is wrong with it otherwise, by field."""
    password, again = request.form.get("password", ""), request.form.get("password_again", "")
    if password != again:
        return "password_again", gettext(NOT_THE_SAME)
    try:
        people.staff.set_password(current_session(), account, password, by=by, now=services().clock.now())
    except passwords.WeakPassword as weak:
        return "password", gettext(weak.message)
    return None


def _sign_in_page(back: str, user_name: str = "", errors: list[tuple[str, str]] | None = None) -> Response:
    return render_desk_page(
        "admin/sign_ins/start.html",
        status=422 if errors else 200,
        back_to=back,
        user_name=user_name,
        errors=errors or [],
    )


def _code_page(template: str, errors: list[tuple[str, str]] | None = None, back: str = "") -> Response:
    return render_desk_page(
        template,
        status=422 if errors else 200,
        back_to=back,
        errors=errors or [],
    )
