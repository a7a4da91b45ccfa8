"""The identity number of one member: seen in full for a purpose that is told, or compared unseen."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import reach_household
from admin.views.households import WHY, is_closed
from assistance import audit, households, looks, messages
from assistance.errors import NotFound
from assistance.permissions import Permission
from infrastructure.languages import N_
from web import limits
from web.access import allows, current_actor
from web.languages import gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import after_answer, current_session, reading

AN_HOUR = timedelta(hours=1)
COMPARISONS_AN_HOUR = 5
FRESH = timedelta(minutes=15)


@blueprint.post("/households/<uuid:household_id>/members/<uuid:member_id>/number")
@allows(Permission.PERSONS_REVEAL, fresh=FRESH)
@reading
def reveal_number(household_id: uuid.UUID, member_id: uuid.UUID) -> BaseResponse:
    """The full identity number of one member, for a purpose that the person is told."""
    session, actor = current_session(), current_actor()
    household = reach_household(household_id, Permission.PERSONS_REVEAL)
    one = households.get_member(session, household, member_id)
    why = request.form.get("why", "")
    if is_closed(session, actor, one) or one.person.resident_id is None:
        raise NotFound
    if why not in WHY:
        return render_desk_page(
            "admin/households/reveal.html",
            status=422,
            household=household,
            one=one,
            number="",
            errors=[("why", gettext(N_("请选一个理由")))],
            purposes=[(code, gettext(looks.PURPOSES[code]), "") for code in WHY],
            relations=households.RELATION_WORDS,
        )
    note_look(
        audit.Event.NUMBER_REVEALED,
        [(str(household.id), one.person.audit_subject)],
        by=actor.for_the_log(Permission.PERSONS_REVEAL, household.division_code),
        seen=["identity_number"],
        purpose=why,
        case_ref=household.number,
    )
    _tell_person(one.person.id)
    return render_desk_page(
        "admin/households/reveal.html",
        household=household,
        one=one,
        number=one.person.resident_id.value,
        relations=households.RELATION_WORDS,
    )


@blueprint.post("/households/<uuid:household_id>/members/<uuid:member_id>/last-four")
@allows(Permission.HOUSEHOLDS_READ)
@reading
def confirm_last_four(household_id: uuid.UUID, member_id: uuid.UUID) -> BaseResponse:
    """Whether four characters are the last of this member's number; five tries an hour."""
    actor = current_actor()
    # Counted before anything is read: each try costs, whatever it asks for.
    within = limits.count(f"last-four:{actor.account_id}:{member_id}", AN_HOUR, COMPARISONS_AN_HOUR)
    session, now = current_session(), services().clock.now()
    household = reach_household(household_id, Permission.HOUSEHOLDS_READ)
    one = households.get_member(session, household, member_id)
    if one.person.resident_id is None:
        raise NotFound
    typed = "".join(request.form.get("last_four", "")[:20].split()).upper()
    matches = within and one.person.resident_id.value[-4:] == typed
    if within:
        by = actor.for_the_log(Permission.HOUSEHOLDS_READ, household.division_code)
        subject, reference = one.person.audit_subject, str(household.id)

        def write(writing: Session) -> None:
            audit.record(
                writing,
                audit.Event.NUMBER_COMPARED,
                by=by,
                now=now,
                object_ref=reference,
                subject_ref=subject,
                fields={"matches": matches},
                purpose="identity_confirmation",
            )

        after_answer(write)
    return render_desk_page(
        "admin/households/confirm.html",
        status=200 if within else 429,
        household=household,
        is_within=within,
        matches=matches,
    )


def _tell_person(person_id: uuid.UUID) -> None:
    """Say to somebody that their full number was seen; it survives, although this page changes nothing."""
    now = services().clock.now()
    # One message a look, however often this answer's writes are tried.
    key = f"full_number_seen:{uuid.uuid4()}"

    def write(session: Session) -> None:
        values = {"moment": now.isoformat()}
        messages.say(session, messages.Template.FULL_NUMBER_SEEN, values, person_id, key=key, now=now)

    after_answer(write)
