"""Answering what residents ask about their data; what is kept how long; holding back a deletion."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import reaches_hold, stand_back_from
from admin.tasks import Task, task_source
from assistance import audit, households, people, retention, rights
from assistance.data_register import data_register
from assistance.errors import NotFound, Refusal
from assistance.people import Actor, Person, StaffAccount
from assistance.permissions import Permission
from assistance.values import Malformed, ResidentId, masked_name
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

LONGEST = 500
ACTION_WORDS = {
    "delete": N_("到期删除"),
    "empty": N_("到期清空内容，留下记录"),
    "archive": N_("档案，系统从不删"),
    "replace": N_("新的来了旧的删"),
    "device": N_("只在居民自己的手机里"),
}
OUTCOMES = {"done": N_("办好了"), "partly": N_("办了一部分"), "declined": N_("没有办")}


@task_source(Permission.RIGHTS_ANSWER)
def tell_rights_requests(session: Session, actor: Actor, now: Any) -> list[Task]:
    """What waits for an answer, on the desk."""
    return [
        Task(
            gettext(rights.KIND_WORDS[one.kind]) + f" {one.number}",
            url_for("admin.answer_rights_request", request_id=one.id),
            one.due_on,
        )
        for one in rights.list_visible(session, actor)
        if one.state == "open"
    ]


@blueprint.get("/rights-requests")
@allows(Permission.RIGHTS_ANSWER)
def list_rights_requests() -> Response:
    """What residents of one's own division ask about their data, the nearest day first; no names."""
    found = rights.list_visible(current_session(), current_actor())
    today = services().clock.today()
    return render_desk_page(
        "admin/rights/list.html",
        requests=found,
        late=[one.id for one in found if rights.is_late(one, today)],
        kind_words=rights.KIND_WORDS,
        outcome_words={**OUTCOMES, "open": N_("等答复")},
    )


@blueprint.route("/rights-requests/<uuid:request_id>", methods=["GET", "POST"])
@allows(Permission.RIGHTS_ANSWER)
def answer_rights_request(request_id: uuid.UUID) -> BaseResponse:
    """One request with who asks and why, and the answer."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    found = rights.get_visible(session, actor, request_id)
    stand_back_from({one for one in (found.person_id, found.about_person_id) if one is not None})
    written = {
        name: request.form.get(name, "")[:LONGEST] for name in ("outcome", "reason", "answer", "proved")
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            rights.answer(
                session,
                found,
                written["outcome"],
                written["answer"],
                reason=written["reason"],
                is_proved=written["proved"] == "yes",
                by=actor,
                now=now,
            )
            return redirect(url_for("admin.list_rights_requests"), 303)
        except Refusal as refusal:
            errors[_field_of(written)] = gettext(refusal.message)
            session.expire_all()
            found = rights.get_visible(session, actor, request_id)
    asker = session.get_one(Person, found.person_id)
    about = session.get(Person, found.about_person_id) if found.about_person_id else None
    _note_look(found, asker, about)
    locale = current_locale()
    return render_desk_page(
        "admin/rights/answer.html",
        status=422 if errors else 200,
        found=found,
        asker=asker,
        about=about,
        named=found.named,
        relation=rights.RELATION_WORDS.get(found.relation, ""),
        handling=next(
            row.name.in_language(locale) for row in data_register().handlings if row.code == found.about
        ),
        kept=_kept(found.about, locale),
        wish=rights.wish_of(session, about.id) if about is not None and found.kind == "relative" else "",
        kind=rights.KIND_WORDS[found.kind],
        wants=rights.WANTS_WORDS[found.wants],
        outcomes=[(code, gettext(words), "") for code, words in OUTCOMES.items()],
        outcome_words=OUTCOMES,
        reasons=[("", [(code, gettext(words)) for code, words in rights.REASON_WORDS.items()])],
        reason_words=rights.REASON_WORDS,
        written=written,
        errors=list(errors.items()),
    )


@blueprint.get("/rights-requests/<uuid:request_id>/proof")
@allows(Permission.RIGHTS_ANSWER)
def show_rights_proof(request_id: uuid.UUID) -> Response:
    """The picture with which a relative shows what they are to the dead person."""
    session, actor = current_session(), current_actor()
    found = rights.get_visible(session, actor, request_id)
    stand_back_from({one for one in (found.person_id, found.about_person_id) if one is not None})
    if not found.proof:
        raise NotFound
    _note_look(found, session.get_one(Person, found.person_id), None)
    response = Response(base64.b64decode(found.proof), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = 'inline; filename="proof.jpg"'
    return response


@blueprint.get("/retention")
@allows(Permission.RETENTION_READ)
def show_retention() -> Response:
    """Every class with its article and its tables, what a run would do now, and the last runs."""
    session, locale = current_session(), current_locale()
    ahead = {row.table: row for row in rights.look_ahead(session, services().clock.now()).rows}
    tables = data_register().tables.values()
    names = _class_names(locale)
    rows = [
        {
            "code": keep.code,
            "name": names.get(keep.code, ""),
            "says": keep.says.in_language(locale),
            "at_end": keep.at_end.in_language(locale),
            "action": ACTION_WORDS[keep.action],
            "basis": [words.in_language(locale) for words in keep.cited],
            "is_own_decision": keep.is_own_decision,
            "tables": [entry.name for entry in tables if entry.keep == keep],
            "due": sum(row.due for row in ahead.values() if row.keep == keep),
            "held": sum(row.held for row in ahead.values() if row.keep == keep),
        }
        for keep in retention.classes().values()
    ]
    return render_desk_page("admin/rights/retention.html", rows=rows, runs=rights.last_runs(session))


@blueprint.route("/legal-holds", methods=["GET", "POST"])
@allows(Permission.RETENTION_HOLD)
def list_legal_holds() -> BaseResponse:
    """What may not be deleted yet, who said so and why; saying so for more."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    written = {
        name: request.form.get(name, "").strip()[:LONGEST] for name in ("scope", "code", "target", "why")
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        scope = written["scope"]
        target = written["code"] if scope == "class" else _target(session, actor, scope, written["target"])
        if scope not in rights.SCOPES:
            errors["scope"] = gettext(N_("请选一个"))
        elif not target:
            field = "code" if scope == "class" else "target"
            errors[field] = gettext(N_("没有找到，请对着再看一遍。"))
        if not written["why"]:
            errors["why"] = gettext(N_("请写明为什么要先留着。"))
        if not errors:
            try:
                rights.put_hold(session, scope, target, written["why"], by=actor, now=now)
                return redirect(url_for("admin.list_legal_holds"), 303)
            except Refusal as refusal:
                errors["why"] = gettext(refusal.message)
    names = _class_names(current_locale())
    # What has no name yet is not kept yet either: nothing of it could be held back.
    codes = [
        (keep.code, f"{names[keep.code]} · {keep.says.in_language(current_locale())}")
        for keep in retention.classes().values()
        if keep.action in ("delete", "empty") and keep.code in names
    ]
    return render_desk_page(
        "admin/rights/holds.html",
        status=422 if errors else 200,
        holds=[_hold_row(session, hold, actor) for hold in rights.list_holds(session) if reaches_hold(hold)],
        scopes=[(code, gettext(words), "") for code, words in rights.SCOPE_WORDS.items()],
        codes=[("", codes)],
        written=written,
        errors=list(errors.items()),
    )


@blueprint.post("/legal-holds/<uuid:hold_id>/lifting")
@allows(Permission.RETENTION_HOLD)
def end_legal_hold(hold_id: uuid.UUID) -> BaseResponse:
    """The first person asks to lift a hold, a second one agrees."""
    session = current_session()
    hold = session.get(rights.LegalHold, hold_id)
    if hold is None or not reaches_hold(hold):
        raise NotFound
    rights.lift(session, hold, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_legal_holds"), 303)


def _field_of(written: dict[str, str]) -> str:
    if not written["outcome"]:
        return "outcome"
    return "reason" if written["outcome"] != "done" and not written["reason"] else "answer"


def _note_look(found: rights.RightsRequest, asker: Person, about: Person | None) -> None:
    """One entry for each person of whom the page shows more than a masked name."""
    shown = {one.audit_subject for one in (asker, about) if one is not None}
    for subject in sorted(shown):
        note_look(
            audit.Event.RIGHTS_SHOWN,
            [(str(found.id), subject)],
            by=current_actor().for_the_log(Permission.RIGHTS_ANSWER, found.division_code),
            seen=["answers", "name"] if found.kind != "relative" else ["answers", "identity_number", "name"],
            purpose="rights_request",
            case_ref=found.number,
        )


def _class_names(locale: str) -> dict[str, str]:
    """What is kept by each class of keeping time, as the rules for residents name it."""
    names: dict[str, list[str]] = {}
    for handling in data_register().handlings:
        for keep in handling.keeps:
            names.setdefault(keep.code, []).append(handling.name.in_language(locale))
    return {code: gettext(N_("、")).join(found) for code, found in names.items()}


def _kept(code: str, locale: str) -> list[str]:
    handling = next(row for row in data_register().handlings if row.code == code)
    return [
        " ".join((keep.says.in_language(locale), *(words.in_language(locale) for words in keep.cited)))
        for keep in handling.keeps
    ]


def _target(session: Session, actor: Actor, scope: str, typed: str) -> str:
    """The id behind what was typed: a household's number, or a person's identity number."""
    if scope == "household":
        household = households.find_by_number(session, actor, typed)
        return str(household.id) if household else ""
    try:
        number = ResidentId(typed)
    except Malformed:
        return ""
    person = people.find_by_resident_id(session, number)
    home = households.household_of(session, person.id) if person else None
    if person is None or home is None or not actor.covers(Permission.RETENTION_HOLD, home.division_code):
        return ""
    return str(person.id)


def _hold_row(session: Session, hold: rights.LegalHold, actor: Actor) -> dict[str, Any]:
    ids = [one for one in (hold.put_by, hold.lift_asked_by, hold.lifted_by) if one]
    wanted = select(StaffAccount.id, StaffAccount.work_number).where(StaffAccount.id.in_(ids))
    numbers = dict(session.execute(wanted).all())
    what = hold.target
    if hold.scope == "person":
        person = session.get(Person, uuid.UUID(hold.target))
        what = masked_name(person.name) if person else ""
    if hold.scope == "household":
        household = session.get(households.Household, uuid.UUID(hold.target))
        what = household.number if household else ""
    if hold.scope == "class":
        what = _class_names(current_locale()).get(hold.target, hold.target)
    return {
        "hold": hold,
        "scope": rights.SCOPE_WORDS[hold.scope],
        "what": what,
        "put_by": numbers.get(hold.put_by, ""),
        "asked_by": numbers.get(hold.lift_asked_by, "") if hold.lift_asked_by else "",
        "lifted_by": numbers.get(hold.lifted_by, "") if hold.lifted_by else "",
        "put_on": hold.put_at.astimezone(SHANGHAI).date(),
        "may_lift": hold.lifted_at is None and hold.lift_asked_by != actor.account_id,
    }
