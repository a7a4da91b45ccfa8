"""The sign-in under way, which travels with the browser in a sealed cookie until the code is answered."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from web import sign_in
from web.services import services
from web.sign_in import Attempt

NAME = "huimin_signing_in"
ARRIVAL = ("zlb", "wechat", "back")
NAMES = (NAME, *(f"huimin_{kind}" for kind in ARRIVAL))
ARRIVAL_LIVES = timedelta(minutes=10)


def cookie_name() -> str:
    """The cookie's name: over https the browser itself binds it to this host."""
    return f"__Host-{NAME}" if services().settings.is_https else NAME


def current_attempt() -> Attempt | None:
    """What this browser waits for a code for; None where nothing can be read."""
    return sign_in.unseal(request.cookies.get(cookie_name(), ""))


def keep_attempt(response: Response, attempt: Attempt) -> Response:
    """Let the browser hold the attempt for as long as it may be answered."""
    response.set_cookie(
        cookie_name(),
        sign_in.seal(attempt),
        max_age=sign_in.ATTEMPT_LIVES,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_attempt(response: Response) -> Response:
    """Take the attempt away from the browser."""
    response.delete_cookie(cookie_name(), secure=services().settings.is_https, httponly=True, samesite="Lax")
    return response


def keep_back(response: Response, back: str) -> Response:
    """Remember the signed way back while somebody comes in from elsewhere."""
    return _keep(response, "back", back) if back else response


def current_back() -> str:
    """The signed way back; empty where there is none."""
    return _current("back")


def keep_ticket(response: Response, provider: str, ticket: str) -> Response:
    """Move a platform's ticket from the address into a cookie that nobody else can read."""
    return _keep(response, provider, ticket)


def current_ticket(provider: str) -> str:
    """The ticket that this browser brought; empty where there is none."""
    return _current(provider)


def forget_arrival(response: Response) -> Response:
    """A ticket works once and a way back is taken once: the browser need hold neither."""
    for kind in ARRIVAL:
        if _name(kind) in request.cookies:
            response.delete_cookie(
                _name(kind), secure=services().settings.is_https, httponly=True, samesite="Lax"
            )
    return response


def _keep(response: Response, kind: str, text: str) -> Response:
    response.set_cookie(
        _name(kind),
        sign_in.seal_text(f"arrival.{kind}", text),
        max_age=ARRIVAL_LIVES,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def _current(kind: str) -> str:
    return sign_in.unseal_text(f"arrival.{kind}", request.cookies.get(_name(kind), ""))


def _name(kind: str) -> str:
    return f"__Host-huimin_{kind}" if services().settings.is_https else f"huimin_{kind}"
