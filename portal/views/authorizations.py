"""Electronic authorisation: what waits for me, what it says, signing with a code, saying no, withdrawing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from assistance import authorizations, households, people
from assistance.authorizations import (
    Answer,
    AnswerErrors,
    AuthorizationPart,
    AuthorizationRequest,
    NotSignable,
)
from assistance.errors import NotFound, Refusal
from assistance.people import Actor, Assurance, Person
from assistance.permissions import Permission
from assistance.values import Phone, masked_name
from infrastructure.languages import N_
from portal import authorizing, navigation
from portal.authorizing import NoPhone, own_part
from portal.blueprint import blueprint
from portal.forms.authorizations import OwnRequestForm, SignCodeForm, SignForm
from web import limits
from web.access import allows, current_actor
from web.codes import A_DAY, TooOften
from web.languages import current_locale, gettext, ngettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

READ, SIGN = Permission.OWN_AUTHORIZATIONS_READ, Permission.OWN_AUTHORIZATIONS_SIGN
SIGN_FIELDS = ("agreed", "strokes", "typed_name", "own_will", "has_company", "child_said")
ERROR_FIELDS = {"signature": "typed_name"}
NO_PURPOSE = N_("请选一个：为了什么")
TOO_OFTEN = N_("试的次数太多了。请过一个小时再来，或者打电话给我们。")
LINKS_A_DAY = 60


@blueprint.get("/me/authorizations")
@allows(READ)
def list_authorizations() -> Response:
    """What waits for me, what I have answered, and how far the others of my household are."""
    session, actor = current_session(), current_actor()
    rows = _rows(session, actor)
    return render_page(
        "portal/authorizations/list.html",
        waiting=[row for row in rows if row["is_mine"] and row["part"].state == "waiting"],
        answered=[row for row in rows if not (row["is_mine"] and row["part"].state == "waiting")],
        others=_others(session, actor, rows),
        may_start=_may_start(session, actor),
    )


@blueprint.route("/me/authorizations/new", methods=["GET", "POST"])
@allows(SIGN, assurance=Assurance.L3)
def start_authorization() -> BaseResponse:
    """The household's own wish to be checked; what is asked is chosen here, nothing beforehand."""
    form = OwnRequestForm(request.form)
    session, actor, parts = current_session(), current_actor(), services()
    household = households.household_of(session, actor.person_id) if actor.person_id else None
    if household is None:
        raise NotFound
    purpose = form.purpose.data if form.purpose.data in authorizations.OWN_PURPOSES else ""
    if request.method != "POST":
        return _new_page(purpose, ())
    chosen = list(form.sources.data or ())
    if not purpose:
        return _new_page(purpose, chosen, {"purpose": gettext(NO_PURPOSE)})
    try:
        made = authorizations.open_request(
            session,
            authorizations.sources_of(parts.settings),
            actor,
            household.id,
            purpose=purpose,
            now=parts.clock.now(),
            is_demo=parts.settings.is_safe_demo,
            sources=chosen,
        )
    except Refusal as error:
        return _new_page(purpose, chosen, {"sources": gettext(error.message)})
    authorizations.tell_asked(session, made, now=parts.clock.now())
    own = next(
        (one for one in authorizations.parts_of(session, made.id) if one.signer_id == actor.person_id), None
    )
    if own is None:
        return redirect(url_for("portal.list_authorizations"), 303)
    return redirect(url_for("portal.show_authorization", part_id=own.id), 303)


@blueprint.get("/authorizations/<string:link>")
@allows(READ)
def open_authorization_link(link: str) -> BaseResponse:
    """The way from a QR code or a message; it leads on only for whom it names."""
    actor = current_actor()
    key = f"authorizations.link:{actor.session_id}"
    if not limits.count(key, A_DAY, LINKS_A_DAY, open_on_failure=True):
        return _link_page(429)
    found = authorizations.find_part_by_link(current_session(), link)
    if found is None or found.signer_id != actor.person_id:
        return _link_page(404)
    return redirect(url_for("portal.show_authorization", part_id=found.id), 303)


@blueprint.get("/me/authorizations/<uuid:part_id>")
@allows(READ)
def show_authorization(part_id: uuid.UUID) -> BaseResponse:
    """The whole text, and two ways on of the same size."""
    session, actor = current_session(), current_actor()
    part, asked = own_part(session, actor, part_id)
    return render_page("portal/authorizations/show.html", **_told(session, actor, part, asked))


@blueprint.route("/me/authorizations/<uuid:part_id>/sign", methods=["GET", "POST"])
@allows(SIGN, assurance=Assurance.L3)
def sign_authorization(part_id: uuid.UUID) -> BaseResponse:
    """Ticks and a name; then a code is sent that is good for exactly this."""
    form = SignForm(request.form)
    if request.method != "POST":
        part, _ = own_part(current_session(), current_actor(), part_id)
        if part.state != "waiting":
            # The way back from the receipt leads here: what was answered is shown, and no refusal.
            return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
        return _sign_page(part_id, {"agreed": []})
    typed = {name: form[name].data or "" for name in SIGN_FIELDS} | {"agreed": list(form.agreed.data or ())}
    answer = Answer(**typed, is_unwilling=form.choice.data == "unwilling", locale=current_locale())
    try:
        authorizing.keep_and_send(part_id, answer)
    except AnswerErrors as error:
        errors = {ERROR_FIELDS.get(name, name): gettext(words) for name, words in error.fields.items()}
        return _sign_page(part_id, typed, errors)
    except NotSignable:
        return _as_it_stands(part_id)
    except NoPhone as error:
        return _sign_page(part_id, typed, problem=gettext(error.message), status=409)
    except TooOften as error:
        return _late(_sign_page(part_id, typed, problem=gettext(TOO_OFTEN), status=429), error)
    return redirect(url_for("portal.confirm_authorization", part_id=part_id), 303)


@blueprint.route("/me/authorizations/<uuid:part_id>/code", methods=["GET", "POST"])
@allows(SIGN, assurance=Assurance.L3)
def confirm_authorization(part_id: uuid.UUID) -> BaseResponse:
    """The six figures; with the right ones it is signed, or ends as quietly as if it were."""
    found = _awaits_code(part_id)
    if not isinstance(found, Phone):
        return found
    form = SignCodeForm(request.form)
    typed = form.code.data or ""
    if request.method != "POST":
        return _code_page(part_id, found)
    if not form.validate():
        return _code_page(part_id, found, error=gettext(str(form.code.errors[0])), typed=typed)
    try:
        is_right = authorizing.take_code(part_id, people.read_code(typed))
    except TooOften as error:
        return _late(_code_page(part_id, found, problem=gettext(TOO_OFTEN), status=429), error)
    except NotSignable:
        return _as_it_stands(part_id)
    if not is_right:
        return _code_page(part_id, found, error=gettext(authorizing.WRONG_CODE), typed=typed)
    return redirect(url_for("portal.show_authorization_answered", part_id=part_id), 303)


@blueprint.post("/me/authorizations/<uuid:part_id>/code/again")
@allows(SIGN, assurance=Assurance.L3)
def ask_authorization_code(part_id: uuid.UUID) -> BaseResponse:
    """One more code for what was filled in."""
    found = _awaits_code(part_id)
    if not isinstance(found, Phone):
        return found
    try:
        authorizing.send_again(part_id)
    except TooOften as error:
        return _late(_code_page(part_id, found, problem=gettext(TOO_OFTEN), status=429), error)
    return redirect(url_for("portal.confirm_authorization", part_id=part_id), 303)


@blueprint.get("/me/authorizations/<uuid:part_id>/answered")
@allows(READ)
def show_authorization_answered(part_id: uuid.UUID) -> BaseResponse:
    """It has arrived and is being looked at: the same page whatever was chosen."""
    part, asked = own_part(current_session(), current_actor(), part_id)
    if part.state == "waiting":
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    return render_page("portal/authorizations/answered.html", part=part, asked=asked)


@blueprint.route("/me/authorizations/<uuid:part_id>/decline", methods=["GET", "POST"])
@allows(SIGN)
def decline_authorization(part_id: uuid.UUID) -> BaseResponse:
    """Say no, as easily as yes; nobody asks again for a while."""
    session, actor, parts = current_session(), current_actor(), services()
    part, asked = own_part(session, actor, part_id)
    if request.method == "POST":
        # Pressed twice, the no stands; whatever else the part has become is no answer to it.
        if part.state != "declined":
            authorizations.decline(session, actor, part_id, now=parts.clock.now())
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    return render_page("portal/authorizations/decline.html", part=part, asked=asked)


@blueprint.route("/me/authorizations/<uuid:part_id>/withdraw", methods=["GET", "POST"])
@allows(SIGN, assurance=Assurance.L3)
def withdraw_authorization(part_id: uuid.UUID) -> BaseResponse:
    """What withdrawing means, and the second tap, which works at once."""
    session, actor, parts = current_session(), current_actor(), services()
    part, asked = own_part(session, actor, part_id)
    if part.signer_id != actor.person_id:
        raise NotFound
    if part.state != "signed":
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    if request.method == "POST":
        authorizations.withdraw_answer(session, actor, part_id, now=parts.clock.now())
        authorizations.tell_withdrawn(session, part, now=parts.clock.now())
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    means = authorizations.what_withdrawing_means(asked)
    return render_page("portal/authorizations/withdraw.html", part=part, asked=asked, means=means)


def _told(
    session: Session, actor: Actor, part: AuthorizationPart, asked: AuthorizationRequest
) -> dict[str, Any]:
    now = services().clock.now()
    person = session.get_one(Person, part.person_id)
    record = authorizations.find_record_of(session, part.id)
    can_answer, why_not = True, ""
    try:
        authorizations.refuse_unless_signable(session, asked, part, now)
    except Refusal as error:
        can_answer, why_not = False, error.message
    return {
        "part": part,
        "asked": asked,
        "record": record if record is not None and part.signer_id == actor.person_id else None,
        "is_signer": part.signer_id == actor.person_id,
        "can_answer": can_answer and part.signer_id == actor.person_id,
        "why_not": why_not if part.state == "waiting" else "",
        "state": authorizations.words_for_others(part),
        "capacity": authorizations.CAPACITY_WORDS[part.capacity],
        "about": person.name if part.signer_id == part.person_id or part.capacity == "guardian" else "",
        "for_whom": person.name if part.capacity == "guardian" else "",
        "reason": asked.sealed.get("reason", ""),
        "text": authorizations.asked_text(
            authorizations.sources_of(services().settings),
            office=authorizing.told_office(),
            purpose=asked.purpose,
            scopes=asked.scopes,
            deadline_on=asked.deadline_on,
            locale=current_locale(),
        ),
    }


def _sign_page(
    part_id: uuid.UUID,
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    session, actor = current_session(), current_actor()
    part, asked = own_part(session, actor, part_id)
    if part.signer_id != actor.person_id:
        raise NotFound
    authorizations.refuse_unless_signable(session, asked, part, services().clock.now())
    signer = session.get_one(Person, part.signer_id)
    errors = errors or {}
    return render_page(
        "portal/authorizations/sign.html",
        status=422 if errors else status,
        **_told(session, actor, part, asked),
        typed={name: typed.get(name, "") for name in SIGN_FIELDS} | {"agreed": typed.get("agreed", [])},
        asks_own_will=authorizations.is_asked_own_will(signer.birth, services().clock.today()),
        errors=list(errors.items()),
        error={name: errors.get(name, "") for name in (*SIGN_FIELDS, "typed_name")},
        problem=problem,
    )


def _code_page(
    part_id: uuid.UUID,
    phone: Phone,
    *,
    error: str = "",
    typed: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    return render_page(
        "portal/authorizations/code.html",
        status=422 if error else status,
        part_id=part_id,
        ends_with=phone.value[-2:],
        typed=typed or "",
        errors=[("code", error)] if error else [],
        problem=problem,
        is_sent=authorizing.is_code_on_its_way(part_id, phone),
    )


def _new_page(purpose: str, chosen: Sequence[str], errors: Mapping[str, str] | None = None) -> Response:
    parts = services()
    locale = current_locale()
    register = authorizations.sources_of(parts.settings)
    asks_for, today = purpose or "own_wish", parts.clock.today()
    open_sources = register.open_for(asks_for, today, is_demo=parts.settings.is_safe_demo)
    return render_page(
        "portal/authorizations/new.html",
        status=422 if errors else 200,
        purpose=purpose,
        purposes=[
            (one, authorizations.PURPOSE_WORDS[one].in_language(locale), "")
            for one in authorizations.OWN_PURPOSES
        ],
        choices=[
            (one.code, one.name.in_language(locale), one.plain.in_language(locale)) for one in open_sources
        ],
        chosen=chosen,
        errors=list((errors or {}).items()),
        error={"purpose": "", "sources": "", **(errors or {})},
    )


def _link_page(status: int) -> Response:
    return render_page("portal/authorizations/link.html", status=status)


def _rows(session: Session, actor: Actor) -> list[dict[str, Any]]:
    if actor.person_id is None:
        return []
    locale = current_locale()
    found = []
    for part in authorizations.list_own_parts(session, actor.person_id):
        asked = session.get_one(AuthorizationRequest, part.request_id)
        person = session.get_one(Person, part.person_id)
        found.append(
            {
                "part": part,
                "asked": asked,
                "purpose": authorizations.PURPOSE_WORDS[asked.purpose].in_language(locale),
                "whose": "" if part.person_id == actor.person_id else person.name,
                "is_mine": part.signer_id == actor.person_id,
                "state": authorizations.words_for_others(part),
            }
        )
    return found


def _others(session: Session, actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the others only the name's first character and a word of state."""
    found = []
    for asked in {row["asked"].id: row["asked"] for row in rows if row["asked"].state == "open"}.values():
        parts = [
            part
            for part in authorizations.parts_of(session, asked.id)
            if actor.person_id not in (part.signer_id, part.person_id)
        ]
        people_of = [
            {
                "name": masked_name(session.get_one(Person, part.person_id).name),
                "state": authorizations.words_for_others(part),
            }
            for part in parts
        ]
        if people_of:
            found.append({"asked": asked, "people": people_of})
    return found


def _may_start(session: Session, actor: Actor) -> bool:
    return actor.person_id is not None and households.household_of(session, actor.person_id) is not None


def _awaits_code(part_id: uuid.UUID) -> Phone | BaseResponse:
    """The number to which a code for what was filled in can go, or the page where the person is instead."""
    parts, actor = services(), current_actor()
    with parts.database.reading() as reading:
        part, _ = own_part(reading, actor, part_id)
        document = authorizations.waiting_document(part)
        phone = authorizing.recorded_phone(reading, actor, parts.clock.now())
    if part.state == "signed":
        return _as_it_stands(part_id)
    if document is None or phone is None:
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    return phone


def _as_it_stands(part_id: uuid.UUID) -> BaseResponse:
    """To the page of a part that is not to be signed now: pressing twice is no mistake of the reader's."""
    with services().database.reading() as reading:
        part, _ = own_part(reading, current_actor(), part_id)
    here = "portal.show_authorization_answered" if part.state == "signed" else "portal.show_authorization"
    return redirect(url_for(here, part_id=part_id), 303)


def _late(page: Response, error: TooOften) -> Response:
    page.headers["Retry-After"] = str(error.retry_after_seconds)
    return page


def waiting_authorizations(session: Session, actor: Actor, now: datetime) -> list[navigation.Waiting]:
    """What stands first in 我的 while somebody's answer is awaited."""
    del now
    rows = [row for row in _rows(session, actor) if row["is_mine"] and row["part"].state == "waiting"]
    rows = [row for row in rows if row["asked"].state == "open"]
    if not rows:
        return []
    title = ngettext("有一份授权请您看看", "有 %(number)s 份授权请您看看", len(rows))
    hint = gettext(N_("签不签由您定"))
    return [navigation.Waiting(url_for("portal.list_authorizations"), title, hint, "document")]


navigation.WAITING.append(waiting_authorizations)
