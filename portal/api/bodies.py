"""What a JSON body may hold: text by name, each with its reader; every wrong field is named, no value is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from assistance import policies
from assistance.values import Malformed
from infrastructure.languages import N_
from web.errors import Problem
from web.languages import gettext

LONGEST_TEXT = 2000
MISSING = N_("这一项要填")
NOT_TEXT = N_("这一项只能是文字")
UNKNOWN = N_("没有这一项")
NOT_YES_OR_NO = N_("这一项只能是 true 或 false")
Reader = Callable[[str], Any]


def plain(text: str) -> str:
    """Any text as it is."""
    return text


def read_body(
    required: Mapping[str, Reader], optional: Mapping[str, Reader] | None = None, flags: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The body's fields, read; Problem 400 for no JSON object, 422 naming every field that is wrong."""
    try:
        body = policies.read_json(request.get_data(cache=False))
    except policies.NotJson as error:
        raise Problem(400) from error
    if not isinstance(body, dict):
        raise Problem(400)
    readers = {**required, **(optional or {})}
    read: dict[str, Any] = {}
    wrong = [(name, UNKNOWN) for name in body if name not in readers and name not in flags]
    for name, reader in readers.items():
        value = body.get(name)
        if value is None or value == "":
            if name in required:
                wrong.append((name, MISSING))
        elif not isinstance(value, str) or len(value) > LONGEST_TEXT:
            wrong.append((name, NOT_TEXT))
        else:
            try:
                read[name] = reader(value)
            except Malformed as error:
                wrong.append((name, error.message))
    for name in flags:
        if not isinstance(body.get(name, False), bool):
            wrong.append((name, NOT_YES_OR_NO))
        read[name] = body.get(name) is True
    if wrong:
        raise Problem(422, errors=[{"field": name, "message": gettext(says)} for name, says in wrong])
    return read


def object_schema(required: Mapping[str, str], optional: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The description of such a body for OpenAPI: names and what they mean."""
    named = {**required, **(optional or {})}
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {name: {"type": "string", "description": words} for name, words in named.items()},
    }
