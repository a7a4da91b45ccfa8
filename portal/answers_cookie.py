"""The answers that travel with the browser: read once a request, written back after a change."""

from __future__ import annotations

from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from assistance import assessments
from assistance.assessments import Answers
from web.services import services

LOST = "lost"


def cookie_name() -> str:
    """The cookie's name: over https the browser itself binds it to this host."""
    return f"__Host-{assessments.COOKIE}" if services().settings.is_https else assessments.COOKIE


def has_cookie() -> bool:
    """Whether the browser brought answers, readable or not."""
    return cookie_name() in request.cookies


def current_answers() -> Answers:
    """The answers of this browser; whatever cannot be read counts as none."""
    if "answers" not in g:
        parts = services()
        value = request.cookies.get(cookie_name(), "")
        found = assessments.unseal(parts.cipher, value, county=parts.settings.county, now=parts.clock.now())
        g.answers_lost = bool(value) and found is None
        g.answers = found or Answers()
    answers: Answers = g.answers
    return answers


def are_lost() -> bool:
    """Whether the browser brought something that is too old, or not ours, or not this county's."""
    current_answers()
    return bool(g.answers_lost)


def lost_query() -> dict[str, Any]:
    """What an address tells the next page where the answers were lost."""
    return {"notice": LOST} if are_lost() else {}


def keep_answers(response: Response, answers: Answers) -> Response:
    """Let the browser keep these answers for a day."""
    parts = services()
    value = assessments.seal(parts.cipher, answers, county=parts.settings.county, now=parts.clock.now())
    response.set_cookie(
        cookie_name(),
        value,
        max_age=int(assessments.GOOD_FOR.total_seconds()),
        path="/",
        secure=parts.settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_answers(response: Response) -> Response:
    """Let the browser drop its answers."""
    response.delete_cookie(
        cookie_name(), path="/", secure=services().settings.is_https, httponly=True, samesite="Lax"
    )
    return response
