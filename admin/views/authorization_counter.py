"""Signing at the counter: the officer's step, the person's own, and the colleague who was there."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.assisting import ASSIST, assisting, back_to_request, look, sentences, tell_signed, text_of
from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.views.authorizations import told_office
from assistance import authorizations
from assistance.authorizations import (
    Answer,
    AnswerErrors,
    CounterSignature,
    NotSignable,
    ToWitness,
    Witness,
)
from assistance.errors import Refusal
from assistance.people import Person, StaffAccount
from assistance.values import masked_name
from infrastructure.languages import N_
from web import limits
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.services import services
from web.unit_of_work import current_session

AN_HOUR = timedelta(hours=1)
COMPARED_AN_HOUR = 40
"""Each signature is compared twice: before the device is handed over, and when it is signed."""
TOO_OFTEN = N_("核对身份证号的次数太多了，请过一会儿再试。")
OFFICERS_FIELDS = ("has_company", "child_said", "last_of_number", "witness", "work_number")
OWN_FIELDS = ("strokes", "typed_name", "own_will")


@blueprint.route("/authorization-requests/parts/<uuid:part_id>/counter", methods=["GET", "POST"])
@allows(ASSIST)
def sign_at_counter(part_id: uuid.UUID) -> BaseResponse:
    """Text read out, card seen, a witness beside; then the person's own step. Or note their no."""
    actor, parts = current_actor(), services()
    typed: dict[str, Any] = {
        name: request.form.get(name, "")[:130_000] for name in (*OFFICERS_FIELDS, *OWN_FIELDS)
    }
    typed["agreed"] = request.form.getlist("agreed")[:60]
    if request.method != "POST":
        return _counter_page(part_id, typed)
    session, now, choice = current_session(), parts.clock.now(), request.form.get("choice", "")
    if choice == "decline":
        authorizations.decline_at_counter(session, actor, part_id, now=now)
        tell_signed(part_id)
        return back_to_request(part_id)
    if not limits.count(f"authorizations.compared:{actor.account_id}", AN_HOUR, COMPARED_AN_HOUR):
        return _counter_page(part_id, typed, problem=gettext(TOO_OFTEN), status=429)
    answer = Answer(
        agreed=typed["agreed"],
        strokes=typed["strokes"],
        typed_name=typed["typed_name"],
        own_will=typed["own_will"],
        has_company=typed["has_company"],
        child_said=typed["child_said"],
        locale=current_locale(),
    )
    told: dict[str, Any] = {
        "last_of_number": typed["last_of_number"],
        "witness": _witness(typed),
        "now": now,
    }
    try:
        if choice == "hand_over":
            authorizations.check_before_handing_over(session, actor, part_id, answer, **told)
            return _own_page(part_id, typed)
        register, keys = authorizations.sources_of(parts.settings), parts.signing_keys
        signed = authorizations.sign_at_counter(
            session, keys, register, told_office(), actor, part_id, answer, **told
        )
    except AnswerErrors as error:
        is_own_step = error.fields.keys() <= set(authorizations.OWN_STEP)
        page = _own_page if is_own_step else _counter_page
        return page(part_id, typed, sentences(error))
    except NotSignable:
        # Pressed twice: what was signed the first time is shown there, with the way to take it back.
        return back_to_request(part_id)
    if not isinstance(signed, CounterSignature):
        tell_signed(part_id)
    return back_to_request(part_id)


@blueprint.route("/authorization-requests/counter-signatures/<uuid:taken_id>", methods=["GET", "POST"])
@allows(ASSIST)
def confirm_counter_signature(taken_id: uuid.UUID) -> BaseResponse:
    """Say with one's own sign-in that one was there; others see for whom it waits, and may take it back."""
    session, actor, parts = current_session(), current_actor(), services()
    found = authorizations.get_at_counter(session, actor, taken_id)
    if request.method != "POST":
        return _confirm_page(found)
    now, outcome = parts.clock.now(), request.form.get("outcome", "")
    try:
        if outcome == "there":
            authorizations.confirm_at_counter(session, parts.signing_keys, actor, taken_id, now=now)
            tell_signed(found.part.id)
        elif outcome == "take_back":
            authorizations.take_back_at_counter(session, actor, taken_id, now=now)
        else:
            why = request.form.get("why", "")[:400]
            authorizations.refuse_at_counter(session, actor, taken_id, why, now=now)
    except Refusal as error:
        return _confirm_page(found, gettext(error.message))
    if outcome == "there":
        return redirect(url_for("admin.show_desk"), 303)
    return back_to_request(found.part.id)


def _counter_page(
    part_id: uuid.UUID,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    context = assisting(part_id, typed, errors or {}, OFFICERS_FIELDS)
    session, now = current_session(), services().clock.now()
    part = context["part"]
    family = authorizations.list_witnesses(session, part, now)
    return render_desk_page(
        "admin/authorizations/counter.html",
        status=422 if errors else status,
        problem=problem,
        waiting=authorizations.find_at_counter(session, part.id),
        witnesses=[
            ("", gettext(N_("不是家里人，是下面这位同事"))),
            *((str(one.id), masked_name(one.name)) for one in family),
        ],
        **context,
    )


def _own_page(part_id: uuid.UUID, typed: dict[str, Any], errors: dict[str, str] | None = None) -> Response:
    asked, part, _ = authorizations.get_for_assisting(current_session(), current_actor(), part_id)
    errors = errors or {}
    return render_desk_page(
        "admin/authorizations/counter_own.html",
        status=422 if errors else 200,
        part=part,
        asked=asked,
        agreed=[one.name for one in text_of(asked).sources if one.code in typed["agreed"]],
        kept=[(name, typed[name]) for name in OFFICERS_FIELDS],
        # What was chosen is asked again each time: the page may come back to the officer's eyes (T21).
        typed={**typed, "own_will": ""},
        errors=list(errors.items()),
    )


def _confirm_page(found: ToWitness, problem: str = "") -> Response:
    session, actor = current_session(), current_actor()
    signer = session.get_one(Person, found.part.signer_id)
    is_witness = found.taken.witness_person == actor.person_id
    if is_witness:
        look(found.part, ["name"], "counter_witness")
    return render_desk_page(
        "admin/authorizations/confirm_counter.html",
        status=422 if problem else 200,
        taken=found.taken,
        asked=found.request,
        signer=signer.name if is_witness else masked_name(signer.name),
        officer=_work_number(found),
        is_witness=is_witness,
        errors=[("why", problem)] if problem else [],
    )


def _work_number(found: ToWitness) -> str:
    account = current_session().get(StaffAccount, uuid.UUID(found.taken.sealed["officer"]))
    return account.work_number if account is not None else ""


def _witness(typed: dict[str, Any]) -> Witness:
    try:
        person_id = uuid.UUID(typed["witness"]) if typed["witness"] else None
    except ValueError:
        person_id = None
    return Witness(work_number=typed["work_number"][:20], person_id=person_id)
