"""Every form carries a token that lives as long as the browser's session."""

from __future__ import annotations

import secrets
from functools import lru_cache

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

csrf = CSRFProtect()


def install_csrf(app: Flask) -> None:
    """Protect every form; the JSON interface, which never acts on a cookie, exempts itself."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_FIELD_NAME"] = "csrf_token"
    app.session_interface = Sessions()
    csrf.init_app(app)


def form_token() -> str:
    """The token of this browser's forms, signed once a session: a resident opens many pages."""
    if "csrf_token" in g:
        told: str = g.csrf_token
        return told
    raw = session.get("csrf_token")
    if not isinstance(raw, str):
        raw = session["csrf_token"] = secrets.token_hex(20)
    token = g.csrf_token = _signed(current_app.secret_key or "", raw)
    return token


@lru_cache(maxsize=2000)
def _signed(secret_key: str | bytes, raw: str) -> str:
    # As the library signs it, which then checks it.
    return str(_signer(secret_key).dumps(raw))


@lru_cache(maxsize=2)
def _signer(secret_key: str | bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token")


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, whose signer is made once an application."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer for this application's key."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def is_same_site() -> bool:
    """Whether the browser says that this form came from our own page."""
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")
