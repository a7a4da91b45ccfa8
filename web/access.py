"""Who may open a page: declared at every view, checked when the application starts and at every request."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from assistance import people
from assistance.people import Actor, Assurance
from assistance.permissions import Permission
from web.kept_forms import keep_typed
from web.limits import caller_address
from web.services import services
from web.unit_of_work import after_answer, reading_first

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
API = "/api/"
STAFF = "/admin"
OWN = "own_"
"""Permissions of residents over what is theirs begin so; every other one belongs to staff."""
Bearer = Callable[[Session, str], Actor | None]


class UndeclaredAccess(RuntimeError):
    """At least one view does not say who may open it, so the application does not start."""


class StepUpRequired(Exception):
    """Somebody is signed in, but not surely enough for this; says which level is needed."""

    def __init__(self, need: Assurance) -> None:
        super().__init__(need.name)
        self.need = need


def install_bearer(app: Flask, bearer: Bearer) -> None:
    """Say how the JSON interface learns who holds a bearer token."""
    app.extensions["huimin.bearer"] = bearer


def public(view: View) -> View:
    """Anybody may open this view."""
    view.__dict__["declared_access"] = PUBLIC
    return view


def allows(
    permission: Permission, *, assurance: Assurance | None = None, fresh: timedelta | None = None
) -> Callable[[View], View]:
    """Only a person whose role grants the permission may open this view.

    Residents need `assurance` (L2 unless said otherwise), staff always L4; with `fresh` the present level
    must have been proved within that time.
    """
    is_own = permission.value.startswith(OWN)
    need = assurance or (Assurance.L2 if is_own else Assurance.L4)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refused = refuse(permission, need, fresh)
            return view(*args, **kwargs) if refused is None else refused

        guarded.__dict__["declared_access"] = permission
        guarded.__dict__["declared_assurance"] = need
        return guarded  # type: ignore[return-value]

    return guard


def refuse(permission: Permission, need: Assurance, fresh: timedelta | None = None) -> BaseResponse | None:
    """The way to the sign-in or to the missing step, an error, or None where nothing stands in the way."""
    actor = current_actor()
    if not actor.is_signed_in:
        if request.path.startswith(API):
            abort(401)
        keep_typed(request.cookies.get(cookie_name(face()), ""), face())
        return redirect(sign_in_address(), 303)
    if not actor.may(permission):
        abort(403)
    if actor.assurance < need or not _is_fresh(fresh):
        keep_typed(request.cookies.get(cookie_name(face()), ""), face())
        raise StepUpRequired(need)
    return None


def _is_fresh(fresh: timedelta | None) -> bool:
    if fresh is None:
        return True
    proved_at = g.get("proved_at")
    return proved_at is not None and services().clock.now() - proved_at <= fresh


def current_actor() -> Actor:
    """Whoever sends this request: by bearer token in the JSON interface, else by the session of this face."""
    if "actor" not in g:
        found = _find_actor()
        g.actor = replace(found, request_id=g.get("request_id"), ip_prefix=_address_prefix())
    actor: Actor = g.actor
    return actor


def forget_actor() -> None:
    """After a sign-in, a step up or a sign-out the rest of the request sees who it is now."""
    g.pop("actor", None)


def face() -> str:
    """Which side this request is on: portal, admin or api."""
    if request.path.startswith(API):
        return "api"
    is_staff = request.path == STAFF or request.path.startswith(f"{STAFF}/")
    return "admin" if is_staff else "portal"


def cookie_name(side: str) -> str:
    """The cookie that holds a session's token; its prefix binds it to this host over https."""
    name = "huimin_staff" if side == "admin" else "huimin_resident"
    return f"__Host-{name}" if services().settings.is_https else name


def set_session_cookie(response: BaseResponse, token: str, *, side: str, keep: bool = False) -> None:
    """Hand a new session to the browser: until it closes, or as long as the session may last."""
    response.set_cookie(
        cookie_name(side),
        token,
        max_age=people.LONGEST_ON_OWN_PHONE if keep else None,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Strict" if side == "admin" else "Lax",
    )


def clear_session_cookie(response: BaseResponse, *, side: str) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(
        cookie_name(side),
        secure=services().settings.is_https,
        httponly=True,
        samesite="Strict" if side == "admin" else "Lax",
    )


def sign_in_address() -> str:
    """Where to sign in on this side, and the way back to this page."""
    if face() == "admin":
        return url_for("admin.start_sign_in", next=return_token())
    return url_for("portal.start_sign_in", next=return_token())


def return_token() -> str | None:
    """This page's address, signed, so that nobody can send a person elsewhere with it."""
    if request.method not in ("GET", "HEAD"):
        return None
    path = request.full_path if request.query_string else request.path
    return str(_returns().dumps(path)) if len(path) <= 500 else None


def return_address(token: str | None, fallback: str) -> str:
    """The address that a token of our own holds, or the fallback."""
    if token:
        try:
            path = _returns().loads(token)
        except BadSignature:
            return fallback
        if isinstance(path, str) and path.startswith("/") and not path.startswith(("//", "/\\")):
            return path
    return fallback


def _returns() -> URLSafeSerializer:
    return URLSafeSerializer(services().settings.secret_key, salt="return-to")


def _find_actor() -> Actor:
    side = face()
    now = services().clock.now()
    if side == "api":
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        bearer: Bearer | None = current_app.extensions.get("huimin.bearer")
        if not token or bearer is None:
            return people.ANONYMOUS
        with reading_first() as session:
            return bearer(session, token) or people.ANONYMOUS
    token = request.cookies.get(cookie_name(side), "")
    if not token:
        return people.ANONYMOUS
    with reading_first() as session:
        found = people.find_signed_in(session, token, face=side, now=now)
    if found is None:
        return people.ANONYMOUS
    g.proved_at, session_id = found.proved_at, found.actor.session_id
    if now - found.last_used_at >= people.NOTED_EVERY and session_id is not None and _counts_as_use():
        after_answer(lambda writing: people.note_use(writing, session_id, now))
    return found.actor


def _counts_as_use() -> bool:
    # A page that renews itself must not keep a session awake that nobody uses.
    return request.headers.get("X-Huimin-Background") is None


def _address_prefix() -> str | None:
    try:
        address = ipaddress.ip_address(caller_address().split("/")[0])
    except ValueError:
        return None
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, bits), strict=False))


def declared_access(view: Callable[..., Any]) -> Permission | str | None:
    """What a view declared, or None when it is silent."""
    found = getattr(view, "declared_access", None)
    return found if found is not None else getattr(getattr(view, "view_class", None), "declared_access", None)


def check_declared_access(app: Flask) -> None:
    """Refuse to start while any view is silent about who may open it."""
    silent = sorted(name for name, view in app.view_functions.items() if declared_access(view) is None)
    if silent:
        raise UndeclaredAccess(f"these views declare neither @public nor @allows(…): {', '.join(silent)}")
