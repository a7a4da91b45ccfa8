"""Receipts of what one has signed: on a page, as PDF, as the signed bytes and as their signature."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import authorizations
from assistance.authorizations import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.permissions import Permission
from infrastructure.pdf import PdfFailed, html_to_pdf
from infrastructure.qr import qr_drawing
from portal.blueprint import blueprint
from portal.own_language import answer_in_own_language
from web import limits
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.pages import environment, render_html, render_page
from web.services import services
from web.unit_of_work import current_session

READ = Permission.OWN_AUTHORIZATIONS_READ
AN_HOUR = timedelta(hours=1)
PDFS_AN_HOUR = 20
PDF_SECONDS = 20
RECORD, SIGNATURE, LOG_PROOF, PAPER = "record.json", "record.sig", "log.json", "receipt.pdf"


@blueprint.get("/me/authorizations/<uuid:part_id>/receipt")
@allows(READ)
def show_authorization_receipt(part_id: uuid.UUID) -> BaseResponse:
    """What was signed, when and how surely; what still is being looked at shows the quiet page."""
    part, asked, record = _own(part_id)
    if part.state == "waiting":
        return redirect(url_for("portal.show_authorization", part_id=part_id), 303)
    if record is None:
        return render_page("portal/authorizations/answered.html", part=part, asked=asked)
    return render_page("portal/authorizations/receipt.html", part=part, **_facts(asked, record))


@blueprint.get("/me/authorizations/<uuid:part_id>/receipt.json")
@allows(READ)
def show_authorization_record(part_id: uuid.UUID) -> BaseResponse:
    """The signed record, byte for byte."""
    record = _record_or_404(part_id)
    return _download(authorizations.record_bytes(record), "application/json", RECORD)


@blueprint.get("/me/authorizations/<uuid:part_id>/receipt.sig")
@allows(READ)
def show_authorization_signature(part_id: uuid.UUID) -> BaseResponse:
    """The signature's 64 bytes, as OpenSSL reads them."""
    return _download(_record_or_404(part_id).signature, "application/octet-stream", SIGNATURE)


@blueprint.get("/me/authorizations/<uuid:part_id>/receipt-log.json")
@allows(READ)
def show_authorization_log_proof(part_id: uuid.UUID) -> BaseResponse:
    """The log's entry of the signing, and the proof that it is in a published checkpoint."""
    keys = services().signing_keys
    found = authorizations.witnessed(current_session(), _record_or_404(part_id), keys)
    return _download(authorizations.proof_bytes(found, keys), "application/json", LOG_PROOF)


@blueprint.get("/me/authorizations/<uuid:part_id>/receipt.pdf")
@allows(READ)
def print_authorization_receipt(part_id: uuid.UUID) -> BaseResponse:
    """The receipt on paper, with a QR code that holds nothing but the code of the check page."""
    actor = current_actor()
    key = f"authorizations.pdf:{actor.person_id}"
    if not limits.count(key, AN_HOUR, PDFS_AN_HOUR, open_on_failure=True):
        abort(429)
    _, asked, record = _own(part_id)
    if record is None:
        abort(404)
    answer_in_own_language()
    html = render_html("printouts/receipt.html", **_facts(asked, record))
    stylesheet = environment().get_template("printouts/receipt.css").render()
    try:
        pdf = html_to_pdf(html, stylesheet, PDF_SECONDS)
    except PdfFailed:
        abort(503)
    return _download(pdf, "application/pdf", PAPER)


def _own(part_id: uuid.UUID) -> tuple[AuthorizationPart, AuthorizationRequest, Authorization | None]:
    session = current_session()
    part = authorizations.get_own_part(session, current_actor(), part_id)
    asked = session.get_one(AuthorizationRequest, part.request_id)
    return part, asked, authorizations.find_record_of(session, part.id)


def _record_or_404(part_id: uuid.UUID) -> Authorization:
    _, _, record = _own(part_id)
    if record is None:
        abort(404)
    return record


def _facts(asked: AuthorizationRequest, record: Authorization) -> dict[str, Any]:
    session, parts = current_session(), services()
    said = authorizations.record_facts(record)
    locale = current_locale()
    names = _names(said["text"], locale)
    presence = authorizations.words_of_presence(said)
    return {
        "asked": asked,
        "record": record,
        "said": said,
        "purpose": authorizations.PURPOSE_WORDS[asked.purpose].in_language(locale),
        "agreed": [names[scope["source"]] for scope in said["agreed"]],
        "declined": [names[code] for code in said["declined"]],
        "level": authorizations.LEVEL_WORDS[record.level],
        "present": gettext(presence[0], **presence[1]) if presence is not None else "",
        "state": authorizations.RECORD_WORDS[record.state],
        "witnessed": authorizations.witnessed(session, record, parts.signing_keys),
        "qr": qr_drawing(authorizations.verify_address(parts.settings.base_url, record)),
        "code": authorizations.printed_code(record),
        "base_url": parts.settings.base_url.rstrip("/"),
    }


def _names(signed: dict[str, Any], locale: str) -> dict[str, str]:
    # Who reads another language than the one signed in sees the same sources by the register's names.
    names = {line["code"]: line["name"] for line in signed["sources"]}
    if not locale.startswith(signed["language"]):
        for code in names:
            if source := authorizations.data_sources().get(code):
                names[code] = source.name.in_language(locale)
    return names


def _download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
