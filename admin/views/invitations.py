"""The link with which somebody sets a password and a second factor, once."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.views.sign_ins import NOT_THE_SAME, SIDE, begin_session
from assistance import people
from assistance.errors import NotFound, Refusal
from assistance.people import StaffAccount, passwords, second_factor
from infrastructure.qr import qr_png
from web import limits
from web.access import public, set_session_cookie
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

AN_HOUR = timedelta(hours=1)
FROM_ONE_ADDRESS = 60


@blueprint.route("/invitations/<string:token>", methods=["GET", "POST"])
@public
def answer_invitation(token: str) -> BaseResponse:
    """Set a password, bind an authenticator app, and enter."""
    _count()
    account, secret = _invited(token)
    if request.method != "POST":
        return _page(token, account, secret)
    password, again = request.form.get("password", ""), request.form.get("password_again", "")
    parts = services()
    if password != again:
        return _page(token, account, secret, ("password_again", gettext(NOT_THE_SAME)))
    try:
        joined = people.staff.accept_invitation(
            current_session(),
            parts.cipher,
            token,
            password=password,
            code=request.form.get("code", ""),
            now=parts.clock.now(),
        )
    except passwords.WeakPassword as weak:
        return _page(token, account, secret, ("password", gettext(weak.message)))
    except Refusal as refused:
        return _page(token, account, secret, ("code", gettext(refused.message)))
    response = redirect(url_for("admin.show_recovery_codes"), 303)
    set_session_cookie(response, begin_session(joined, "password_totp"), side=SIDE)
    return response


@blueprint.get("/invitations/<string:token>/qr.png")
@public
def show_invitation_code(token: str) -> Response:
    """The secret of the second factor as a QR code for an authenticator app."""
    _count()
    account, secret = _invited(token)
    response = Response(qr_png(second_factor.address_of(secret, account.user_name)), mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _count() -> None:
    if not limits.count(f"staff.invitation.address:{limits.caller_address()}", AN_HOUR, FROM_ONE_ADDRESS):
        raise TooManyRequests


def _invited(token: str) -> tuple[StaffAccount, str]:
    parts = services()
    invitation = people.staff.find_invitation(current_session(), token, now=parts.clock.now())
    if invitation is None:
        raise NotFound
    account = people.staff.get_account(current_session(), invitation.account_id)
    return account, second_factor.secret_of_invitation(parts.cipher, token)


def _page(token: str, account: StaffAccount, secret: str, error: tuple[str, str] | None = None) -> Response:
    page = render_desk_page(
        "admin/invitations/answer.html",
        status=422 if error else 200,
        desk=None,
        token=token,
        user_name=account.user_name,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        errors=[error] if error else [],
    )
    # The form needs a sender for its check over https; the address with its secret is not sent.
    page.headers["Referrer-Policy"] = "strict-origin"
    return page
