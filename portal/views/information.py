"""What every visitor may read or set: privacy, accessibility, whom to ask, text size and language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from infrastructure.languages import locales
from portal.blueprint import blueprint
from web.access import public
from web.languages import LANGUAGE_COOKIE, SIZE_COOKIE, SIZES
from web.pages import render_public_page
from web.services import services
from web.static_files import static_url

A_YEAR = 365 * 24 * 3600
ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /api/
Disallow: /assessment/
Disallow: /help-requests/
Disallow: /me/
Disallow: /text-size/
Disallow: /language/
"""


@blueprint.get("/privacy")
@public
def show_privacy() -> Response:
    """What is kept, why, how long, and who sees it."""
    return render_public_page("portal/information/privacy.html")


@blueprint.get("/accessibility")
@public
def show_accessibility() -> Response:
    """What these pages do for everybody's eyes, ears and hands, and where to complain."""
    return render_public_page("portal/information/accessibility.html")


@blueprint.get("/contact")
@public
def show_contact() -> Response:
    """Three ways to a person: the telephone, the grid worker, the window."""
    return render_public_page("portal/information/contact.html")


@blueprint.get("/text-size/<int:pixels>")
@public
def choose_text_size(pixels: int) -> BaseResponse:
    """Remember the text size and go back to the page."""
    if pixels not in SIZES:
        abort(404)
    return _remember(SIZE_COOKIE, str(pixels))


@blueprint.get("/language/<string:locale>")
@public
def choose_language(locale: str) -> BaseResponse:
    """Remember the language and go back to the page."""
    if locale not in locales():
        abort(404)
    return _remember(LANGUAGE_COOKIE, locale)


@blueprint.get("/robots.txt")
@public
def show_robots() -> Response:
    """What a search engine may read: everything public, nothing about a person."""
    response = Response(ROBOTS, mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/favicon.ico")
@public
def show_favicon() -> BaseResponse:
    """The icon for browsers that ask for it by its old name."""
    return redirect(static_url("icons/icon-48.png"), 302)


def _remember(cookie: str, value: str) -> BaseResponse:
    answer = redirect(_back_address(request.args.get("back", "")), 303)
    answer.set_cookie(
        cookie,
        value,
        max_age=A_YEAR,
        path="/",
        samesite="Lax",
        secure=services().settings.is_https,
        httponly=False,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _back_address(told: str) -> str:
    """The page that the reader came from; anything that is not one of our own pages leads home."""
    parts = urlsplit(told)
    home = url_for("portal.home")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")):
        return home
    try:
        endpoint, _ = current_app.url_map.bind(request.host).match(parts.path, method="GET")
    except (HTTPException, RequestRedirect, UnicodeError):
        return home
    if endpoint in ("portal.choose_text_size", "portal.choose_language"):
        return home
    # Only what a page of ours has matched is put together again, so no other host can come out of it.
    return request.root_path + parts.path + (f"?{parts.query}" if parts.query else "")
