"""A form that meets a sign-in which has run out is kept, and offered again after the next sign-in."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session

from assistance import people
from web.services import services
from web.unit_of_work import after_answer

NEVER_COMES_BACK = ("csrf_token", "own_will")
"""A token belongs to one page; whether it is somebody's own will is asked again, for at the counter the form
would come back to the officer."""
# What is a secret or a proof is typed again, too.
_NEVER_KEPT = ("password", "code", "secret", *NEVER_COMES_BACK)


def keep_typed(token: str, side: str) -> None:
    """Keep what this request brought, after the answer, for whoever had signed in with this token."""
    if request.method != "POST" or not token:
        return
    fields = [
        (name, text)
        for name, texts in request.form.lists()
        for text in texts
        if not any(word in name for word in _NEVER_KEPT)
    ]
    address, now = request.full_path if request.query_string else request.path, services().clock.now()
    if not fields:
        return

    def keep(session: Session) -> None:
        people.kept_forms.keep_form(session, token, face=side, address=address, fields=fields, now=now)

    after_answer(keep)
