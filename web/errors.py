"""Every refusal and every failure, as a page worth reading or as application/problem+json."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from assistance.errors import NotFound, Refusal
from infrastructure.languages import N_, translator
from web.access import StepUpRequired, face, return_token
from web.csrf import is_same_site
from web.kept_forms import NEVER_COMES_BACK
from web.languages import current_locale
from web.pages import render_page
from web.problems import KINDS, code_of
from web.services import services

logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
API = "/api/"

DETAILS = {
    400: N_("这次送来的内容我们看不懂，请返回再试一次。"),
    401: N_("请先登录。"),
    403: N_("这一页您现在打不开。"),
    404: N_("没有找到这一页。"),
    405: N_("这个地址不能这样用。"),
    406: N_("这个地址不能这样用。"),
    409: N_("内容刚刚有变化，请重新打开再试。"),
    410: N_("这一页已经到期收回。"),
    413: N_("送来的内容太大了，请少填一些再试。"),
    414: N_("这个地址太长了。"),
    415: N_("送来的内容格式不对。"),
    412: N_("内容刚刚有变化，请看过新的再办。"),
    422: N_("有的内容填得不对，请改一改。"),
    426: N_("您手里的这一版太旧了，请更新以后再用。急事请打电话给我们。"),
    428: N_("请先打开看一遍，再办这一步。"),
    429: N_("试的次数太多了，请过一会儿再试。"),
    431: N_("送来的内容太大了，请少填一些再试。"),
    500: N_("我们这边出了错，不是您的问题。请过一会儿再试，或者打电话给我们。"),
    503: N_("现在查不到各地的标准，请过一会儿再试，或者打电话给我们。"),
}


@dataclass
class Problem(Exception):
    """An error of the JSON interface: what to show, and which fields it concerns."""

    status: int
    detail: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    code: str = ""
    """A word of `web.problems.KINDS`; the status' own where it is empty."""
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int = 0
    """Seconds; zero where nothing is gained by waiting."""


@dataclass(frozen=True)
class ErrorFrame:
    """How one side shows what went wrong: its own sentences by status, and the page that they stand on.

    `page` takes the status, the sentence, the request's number, and by name what a stale form brought.
    """

    sentences: Mapping[int, str]
    page: Callable[..., Response]


def install_error_frame(app: Flask, side: str, frame: ErrorFrame) -> None:
    """Show the errors below the addresses of this side in its own frame, unknown addresses too."""
    app.extensions.setdefault("huimin.error_frames", {})[side] = frame


def install_errors(app: Flask) -> None:
    """Answer every error of this application."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(StepUpRequired, _step_up)
    app.register_error_handler(CSRFError, _csrf_failed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFound, lambda error: answer(404, error.message))
    app.register_error_handler(Refusal, lambda error: answer(409, error.message))
    app.register_error_handler(StaleDataError, lambda _error: answer(409))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _crashed)


def answer(status: int, message: str = "") -> Response:
    """The error as the caller reads errors: JSON below /api/, a page elsewhere."""
    if request.path.startswith(API):
        return problem_answer(status, message)
    response = _page(status, _translated(message or _sentence(status)))
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-store"
    return response


def problem_answer(
    status: int,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
    code: str = "",
    **more: Any,
) -> Response:
    """An application/problem+json answer with a sentence fit to show."""
    code = code or code_of(status)
    body = {
        "type": f"{services().settings.base_url}/problems/{code}",
        "title": _translated(KINDS[code].title),
        "status": status,
        "code": code,
        "detail": _translated(detail or DETAILS.get(status, DETAILS[500 if status >= 500 else 400])),
        "errors": errors or [],
        **more,
    }
    # A field's name is the sender's own word, and half a character can be written in JSON but not sent.
    text = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    response = Response(text, status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(error: Problem) -> Response:
    response = problem_answer(error.status, error.detail, error.errors, error.code, **error.more)
    response.headers.update(error.headers)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
        if error.status == 429:
            # As the drafts for HTTP name it: nothing is left (r), and in how many seconds there is (t).
            response.headers["RateLimit"] = f'"default";r=0;t={error.retry_after}'
    return response


def _step_up(error: StepUpRequired) -> Response:
    if request.path.startswith(API):
        detail = N_("这一步要再核实一下是您本人。")
        return problem_answer(403, detail, code="STEP_UP_REQUIRED", need=error.need.name)
    where = "admin.start_step_up" if face() == "admin" else "portal.start_step_up"
    address = url_for(where, next=return_token(), need=error.need.name)
    return redirect(address, 303)  # type: ignore[return-value]


def _translated(message: str) -> str:
    return translator(current_locale()).gettext(message)


def _frame() -> ErrorFrame | None:
    frames: dict[str, ErrorFrame] = current_app.extensions.get("huimin.error_frames", {})
    return frames.get(face())


def _sentence(status: int) -> str:
    frame = _frame()
    own = frame.sentences.get(status) if frame else None
    return own or DETAILS.get(status, DETAILS[500 if status >= 500 else 400])


def _page(status: int, detail: str, **more: Any) -> Response:
    frame, number = _frame(), g.get("request_id", "")
    try:
        if frame is not None:
            return frame.page(status, detail, number, **more)
        return _own_page(status, detail=detail, request_id=number, **more)
    except Exception as error:
        # An error page that fails must not hide the first error behind a second one.
        logger.exception("the error page itself failed", exc_info=error, extra=_fields())
        return Response(detail, mimetype="text/plain")


def _own_page(status: int, **context: Any) -> Response:
    try:
        return render_page(f"errors/{status}.html", status=status, **context)
    except TemplateNotFound:
        rest = "errors/500.html" if status >= 500 else "errors/error.html"
        return render_page(rest, status=status, **context)


def _http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = answer(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _csrf_failed(_error: CSRFError) -> Response:
    # What was typed comes back only to a browser that says it came from our own page: nobody else may have
    # a form sent with a token of ours on it.
    typed = []
    if is_same_site():
        typed = [
            (name, text)
            for name, texts in request.form.lists()
            for text in texts
            if name not in NEVER_COMES_BACK
        ]
    detail = _translated(N_("这一页放得太久了，请再按一次。您填的内容还在。") if typed else _sentence(400))
    response = _page(400, detail, typed=typed, address=request.path)
    response.status_code = 400
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _database_away(error: Exception) -> Response:
    logger.error("the database does not answer", exc_info=error, extra=_fields())
    return answer(503)


def _crashed(error: Exception) -> Response:
    logger.error("a request failed", exc_info=error, extra=_fields())
    return answer(500)


def _fields() -> dict[str, Any]:
    route = request.url_rule.rule if request.url_rule else None
    return {"fields": {"request_id": g.get("request_id", ""), "route": route}}
