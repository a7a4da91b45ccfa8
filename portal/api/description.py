"""What every call has in common, written into its description once, from what the views declare."""

from __future__ import annotations

from typing import Any

from apispec import APISpec, BasePlugin
from flask import Flask
from werkzeug.routing import Rule

from portal.api.answers import PROBLEM_SCHEMA, problem
from portal.api.clients import answers_every_client
from web.access import PUBLIC, declared_access
from web.idempotency import CREATES, HEADER, REPLAYED, declared_creation

Doc = dict[str, Any]
PARAMETERS: dict[str, Doc] = {
    "IdempotencyKey": {
        "in": "header",
        "name": HEADER,
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]{1,64}$"},
        "description": "A new one for each act, the same one when it is sent again; good for 72 hours.",
    },
    "IfMatch": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "schema": {"type": "string"},
        "description": "The ETag of what was seen.",
    },
    "IfNoneMatch": {"in": "header", "name": "If-None-Match", "schema": {"type": "string"}},
    "Client": {
        "in": "header",
        "name": "X-Client",
        "schema": {"type": "string", "examples": ["wxmp/1.4.2"]},
        "description": "Name and version of the program that asks.",
    },
    "Language": {"in": "header", "name": "Accept-Language", "schema": {"type": "string"}},
}
HEADERS: dict[str, Doc] = {
    "RequestId": {"schema": {"type": "string"}, "description": "To be told when something went wrong."},
    "Version": {"schema": {"type": "string"}, "description": "What `If-Match` or `If-None-Match` names."},
    "Replayed": {"schema": {"const": "true"}, "description": "There where the act was done before."},
    "RetryAfter": {"schema": {"type": "integer"}, "description": "Seconds."},
    "RateLimit": {
        "schema": {"type": "string", "examples": ['"default";r=0;t=3600']},
        "description": "How much is left (r) and in how many seconds there is more (t).",
    },
    "RateLimitPolicy": {
        "schema": {"type": "string", "examples": ['"default";q=50;w=3600']},
        "description": "How much there is (q) in how many seconds (w).",
    },
}
_WAITING = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
_LIMITED = {
    **_WAITING,
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
}


class Conventions(BasePlugin):
    """Adds to each operation what its view declares: who may, the key, the version, the client."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def init_spec(self, spec: APISpec) -> None:
        """Describe once what the operations refer to."""
        super().init_spec(spec)
        spec.components.schema("Problem", PROBLEM_SCHEMA)
        spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
        for name, told in PARAMETERS.items():
            spec.components.parameter(name, told["in"], {**told})
        for name, told in HEADERS.items():
            spec.components.header(name, told)

    def operation_helper(
        self,
        path: str | None = None,
        operations: Doc | None = None,
        *,
        rule: Rule | None = None,
        **_: Any,
    ) -> None:
        """Complete the operations of one route."""
        view = self._app.view_functions[rule.endpoint] if rule is not None else None
        for method, told in (operations or {}).items():
            if view is not None:
                _complete(method, told, view)


def _complete(method: str, told: Doc, view: Any) -> None:
    answers: Doc = told.setdefault("responses", {})
    parameters: list[Any] = told.setdefault("parameters", [])
    # The library makes a reference of a name.
    parameters += ["Language", "Client"]
    if declared_access(view) != PUBLIC:
        told["security"] = [{"bearer": []}]
        told["x-assurance"] = view.declared_assurance.name
        answers.setdefault("401", problem("SESSION_EXPIRED"))
        answers.setdefault("403", problem("STEP_UP_REQUIRED: `need` names the level."))
    reads = method == "get" or bool(getattr(view, "only_reads", False))
    if not answers_every_client(view, reads=reads):
        answers["426"] = problem("UPGRADE_REQUIRED: `minimum` names the oldest version that is served.")
    if method == "post" and declared_creation(view) == CREATES:
        _tell_key(parameters, answers)
    if method == "get" and declared_access(view) == PUBLIC:
        parameters.append("IfNoneMatch")
        answers["304"] = {"description": "Not changed since."}
        for status in ("200", "304"):
            answers[status].setdefault("headers", {})["ETag"] = {"$ref": "#/components/headers/Version"}
    if getattr(view, "changes_version", False):
        parameters.append("IfMatch")
        answers["412"] = problem("PRECONDITION_FAILED: `current` is what stands now.")
        answers["428"] = problem("PRECONDITION_REQUIRED: `If-Match` is missing.")
    answers.setdefault("default", problem("Anything else that went wrong; `code` says what."))
    for status, answer in answers.items():
        _tell_headers(status, answer)
    told["responses"] = dict(sorted(answers.items()))


def _tell_key(parameters: list[Any], answers: Doc) -> None:
    parameters.append("IdempotencyKey")
    _add(answers, "400", "IDEMPOTENCY_KEY_MISSING: there is none, or it is too long.")
    _add(answers, "409", "IN_PROGRESS: the same key is at work; ask again in a moment.")
    _add(answers, "422", "IDEMPOTENCY_REUSED: the key stands for another body.")
    for status in ("200", "202"):
        if status in answers:
            headers = answers[status].setdefault("headers", {})
            headers[REPLAYED] = {"$ref": "#/components/headers/Replayed"}


def _add(answers: Doc, status: str, words: str) -> None:
    known = answers.get(status)
    if known is None:
        answers[status] = problem(words)
    else:
        known["description"] = f"{known['description'].rstrip('.')}; {words}"


def _tell_headers(status: str, answer: Doc) -> None:
    headers = answer.setdefault("headers", {})
    headers["X-Request-Id"] = {"$ref": "#/components/headers/RequestId"}
    if status == "429":
        headers.update(_LIMITED)
    if status == "503":
        headers.update(_WAITING)
