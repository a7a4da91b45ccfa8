"""The headers that every answer carries, errors included."""

from __future__ import annotations

from flask import Flask, Response, request

from web.services import services

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HEADERS = [(name.lower(), (name, value)) for name, value in HEADERS.items()]
HSTS = "max-age=31536000; includeSubDomains"
PRIVATE = "private, no-store"


def install_security_headers(app: Flask) -> None:
    """Add the headers to every answer of this application."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend([header for lower, header in _HEADERS if lower not in present])
        if services().settings.is_https:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if "Cache-Control" not in response.headers and not _is_shared(response):
            # Silence would let a browser or a proxy keep a page that may hold somebody's answers.
            response.headers["Cache-Control"] = PRIVATE
        return response


def _is_shared(response: Response) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and response.status_code in (200, 304)
        and "ETag" in response.headers
    )
