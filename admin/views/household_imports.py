"""Bringing households in from a spreadsheet: template, preview, what is wrong, then all or nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from assistance import households
from assistance.errors import Refusal
from assistance.permissions import Permission
from assistance.values import masked_name
from infrastructure import spreadsheets
from infrastructure.languages import N_
from web import limits
from web.access import allows, current_actor
from web.bad_input import takes_files
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

LARGEST_BODY = spreadsheets.MOST_BYTES + 64 * 1024
AN_HOUR = timedelta(hours=1)
FILES_AN_HOUR = 30
SHOWN_HOUSEHOLDS, SHOWN_PROBLEMS = 50, 200
STATES = {
    "staged": N_("读进来了，还没有登记"),
    "done": N_("已经登记"),
    "given_up": N_("没有登记，内容已清空"),
}


@blueprint.route("/households/import", methods=["GET", "POST"])
@allows(Permission.HOUSEHOLDS_IMPORT)
@takes_files(LARGEST_BODY)
def start_household_import() -> BaseResponse:
    """Send a spreadsheet; it is read and shown, and nothing of it counts yet."""
    within = True
    if request.method == "POST":
        within = limits.count(f"household_imports:{current_actor().account_id}", AN_HOUR, FILES_AN_HOUR)
    session, actor, now = current_session(), current_actor(), services().clock.now()
    error, named = "", []
    if request.method == "POST":
        sent = request.files.get("sheet")
        content = sent.read(LARGEST_BODY) if sent is not None and sent.filename else b""
        if not within:
            error = gettext(N_("送得太多了，请过一会儿再送。"))
        elif sent is None or not content:
            error = gettext(N_("请选一个文件"))
        else:
            try:
                made = households.stage_import(session, sent.filename or "", content, by=actor, now=now)
                return redirect(url_for("admin.review_household_import", import_id=made.id), 303)
            except households.ColumnsRefused as refusal:
                error, named = gettext(refusal.message), refusal.names
            except Refusal as refusal:
                error = gettext(refusal.message)
    return render_desk_page(
        "admin/households/import.html",
        status=422 if error else 200,
        imports=households.list_imports(session, actor),
        states=STATES,
        errors=[("sheet", error)] if error else [],
        error={"sheet": error},
        named=named,
    )


@blueprint.get("/households/import/template.xlsx")
@allows(Permission.HOUSEHOLDS_IMPORT)
def show_import_template() -> Response:
    """An empty spreadsheet with every column, identity numbers kept as text."""
    example = [
        *("1", "", "", "", "", "户主", "", ""),
        *("" for _ in households.import_heads()[8:]),
    ]
    content = spreadsheets.write_book([("登记", households.import_heads(), [example])])
    return _file(content, "huimin-households.xlsx")


@blueprint.get("/households/import/<uuid:import_id>")
@allows(Permission.HOUSEHOLDS_IMPORT)
def review_household_import(import_id: uuid.UUID) -> Response:
    """What would be put down, and what is wrong row by row; names stay masked."""
    imported = households.get_import(current_session(), current_actor(), import_id)
    return _review(imported)


@blueprint.get("/households/import/<uuid:import_id>/problems.xlsx")
@allows(Permission.HOUSEHOLDS_IMPORT)
def show_import_problems(import_id: uuid.UUID) -> Response:
    """What is wrong, row by row, as a spreadsheet to work through; nothing of what stood there."""
    imported = households.get_import(current_session(), current_actor(), import_id)
    rows = [(str(one.row), one.column, gettext(one.says)) for one in households.preview(imported).problems]
    heads = [gettext(N_("第几行")), gettext(N_("哪一列")), gettext(N_("哪里不对"))]
    return _file(spreadsheets.write_book([("problems", heads, rows)]), "huimin-problems.xlsx")


@blueprint.post("/households/import/<uuid:import_id>/save")
@allows(Permission.HOUSEHOLDS_IMPORT)
def save_household_import(import_id: uuid.UUID) -> BaseResponse:
    """Put everything down at once; where anything is wrong, nothing is."""
    session, actor = current_session(), current_actor()
    imported = households.get_import(session, actor, import_id)
    try:
        households.put_down_import(session, imported, by=actor, now=services().clock.now())
    except Refusal as refusal:
        session.rollback()
        return _review(households.get_import(session, actor, import_id), gettext(refusal.message))
    return redirect(url_for("admin.review_household_import", import_id=import_id), 303)


@blueprint.post("/households/import/<uuid:import_id>/forget")
@allows(Permission.HOUSEHOLDS_IMPORT)
def forget_household_import(import_id: uuid.UUID) -> BaseResponse:
    """Let go of what was read; its contents are emptied."""
    session, actor = current_session(), current_actor()
    imported = households.get_import(session, actor, import_id)
    households.give_up_import(session, imported, by=actor, now=services().clock.now())
    return redirect(url_for("admin.start_household_import"), 303)


def _review(imported: households.HouseholdImport, problem: str = "") -> Response:
    shown, parts = households.preview(imported), services()
    rows = [
        (
            one,
            parts.divisions.full_name(one.village, parts.settings.county) if one.village else "",
            next((masked_name(member.name) for member in one.members if member.relation == "head"), ""),
        )
        for one in shown.households[:SHOWN_HOUSEHOLDS]
    ]
    return render_desk_page(
        "admin/households/review_import.html",
        status=409 if problem else 200,
        imported=imported,
        shown=shown,
        rows=rows,
        problems=[(one, gettext(one.says)) for one in shown.problems[:SHOWN_PROBLEMS]],
        states=STATES,
        problem=problem,
    )


def _file(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=spreadsheets.XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
