"""The sign-in under way, which travels with the browser in a sealed cookie until the code is answered."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from web import sign_in
from web.services import services
from web.sign_in import Attempt

NAME = "huimin_signing_in"
TICKET_LIVES = timedelta(minutes=5)


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


def keep_ticket(response: Response, provider: str, ticket: str) -> Response:
    """Move a platform's ticket from the address into a cookie that nobody else can read."""
    response.set_cookie(
        _ticket_name(provider),
        sign_in.seal_text(f"ticket.{provider}", ticket),
        max_age=TICKET_LIVES,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def current_ticket(provider: str) -> str:
    """The ticket that this browser brought; empty where there is none."""
    return sign_in.unseal_text(f"ticket.{provider}", request.cookies.get(_ticket_name(provider), ""))


def forget_ticket(response: Response) -> Response:
    """A ticket works once, so the browser need not hold it."""
    for provider in ("zlb", "wechat"):
        if _ticket_name(provider) in request.cookies:
            response.delete_cookie(
                _ticket_name(provider),
                secure=services().settings.is_https,
                httponly=True,
                samesite="Lax",
            )
    return response


def _ticket_name(provider: str) -> str:
    return f"__Host-huimin_{provider}" if services().settings.is_https else f"huimin_{provider}"
