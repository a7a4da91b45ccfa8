"""Checkpoints of the log, for everybody to keep a copy of; and the public keys that they verify with."""

from __future__ import annotations

from flask import Response, abort, jsonify

from assistance import audit
from portal.blueprint import blueprint
from web.access import public
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

MOST_SHOWN = 30
KEY_ENDING = ".pem"
A_DAY = "public, max-age=86400"
AN_HOUR = "public, max-age=3600"


@blueprint.get("/supervision/checkpoints")
@public
def list_checkpoints() -> Response:
    """What a checkpoint is, the newest of them, and how anybody can check one."""
    found = audit.list_newest(current_session(), MOST_SHOWN)
    return render_page("portal/checkpoints/list.html", checkpoints=found, kids=services().signing_keys.kids())


@blueprint.get("/supervision/checkpoints/<int:size>")
@public
def show_checkpoint(size: int) -> Response:
    """One checkpoint as text: a signed note, to be kept by whoever likes."""
    found = audit.find_checkpoint(current_session(), size) if size < 2**62 else None
    if found is None:
        abort(404)
    note = audit.published(found).note(services().signing_keys)
    return _kept(Response(note, mimetype="text/plain"), A_DAY)


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


def _kept(response: Response, how_long: str) -> Response:
    response.headers["Cache-Control"] = how_long
    return response
