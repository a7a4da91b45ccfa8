"""Things that two people may change at once: the version is their ETag, and a change names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request

from portal.api.answers import json_answer
from web.errors import Problem

View = TypeVar("View", bound=Callable[..., Any])


def changes_version(view: View) -> View:
    """This call asks for `If-Match`; its description says so."""
    view.__dict__["changes_version"] = True
    return view


def versioned_answer(body: dict[str, Any]) -> Response:
    """A JSON answer about one thing, whose `version` is its ETag."""
    response = json_answer(body)
    response.set_etag(str(body["version"]))
    return response


def require_version(version: int, current: Callable[[], dict[str, Any]]) -> None:
    """Refuse unless `If-Match` names this version: 428 where it is missing, 412 with what stands now.

    Belongs after the thing was loaded; the version column refuses whoever changes it in the same moment.
    """
    if "If-Match" not in request.headers:
        raise Problem(428)
    if not request.if_match.contains(str(version)):
        raise Problem(412, more={"current": current()}, headers={"ETag": f'"{version}"'})
