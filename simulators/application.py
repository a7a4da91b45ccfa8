"""The simulators as one application: four protocols and a desk, refused where real residents are served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response

from infrastructure import clock
from infrastructure.settings import Settings, load_settings
from simulators import desk, pages, sms, sources, wechat, zlb
from simulators.grants import PublicKeys
from simulators.world import World

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MOST_BYTES = 256 * 1024


class NotHere(SystemExit):
    """The simulators do not run where real residents are served."""


def create_app(settings: Settings, *, jwks: Mapping[str, Any] | None = None) -> Flask:
    """The application; grants are checked with the given keys, else with those that the county publishes."""
    if not settings.is_safe_demo:
        raise NotHere("The simulators do not start in production: they would let anybody be anybody.")
    app = Flask(__name__)
    app.config.update(
        HUIMIN=settings,
        PUBLIC_KEYS=PublicKeys(jwks, settings.base_url),
        MAX_CONTENT_LENGTH=MOST_BYTES,
    )
    app.extensions["simulators"] = World()
    for one in (wechat, zlb, sms, sources, desk, pages):
        app.register_blueprint(one.blueprint)

    @app.after_request
    def _add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def create_server() -> Flask:
    """The application as it is served, with the settings and the clock of the environment."""
    settings = load_settings()
    if settings.now is not None:
        clock.start_at(settings.now)
    return create_app(settings)
