"""我的消息: what the office has told me, and whether it reached my telephone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask import Response, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from assistance import messages
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.looking import reader_id
from portal.navigation import WAITING, Waiting
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

READ_IT = N_("有消息您还没看")
HOW_MANY = N_("%(number)s 条")


@blueprint.get("/me/messages")
@allows(Permission.OWN_ACCOUNT_USE)
def list_messages() -> Response:
    """Everything that was told to me, the newest first; codes are never among it."""
    letters = messages.list_for(current_session(), reader_id(), language=current_locale())
    return render_page("portal/messages/list.html", letters=letters)


@blueprint.post("/me/messages/<uuid:message_id>/read")
@allows(Permission.OWN_ACCOUNT_USE)
def confirm_message(message_id: uuid.UUID) -> BaseResponse:
    """I have read one message."""
    actor, now = current_actor(), services().clock.now()
    messages.mark_read(current_session(), reader_id(), message_id, by=actor, now=now)
    return redirect(url_for("portal.list_messages"), 303)


def unread_messages(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    """One row on /me while something is unread."""
    number = messages.count_unread(session, actor.person_id) if actor.person_id else 0
    if not number:
        return ()
    hint = gettext(HOW_MANY) % {"number": number}
    return (Waiting(url_for("portal.list_messages"), gettext(READ_IT), hint, "info"),)


WAITING.append(unread_messages)
