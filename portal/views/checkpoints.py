"""Checkpoints of the log, for everybody to keep a copy of; and the public keys that they verify with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Response, abort, jsonify, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import audit
from portal.blueprint import blueprint
from web import limits
from web.access import public
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

MOST_SHOWN = 30
MOST_SIZE = 2**62
PROOFS_AN_HOUR = 300
KEY_ENDING = ".pem"
A_DAY = "public, max-age=86400"
AN_HOUR = "public, max-age=3600"
AN_HOUR_LONG = timedelta(hours=1)
UNPROVEN = "the entries no longer yield what was signed: there is no proof\n"


@blueprint.get("/supervision/checkpoints")
@public
def list_checkpoints() -> Response:
    """What a checkpoint is, the newest of them, and how anybody can check one."""
    parts = services()
    found = audit.list_newest(current_session(), MOST_SHOWN)
    return render_page(
        "portal/checkpoints/list.html",
        checkpoints=found,
        cosigned=audit.cosignatures_of(parts.settings).of(audit.published(row) for row in found),
        witnesses=parts.settings.witness_keys,
        kids=parts.signing_keys.kids(),
        log_keys=_log_keys(found),
        base_url=parts.settings.base_url.rstrip("/"),
    )


@blueprint.get("/supervision/checkpoints/<int:size>")
@public
def show_checkpoint(size: int) -> Response:
    """One checkpoint as text: a signed note, to be kept by whoever likes."""
    note = _checkpoint_or_404(size).note(services().signing_keys)
    return _text(note, A_DAY)


@blueprint.get("/supervision/checkpoints/<int:size>/cosignatures")
@public
def show_cosigned_checkpoint(size: int) -> Response:
    """The same text with a line of every witness who has cosigned exactly this."""
    parts, found = services(), _checkpoint_or_404(size)
    lines = audit.cosignatures_of(parts.settings).of([found]).get(size, [])
    # Another witness may come by any minute.
    return _text(found.note(parts.signing_keys) + "".join(one.line() for one in lines), "no-cache")


@blueprint.get("/supervision/checkpoints/after/<int:old>")
@public
def find_checkpoint_after(old: int) -> BaseResponse:
    """Lead whoever has seen the log at one size, or never (0), to the newest checkpoint and its proof."""
    size = audit.find_reachable(current_session(), old) if old < MOST_SIZE else None
    if size is None:
        abort(404)
    return redirect(url_for("portal.show_consistency", old=old, size=size), 303)


@blueprint.get("/supervision/checkpoints/<int:old>/to/<int:size>")
@public
def show_consistency(old: int, size: int) -> Response:
    """The proof that a checkpoint continues an earlier one, as witnesses read it; 409 where none holds."""
    key = f"checkpoints.proof:{limits.caller_address()}"
    if not limits.count(key, AN_HOUR_LONG, PROOFS_AN_HOUR, open_on_failure=True):
        abort(429)
    keys = services().signing_keys
    try:
        wanted = max(old, size) < MOST_SIZE
        found = audit.prove_consistency(current_session(), keys, old, size) if wanted else None
    except audit.Unproven:
        return Response(UNPROVEN, status=409, mimetype="text/plain")
    if found is None:
        abort(404)
    return _text(found.text(keys), A_DAY)


@blueprint.get("/.well-known/jwks.json")
@public
def show_public_keys() -> Response:
    """The public keys of receipts and checkpoints, as programs read them."""
    return _kept(jsonify(services().signing_keys.jwks()), AN_HOUR)


@blueprint.get("/.well-known/keys/<string:name>")
@public
def show_public_key(name: str) -> Response:
    """One public key as OpenSSL reads it."""
    pem = services().signing_keys.pem(name.removesuffix(KEY_ENDING)) if name.endswith(KEY_ENDING) else None
    if pem is None:
        abort(404)
    return _kept(Response(pem, mimetype="application/x-pem-file"), AN_HOUR)


def _checkpoint_or_404(size: int) -> audit.Checkpoint:
    found = audit.find_checkpoint(current_session(), size) if size < MOST_SIZE else None
    if found is None:
        abort(404)
    return audit.published(found)


def _log_keys(checkpoints: Sequence[audit.AuditCheckpoint]) -> list[str]:
    """The keys of the checkpoints shown, each in the one line that a witness is set up with."""
    keys = services().signing_keys
    named = {(row.kid, row.origin) for row in checkpoints if row.kid in keys.kids()}
    return [str(keys.verifier(kid, f"{origin}/{kid}")) for kid, origin in sorted(named)]


def _text(text: str, how_long: str) -> Response:
    return _kept(Response(text, mimetype="text/plain"), how_long)


def _kept(response: Response, how_long: str) -> Response:
    response.headers["Cache-Control"] = how_long
    return response
