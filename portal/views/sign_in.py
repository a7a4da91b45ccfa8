"""Signing in with a telephone number, and being known more surely where a page asks for it."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask import session as session_cookie
from werkzeug.wrappers import Response as BaseResponse

from assistance import people
from assistance.people import Assurance, Proof, SignedIn
from assistance.permissions import Permission
from assistance.values import Phone
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.forms.sign_in import CodeForm, PhoneForm
from portal.sign_in_cookie import current_attempt, forget_attempt, keep_attempt
from web import sign_in
from web.access import (
    allows,
    clear_session_cookie,
    current_actor,
    forget_actor,
    public,
    return_address,
    set_session_cookie,
)
from web.codes import TooOften, is_right_code, send_code, waits_for_code
from web.languages import chosen_locale, gettext
from web.pages import render_page
from web.platforms import platforms
from web.services import services
from web.sign_in import Attempt
from web.unit_of_work import current_session

SIDE = "portal"
# Nothing of a signed-in page may stay on a telephone that others use.
CLEARED = '"cache", "storage"'
WRONG_CODE = N_("验证码不对，或者已经过了时间。请看最新的一条短信；还是不行，就再要一条。")
TOO_OFTEN = N_("试的次数太多了。请过一个小时再来，或者打电话给我们。")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def start_sign_in() -> BaseResponse:
    """A telephone number, to which a code is sent; whoever asks gets the same answer for every number."""
    form = PhoneForm(request.form)
    back = request.values.get("next", "")[:1000]
    if request.method != "POST":
        return _phone_page(form, back)
    if not form.validate():
        return _phone_page(form, back, status=422)
    attempt = sign_in.begin(
        sign_in.SIGN_IN, Phone(form.phone.data or ""), back=back, is_own_phone=bool(form.own_phone.data)
    )
    return _send(attempt) or _phone_page(form, back, problem=gettext(TOO_OFTEN), status=429)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def answer_code() -> BaseResponse:
    """The six figures of the text message."""
    attempt = current_attempt()
    if attempt is None:
        return redirect(url_for("portal.start_sign_in"), 303)
    form = CodeForm(request.form)
    if request.method != "POST":
        return _code_page(attempt, form)
    if not form.validate():
        return _code_page(attempt, form, error=_sentence(form), status=422)
    try:
        is_right = is_right_code(
            attempt.number,
            people.read_code(form.code.data or ""),
            purpose=attempt.purpose,
            bound_to=attempt.bound_to,
        )
    except TooOften as error:
        page = _code_page(attempt, form, problem=gettext(TOO_OFTEN), status=429)
        page.headers["Retry-After"] = str(error.retry_after_seconds)
        return page
    if not is_right:
        sign_in.note_failure("code", "wrong_code")
        return _code_page(attempt, form, error=gettext(WRONG_CODE), status=422)
    return _answered(attempt)


@blueprint.post("/sign-in/code/again")
@public
def ask_code_again() -> BaseResponse:
    """One more code for the same number; the older one stays good in its own ten minutes."""
    attempt = current_attempt()
    if attempt is None:
        return redirect(url_for("portal.start_sign_in"), 303)
    sent = _send(attempt, again=1)
    return sent or _code_page(attempt, CodeForm(), problem=gettext(TOO_OFTEN), status=429)


@blueprint.route("/sign-in/step-up", methods=["GET", "POST"])
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def start_step_up() -> BaseResponse:
    """Exactly the step that is missing, and then back to where the person was."""
    actor = current_actor()
    back = request.values.get("next", "")[:1000]
    recorded = sign_in.recorded_phone(actor)
    if actor.person_id is None:
        return redirect(url_for("portal.start_binding", next=back or None), 303)
    if request.method == "POST" and recorded is not None:
        attempt = sign_in.begin(sign_in.STEP_UP, recorded, back=back, session_id=actor.session_id)
        sent = _send(attempt)
        if sent is not None:
            return sent
        return _step_up_page(recorded, back, problem=gettext(TOO_OFTEN), status=429)
    return _step_up_page(recorded, back)


@blueprint.post("/sign-out")
@public
def sign_out() -> BaseResponse:
    """End this sign-in; nothing of it stays in the browser."""
    actor = current_actor()
    if actor.session_id is not None:
        people.sign_out(current_session(), actor.session_id, by=actor, now=services().clock.now())
    session_cookie.clear()
    response = redirect(url_for("portal.show_signed_out"), 303)
    clear_session_cookie(response, side=SIDE)
    response.headers["Clear-Site-Data"] = CLEARED
    return forget_attempt(response)


@blueprint.get("/signed-out")
@public
def show_signed_out() -> Response:
    """It is over, and one may sign in again."""
    return render_page("portal/sign_in/signed_out.html")


def _send(attempt: Attempt, *, again: int | None = None) -> BaseResponse | None:
    """The way to the page for the code, or None where this address has asked too often."""
    try:
        send_code(attempt.number, purpose=attempt.purpose, bound_to=attempt.bound_to)
    except TooOften:
        return None
    return keep_attempt(redirect(url_for("portal.answer_code", again=again), 303), attempt)


def _answered(attempt: Attempt) -> BaseResponse:
    actor, now, session = current_actor(), services().clock.now(), current_session()
    if attempt.purpose == sign_in.SIGN_IN:
        signed_in = people.sign_in(
            session,
            Proof("phone", attempt.phone),
            face=SIDE,
            by=actor,
            now=now,
            is_own_phone=attempt.is_own_phone,
            device=sign_in.device(),
        )
        return forget_attempt(finish(signed_in, attempt.back))
    if actor.session_id is None or str(actor.session_id) != attempt.bound_to:
        # The sign-in that this code belonged to is over: it begins anew.
        return forget_attempt(redirect(url_for("portal.start_sign_in", next=attempt.back or None), 303))
    raised = people.raise_by_code(session, actor.session_id, attempt.number, by=actor, now=now)
    if raised is None:
        return forget_attempt(redirect(url_for("portal.start_step_up", next=attempt.back or None), 303))
    return forget_attempt(finish(raised, attempt.back))


def finish(signed_in: SignedIn, back: str) -> BaseResponse:
    """Hand the new session to the browser, and lead back to where the person was."""
    before, now, session = current_actor(), services().clock.now(), current_session()
    found, chosen = signed_in.session, chosen_locale()
    if found.person_id is not None and chosen is not None:
        people.keep_language(session, found.person_id, chosen)
    if before.session_id not in (None, found.id):
        people.sign_out(session, before.session_id, by=before, now=now, because="signed_in_anew")
    if before.session_id != found.id:
        sign_in.tell_person(found)
    elif before.person_id is None:
        sign_in.tell_person(found, is_new_binding=True)
    address = return_address(back, url_for("portal.show_me"))
    if found.person_id is None:
        address = url_for("portal.start_binding", next=back or None)
    elif people.kept_forms.find_kept_form(session, person_id=found.person_id, now=now) is not None:
        address = url_for("portal.continue_kept_form")
    # A form's token from before is worthless now, like everything else from before.
    session_cookie.clear()
    response = redirect(address, 303)
    set_session_cookie(response, signed_in.token, side=SIDE, keep=found.is_own_phone)
    forget_actor()
    return response


def _phone_page(form: PhoneForm, back: str, *, problem: str = "", status: int = 200) -> Response:
    error = gettext(str(form.phone.errors[0])) if form.phone.errors else ""
    return _retry_later(
        render_page(
            "portal/sign_in/phone.html",
            status=status,
            phone=form.phone.data or "",
            own_phone=bool(form.own_phone.data),
            back=back,
            errors=[("phone", error)] if error else [],
            problem=problem,
            has_zlb=platforms().zlb is not None,
        )
    )


def _code_page(
    attempt: Attempt, form: CodeForm, *, error: str = "", problem: str = "", status: int = 200
) -> Response:
    is_step_up = attempt.purpose == sign_in.STEP_UP
    return _retry_later(
        render_page(
            "portal/sign_in/code.html",
            status=status,
            ends_with=attempt.phone[-2:],
            typed=form.code.data or "",
            errors=[("code", error)] if error else [],
            problem=problem,
            purpose=attempt.purpose,
            back=attempt.back,
            # Of any other number nobody learns here whether something was sent to it.
            is_sent=not is_step_up
            or waits_for_code(attempt.number, purpose=attempt.purpose, bound_to=attempt.bound_to),
            is_again=request.method == "GET" and "again" in request.args,
        )
    )


def _step_up_page(recorded: Phone | None, back: str, *, problem: str = "", status: int = 200) -> Response:
    return _retry_later(
        render_page(
            "portal/sign_in/step_up.html",
            status=status,
            ends_with=recorded.value[-2:] if recorded else "",
            back=back,
            problem=problem,
            has_zlb=platforms().zlb is not None,
        )
    )


def _retry_later(page: Response) -> Response:
    if page.status_code == 429:
        page.headers["Retry-After"] = "3600"
    return page


def _sentence(form: CodeForm) -> str:
    return gettext(str(form.code.errors[0]))
