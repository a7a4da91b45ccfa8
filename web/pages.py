"""Pages from templates: one environment a language, with what never changes folded into the template."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from infrastructure.languages import language, languages, translator
from web.csrf import form_token
from web.filters import filters_for
from web.icons import icon
from web.kept_answers import mark_public
from web.languages import current_locale, current_size
from web.services import services
from web.static_files import has_static_file, static_url

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
PRIVATE = "private, no-store"
SHARED = "public, no-cache"
VARY = ("Cookie", "Accept-Language", "Accept-Encoding")
SIZES_AND_LANGUAGES = 6
KEPT_PAGES = 200 * SIZES_AND_LANGUAGES
GZIP_LEVEL = 9
KEPT_ADDRESSES = 2000


@dataclass(frozen=True)
class Office:
    """The county office whose name and telephone number stand on every page."""

    name: str
    phone: str


class PageTemplate(Template):
    """A template that is imported without asking again what it knows: all of one language know the same."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._module is None:
            self._module = self.make_module()
        return self._module


class PageEnvironment(Environment):
    """A Jinja environment for one language, whose templates hold no call that could be answered at load."""

    template_class = PageTemplate

    def __init__(self, locale: str) -> None:
        super().__init__(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.locale = locale
        self._addresses: dict[tuple[object, ...], str] = {}
        self.sentences = translator(locale)
        self.filters.update(filters_for(locale))
        self.pure: dict[str, Callable[..., Any]] = {
            "asset": static_url,
            "recording": self.recording,
            "url_for": self.address,
            "icon": icon,
        }
        self.globals.update(
            self.pure,
            _=self.sentences.gettext,
            ngettext=self.counted,
            csrf_token=form_token,
            language=language(locale),
            other_languages=[
                (other, url_for("portal.choose_language", locale=other.code))
                for other in languages()
                if other.code != locale
            ],
            office=office(),
        )

    def address(self, endpoint: str, **values: Any) -> str:
        """The address of a view; below one path prefix it is always the same, so it is built once."""
        if endpoint.startswith(".") or "_external" in values:
            return url_for(endpoint, **values)
        key = (endpoint, *values.items())
        known = self._addresses.get(key)
        if known is None:
            if len(self._addresses) >= KEPT_ADDRESSES:
                self._addresses.clear()
            known = self._addresses[key] = url_for(endpoint, **values)
        return known

    def counted(self, one: str, many: str, number: int) -> str:
        """A sentence with a number in it."""
        return self.sentences.ngettext(one, many, number) % {"number": number}

    def recording(self, name: str) -> str:
        """The address of a recording in this language, or nothing where nobody has spoken it yet."""
        filename = f"audio/{self.locale}/{name}.mp3"
        return static_url(filename) if name and has_static_file(filename) else ""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Folder(self).visit(super()._parse(source, name, filename))
        return tree


class _Folder(NodeTransformer):
    """Replaces translations, addresses and icons whose arguments are known by what they come to."""

    def __init__(self, environment: PageEnvironment) -> None:
        self.environment = environment

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own naming
        self.generic_visit(call)
        if not isinstance(call.node, nodes.Name) or call.dyn_args or call.dyn_kwargs:
            return call
        if call.node.name == "_":
            return self.fold_sentence(call)
        function = self.environment.pure.get(call.node.name)
        if function is None:
            return call
        try:
            args = [argument.as_const() for argument in call.args]
            named = {keyword.key: keyword.value.as_const() for keyword in call.kwargs}
        except nodes.Impossible:
            return call
        return nodes.Const(function(*args, **named), lineno=call.lineno, environment=self.environment)

    def fold_sentence(self, call: nodes.Call) -> nodes.Node:
        if len(call.args) != 1 or not isinstance(call.args[0], nodes.Const):
            return call
        words = self.environment.sentences.gettext(call.args[0].value)
        if not call.kwargs:
            return nodes.Const(words, lineno=call.lineno, environment=self.environment)
        # Escaped before it is filled, so that a value may be a piece of HTML and stays safe when it is not.
        pattern = nodes.Const(escape(words), lineno=call.lineno, environment=self.environment)
        return nodes.Filter(
            pattern, "format", [], call.kwargs, None, None, lineno=call.lineno, environment=self.environment
        )


def office() -> Office:
    """The county office as the settings name it."""
    settings = services().settings
    return Office(settings.office_name, settings.office_phone)


def environment() -> PageEnvironment:
    """The environment for the language of this answer."""
    kept: dict[tuple[str, str], PageEnvironment] = current_app.extensions.setdefault(
        "huimin.environments", {}
    )
    # Folded addresses hold the path prefix under which a proxy shows the application.
    key = (current_locale(), request.root_path)
    if key not in kept:
        if len(kept) >= 2 * len(languages()):
            kept.clear()
        kept[key] = PageEnvironment(current_locale())
    return kept[key]


def render_html(template: str, **context: Any) -> str:
    """The HTML of one page in the language and text size of this answer."""
    address = request.path
    if request.query_string and request.method in ("GET", "HEAD"):
        address = request.full_path
    return (
        environment()
        .get_template(template)
        .render(
            {
                "page_id": template.rsplit(".", 1)[0].replace("/", "-").replace("_", "-"),
                "size": current_size(),
                "here": address,
                "errors": (),
                **context,
            }
        )
    )


def render_page(template: str, *, status: int = 200, **context: Any) -> Response:
    """One page that is nobody's business but the reader's: it is never kept on the way."""
    response = Response(render_html(template, **context), status=status, mimetype="text/html")
    response.headers["Cache-Control"] = PRIVATE
    response.vary.update(VARY)
    return response


@dataclass(frozen=True)
class _PublicPage:
    etag: str
    body: bytes
    compressed: bytes


def render_public_page(
    template: str, build: Callable[[], Mapping[str, Any]] = dict, *, address: str = ""
) -> Response:
    """One page that is the same for everybody in this language and size: built once, then sent as it is.

    `build` is only asked when the page is not there yet, and may use nothing but the address and the
    catalogue. Where a query is part of what the page shows, `address` gives the path with it.
    """
    address = address or request.path
    kept: dict[tuple[str, ...], _PublicPage] = current_app.extensions.setdefault("huimin.public_pages", {})
    # The day is part of it, because the law in force may begin or end with a day.
    day = services().clock.today().isoformat()
    key = (request.root_path, address, current_locale(), str(current_size()), day)
    page = kept.get(key)
    if page is None:
        if len(kept) >= KEPT_PAGES:
            kept.clear()
        body = render_html(template, **{**build(), "here": address}).encode()
        digest = hashlib.sha256(body).hexdigest()[:20]
        page = kept[key] = _PublicPage(digest, body, gzip.compress(body, GZIP_LEVEL, mtime=0))
    compressed = request.accept_encodings["gzip"] > 0
    etag = f'W/"{page.etag}"'
    mark_public()
    headers = {"ETag": etag, "Cache-Control": SHARED, "Vary": ", ".join(VARY)}
    if request.if_none_match.contains_weak(page.etag):
        return Response(status=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(page.compressed if compressed else page.body, headers=headers, mimetype="text/html")
