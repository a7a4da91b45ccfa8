"""What may help: the result page, and the same in large print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from assistance import assessments, policies
from assistance.assessments import Answers, Reason, Result
from assistance.policies import Verdict
from infrastructure.languages import N_
from infrastructure.pdf import PdfFailed, html_to_pdf
from portal.answers_cookie import current_answers, lost_query
from portal.blueprint import blueprint
from portal.judging import judge, today
from web import limits
from web.access import public
from web.languages import current_locale, gettext
from web.pages import environment, render_html, render_page
from web.services import services

PDFS_FROM_ONE_ADDRESS, PDF_WINDOW = 30, timedelta(minutes=10)
PDF_SECONDS = 20
LEVELS = {
    policies.LIKELY: N_("很可能可以享受"),
    policies.POSSIBLE: N_("有可能可以享受"),
    policies.NOT_NOW: N_("暂时看不太像"),
}


def level_words(outcome: str) -> str:
    """An outcome as a resident reads it."""
    return gettext(LEVELS.get(outcome, LEVELS[policies.NOT_NOW]))


def todo_words(reasons: Sequence[Reason]) -> list[str]:
    """What would have to differ: what the family can do, or the condition itself."""
    return [reason.todo or reason.says for reason in reasons]


def result_of(answers: Answers, verdicts: list[Verdict]) -> Result:
    """The verdicts as the page shows them."""
    return assessments.present(
        verdicts,
        names=assessments.member_names(answers),
        county=services().settings.county,
        locale=current_locale(),
        count_unsure=answers.count_unsure(),
    )


@blueprint.get("/assessment/result")
@public
def show_result() -> Response:
    """What is likely, what is possible, what the household has, and all else it may still apply for."""
    answers = current_answers()
    if answers.is_empty:
        return _to_start()
    verdicts = judge(answers)
    changes: tuple[assessments.Change, ...] = ()
    if answers.kept is not None and answers.kept.is_current:
        before = {verdict.policy.code: verdict.outcome for verdict in verdicts} | dict(answers.kept.before)
        changes = assessments.changes_since(
            before, verdicts, county=services().settings.county, locale=current_locale()
        )
    return render_page(
        "portal/assessments/result.html", **_context(answers, verdicts), changes=changes, kept=answers.kept
    )


@blueprint.get("/assessment/result.pdf")
@public
def print_result() -> Response:
    """The result in large print on A4."""
    answers = current_answers()
    if answers.is_empty:
        return _to_start()
    key = f"assessments.pdf:{limits.caller_address()}"
    if not limits.count(key, PDF_WINDOW, PDFS_FROM_ONE_ADDRESS, open_on_failure=True):
        return render_page("portal/assessments/not_printed.html", status=429, answers=answers)
    html = render_html("printouts/result.html", **_context(answers, judge(answers)))
    stylesheet = environment().get_template("printouts/result.css").render()
    try:
        pdf = html_to_pdf(html, stylesheet, PDF_SECONDS)
    except PdfFailed:
        return render_page("portal/assessments/not_printed.html", status=503, answers=answers)
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="huimin-result.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _context(answers: Answers, verdicts: list[Verdict]) -> dict[str, Any]:
    parts, day = services(), today()
    return {
        "answers": answers,
        "result": result_of(answers, verdicts),
        "departments": parts.catalogue.departments,
        "day": day,
        "urgent": assessments.is_urgent(answers),
        "open_step": assessments.first_open(answers, day),
        "level_words": level_words,
        "todo_words": todo_words,
    }


def _to_start() -> Response:
    return redirect(url_for("portal.start_assessment", **lost_query()), 303)
