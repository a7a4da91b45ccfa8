"""Asking for help with a name, a way to be found and a village; the receipt; taking it back."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import help_requests
from assistance.divisions import Place
from assistance.policies import Policy
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.forms.help_requests import HelpRequestForm
from web import limits
from web.access import public
from web.languages import gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

DEVICE_COOKIE = "huimin_device"
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
PER_DEVICE_A_DAY, PER_ADDRESS_AN_HOUR = 3, 30
FIELDS = ("name", "contact", "town", "village", "agreed")
AS_WRITTEN = "~"
TOO_MANY = N_("今天已经收到您几次了，不用再送。着急的话，请直接打电话。")


@blueprint.route("/help-requests/new", methods=["GET", "POST"])
@public
def start_help_request() -> BaseResponse:
    """Somebody leaves a name and is found; nothing more is asked here."""
    form = HelpRequestForm()
    if not help_requests.is_receipt(form.receipt.data or ""):
        form.receipt.data = help_requests.new_receipt()
    policy = _policy(form.policy.data or request.args.get("policy", ""))
    if request.method != "POST":
        return _form_page(form, policy)
    valid = form.validate()
    choices: tuple[Place, ...] = ()
    residence = None
    if form.village.data or form.town.data:
        residence, choices = _residence(form.town.data or "", form.village.data or "")
    if not valid or choices or residence is None:
        return _form_page(form, policy, choices)
    if not _is_known(form.receipt.data) and not _is_within_limits():
        return _form_page(form, policy, problem=gettext(TOO_MANY), status=429)
    parts = services()
    asking = help_requests.Asking(
        name=form.name.data,
        contact=form.contact.data,
        village=residence.village,
        county=parts.settings.county,
        division_code=residence.division_code,
        policy_code=policy.code if policy else None,
    )
    help_requests.ask_for_help(
        current_session(), parts.cipher, form.receipt.data, asking, now=parts.clock.now()
    )
    answer = redirect(url_for("portal.show_help_request_receipt", receipt=form.receipt.data), 303)
    return _with_device(answer)


@blueprint.get("/help-requests/receipts/<receipt>")
@public
def show_help_request_receipt(receipt: str) -> Response:
    """The number, and what happens next; nothing that was written is shown again."""
    return _receipt_page("portal/help_requests/receipt.html", receipt, referrer="no-referrer")


@blueprint.route("/help-requests/receipts/<receipt>/withdraw", methods=["GET", "POST"])
@public
def withdraw_help_request(receipt: str) -> BaseResponse:
    """Take a request back; what was written is deleted at once."""
    if request.method == "POST":
        if not help_requests.is_receipt(receipt):
            abort(404)
        help_requests.withdraw(current_session(), services().cipher, receipt)
        return redirect(url_for("portal.show_withdrawn_help_request"), 303)
    # The form on this page needs a sender for its check over https; the address with its secret is not sent.
    return _receipt_page("portal/help_requests/withdraw.html", receipt, referrer="strict-origin")


@blueprint.get("/help-requests/withdrawn")
@public
def show_withdrawn_help_request() -> Response:
    """It is taken back, and one may ask again."""
    return render_page("portal/help_requests/withdrawn.html")


def _form_page(
    form: HelpRequestForm,
    policy: Policy | None,
    choices: tuple[Place, ...] = (),
    problem: str = "",
    status: int = 200,
) -> BaseResponse:
    parts = services()
    errors = {name: gettext(str(form[name].errors[0])) for name in FIELDS if form[name].errors}
    if choices:
        errors["village"] = gettext(N_("请从下面点出您的村或社区"))
    towns = [(town.code, town.name) for town in parts.divisions.children(parts.settings.county)]
    page = render_page(
        "portal/help_requests/new.html",
        status=status if not errors else 422,
        form=form,
        policy=policy,
        errors=list(errors.items()),
        error={name: errors.get(name, "") for name in FIELDS},
        problem=problem,
        towns=towns,
        villages=() if choices else _villages(form.town.data or ""),
        choices=_choice_rows(choices, form.village.data or ""),
        kept_until=parts.clock.today() + timedelta(days=help_requests.KEPT_DAYS),
    )
    if status == 429:
        page.headers["Retry-After"] = str(int(AN_HOUR.total_seconds()))
    return _with_device(page)


def _villages(town: str) -> tuple[Place, ...]:
    parts = services()
    if parts.divisions.is_within(town, parts.settings.county) and town != parts.settings.county:
        return tuple(parts.divisions.children(town))
    return tuple(parts.divisions.villages(parts.settings.county))


def _choice_rows(choices: tuple[Place, ...], written: str) -> list[tuple[str, str, str]]:
    if not choices:
        return []
    divisions = services().divisions
    rows = [(place.code, place.name, divisions.get(place.parent_code).name) for place in choices]
    return [*rows, (AS_WRITTEN + written, gettext(N_("名单里没有我的村")), "")]


def _residence(town: str, written: str) -> tuple[help_requests.Residence, tuple[Place, ...]]:
    parts = services()
    county = parts.settings.county
    if written.startswith(AS_WRITTEN):
        above = town if town in {place.code for place in parts.divisions.children(county)} else county
        return help_requests.Residence(above, written.removeprefix(AS_WRITTEN)), ()
    if not written:
        # Only the town was chosen: its villages are offered to be tapped.
        found = help_requests.Residence(county, "")
        return found, tuple(parts.divisions.children(town)) if parts.divisions.is_within(town, county) else ()
    found = help_requests.find_residence(parts.divisions, county, town, written)
    return found, found.choices


def _policy(code: str) -> Policy | None:
    found: Policy | None = services().catalogue.get(code)
    return found if found is not None and found.applies_to(services().settings.county) else None


def _is_known(receipt: str) -> bool:
    parts = services()
    with parts.database.reading() as session:
        return help_requests.find_by_receipt(session, parts.cipher, receipt, now=parts.clock.now()) is not None


def _is_within_limits() -> bool:
    device = request.cookies.get(DEVICE_COOKIE, "")
    address = limits.caller_address()
    within = limits.count(
        f"help_requests.address:{address}", AN_HOUR, PER_ADDRESS_AN_HOUR, open_on_failure=True
    )
    if device:
        # Counted as well where the address is over its limit: many households share one address.
        within = (
            limits.count(f"help_requests.device:{device}", A_DAY, PER_DEVICE_A_DAY, open_on_failure=True) and within
        )
    return within


def _with_device(answer: BaseResponse) -> BaseResponse:
    if DEVICE_COOKIE not in request.cookies:
        answer.set_cookie(
            DEVICE_COOKIE,
            secrets.token_urlsafe(16),
            max_age=int(A_DAY.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=services().settings.is_https,
        )
    return answer


def _receipt_page(template: str, receipt: str, referrer: str) -> Response:
    parts = services()
    found = help_requests.get_by_receipt(current_session(), parts.cipher, receipt, now=parts.clock.now())
    context: dict[str, Any] = {"asked": found, "policy": _policy(found.policy_code or ""), "receipt": receipt}
    page = render_page(template, **context)
    page.headers["Referrer-Policy"] = referrer
    return page
