"""Every view declares who may open it, and every address has one form."""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from web.access import declared_access

PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?")
CONVERTER = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")
KINDS = {"int", "uuid", "string", "path", "any"}
NOUNLESS = {"home", "evaluate"}
FIRST_WORDS = {
    "add",
    "answer",
    "approve",
    "ask",
    "back",
    "begin",
    "change",
    "choose",
    "clear",
    "confirm",
    "continue",
    "declare",
    "decide",
    "decline",
    "delete",
    "disable",
    "edit",
    "enable",
    "end",
    "export",
    "find",
    "forget",
    "grant",
    "invite",
    "object",
    "list",
    "open",
    "print",
    "remove",
    "report",
    "return",
    "reveal",
    "review",
    "save",
    "send",
    "show",
    "sign",
    "start",
    "withdraw",
}


def rules(app: Flask) -> list[Any]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def test_every_view_declares_who_may_open_it(app: Flask) -> None:
    assert len(app.view_functions) > 15
    silent = [name for name, view in app.view_functions.items() if declared_access(view) is None]
    assert silent == []


def test_addresses_are_kebab_case_with_typed_parameters(app: Flask) -> None:
    wrong = []
    for rule in rules(app):
        for part in rule.rule.strip("/").split("/"):
            parameter = CONVERTER.fullmatch(part)
            if parameter is not None:
                if parameter["kind"] not in KINDS:
                    wrong.append(f"{rule.rule}: write <string:{parameter['name']}>, or int, uuid, path")
            elif part and not part.startswith(".") and not PART.fullmatch(part):
                wrong.append(f"{rule.rule}: {part} is not kebab-case")
        if rule.rule != "/" and rule.rule.endswith("/") and not rule.rule.startswith("/admin/"):
            wrong.append(f"{rule.rule}: ends with a slash")
    assert wrong == []


def test_view_functions_are_named_by_verb_and_noun(app: Flask) -> None:
    wrong = []
    for endpoint in app.view_functions:
        name = endpoint.rpartition(".")[2]
        first = name.partition("_")[0]
        if name not in NOUNLESS and name != "openapi_json" and ("_" not in name or first not in FIRST_WORDS):
            wrong.append(endpoint)
    assert wrong == []


def test_every_view_says_in_a_sentence_what_it_does(app: Flask) -> None:
    wordless = [
        name
        for name, view in app.view_functions.items()
        if not name.startswith("api-docs.") and not inspect.getdoc(_inner(view))
    ]
    assert wordless == []


def test_a_view_that_may_change_something_does_not_answer_only_to_get(app: Flask) -> None:
    # A page asked by GET gets a session that cannot write: changing things has a method that says so.
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        methods = rule.methods or set()
        if not methods & {"POST", "PUT", "PATCH", "DELETE"}:
            assert not getattr(view, "only_reads", False), rule.endpoint


@pytest.mark.parametrize("prefix", ["/api/v1/", "/"])
def test_the_interface_and_the_pages_are_both_there(app: Flask, prefix: str) -> None:
    assert any(rule.rule.startswith(prefix) for rule in rules(app))


def _inner(view: Callable[..., Any]) -> Callable[..., Any]:
    return inspect.unwrap(view)


def test_every_form_asks_for_its_token_and_the_json_interface_sets_no_cookie(app: Flask) -> None:
    samples = {"int": 1, "string": "x", "path": "x", "uuid": uuid.UUID(int=0)}
    tried = 0
    for rule in rules(app):
        if "POST" not in (rule.methods or set()):
            continue
        address = CONVERTER.sub(lambda found: str(samples[found["kind"] or "string"]), rule.rule)
        response = app.test_client().post(address, data={"anything": "typed"})
        if rule.rule.startswith("/api/"):
            assert "Set-Cookie" not in response.headers
        else:
            assert response.status_code == 400, rule.rule
        tried += 1
    assert tried > 5
