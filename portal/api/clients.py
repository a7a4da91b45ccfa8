"""Which clients are too old: they say so in `X-Client: name/1.4.2`, and are asked to renew themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from infrastructure.settings import CLIENT
from web.access import API, PUBLIC, declared_access
from web.errors import Problem
from web.services import services
from web.unit_of_work import request_only_reads

View = TypeVar("View", bound=Callable[..., Any])


def serves_every_client(view: View) -> View:
    """However old the client is, it may do this: withdraw, sign out."""
    view.__dict__["serves_every_client"] = True
    return view


def answers_every_client(view: Callable[..., Any], *, reads: bool) -> bool:
    """Whether a call that `reads`, or changes something, is never refused to an old client."""
    is_open = reads and declared_access(view) == PUBLIC
    return is_open or bool(getattr(view, "serves_every_client", False))


def install(app: Flask) -> None:
    """Answer 426 to a client that is older than the settings allow.

    What everybody may read is read with every client, and a header that says nothing refuses nobody.
    """

    @app.before_request
    def refuse_old_client() -> None:
        if not request.path.startswith(API):
            return
        oldest = _oldest_allowed(request.headers.get("X-Client", ""))
        view = current_app.view_functions.get(request.endpoint or "")
        if not oldest or view is None or answers_every_client(view, reads=request_only_reads()):
            return
        raise Problem(426, more={"minimum": oldest})


def _oldest_allowed(told: str) -> str:
    """The version that this client must have, or nothing where it may go on."""
    found = CLIENT.fullmatch(told)
    if found is None:
        return ""
    oldest = services().settings.minimum_clients.get(found[1])
    has = (int(found[2]), int(found[3]), int(found[4] or 0))
    return ".".join(map(str, oldest)) if oldest is not None and has < oldest else ""
