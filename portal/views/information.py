"""What every visitor may read or set: privacy, accessibility, whom to ask, text size and language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from assistance.authorizations import sources_of
from assistance.data_register import data_register
from assistance.rules import Words
from infrastructure.languages import locales
from portal.blueprint import blueprint
from web.access import public
from web.languages import LANGUAGE_COOKIE, SIZE_COOKIE, SIZES, current_locale
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
    """What is kept, why, how long, who sees it and who is asked: the registers, row for row (PIPL-17)."""
    return render_public_page("portal/information/privacy.html", _registers)


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


def _registers() -> dict[str, Any]:
    """The rows of both registers in the language of the page."""
    locale, settings, today = current_locale(), services().settings, services().clock.today()
    register = data_register()

    def own(words: Words) -> str:
        return words.in_language(locale)

    def told(sentences: Iterable[Words]) -> str:
        # Every one is a whole sentence, told once; Chinese sentences stand without a blank between them.
        return (" " if locale.startswith("en") else "").join(dict.fromkeys(map(own, sentences)))

    handlings = [
        {
            "name": own(row.name),
            "holds": own(row.holds),
            "purpose": own(row.purpose),
            "ground": own(register.grounds[row.ground]),
            "basis": own(row.basis) if row.basis else "",
            "keeps": told(time.says for time in row.keeps),
            "ends": told(time.at_end for time in row.keeps),
            "seen_by": own(row.seen_by),
            "sensitive": own(row.sensitive) if row.sensitive else "",
        }
        for row in register.handlings
    ]
    receivers = [
        {
            "holder": own(source.holder),
            "name": own(source.name),
            "plain": own(source.plain),
            "items": [own(item.name) for item in source.items],
            "back": own(register.words["months"]).format(months=source.months_back)
            if source.months_back
            else own(register.words["today_only"]),
            "basis": source.basis(locale),
            "is_open": any(
                source.open_items(purpose, today, is_demo=settings.is_safe_demo) for purpose in source.serves
            ),
        }
        for source in sources_of(settings)
    ]
    words = {key: own(sentence) for key, sentence in register.words.items()}
    return {"handlings": handlings, "receivers": receivers, "words": words}


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
