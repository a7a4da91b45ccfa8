"""Bytes that no honest browser sends are answered with 400 before any view sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

LARGEST_BODY = 256 * 1024
LONGEST_ADDRESS = 4096
MOST_FIELDS = 400
FORM = "application/x-www-form-urlencoded"
View = TypeVar("View", bound=Callable[..., Any])


def takes_files(largest: int) -> Callable[[View], View]:
    """This view takes files: its whole body may hold so many bytes, where others stop at 256 KB."""

    def mark(view: View) -> View:
        view.__dict__["largest_body"] = largest
        return view

    return mark


def install_bad_input_guard(app: Flask) -> None:
    """Bound and check the bytes of every request to this application."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS

    @app.before_request
    def refuse_junk() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        request.max_content_length = getattr(view, "largest_body", LARGEST_BODY)
        query = request.query_string
        if len(query) + len(request.path) > LONGEST_ADDRESS:
            raise BadRequest
        _check(request.environ.get("PATH_INFO", "").encode("latin-1", "replace"))
        if query:
            _check(unquote_to_bytes(query))
        if request.method == "POST" and request.mimetype == FORM:
            # Kept by the request, so the form is still parsed from it afterwards.
            body = request.get_data(cache=True)
            if body.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge
            _check(unquote_to_bytes(body.replace(b"+", b" ")))
        elif request.mimetype == "multipart/form-data":
            for name, values in request.form.lists():
                for text in (name, *values):
                    if "\x00" in text or "\ufffd" in text:
                        raise BadRequest


def _check(raw: bytes) -> None:
    if b"\x00" in raw:
        raise BadRequest
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest from error
