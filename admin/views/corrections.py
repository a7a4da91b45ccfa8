"""What a department is asked to correct, and the spreadsheets that it hands in."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import stand_back_from
from assistance import audit, authorizations, economic_checks
from assistance.authorizations import DataItem
from assistance.economic_checks import CheckResult, ContestedLine, ContestRow, EconomicCheck, SourceDrop
from assistance.errors import NotFound, Refusal
from assistance.people import Person
from assistance.permissions import Permission
from infrastructure.languages import N_
from infrastructure.spreadsheets import XLSX
from web import limits
from web.access import allows, current_actor
from web.bad_input import takes_files
from web.languages import current_locale, gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

LARGEST_UPLOAD = 11 * 1024 * 1024
DROPS_AN_HOUR, AN_HOUR = 20, timedelta(hours=1)
CHOOSE = N_("请选一个：改过来，还是没有错")


@blueprint.get("/corrections")
@allows(Permission.CHECKS_ANSWER)
def list_corrections() -> Response:
    """What residents say is wrong in the registers of one's own department, the nearest day first."""
    session, sources, locale = current_session(), _sources(), current_locale()
    rows: list[ContestRow] = []
    for department in sorted(_departments()):
        for line in economic_checks.list_corrections(session, department):
            if not economic_checks.may_answer(session, current_actor(), line):
                continue
            row = economic_checks.contest_row(line, None, sources, locale)
            if row is not None:
                rows.append(row)
    today = services().clock.today()
    return render_desk_page(
        "admin/corrections/list.html",
        rows=rows,
        late=[row.line.id for row in rows if economic_checks.overdue(row.line, today)],
    )


@blueprint.route("/corrections/<uuid:line_id>", methods=["GET", "POST"])
@allows(Permission.CHECKS_ANSWER)
def answer_correction(line_id: uuid.UUID) -> BaseResponse:
    """One value, what the resident says, and the department's answer."""
    session, actor = current_session(), current_actor()
    line = session.get(ContestedLine, line_id)
    if line is None or not economic_checks.may_answer(session, actor, line):
        raise NotFound
    stand_back_from({line.person_id})
    sources, locale = _sources(), current_locale()
    row = economic_checks.contest_row(line, session.get(CheckResult, line.result_id), sources, locale)
    source = sources.get(line.source)
    item = source.item(line.item) if source else None
    if row is None or item is None:
        raise NotFound
    says, typed = request.form.get("says", "")[:500], request.form.getlist("value")
    outcome = request.form.get("outcome", "")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _answer(session, line, item, outcome, typed, says)
        if not errors:
            return redirect(url_for("admin.list_corrections"), 303)
    person = session.get_one(Person, line.person_id)
    check = session.get_one(EconomicCheck, line.check_id)
    note_look(
        audit.Event.CORRECTION_SHOWN,
        [(str(line.id), person.audit_subject)],
        by=actor.for_the_log(Permission.CHECKS_ANSWER),
        seen=["check_results", "identity_number", "name"],
        purpose="correction",
        case_ref=check.number,
    )
    return render_desk_page(
        "admin/corrections/answer.html",
        status=422 if errors else 200,
        row=row,
        line=line,
        item=item,
        choices=_choices(item),
        person=person,
        picture=line.sealed.get("picture"),
        says=says,
        typed=typed,
        outcome=outcome,
        errors=list(errors.items()),
        error={name: errors.get(name, "") for name in ("outcome", "value", "says")},
    )


@blueprint.get("/corrections/<uuid:line_id>/picture")
@allows(Permission.CHECKS_ANSWER)
def show_correction_picture(line_id: uuid.UUID) -> Response:
    """The picture that the resident sent with an objection, as it was drawn anew."""
    session, actor = current_session(), current_actor()
    line = session.get(ContestedLine, line_id)
    if line is None or not economic_checks.may_answer(session, actor, line):
        raise NotFound
    if not line.sealed.get("picture"):
        raise NotFound
    stand_back_from({line.person_id})
    response = Response(base64.b64decode(line.sealed["picture"]), mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = 'inline; filename="picture.jpg"'
    note_look(
        audit.Event.CORRECTION_SHOWN,
        [(str(line.id), f"person:{line.person_id}")],
        by=actor.for_the_log(Permission.CHECKS_ANSWER),
        seen=["check_results"],
        purpose="correction",
    )
    return response


@blueprint.route("/source-drops", methods=["GET", "POST"])
@allows(Permission.SOURCES_DROP)
@takes_files(LARGEST_UPLOAD)
def list_source_drops() -> BaseResponse:
    """Hand in the spreadsheet of one's own department's register; what was handed in before."""
    within = True
    if request.method == "POST":
        key = f"source_drops:{current_actor().account_id}"
        within = limits.count(key, AN_HOUR, DROPS_AN_HOUR, open_on_failure=True)
    session, actor, sources = current_session(), current_actor(), _sources()
    own = economic_checks.list_drop_sources(sources, actor)
    written = {name: request.form.get(name, "") for name in ("source", "as_of")}
    errors: dict[str, str] = {}
    if request.method == "POST" and not within:
        errors["sheet"] = gettext(N_("交得太多了，请过一会儿再交。"))
    elif request.method == "POST":
        sent = request.files.get("sheet")
        content = sent.read(LARGEST_UPLOAD) if sent is not None and sent.filename else b""
        if sent is None or not content:
            errors["sheet"] = gettext(N_("请选一个文件"))
        else:
            try:
                drop = economic_checks.stage(
                    session,
                    sources,
                    written["source"],
                    sent.filename or "",
                    content,
                    as_of=_day(written["as_of"]),
                    by=actor,
                    now=services().clock.now(),
                )
                return redirect(url_for("admin.show_source_drop", drop_id=drop.id), 303)
            except Refusal as refusal:
                errors["sheet"] = gettext(refusal.message)
    return render_desk_page(
        "admin/corrections/drops.html",
        status=422 if errors else 200,
        own=own,
        drops=economic_checks.list_drops(session, own),
        names={source.code: source.name.in_language(current_locale()) for source in own},
        written=written,
        errors=list(errors.items()),
        error=errors,
    )


@blueprint.get("/source-drops/templates/<string:source>")
@allows(Permission.SOURCES_DROP)
def show_source_template(source: str) -> Response:
    """An empty spreadsheet with the columns of a register."""
    own = economic_checks.list_drop_sources(_sources(), current_actor())
    found = next((one for one in own if one.code == source), None)
    if found is None:
        raise NotFound
    response = Response(economic_checks.template_of(found), mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.code}.xlsx"'
    return response


@blueprint.route("/source-drops/<uuid:drop_id>", methods=["GET", "POST"])
@allows(Permission.SOURCES_DROP)
def show_source_drop(drop_id: uuid.UUID) -> BaseResponse:
    """One spreadsheet that was handed in: how many rows, what is wrong where, and putting it in force."""
    session, actor, sources = current_session(), current_actor(), _sources()
    drop = session.get(SourceDrop, drop_id)
    own = {source.code: source for source in economic_checks.list_drop_sources(sources, actor)}
    if drop is None or drop.source not in own:
        raise NotFound
    if request.method == "POST":
        act = economic_checks.put_in_force if request.form.get("act") == "use" else economic_checks.give_up
        act(session, sources, drop, by=actor, now=services().clock.now())
        return redirect(url_for("admin.list_source_drops"), 303)
    return render_desk_page(
        "admin/corrections/drop.html",
        drop=drop,
        name=own[drop.source].name.in_language(current_locale()),
        problem_words=economic_checks.PROBLEM_WORDS,
    )


def _answer(
    session: Session, line: ContestedLine, item: DataItem, outcome: str, typed: list[str], says: str
) -> dict[str, str]:
    if outcome not in ("corrected", "upheld"):
        return {"outcome": gettext(CHOOSE)}
    value = None
    if outcome == "corrected":
        try:
            value = economic_checks.read_typed_value(item, typed)
        except Refusal as refusal:
            return {"value": gettext(refusal.message)}
        if value is None:
            return {"value": gettext(N_("请填改成多少"))}
    try:
        economic_checks.answer_correction(
            session,
            _sources(),
            line,
            value=value,
            says=says,
            by=current_actor(),
            now=services().clock.now(),
        )
    except Refusal as refusal:
        if line.state != "asked":
            raise
        return {"says": gettext(refusal.message)}
    return {}


def _choices(item: DataItem) -> Sequence[tuple[str, str, str]]:
    locale = current_locale()
    if item.type == "flag":
        return [
            (code, economic_checks.value_words(item, code == "yes", locale), "") for code in ("yes", "no")
        ]
    return [
        (code, economic_checks.value_words(item, [code] if item.several else code, locale), "")
        for code in (economic_checks.list_codes(item) if item.type == "code" else ())
    ]


def _departments() -> set[str]:
    held = current_actor().holdings_for(Permission.CHECKS_ANSWER)
    return {one.department for one in held if one.department}


def _sources() -> authorizations.Sources:
    return authorizations.sources_of(services().settings)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
