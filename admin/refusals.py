"""How the staff side says no: in its own frame, so that nobody loses the way back to their work."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import Conflict, Forbidden, HTTPException, NotFound, TooManyRequests

from admin.blueprint import blueprint
from admin.pages import render_refusal
from assistance import errors
from infrastructure.languages import N_
from web.languages import gettext

SENTENCES = {
    403: N_("您现在的岗位打不开这一页。需要的话，请找安全管理员。"),
    404: N_("没有找到，或者不归您管。"),
    409: N_("内容刚刚有变化，请重新打开再试。"),
    429: N_("次数太多了，已经停住。过一阵再来；确实急需的话，请找您的负责人。"),
}


@blueprint.errorhandler(errors.Refusal)
def answer_refusal(error: errors.Refusal) -> Response:
    """Something cannot be done now: the domain's own sentence says why."""
    return render_refusal(409, gettext(error.message))


@blueprint.errorhandler(errors.NotFound)
def answer_not_found(error: errors.NotFound) -> Response:
    """Not there, or not for this member of staff: one answer for both."""
    return render_refusal(404, gettext(error.message or SENTENCES[404]))


@blueprint.errorhandler(StaleDataError)
def answer_stale(_error: StaleDataError) -> Response:
    """Somebody else was faster."""
    return render_refusal(409, gettext(SENTENCES[409]))


@blueprint.errorhandler(Forbidden)
@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Conflict)
@blueprint.errorhandler(TooManyRequests)
def answer_http_error(error: HTTPException) -> Response:
    """A refusal that a view or its guard has raised by number."""
    code = error.code or 404
    return render_refusal(code, gettext(SENTENCES[code]))
