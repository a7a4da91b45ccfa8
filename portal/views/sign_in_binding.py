"""The second proof: which person stands behind a telephone or a platform's account."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import people
from assistance.people import Assurance
from assistance.permissions import Permission
from assistance.values import Phone
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.forms.sign_in import PhoneForm, SlipForm
from portal.sign_in_cookie import keep_attempt
from portal.views.sign_in import TOO_OFTEN, finish
from web import sign_in
from web.access import allows, current_actor, return_address
from web.codes import TooOften, may_try_slip, send_code, slip_was_right
from web.languages import gettext
from web.pages import render_page
from web.platforms import platforms
from web.services import services
from web.unit_of_work import current_session

WRONG_SLIP = N_("数字对不上，或者纸条已经过期、用过。请对着纸条和身份证再看一遍，或者打电话给我们。")


@blueprint.get("/sign-in/bind")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def start_binding() -> BaseResponse:
    """The ways to show whose household this is."""
    back = request.args.get("next", "")[:1000]
    if current_actor().person_id is not None:
        return redirect(return_address(back, url_for("portal.show_me")), 303)
    return _page(back)


@blueprint.post("/sign-in/bind/phone")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def start_phone_binding() -> BaseResponse:
    """A code to the number that the village has recorded; the answer is the same for every number."""
    actor, back = current_actor(), request.form.get("next", "")[:1000]
    form = PhoneForm(request.form)
    if not form.validate():
        return _page(back, phone=form, status=422)
    attempt = sign_in.begin(
        sign_in.BIND, Phone(form.phone.data or ""), back=back, session_id=actor.session_id
    )
    try:
        send_code(attempt.number, purpose=attempt.purpose, bound_to=attempt.bound_to)
    except TooOften:
        return _page(back, phone=form, problem=gettext(TOO_OFTEN), status=429)
    return keep_attempt(redirect(url_for("portal.answer_code"), 303), attempt)


@blueprint.post("/sign-in/bind/slip")
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
def answer_slip() -> BaseResponse:
    """The eight figures that staff handed over, with the end of the identity number."""
    actor, back = current_actor(), request.form.get("next", "")[:1000]
    form = SlipForm(request.form)
    if not form.validate():
        return _page(back, slip=form, status=422)
    if not may_try_slip(str(actor.session_id)):
        return _page(back, slip=form, problem=gettext(TOO_OFTEN), status=429)
    raised = None
    if actor.session_id is not None:
        raised = people.raise_by_slip(
            current_session(),
            actor.session_id,
            people.read_slip(form.slip.data or ""),
            people.read_last_of_number(form.last_of_number.data or ""),
            by=actor,
            now=services().clock.now(),
        )
    if raised is None:
        sign_in.note_failure("slip", "wrong_slip")
        return _page(back, slip=form, wrong=gettext(WRONG_SLIP), status=422)
    slip_was_right()
    return finish(raised, back)


def _page(
    back: str,
    *,
    phone: PhoneForm | None = None,
    slip: SlipForm | None = None,
    wrong: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    phone, slip = phone or PhoneForm(), slip or SlipForm()
    error = {
        name: gettext(str(typed.errors[0])) if typed.errors else ""
        for name, typed in (
            ("phone", phone.phone),
            ("slip", slip.slip),
            ("last_of_number", slip.last_of_number),
        )
    }
    if wrong:
        error["slip"] = wrong
    page = render_page(
        "portal/sign_in/bind.html",
        status=status,
        back=back,
        phone=phone.phone.data or "",
        slip=slip.slip.data or "",
        last_of_number=slip.last_of_number.data or "",
        error=error,
        errors=[(name, sentence) for name, sentence in error.items() if sentence],
        problem=problem,
        has_zlb=platforms().zlb is not None,
        knows_phone=current_actor().assurance >= Assurance.L2,
    )
    if status == 429:
        page.headers["Retry-After"] = "3600"
    return page
