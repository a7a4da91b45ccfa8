"""One's own staff account: its sign-ins, its password, its recovery codes, and what was being typed."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.views.sign_ins import end_and_record, set_own_password
from assistance import people
from assistance.errors import NotFound
from assistance.people import StaffAccount, second_factor
from assistance.permissions import Permission
from web import sign_in
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

FRESH = timedelta(minutes=10)


@blueprint.get("/sessions")
@allows(Permission.DESK_OPEN)
def list_sign_ins() -> Response:
    """Where this account is signed in now, so that a strange sign-in can be ended."""
    actor = current_actor()
    live = people.list_sessions(current_session(), account_id=actor.account_id, now=services().clock.now())
    rows = [(one, " · ".join(map(gettext, sign_in.device_words(one.device)))) for one in live]
    return render_desk_page("admin/own_account/sign_ins.html", rows=rows, own=actor.session_id)


@blueprint.post("/sessions/<uuid:session_id>/end")
@allows(Permission.DESK_OPEN)
def end_sign_in(session_id: uuid.UUID) -> BaseResponse:
    """End one of one's own sign-ins, with effect on its next request."""
    actor = current_actor()
    live = people.list_sessions(current_session(), account_id=actor.account_id, now=services().clock.now())
    if session_id not in {one.id for one in live}:
        raise NotFound
    end_and_record(actor, session_id, "ended_from_list")
    return redirect(url_for("admin.list_sign_ins"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@allows(Permission.DESK_OPEN, fresh=FRESH)
def change_password() -> BaseResponse:
    """Set a new password; every other sign-in of the account ends."""
    if request.method != "POST":
        return render_desk_page("admin/own_account/password.html")
    problem = set_own_password(_own(), current_actor())
    if problem is not None:
        return render_desk_page("admin/own_account/password.html", status=422, errors=[problem])
    return redirect(url_for("admin.list_sign_ins"), 303)


@blueprint.get("/recovery-codes")
@allows(Permission.DESK_OPEN)
def show_recovery_codes() -> Response:
    """The new recovery codes until they are written down; afterwards only how many are left."""
    account = _own()
    return render_desk_page(
        "admin/own_account/recovery_codes.html",
        codes=second_factor.new_codes(account),
        left=second_factor.count_recovery_codes(account),
    )


@blueprint.post("/recovery-codes/written-down")
@allows(Permission.DESK_OPEN)
def confirm_recovery_codes() -> BaseResponse:
    """They are written down: nobody can read them here any more."""
    second_factor.forget_new_codes(current_session(), _own())
    return redirect(url_for("admin.show_desk"), 303)


@blueprint.post("/recovery-codes/new")
@allows(Permission.DESK_OPEN, fresh=FRESH)
def add_recovery_codes() -> BaseResponse:
    """Ten new codes; the old ones are worthless from now on."""
    second_factor.make_recovery_codes(current_session(), _own(), now=services().clock.now())
    return redirect(url_for("admin.show_recovery_codes"), 303)


@blueprint.get("/kept-form")
@allows(Permission.DESK_OPEN)
def show_kept_form() -> BaseResponse:
    """What was being sent when the sign-in ran out or had to be proved once more."""
    kept = people.kept_forms.find_kept_form(
        current_session(), account_id=current_actor().account_id, now=services().clock.now()
    )
    if kept is None:
        return redirect(url_for("admin.show_desk"), 303)
    return render_desk_page(
        "admin/own_account/kept_form.html", kept_at=kept.kept_at, fields=kept.sealed["fields"]
    )


@blueprint.post("/kept-form")
@allows(Permission.DESK_OPEN)
def continue_kept_form() -> BaseResponse:
    """Send it on to where it was going, or forget it."""
    actor = current_actor()
    kept = people.kept_forms.find_kept_form(
        current_session(), account_id=actor.account_id, now=services().clock.now()
    )
    if kept is None:
        return redirect(url_for("admin.show_desk"), 303)
    address = str(kept.sealed["address"])
    people.kept_forms.drop_kept_forms(current_session(), account_id=actor.account_id)
    if "kept_form_forget" in request.form:
        return redirect(url_for("admin.show_desk"), 303)
    # 307: the browser sends the same fields once more, now to the address that they were meant for.
    return redirect(address, 307)


def _own() -> StaffAccount:
    account = current_session().get(StaffAccount, current_actor().account_id)
    if account is None:
        raise NotFound
    return account
