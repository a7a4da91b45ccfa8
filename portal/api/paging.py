"""Lists that grow are read page by page: `limit` rows after `cursor`, the newest first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request

from assistance.values import Malformed
from infrastructure.languages import N_
from web.errors import Problem
from web.languages import gettext

MOST = 50
ONE_TO_FIFTY = N_("这一项只能是 1 到 50")
NO_SUCH_PAGE = N_("没有这一页，请从头再看")
PARAMETERS: list[dict[str, Any]] = [
    {
        "in": "query",
        "name": "limit",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST},
    },
    {
        "in": "query",
        "name": "cursor",
        "schema": {"type": "string"},
        "description": "`next_cursor` of the page before.",
    },
]
Cursor = TypeVar("Cursor")
Row = TypeVar("Row")


def page_schema(row: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    """The description of such a page for OpenAPI."""
    return {
        "type": "object",
        "required": ["items", "next_cursor", *more],
        "properties": {
            "items": {"type": "array", "items": row},
            "next_cursor": {"type": ["string", "null"], "description": "Null on the last page."},
            **more,
        },
    }


def page_asked(read_cursor: Callable[[str], Cursor]) -> tuple[int, Cursor | None]:
    """How many rows, and after which; Problem 422 where either cannot be."""
    wrong = []
    limit, cursor = request.args.get("limit", str(MOST)), None
    if not re.fullmatch("[1-9]|[1-4][0-9]|50", limit):
        wrong.append(("limit", ONE_TO_FIFTY))
    try:
        cursor = read_cursor(request.args["cursor"]) if "cursor" in request.args else None
    except Malformed as error:
        wrong.append(("cursor", error.message))
    if wrong:
        raise Problem(422, errors=[{"field": name, "message": gettext(says)} for name, says in wrong])
    return int(limit), cursor


def after_row(text: str) -> uuid.UUID:
    """A cursor that names the last row of the page before; Malformed for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Malformed(NO_SUCH_PAGE) from error


def after_entry(text: str) -> str:
    """A cursor into the log, a whole number; Malformed for anything else."""
    if not re.fullmatch("[0-9]{1,18}", text):
        raise Malformed(NO_SUCH_PAGE)
    return text


def page_of(found: Sequence[Row], limit: int, as_json: Callable[[Row], dict[str, Any]]) -> dict[str, Any]:
    """A page of rows, of which one more than `limit` was asked for to know whether that is all."""
    items = [as_json(row) for row in found[:limit]]
    return {"items": items, "next_cursor": items[-1]["id"] if len(found) > limit else None}
