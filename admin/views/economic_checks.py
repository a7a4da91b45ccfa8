"""Economic checks as staff see them: what runs, what each source said, the report, and its single items."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import stand_back
from admin.viewing import counted_view
from admin.views.households import AGE_BANDS, purpose_of
from assistance import audit, authorizations, economic_checks, households, looks
from assistance.economic_checks import CheckTask, WholeCheck
from assistance.errors import NotFound, Refusal
from assistance.households import PersonHere
from assistance.people import Actor
from assistance.permissions import Permission, Role
from assistance.values import age_on
from infrastructure.languages import N_
from infrastructure.pdf import PdfFailed, html_to_pdf
from web import limits
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.looks import note_look
from web.pages import environment, render_html
from web.services import services
from web.unit_of_work import after_answer, current_session, reading

PER_PAGE = 50
FRESH = timedelta(minutes=15)
PDF_SECONDS, PDFS_AN_HOUR, AN_HOUR = 20, 60, timedelta(hours=1)
WHY = ("check_report", "correction", "home_visit", "rights_request", "supervision")
PAPER_NOT_NEEDED = N_("%(source)s现在查得到，不用请居民带材料。")
PAPER_NOTED = N_("记下了：%(source)s现在取不到，可以请居民带材料。等它通了，以查到的为准，居民不用再跑。")


@dataclass(frozen=True)
class Shown:
    """One member in a report, as this member of staff may see them."""

    person_id: uuid.UUID
    label: str
    is_closed: bool
    sources: Sequence[economic_checks.SourceRow]
    lines: Sequence[economic_checks.LineRow]


@blueprint.get("/economic-checks")
@allows(Permission.CHECKS_READ)
def list_economic_checks() -> Response:
    """The checks of one's own divisions, and the requests under which one may be started."""
    session, actor, parts = current_session(), current_actor(), services()
    total = economic_checks.count_checks(session, actor)
    pages = max(1, math.ceil(total / PER_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    rows = economic_checks.list_checks(session, actor, page=page, per_page=PER_PAGE)
    places = {
        row.check.id: households.place_name(row.household.division_code, parts.settings.county)
        for row in rows
    }
    may_start = actor.may(Permission.CHECKS_START)
    return render_desk_page(
        "admin/economic_checks/list.html",
        rows=rows,
        places=places,
        total=total,
        page=page,
        pages=pages,
        check_words=economic_checks.CHECK_WORDS,
        purposes=authorizations.PURPOSE_WORDS,
        startable=economic_checks.list_startable(session, actor) if may_start else [],
    )


@blueprint.post("/economic-checks")
@allows(Permission.CHECKS_START)
def start_economic_check() -> BaseResponse:
    """Start the check that an authorisation request allows."""
    try:
        request_id = uuid.UUID(request.form.get("request", ""))
    except ValueError:
        raise NotFound from None
    check = economic_checks.start_check(
        current_session(), request_id, by=current_actor(), now=services().clock.now()
    )
    return redirect(url_for("admin.show_economic_check", check_id=check.id), 303)


@blueprint.get("/economic-checks/<uuid:check_id>")
@allows(Permission.CHECKS_READ)
@counted_view
def show_economic_check(check_id: uuid.UUID) -> Response:
    """Each source with its state, and declared beside checked; each person shown is one look."""
    return _check_page(_get(check_id))


@blueprint.post("/economic-checks/<uuid:check_id>/items")
@allows(Permission.PERSONS_REVEAL, fresh=FRESH)
@reading
def show_economic_check_items(check_id: uuid.UUID) -> BaseResponse:
    """The single items that the sources answered, for a purpose that the people are told."""
    whole = _get(check_id, Permission.PERSONS_REVEAL)
    why = request.form.get("why", "")
    if why not in WHY:
        return _check_page(whole, status=422, errors=[("why", gettext(N_("请选一个理由")))])
    return _check_page(whole, why=why)


@blueprint.get("/economic-checks/<uuid:check_id>/report.pdf")
@allows(Permission.CHECKS_READ)
def print_economic_check(check_id: uuid.UUID) -> BaseResponse:
    """The report on paper, without single items."""
    key = f"economic_checks.pdf:{current_actor().account_id}"
    if not limits.count(key, AN_HOUR, PDFS_AN_HOUR, open_on_failure=True):
        raise Refusal(N_("印得太多了，请过一会儿再印。"))
    whole = _get(check_id)
    context = _context(whole)
    html = render_html("printouts/check_report.html", **context)
    stylesheet = environment().get_template("printouts/check_report.css").render()
    try:
        pdf = html_to_pdf(html, stylesheet, PDF_SECONDS)
    except PdfFailed:
        return _check_page(
            whole, status=503, errors=[("report", gettext(N_("现在印不出来，请过一会儿再试。")))]
        )
    _note_looks(whole, context["members"], "check_report", ["check_results", "name"])
    response = Response(pdf, mimetype="application/pdf")
    name = f"{whole.check.number}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/economic-checks/<uuid:check_id>/questions/<uuid:task_id>/again")
@allows(Permission.CHECKS_START)
def ask_source_again(check_id: uuid.UUID, task_id: uuid.UUID) -> BaseResponse:
    """Ask a source that did not answer once more, at once."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    whole = _get(check_id, Permission.CHECKS_START)
    task = _task(whole, task_id)
    try:
        economic_checks.ask_again(
            session, whole.check, task, by=actor, division_code=whole.household.division_code, now=now
        )
    except Refusal:
        _note_refused(whole, task)
        raise
    return redirect(url_for("admin.show_economic_check", check_id=check_id), 303)


@blueprint.post("/economic-checks/<uuid:check_id>/questions/<uuid:task_id>/paper")
@allows(Permission.CHECKS_START)
def ask_for_paper(check_id: uuid.UUID, task_id: uuid.UUID) -> BaseResponse:
    """Ask a resident for a paper: only while the source does not answer (SA-62)."""
    session, actor, now = current_session(), current_actor(), services().clock.now()
    whole = _get(check_id, Permission.CHECKS_START)
    task = _task(whole, task_id)
    source = _sources().get(task.source)
    name = source.name.in_language(current_locale()) if source else task.source
    try:
        economic_checks.ask_paper(
            session, task, by=actor, division_code=whole.household.division_code, now=now
        )
    except economic_checks.PaperNotNeeded:
        words = gettext(PAPER_NOT_NEEDED) % {"source": name}
        return _check_page(whole, status=409, errors=[(f"source-{task.id}", words)])
    return redirect(url_for("admin.show_economic_check", check_id=check_id, paper=task.source), 303)


def _get(check_id: uuid.UUID, permission: Permission = Permission.CHECKS_READ) -> WholeCheck:
    whole = economic_checks.get_visible(current_session(), current_actor(), check_id, permission)
    stand_back(whole.household)
    return whole


def _task(whole: WholeCheck, task_id: uuid.UUID) -> CheckTask:
    task = next((one for one in whole.tasks if one.id == task_id), None)
    if task is None:
        raise NotFound
    return task


def _sources() -> authorizations.Sources:
    return authorizations.sources_of(services().settings)


def _check_page(
    whole: WholeCheck, *, status: int = 200, why: str = "", errors: Sequence[tuple[str, str]] = ()
) -> Response:
    actor = current_actor()
    context = _context(whole)
    members: Sequence[Shown] = context["members"]
    shown = [one.person_id for one in members if not one.is_closed]
    items = economic_checks.item_rows(whole, _sources(), current_locale(), shown) if why else []
    seen = ["check_results", "name", *(["income", "property"] if why else [])]
    _note_looks(whole, members, why or _usual_purpose(actor), seen)
    division_code = whole.household.division_code
    source = _sources().get(request.args.get("paper", ""))
    return render_desk_page(
        "admin/economic_checks/show.html",
        status=status,
        **context,
        items=items,
        why=why,
        whys=[(code, gettext(looks.PURPOSES[code])) for code in WHY],
        errors=list(errors),
        told=gettext(PAPER_NOTED) % {"source": source.name.in_language(current_locale())} if source else "",
        may_start=actor.covers(Permission.CHECKS_START, division_code),
        may_reveal=actor.covers(Permission.PERSONS_REVEAL, division_code),
        is_paper_fit={task.id: economic_checks.may_ask_paper(task) for task in whole.tasks},
    )


def _context(whole: WholeCheck) -> dict[str, Any]:
    parts, locale, sources = services(), current_locale(), _sources()
    lines = economic_checks.in_reading_order(economic_checks.line_rows(whole, sources, locale))
    members = _members(whole, sources, lines)
    open_ids = [one.person_id for one in members if not one.is_closed]
    failed = {task.source for task in whole.failed}
    return {
        "whole": whole,
        "check": whole.check,
        "household": whole.household,
        "place": households.place_name(whole.household.division_code, parts.settings.county),
        "members": members,
        "labels": {one.person_id: one.label for one in members},
        "lines": [line for line in lines if line.person_id is None],
        "differing": [
            line.title
            for line in economic_checks.sort_lines(lines).differing
            if line.person_id is None or line.person_id in open_ids
        ],
        "moved": economic_checks.moved_rows(whole, parts.catalogue, locale),
        "notes": [
            note for note in economic_checks.note_rows(whole, sources, locale) if note.person_id in open_ids
        ],
        "contests": [
            one
            for one in economic_checks.contest_rows(whole, sources, locale, open_ids)
            if one.line.state != "withdrawn"
        ],
        "failed": sorted(
            source.name.in_language(locale) for code in failed if (source := sources.get(code)) is not None
        ),
        "check_words": economic_checks.CHECK_WORDS,
        "purpose": authorizations.PURPOSE_WORDS[whole.request.purpose].in_language(locale),
    }


def _members(
    whole: WholeCheck, sources: authorizations.Sources, lines: Sequence[economic_checks.LineRow]
) -> list[Shown]:
    session, actor, parts = current_session(), current_actor(), services()
    asked = {task.person_id for task in whole.tasks}
    everybody = {one.person.id: one for one in households.list_everybody(session, whole.household)}
    shown = []
    for person_id, here in everybody.items():
        if person_id not in asked:
            continue
        closed = looks.is_minor(here.person, parts.clock.today()) and not looks.is_minor_open_for(
            session, actor, person_id, parts.clock.now()
        )
        shown.append(
            Shown(
                person_id,
                _label(here, closed),
                closed,
                [] if closed else economic_checks.source_rows(whole, sources, current_locale(), person_id),
                [] if closed else [line for line in lines if line.person_id == person_id],
            )
        )
    return shown


def _label(here: PersonHere, closed: bool) -> str:
    relation = gettext(households.RELATION_WORDS[here.member.relation])
    if not closed:
        return f"{here.person.name} · {relation}"
    age = age_on(here.person.birth, services().clock.today()) if here.person.birth else None
    band = next((gettext(words) for limit, words in AGE_BANDS if age is not None and age < limit), "")
    return f"{relation} · {band}" if band else relation


def _usual_purpose(actor: Actor) -> str:
    if Role.INSPECTOR in actor.roles:
        return purpose_of(actor, "")
    return "check_report"


def _note_looks(whole: WholeCheck, members: Sequence[Shown], why: str, seen: Sequence[str]) -> None:
    persons = [(whole.check.number, f"person:{one.person_id}") for one in members if not one.is_closed]
    if persons:
        note_look(
            audit.Event.CHECK_SHOWN,
            persons,
            by=current_actor().for_the_log(Permission.CHECKS_READ, whole.household.division_code),
            seen=sorted(seen),
            purpose=why,
            case_ref=whole.request.number,
        )


def _note_refused(whole: WholeCheck, task: CheckTask) -> None:
    """A question that nobody may ask now leaves one row, although the request is dropped (SA-11)."""
    by = current_actor().for_the_log(Permission.CHECKS_START, whole.household.division_code)
    now, number = services().clock.now(), whole.request.number
    task_id, person_id, source = task.id, task.person_id, task.source
    after_answer(
        lambda session: economic_checks.note_refusal(
            session, task_id, person_id, source, "not_open", number, by=by, now=now
        )
    )
