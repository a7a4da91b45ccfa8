"""Coming in from 浙里办 or WeChat: the ticket leaves the address at once, and the person says yes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import people
from assistance.people import Proof
from infrastructure.languages import N_
from infrastructure.platforms import Kind, PlatformRefused
from portal.blueprint import blueprint
from portal.sign_in_cookie import current_back, current_ticket, forget_arrival, keep_back, keep_ticket
from portal.views.sign_in import SIDE, TOO_OFTEN, finish
from web import limits, sign_in
from web.access import current_actor, public
from web.languages import gettext
from web.pages import render_page
from web.platforms import platforms
from web.services import services
from web.unit_of_work import current_session

AN_HOUR = timedelta(hours=1)
FAILURES_FROM_ONE_ADDRESS = 60
LONGEST_TICKET = 512
AGAIN = N_("这次没有接上，或者已经用过了。请从那边再进来一次。")
BUSY = N_("那边现在很忙，或者连不上。请过几分钟再试，也可以用手机号登录。")
BLOCKED = N_("那边说这个账号暂时不能用。可以用手机号登录，或者打电话给我们。")
NOT_PROVEN = N_("浙里办里还没有实名，证明不了您是谁。请先在浙里办里实名，或者用手机号登录。")
DIFFERENT = N_("浙里办里的名字和我们记的不一样。请带身份证去窗口，或者打电话给我们，当场就能改好。")
SENTENCES = {
    Kind.BAD_CODE: AGAIN,
    Kind.USED_CODE: AGAIN,
    Kind.BLOCKED: BLOCKED,
    Kind.UNUSABLE: NOT_PROVEN,
}


@blueprint.route("/sign-in/zlb", methods=["GET", "POST"])
@public
def start_zlb_sign_in() -> BaseResponse:
    """浙里办 sends people here with a ticket; without one, how to come from there."""
    return _come_in("zlb", "ticket", "portal.start_zlb_sign_in", platforms().zlb is not None, sign_in.ask_zlb)


@blueprint.route("/sign-in/wechat", methods=["GET", "POST"])
@public
def start_wechat_sign_in() -> BaseResponse:
    """The mini-program opens this page with its login code."""
    return _come_in(
        "wechat", "code", "portal.start_wechat_sign_in", platforms().wechat is not None, sign_in.ask_wechat
    )


def _come_in(
    provider: str, parameter: str, endpoint: str, is_on: bool, ask: Callable[[str], Proof]
) -> BaseResponse:
    if not is_on:
        return redirect(url_for("portal.start_sign_in"), 303)
    brought = request.args.get(parameter, "")[:LONGEST_TICKET]
    if request.method == "GET" and brought:
        # Out of the address bar and of every history, before anything else happens with it.
        response = redirect(url_for(endpoint), 303)
        response.headers["Referrer-Policy"] = "no-referrer"
        return keep_ticket(response, provider, brought)
    ticket = current_ticket(provider)
    if request.method == "GET" or not ticket:
        return keep_back(_page(provider, has_ticket=bool(ticket)), request.args.get("next", "")[:1000])
    failures = f"sign_in.{provider}:{limits.caller_address()}"
    if not limits.count(failures, AN_HOUR, FAILURES_FROM_ONE_ADDRESS):
        return _page(provider, problem=gettext(TOO_OFTEN), status=429)
    try:
        # Asked before the request's first statement: no writer waits for a platform.
        proof = ask(ticket)
    except PlatformRefused as refused:
        sign_in.note_failure(provider, sign_in.failure_of(refused))
        problem = gettext(SENTENCES.get(refused.kind, BUSY))
        status = 422 if refused.kind in SENTENCES else 503
        return forget_arrival(_page(provider, problem=problem, status=status))
    limits.take_back(failures, AN_HOUR)
    return forget_arrival(_signed_in(proof))


def _signed_in(proof: Proof) -> BaseResponse:
    actor, now, session = current_actor(), services().clock.now(), current_session()
    if proof.provider == "zlb" and sign_in.may_step_up(actor) and actor.session_id is not None:
        raised = people.raise_by_zlb(session, actor.session_id, proof, by=actor, now=now)
        if raised is not None:
            return finish(raised, current_back())
    signed_in = people.sign_in(session, proof, face=SIDE, by=actor, now=now, device=sign_in.device())
    if signed_in.is_contradicted:
        sign_in.note_failure(proof.provider, "name_differs")
        return _page(proof.provider, problem=gettext(DIFFERENT), status=422)
    return finish(signed_in, current_back())


def _page(provider: str, *, has_ticket: bool = False, problem: str = "", status: int = 200) -> Response:
    page = render_page(
        "portal/sign_in/platform.html",
        status=status,
        provider=provider,
        has_ticket=has_ticket,
        problem=problem,
    )
    if status == 429:
        page.headers["Retry-After"] = "3600"
    return page
