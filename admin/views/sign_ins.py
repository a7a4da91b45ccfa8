"""Signing in with a password and a second factor; the list of one's own sign-ins; signing out."""

from __future__ import annotations

import uuid

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from assistance import people
from assistance.errors import NotFound
from assistance.permissions import Permission
from web.access import allows, clear_session_cookie, current_actor, forget_actor, public
from web.services import services
from web.unit_of_work import current_session


@blueprint.get("/sign-in")
@public
def start_sign_in() -> Response:
    """User name and password first; the second factor on the next page."""
    return render_desk_page("admin/sign_ins/start.html")


@blueprint.post("/sign-out")
@public
def end_own_sign_in() -> BaseResponse:
    """End the sign-in of this browser, whether or not there still is one."""
    actor = current_actor()
    if actor.session_id is not None:
        people.end_session(
            current_session(), actor.session_id, because="signed_out", now=services().clock.now()
        )
    forget_actor()
    response = redirect(url_for("admin.start_sign_in"), 303)
    clear_session_cookie(response, side="admin")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/sessions")
@allows(Permission.DESK_OPEN)
def list_sign_ins() -> Response:
    """Where this account is signed in now, so that a strange sign-in can be ended."""
    actor = current_actor()
    live = people.list_sessions(current_session(), account_id=actor.account_id, now=services().clock.now())
    return render_desk_page("admin/sign_ins/list.html", live=live, own=actor.session_id)


@blueprint.post("/sessions/<uuid:session_id>/end")
@allows(Permission.DESK_OPEN)
def end_sign_in(session_id: uuid.UUID) -> BaseResponse:
    """End one of one's own sign-ins, with effect on its next request."""
    actor = current_actor()
    now = services().clock.now()
    live = people.list_sessions(current_session(), account_id=actor.account_id, now=now)
    if session_id not in {one.id for one in live}:
        raise NotFound
    people.end_session(current_session(), session_id, because="ended_from_list", now=now)
    return redirect(url_for("admin.list_sign_ins"), 303)
