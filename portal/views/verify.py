"""Whether a receipt is real: for anybody, by its code; a file is hashed in the browser alone."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from assistance import authorizations
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.forms.authorizations import VerifyForm
from web import limits
from web.access import public
from web.languages import current_locale, gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

AN_HOUR = timedelta(hours=1)
PER_ADDRESS = 30
NOTHING_TYPED = N_("请打上收条上的编码，一共 20 位。")
NOT_FOUND = N_("没有找到这个编码。请对着收条再看一遍，一共 20 位。")
TOO_OFTEN = N_("这里查得太多了，请过一个小时再来。会用电脑的人，可以照下面的办法自己验，不用上网。")


@blueprint.get("/verify")
@public
def show_verification() -> Response:
    """The state of a receipt, masked; and how to check one without us."""
    form = VerifyForm(request.args)
    typed = form.code.data or ""
    if not typed.strip():
        if "code" in request.args:
            return _page("", error=gettext(NOTHING_TYPED), status=422)
        return _page("")
    key = f"authorizations.verify:{limits.caller_address()}"
    if not limits.count(key, AN_HOUR, PER_ADDRESS, open_on_failure=True):
        page = _page(typed, problem=gettext(TOO_OFTEN), status=429)
        page.headers["Retry-After"] = str(int(AN_HOUR.total_seconds()))
        return page
    parts = services()
    session = current_session()
    record = authorizations.find_by_verify_code(session, typed)
    if record is None:
        return _page(typed, error=gettext(NOT_FOUND), status=404)
    found = authorizations.public_state(session, record, parts.signing_keys, parts.clock.now())
    return _page(
        typed,
        found=found,
        state=authorizations.RECORD_WORDS[found.state],
        level=authorizations.LEVEL_WORDS[found.level],
        purpose=authorizations.PURPOSE_WORDS[found.purpose].in_language(current_locale()),
        witnessed=authorizations.witnessed(session, record, parts.signing_keys),
    )


def _page(
    typed: str, *, found: object = None, error: str = "", problem: str = "", status: int = 200, **more: object
) -> Response:
    page = render_page(
        "portal/verify/show.html",
        status=status,
        typed=typed,
        found=found,
        errors=[("code", error)] if error else [],
        problem=problem,
        kids=services().signing_keys.kids(),
        **more,
    )
    # The address holds the code of a receipt.
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
