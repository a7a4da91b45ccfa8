"""Helping somebody to sign on paper, withdrawing for them, and protecting the unwilling."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.assisting import ASSIST, assisting, back_to_request, look, sentences, tell_signed
from admin.blueprint import blueprint
from admin.pages import Said, render_desk_page
from admin.views.authorizations import told_office
from assistance import audit, authorizations
from assistance.authorizations import (
    AnswerErrors,
    AuthorizationPart,
    AuthorizationRequest,
    NotSignable,
    PaperSignature,
)
from assistance.errors import NotFound, Refusal
from assistance.people import Person
from assistance.permissions import Permission
from assistance.values import masked_name
from web.access import allows, current_actor
from web.bad_input import takes_files
from web.languages import gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

LARGEST_UPLOAD = 9 * 1024 * 1024
PAPER_FIELDS = ("picture", "place", "own_will", "child_said")


@blueprint.route("/authorization-requests/parts/<uuid:part_id>/paper", methods=["GET", "POST"])
@takes_files(LARGEST_UPLOAD)
@allows(ASSIST)
def add_authorization_paper(part_id: uuid.UUID) -> BaseResponse:
    """Photograph a signature on paper; another colleague looks at it before it counts."""
    session, actor = current_session(), current_actor()
    typed: dict[str, Any] = {
        name: request.form.get(name, "")[:400] for name in ("place", "own_will", "child_said")
    }
    typed["agreed"] = request.form.getlist("agreed")[:60]
    if request.method != "POST":
        return _paper_page(part_id, typed)
    sent = request.files.get("picture")
    try:
        authorizations.take_paper(
            session,
            actor,
            part_id,
            sent.read(LARGEST_UPLOAD) if sent else b"",
            agreed=typed["agreed"],
            place=typed["place"],
            own_will=typed["own_will"],
            child_said=typed["child_said"],
            now=services().clock.now(),
        )
    except AnswerErrors as error:
        return _paper_page(part_id, typed, sentences(error))
    except NotSignable:
        return back_to_request(part_id)
    return back_to_request(part_id)


@blueprint.route("/authorization-requests/papers/<uuid:paper_id>", methods=["GET", "POST"])
@allows(ASSIST)
def confirm_authorization_paper(paper_id: uuid.UUID) -> BaseResponse:
    """Look at a photographed signature as the second person: it counts, or it does not fit."""
    session, actor, parts = current_session(), current_actor(), services()
    paper, part, asked = _paper(paper_id)
    if request.method == "POST":
        try:
            if request.form.get("outcome") == "fits":
                authorizations.confirm_paper(
                    session,
                    parts.signing_keys,
                    authorizations.sources_of(parts.settings),
                    told_office(),
                    actor,
                    paper_id,
                    now=parts.clock.now(),
                )
                tell_signed(part.id)
            else:
                why = request.form.get("why", "")[:400]
                authorizations.refuse_paper(session, actor, paper_id, why, now=parts.clock.now())
        except Refusal as error:
            return _confirm_page(paper, part, asked, gettext(error.message))
        return back_to_request(part.id)
    return _confirm_page(paper, part, asked)


@blueprint.get("/authorization-requests/papers/<uuid:paper_id>/picture")
@allows(ASSIST)
def show_authorization_picture(paper_id: uuid.UUID) -> BaseResponse:
    """The photograph itself, for whoever confirms it."""
    paper, part, _ = _paper(paper_id)
    look(part, ["signature"], "paper_signing")
    response = Response(base64.b64decode(paper.sealed["picture"]), mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.route("/authorization-requests/parts/<uuid:part_id>/withdraw", methods=["GET", "POST"])
@allows(ASSIST)
def withdraw_at_counter(part_id: uuid.UUID) -> BaseResponse:
    """Note that the person withdraws at the counter or on the telephone; it works at once."""
    session, actor, parts = current_session(), current_actor(), services()
    asked, part, _ = authorizations.get_for_assisting(session, actor, part_id)
    if request.method == "POST":
        if part.state == "signed":
            now = parts.clock.now()
            authorizations.withdraw_answer(session, actor, part_id, now=now, method="counter")
            authorizations.tell_withdrawn(session, part, now=now)
        return back_to_request(part_id)
    signer = session.get_one(Person, part.signer_id)
    return render_desk_page(
        "admin/authorizations/withdraw.html",
        part=part,
        asked=asked,
        signer=masked_name(signer.name),
        means=authorizations.what_withdrawing_means(asked),
    )


@blueprint.get("/authorizations-to-protect")
@allows(Permission.AUTHORIZATIONS_PROTECT)
def list_authorizations_to_protect() -> Response:
    """Who has said in silence that it is not their will, and what else looks doubtful."""
    return _protect_page()


@blueprint.post("/authorizations-to-protect/<uuid:part_id>")
@allows(Permission.AUTHORIZATIONS_PROTECT)
def answer_authorization_to_protect(part_id: uuid.UUID) -> BaseResponse:
    """What came of speaking with the person, alone."""
    session, actor, parts = current_session(), current_actor(), services()
    outcome, note = request.form.get("outcome", "")[:20], request.form.get("note", "")[:600]
    try:
        authorizations.review(session, actor, part_id, outcome, note, now=parts.clock.now())
    except AnswerErrors as error:
        # The fields of several people stand on one page: what was typed belongs to one of them.
        errors = {f"{name}-{part_id}": words for name, words in sentences(error).items()}
        return _protect_page({f"outcome-{part_id}": outcome, f"note-{part_id}": note}, errors)
    return redirect(url_for("admin.list_authorizations_to_protect"), 303)


def _protect_page(typed: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> Response:
    session, actor = current_session(), current_actor()
    found = authorizations.list_to_protect(session, actor)
    people = {one.part.id: session.get_one(Person, one.part.signer_id) for one in found}
    note_look(
        audit.Event.AUTHORIZATION_SHOWN,
        [(str(one.part.id), f"person:{one.part.signer_id}") for one in found],
        by=actor.for_the_log(Permission.AUTHORIZATIONS_PROTECT),
        seen=["authorization_state", "name"],
        # The person's list of looks stands on a telephone that others may hold: it names no doubt.
        purpose="authorization",
    )
    return render_desk_page(
        "admin/authorizations/protect.html",
        status=422 if errors else 200,
        rows=[{"one": one, "name": people[one.part.id].name} for one in found],
        signals=authorizations.SIGNALS,
        outcomes=[(code, gettext(words)) for code, words in authorizations.OUTCOMES.items()],
        typed=Said(typed or {}),
        errors=list((errors or {}).items()),
    )


def _paper_page(part_id: uuid.UUID, typed: dict[str, Any], errors: dict[str, str] | None = None) -> Response:
    context = assisting(part_id, typed, errors or {}, PAPER_FIELDS)
    return render_desk_page("admin/authorizations/paper.html", status=422 if errors else 200, **context)


def _confirm_page(
    paper: PaperSignature, part: AuthorizationPart, asked: AuthorizationRequest, problem: str = ""
) -> Response:
    session, actor = current_session(), current_actor()
    signer = session.get_one(Person, part.signer_id)
    look(part, ["name"], "paper_signing")
    return render_desk_page(
        "admin/authorizations/confirm.html",
        status=422 if problem else 200,
        paper=paper,
        part=part,
        asked=asked,
        signer=signer.name,
        is_own=paper.taken_by_person == actor.person_id,
        errors=[("why", problem)] if problem else [],
    )


def _paper(paper_id: uuid.UUID) -> tuple[PaperSignature, AuthorizationPart, AuthorizationRequest]:
    session, actor = current_session(), current_actor()
    paper = session.get(PaperSignature, paper_id)
    if paper is None or "picture" not in paper.sealed or paper.confirmed_at is not None:
        raise NotFound
    asked, part, _ = authorizations.get_for_assisting(session, actor, paper.part_id)
    return paper, part, asked
