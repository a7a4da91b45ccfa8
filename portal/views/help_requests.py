"""Asking for help with a name, a way to be found and a village; the receipt; taking it back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask import Response, abort, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from assistance import audit, help_requests
from assistance.divisions import DivisionIndex, Place
from assistance.policies import Policy
from infrastructure.languages import N_
from portal.blueprint import blueprint
from portal.forms.help_requests import HelpRequestForm
from web import limits
from web.access import public
from web.languages import gettext
from web.limits import Limit
from web.looks import anonymous_actor
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

DEVICE_COOKIE = "huimin_device"
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
PER_DEVICE_A_DAY, PER_ADDRESS_AN_HOUR = 3, 30
FIELDS = ("name", "contact", "town", "village", "agreed")
AS_WRITTEN = "~"
NOTHING: Mapping[str, str] = {}
TOO_MANY = N_("今天已经收到您几次了，不用再送。着急的话，请直接打电话。")


@blueprint.route("/help-requests/new", methods=["GET", "POST"])
@public
def start_help_request() -> BaseResponse:
    """Somebody leaves a name and is found; nothing more is asked here."""
    if request.method != "POST":
        return _form_page(_policy(request.args.get("policy", "")), {"receipt": help_requests.new_receipt()})
    form = HelpRequestForm(request.form)
    valid = form.validate()
    written = {name: form[name].data or "" for name in (*FIELDS, "receipt")}
    if not help_requests.is_receipt(written["receipt"]):
        written["receipt"] = help_requests.new_receipt()
    policy = _policy(form.policy.data or "")
    errors = {name: gettext(str(form[name].errors[0])) for name in FIELDS if form[name].errors}
    residence = _residence(written["town"], written["village"])
    if residence.choices:
        errors["village"] = gettext(N_("请从下面点出您的村或社区"))
    if not valid or errors:
        return _form_page(policy, written, errors, residence.choices)
    if not _is_known(written["receipt"]) and not _is_within_limits():
        return _form_page(policy, written, problem=gettext(TOO_MANY), status=429)
    parts = services()
    asking = help_requests.Asking(
        name=written["name"],
        contact=written["contact"],
        village=residence.village,
        county=parts.settings.county,
        division_code=residence.division_code,
        policy_code=policy.code if policy else None,
    )
    help_requests.ask_for_help(
        current_session(), parts.cipher, written["receipt"], asking, now=parts.clock.now(), by=_sender()
    )
    return _with_device(
        redirect(url_for("portal.show_help_request_receipt", receipt=written["receipt"]), 303)
    )


@blueprint.get("/help-requests/receipts/<string:receipt>")
@public
def show_help_request_receipt(receipt: str) -> Response:
    """The number, and what happens next; nothing that was written is shown again."""
    return _receipt_page("portal/help_requests/receipt.html", receipt, referrer="no-referrer")


@blueprint.route("/help-requests/receipts/<string:receipt>/withdraw", methods=["GET", "POST"])
@public
def withdraw_help_request(receipt: str) -> BaseResponse:
    """Take a request back; what was written is deleted at once."""
    if request.method == "POST":
        if not help_requests.is_receipt(receipt):
            abort(404)
        parts = services()
        help_requests.withdraw(current_session(), parts.cipher, receipt, now=parts.clock.now(), by=_sender())
        return redirect(url_for("portal.show_withdrawn_help_request"), 303)
    # The form on this page needs a sender for its check over https; the address with its secret is not sent.
    return _receipt_page("portal/help_requests/withdraw.html", receipt, referrer="strict-origin")


@blueprint.get("/help-requests/withdrawn")
@public
def show_withdrawn_help_request() -> Response:
    """It is taken back, and one may ask again."""
    return render_page("portal/help_requests/withdrawn.html")


def _form_page(
    policy: Policy | None,
    written: Mapping[str, str],
    errors: Mapping[str, str] = NOTHING,
    choices: tuple[Place, ...] = (),
    problem: str = "",
    status: int = 200,
) -> BaseResponse:
    parts = services()
    page = render_page(
        "portal/help_requests/new.html",
        status=422 if errors else status,
        written={name: written.get(name, "") for name in (*FIELDS, "receipt")},
        policy=policy,
        errors=list(errors.items()),
        error={name: errors.get(name, "") for name in FIELDS},
        problem=problem,
        towns=[(town.code, town.name) for town in parts.divisions.children(parts.settings.county)],
        villages="" if choices else _village_options(parts.divisions, _above(written.get("town", ""))),
        choices=_choice_rows(choices, written.get("village", "")),
        kept_until=parts.clock.today() + timedelta(days=help_requests.KEPT_DAYS),
    )
    if status == 429:
        page.headers["Retry-After"] = str(int(AN_HOUR.total_seconds()))
    return _with_device(page)


def _above(town: str) -> str:
    """The town, if it is one of this county, else the county."""
    parts = services()
    county = parts.settings.county
    return town if town in {place.code for place in parts.divisions.children(county)} else county


@lru_cache(maxsize=64)
def _village_options(index: DivisionIndex, above: str) -> Markup:
    # Written once for each town: escaping hundreds of names took longer than the rest of the page.
    villages = index.villages(above) if index.is_county(above) else index.children(above)
    return Markup("").join(Markup('<option value="{}">').format(place.name) for place in villages)


def _choice_rows(choices: tuple[Place, ...], written: str) -> list[tuple[str, str, str]]:
    if not choices:
        return []
    divisions = services().divisions
    rows = [(place.code, place.name, divisions.path(place.code)[-2].name) for place in choices]
    return [*rows, (AS_WRITTEN + written, gettext(N_("名单里没有我的村")), "")]


def _residence(town: str, written: str) -> help_requests.Residence:
    parts = services()
    above = _above(town)
    if written.startswith(AS_WRITTEN):
        return help_requests.Residence(above, written.removeprefix(AS_WRITTEN))
    if not written and above != parts.settings.county:
        # Only the town was chosen: its villages are offered to be tapped.
        return help_requests.Residence(above, "", parts.divisions.children(above))
    return help_requests.find_residence(parts.divisions, parts.settings.county, town, written)


def _policy(code: str) -> Policy | None:
    found = services().catalogue.get(code)
    return found if found is not None and found.applies_to(services().settings.county) else None


def _sender() -> audit.Actor:
    return anonymous_actor(request.cookies.get(DEVICE_COOKIE, ""))


def _is_known(receipt: str) -> bool:
    parts = services()
    with parts.database.reading() as session:
        found = help_requests.find_by_receipt(session, parts.cipher, receipt, now=parts.clock.now())
    return found is not None


def _is_within_limits() -> bool:
    device = request.cookies.get(DEVICE_COOKIE, "")
    address = limits.caller_address()
    counted = [Limit(f"help_requests.address:{address}", AN_HOUR, PER_ADDRESS_AN_HOUR)]
    if device:
        counted.append(Limit(f"help_requests.device:{device}", A_DAY, PER_DEVICE_A_DAY))
    return limits.count_all(counted, open_on_failure=True)


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
