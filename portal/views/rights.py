"""我的信息: everything held about me, a copy of it, and having it corrected or deleted."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import rights
from assistance.data_register import data_register
from assistance.errors import Refusal
from assistance.permissions import Permission
from infrastructure.languages import N_
from infrastructure.pdf import PdfFailed, html_to_pdf
from infrastructure.pictures import BadPicture, drawn_anew
from portal.blueprint import blueprint
from portal.forms.rights import OwnDeletionForm, RelativeForm, RightsForm, WishForm
from portal.looking import people_of_reader, reader_id
from portal.own_data import copy_for_reader, handling_name, note_copy, people_to_copy
from portal.own_language import answer_in_own_language
from web import limits
from web.access import allows, current_actor
from web.bad_input import takes_files
from web.languages import current_locale, gettext
from web.pages import environment, render_html, render_page
from web.services import services
from web.unit_of_work import current_session

USE = Permission.OWN_RIGHTS_USE
LARGEST_UPLOAD = 9 * 1024 * 1024
BAD_PICTURE = N_("这张照片读不出来，请用手机重新拍一张，不超过 8 MB。")
COPIES_AN_HOUR, AN_HOUR, PDF_SECONDS = 20, timedelta(hours=1), 40
MOST_SHOWN = 20
# Where something is put right without a request: one's own words in the file, and what a source has said.
PUT_RIGHT = {
    "household-files": ("portal.show_own_household", N_("在家庭档案里改")),
    "checks": ("portal.list_own_economic_checks", N_("在核对结果里说不对")),
    "authorizations": ("portal.list_authorizations", N_("收回授权")),
    "sign-in": ("portal.list_sign_ins", N_("管登录和手机号")),
    "looks": ("portal.list_looks", N_("看谁看过我的信息")),
}


@blueprint.get("/me/data")
@allows(USE)
def show_own_data() -> Response:
    """What is held about me: why, how long, who sees it, and the rows themselves."""
    return _data_page(reader_id())


@blueprint.get("/me/data/<uuid:person_id>")
@allows(USE)
def show_data_of(person_id: uuid.UUID) -> Response:
    """The same of a ward, or of a dead relative where it was granted."""
    return _data_page(person_id)


@blueprint.get("/me/data/<uuid:person_id>/copy.json")
@allows(USE)
def show_data_copy(person_id: uuid.UUID) -> Response:
    """Everything as JSON."""
    _limit()
    copy = copy_for_reader(person_id)
    note_copy(copy, "json")
    text = json.dumps(rights.as_document(copy, current_locale()), ensure_ascii=False, indent=1)
    return _download(text.encode(), "application/json", "copy.json")


@blueprint.get("/me/data/<uuid:person_id>/copy.pdf")
@allows(USE)
def print_data_copy(person_id: uuid.UUID) -> Response:
    """Everything that a person can read, on paper."""
    _limit()
    answer_in_own_language()
    copy = copy_for_reader(person_id)
    html = render_html("printouts/data_copy.html", copy=copy, handlings=_handlings(copy, most=None))
    try:
        stylesheet = environment().get_template("printouts/receipt.css").render()
        pdf = html_to_pdf(html, stylesheet, PDF_SECONDS)
    except PdfFailed:
        abort(503)
    note_copy(copy, "pdf")
    return _download(pdf, "application/pdf", "copy.pdf")


@blueprint.route("/me/data/requests/new", methods=["GET", "POST"])
@allows(USE)
def ask_about_data() -> BaseResponse:
    """Ask for a correction or a deletion that has no shorter way."""
    form = RightsForm(request.form if request.method == "POST" else request.args)
    locale = current_locale()
    choices = [(row.code, row.name.in_language(locale)) for row in data_register().handlings]
    errors: dict[str, str] = {}
    if request.method == "POST":
        if form.validate():
            try:
                made = rights.ask(
                    current_session(),
                    form.kind.data or "",
                    form.about.data or "",
                    form.says.data or "",
                    of=people_of_reader()[_whose()],
                    county=services().settings.county,
                    by=current_actor(),
                    now=services().clock.now(),
                )
                return redirect(url_for("portal.show_data_request", request_id=made.id), 303)
            except Refusal as refusal:
                errors["says"] = gettext(refusal.message)
        errors = errors or _errors(form)
    return render_page(
        "portal/rights/new.html",
        status=422 if errors else 200,
        form=form,
        kinds=[(code, gettext(rights.KIND_WORDS[code]), "") for code in ("correction", "deletion")],
        abouts=[("", choices)],
        wards=[(str(one.id), one.name) for one in people_of_reader().values()],
        whose=str(_whose()),
        errors=list(errors.items()),
        error=_Said(errors),
        days=rights.ANSWERED_WITHIN_DAYS,
    )


@blueprint.get("/me/data/requests/<uuid:request_id>")
@allows(USE)
def show_data_request(request_id: uuid.UUID) -> Response:
    """One request of mine: until when it is answered, and the answer."""
    found = rights.get_own(current_session(), current_actor(), request_id)
    return render_page(
        "portal/rights/request.html",
        found=found,
        kind=rights.KIND_WORDS[found.kind],
        wants=rights.WANTS_WORDS[found.wants],
        state=rights.STATE_WORDS[found.state],
        reason=rights.REASON_WORDS.get(found.reason or "", ""),
        about=handling_name(found.about),
        today=services().clock.today(),
    )


@blueprint.post("/me/data/requests/<uuid:request_id>/withdrawal")
@allows(USE)
def withdraw_data_request(request_id: uuid.UUID) -> BaseResponse:
    """Take a request back while it waits."""
    session, actor = current_session(), current_actor()
    found = rights.get_own(session, actor, request_id)
    rights.withdraw(session, found, by=actor, now=services().clock.now())
    return redirect(url_for("portal.show_data_request", request_id=request_id), 303)


@blueprint.route("/me/data/deletion", methods=["GET", "POST"])
@allows(USE)
def delete_own_data() -> BaseResponse:
    """What rests on nothing but my wish goes at once."""
    session, actor = current_session(), current_actor()
    form, problem = OwnDeletionForm(request.form), ""
    if request.method == "POST":
        try:
            rights.delete_own(session, form.what.data or [], by=actor, now=services().clock.now())
            return redirect(url_for("portal.delete_own_data", done=1), 303)
        except Refusal as refusal:
            problem = gettext(refusal.message)
    counts = rights.count_deletable(session, actor)
    rows = [
        (code, f"{gettext(words)} · {counts[code]}", gettext(rights.DELETION_HINTS[code]))
        for code, words in rights.DELETION_WORDS.items()
        if counts[code]
    ]
    return render_page(
        "portal/rights/deletion.html",
        status=422 if problem else 200,
        rows=rows,
        is_done=request.method == "GET" and "done" in request.args,
        errors=[("what", problem)] if problem else [],
        problem=problem,
    )


@blueprint.route("/me/data/relatives", methods=["GET", "POST"])
@allows(USE)
@takes_files(LARGEST_UPLOAD)
def ask_for_relative() -> BaseResponse:
    """A near relative asks for what is held about somebody who has died."""
    form = RelativeForm(request.form if request.method == "POST" else None)
    errors: dict[str, str] = {}
    if request.method == "POST":
        form.validate()
        errors = _errors(form)
        number = form.read_number()
        if isinstance(number, str):
            errors.setdefault("resident_id", gettext(number))
        picture = _picture(errors)
        if not errors and not isinstance(number, str):
            told = rights.Relative(form.name.data or "", number, form.relation.data or "", picture)
            try:
                made = rights.ask_as_relative(
                    current_session(),
                    form.wants.data or "",
                    told,
                    form.says.data or "",
                    county=services().settings.county,
                    by=current_actor(),
                    now=services().clock.now(),
                )
                return redirect(url_for("portal.show_data_request", request_id=made.id), 303)
            except Refusal as refusal:
                errors["says"] = gettext(refusal.message)
    return render_page(
        "portal/rights/relative.html",
        status=422 if errors else 200,
        form=form,
        relations=[("", [(code, gettext(words)) for code, words in rights.RELATION_WORDS.items()])],
        wants=[(code, gettext(words), "") for code, words in rights.WANTS_WORDS.items()],
        errors=list(errors.items()),
        error=_Said(errors),
        days=rights.ANSWERED_WITHIN_DAYS,
    )


@blueprint.route("/me/data/wish", methods=["GET", "POST"])
@allows(USE)
def choose_data_wish() -> BaseResponse:
    """What is to happen with my data when I am no longer there."""
    session, actor = current_session(), current_actor()
    form = WishForm(request.form)
    if request.method == "POST" and form.validate():
        rights.say_wish(session, form.wish.data or "", by=actor, now=services().clock.now())
        return redirect(url_for("portal.choose_data_wish", done=1), 303)
    wrong = request.method == "POST"
    return render_page(
        "portal/rights/wish.html",
        status=422 if wrong else 200,
        wish=rights.wish_of(session, reader_id()),
        is_done=not wrong and "done" in request.args,
        problem=gettext(N_("请选一个")) if wrong else "",
    )


class _Said(dict[str, str]):
    """What is wrong with each field; nothing where nothing is."""

    def __missing__(self, field: str) -> str:
        return ""


def _data_page(person_id: uuid.UUID) -> Response:
    copy = copy_for_reader(person_id)
    note_copy(copy, "page")
    session, actor = current_session(), current_actor()
    is_own = person_id == reader_id()
    return render_page(
        "portal/rights/show.html",
        copy=copy,
        person=copy.person,
        is_own=is_own,
        handlings=_handlings(copy, most=MOST_SHOWN),
        others=[one for one in people_to_copy().values() if one.id != person_id],
        requests=rights.list_own(session, actor) if is_own else [],
        state_words=rights.STATE_WORDS,
        kind_words=rights.KIND_WORDS,
    )


def _handlings(copy: rights.Copy, *, most: int | None) -> list[dict[str, Any]]:
    """Every handling that has rows, in the words of the register, with its rows in words."""
    locale, register = current_locale(), data_register()
    rows = []
    for one in copy.handlings:
        if not one.count:
            continue
        told = one.handling
        endpoint, link = PUT_RIGHT.get(told.code, ("", ""))
        rows.append(
            {
                "code": told.code,
                "name": told.name.in_language(locale),
                "purpose": told.purpose.in_language(locale),
                "ground": register.grounds[told.ground].in_language(locale),
                "seen_by": told.seen_by.in_language(locale),
                "kept": [keep.says.in_language(locale) for keep in told.keeps],
                "address": url_for(endpoint) if endpoint else "",
                "link": link,
                "tables": [
                    {
                        "name": rights.TABLE_WORDS[table.name],
                        "count": len(table.rows),
                        "others": table.others,
                        "rows": [
                            pairs
                            for row in table.rows[:most]
                            if (pairs := rights.pairs_of(table.name, row, locale))
                        ],
                    }
                    for table in one.tables
                    if table.rows
                ],
            }
        )
    return rows


def _whose() -> uuid.UUID:
    """Whose data a request is about: a ward that was chosen, else oneself."""
    chosen = request.form.get("whose", "")
    return next((one for one in people_of_reader() if str(one) == chosen), reader_id())


def _errors(form: Any) -> dict[str, str]:
    return {name: gettext(str(found[0])) for name, found in form.errors.items() if found and name}


def _picture(errors: dict[str, str]) -> bytes:
    sent = request.files.get("proof")
    content = sent.read(LARGEST_UPLOAD) if sent is not None and sent.filename else b""
    if not content:
        errors["proof"] = gettext(N_("请附上能证明关系的照片，比如户口本的那一页。"))
        return b""
    try:
        return drawn_anew(content)
    except BadPicture:
        errors["proof"] = gettext(BAD_PICTURE)
        return b""


def _limit() -> None:
    if not limits.count(f"rights.copy:{reader_id()}", AN_HOUR, COPIES_AN_HOUR, open_on_failure=True):
        abort(429)


def _download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
