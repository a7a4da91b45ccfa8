"""Every form carries a token that lives as long as the browser's session."""

from __future__ import annotations

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()


def install_csrf(app: Flask) -> None:
    """Protect every form; the JSON interface, which never acts on a cookie, exempts itself."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_FIELD_NAME"] = "csrf_token"
    csrf.init_app(app)


def is_same_site() -> bool:
    """Whether the browser says that this form came from our own page."""
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")
