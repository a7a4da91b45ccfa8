"""What pages share on which staff help somebody to sign: the text, the look that it is, the way back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.views.authorizations import told_office
from assistance import audit, authorizations
from assistance.authorizations import AnswerErrors, AskedText, AuthorizationPart, AuthorizationRequest
from assistance.people import Person
from assistance.permissions import Permission
from assistance.values import age_on, masked_name
from web.access import current_actor
from web.languages import current_locale, gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

ASSIST = Permission.AUTHORIZATIONS_ASSIST
ADULT_FROM = 18
ERROR_FIELDS = {"signature": "typed_name"}


def assisting(
    part_id: uuid.UUID, typed: dict[str, Any], errors: dict[str, str], fields: Sequence[str]
) -> dict[str, Any]:
    """What a page shows of a part that somebody is helped to sign; a grown-up's name is a look."""
    session, actor, parts = current_session(), current_actor(), services()
    asked, part, _ = authorizations.get_for_assisting(session, actor, part_id)
    authorizations.refuse_unless_signable(session, asked, part, parts.clock.now())
    signer, person = session.get_one(Person, part.signer_id), session.get_one(Person, part.person_id)
    today = parts.clock.today()
    is_adult = signer.birth is not None and age_on(signer.birth, today) >= ADULT_FROM
    if is_adult:
        look(part, ["name"])
    return {
        "part": part,
        "asked": asked,
        "signer": signer.name if is_adult else masked_name(signer.name),
        "for_whom": masked_name(person.name) if part.capacity == "guardian" else "",
        "capacity": authorizations.CAPACITY_WORDS[part.capacity],
        "asks_own_will": authorizations.is_asked_own_will(signer.birth, today),
        "text": text_of(asked),
        "typed": typed,
        "errors": list(errors.items()),
        "error": {name: errors.get(name, "") for name in (*fields, "agreed")},
    }


def text_of(asked: AuthorizationRequest) -> AskedText:
    """What a request asks for, in the language of the page."""
    return authorizations.asked_text(
        authorizations.sources_of(services().settings),
        office=told_office(),
        purpose=asked.purpose,
        scopes=asked.scopes,
        deadline_on=asked.deadline_on,
        locale=current_locale(),
    )


def look(part: AuthorizationPart, seen: list[str], purpose: str = "counter_signing") -> None:
    """Note that the signer of a part is shown."""
    note_look(
        audit.Event.AUTHORIZATION_SHOWN,
        [(str(part.id), f"person:{part.signer_id}")],
        by=current_actor().for_the_log(ASSIST),
        seen=seen,
        purpose=purpose,
    )


def sentences(error: AnswerErrors) -> dict[str, str]:
    """What is missing, by the field at which it is said."""
    return {ERROR_FIELDS.get(name, name): gettext(words) for name, words in error.fields.items()}


def tell_signed(part_id: uuid.UUID) -> None:
    """The signer hears of it, and everybody where it was the last one."""
    session, now = current_session(), services().clock.now()
    part = session.get_one(AuthorizationPart, part_id)
    asked = session.get_one(AuthorizationRequest, part.request_id)
    authorizations.tell_signed_with_staff(session, part, now=now)
    authorizations.tell_all_answered(session, asked, now=now)


def back_to_request(part_id: uuid.UUID) -> BaseResponse:
    """To the page of the request that a part belongs to."""
    part = current_session().get_one(AuthorizationPart, part_id)
    return redirect(url_for("admin.show_authorization_request", request_id=part.request_id), 303)
