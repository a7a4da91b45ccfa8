"""Keeping answers for thirty days under a receipt code, coming back to them, deleting them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from assistance import assessments, audit
from assistance.assessments import Answers, Kept
from assistance.errors import NotFound
from infrastructure.languages import N_
from portal.answers_cookie import current_answers, keep_answers
from portal.blueprint import blueprint
from portal.judging import judge, today
from web import limits
from web.access import public
from web.filters import local_day
from web.languages import gettext
from web.limits import Limit
from web.looks import anonymous_actor, note_look
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

SAVES_FROM_ONE_ADDRESS, AN_HOUR = 30, timedelta(hours=1)
TRIES_OF_ONE_CODE, A_QUARTER = 5, timedelta(minutes=15)
FAILURES_FROM_ONE_ADDRESS, FAILURES_OF_ALL = 20, 100
FAILURES = "assessments.return:failures"
TICK = N_("请先看一遍，愿意就打个勾")
SAVED_OFTEN = N_("存得太多次了，过一个小时再试，或者打电话。")
TYPE_CODE = N_("收据码是 16 个字母和数字，请对着纸再看一遍")
NOT_FOUND = N_("没找到。请对着纸再看一遍；过了 30 天，或删掉了，就没有了")
TRIED_OFTEN = N_("试得太多次了，请过 15 分钟再试，或者打电话")


@blueprint.route("/assessment/save", methods=["GET", "POST"])
@public
def save_answers() -> Response:
    """Who keeps what, why and how long; with a tick of its own the answers are kept."""
    answers = current_answers()
    if answers.is_empty:
        return redirect(url_for("portal.start_assessment"), 303)
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        if request.form.get("agreed") != "yes":
            errors, status = [("agreed", gettext(TICK))], 422
        elif not limits.count(
            f"assessments.save:{limits.caller_address()}",
            AN_HOUR,
            SAVES_FROM_ONE_ADDRESS,
            open_on_failure=True,
        ):
            errors, status = [("agreed", gettext(SAVED_OFTEN))], 429
        else:
            return _save(answers)
    until = services().clock.now() + assessments.KEPT_FOR
    return render_page(
        "portal/assessments/save.html", status=status, answers=answers, errors=errors, until=until
    )


def _save(answers: Answers) -> Response:
    parts = services()
    verdicts = judge(answers)
    if answers.kept is not None:
        # One household, one copy: the older one would only be forgotten.
        _delete_saved(answers.kept.code)
    code = assessments.save(
        current_session(),
        parts.cipher,
        replace(answers, kept=None),
        assessments.outcomes_of(verdicts),
        county=parts.settings.county,
        catalogue_version=parts.catalogue.version,
        now=parts.clock.now(),
        by=anonymous_actor(),
    )
    kept = Kept(code, today().toordinal(), is_new=True)
    return keep_answers(redirect(url_for("portal.show_receipt"), 303), replace(answers, kept=kept))


@blueprint.get("/assessment/saved")
@public
def show_receipt() -> Response:
    """The receipt code, once."""
    answers = current_answers()
    kept = answers.kept
    if kept is None or not kept.is_new:
        return redirect(url_for("portal.return_to_answers"), 303)
    until = date.fromordinal(kept.saved_on) + assessments.KEPT_FOR
    response = render_page(
        "portal/assessments/saved.html", answers=answers, code=assessments.grouped(kept.code), until=until
    )
    return keep_answers(response, replace(answers, kept=replace(kept, is_new=False)))


@blueprint.route("/assessment/return", methods=["GET", "POST"])
@public
def return_to_answers() -> Response:
    """Open or delete saved answers with their receipt code."""
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        code = assessments.read_receipt_code(request.form.get("code", "")[:80])
        if code is None:
            errors, status = [("code", gettext(TYPE_CODE))], 422
        elif not _may_try(code):
            errors, status = [("code", gettext(TRIED_OFTEN))], 429
        else:
            try:
                return _delete(code) if request.form.get("act") == "delete" else _open(code)
            except NotFound:
                errors, status = [("code", gettext(NOT_FOUND))], 422
    return render_page(
        "portal/assessments/return.html",
        status=status,
        typed=request.form.get("code", "")[:40],
        answers=current_answers(),
        errors=errors,
        deleted=request.args.get("notice") == "deleted",
    )


@blueprint.post("/assessment/return/delete")
@public
def delete_kept_answers() -> Response:
    """Delete the saved copy of the answers that are open now."""
    answers = current_answers()
    if answers.kept is not None:
        _delete_saved(answers.kept.code)
    response = redirect(url_for("portal.return_to_answers", notice="deleted"), 303)
    return keep_answers(response, replace(answers, kept=None)) if not answers.is_empty else response


def _may_try(code: str) -> bool:
    """Count one guess, for this address, this code and all, before anybody looks whether it is right."""
    if not limits.count(_failures_here(), AN_HOUR, FAILURES_FROM_ONE_ADDRESS):
        # Whoever guesses on and on from one place may not use up what everybody else has.
        return False
    # The limit's own subject is hashed under a key, so the code itself is stored nowhere.
    of_code = Limit(f"assessments.return:{code}", A_QUARTER, TRIES_OF_ONE_CODE)
    return limits.count_all([of_code, Limit(FAILURES, AN_HOUR, FAILURES_OF_ALL)])


def _failures_here() -> str:
    return f"{FAILURES}:{limits.caller_address()}"


def _was_no_failure() -> None:
    for subject in (FAILURES, _failures_here()):
        limits.take_back(subject, AN_HOUR)


def _open(code: str) -> Response:
    parts = services()
    found = assessments.find_saved(
        current_session(), parts.cipher, code, county=parts.settings.county, now=parts.clock.now()
    )
    _was_no_failure()
    # One's own look is kept too; without a device, or the log would tie the answers to whoever else used it.
    opened = [(found.reference, None)]
    note_look(audit.Event.ANSWERS_OPENED, opened, by=anonymous_actor(), seen=("answers",))
    now = assessments.outcomes_of(judge(found.answers))
    before = {
        policy: outcome for policy, outcome in found.outcomes.items() if now.get(policy, outcome) != outcome
    }
    kept = Kept(code, local_day(found.saved_at).toordinal(), is_returned=True, before=before)
    return keep_answers(redirect(url_for("portal.show_result"), 303), replace(found.answers, kept=kept))


def _delete_saved(code: str) -> bool:
    parts = services()
    return assessments.delete_saved(
        current_session(), parts.cipher, code, now=parts.clock.now(), by=anonymous_actor()
    )


def _delete(code: str) -> Response:
    if not _delete_saved(code):
        raise NotFound
    _was_no_failure()
    response = redirect(url_for("portal.return_to_answers", notice="deleted"), 303)
    answers = current_answers()
    if answers.kept is not None and answers.kept.code == code:
        return keep_answers(response, replace(answers, kept=None))
    return response
