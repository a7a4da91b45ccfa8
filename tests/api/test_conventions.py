"""What every call of the JSON interface has in common, held against the calls and their description alike."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from assistance.people import Assurance
from tests.api.test_authorizations import ADDRESS as AUTHORIZATIONS
from tests.api.test_authorizations import Mini
from tests.architecture.test_imports import ROOT
from tests.complaining_client import ComplainingClient
from tests.signing_in import bearer_of, make_person, new_key
from web.access import PUBLIC, declared_access
from web.problems import CODES, KINDS

V1 = "/api/v1"
# By hand: programs in use hang on these, so a name never changes and none goes.
STABLE = {
    "BAD_REQUEST": 400,
    "IDEMPOTENCY_KEY_MISSING": 400,
    "SESSION_EXPIRED": 401,
    "LOGIN_CODE_INVALID": 401,
    "FORBIDDEN": 403,
    "STEP_UP_REQUIRED": 403,
    "PLATFORM_BLOCKED": 403,
    "NAME_NOT_PROVEN": 403,
    "NAME_DIFFERS": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "CONFLICT": 409,
    "IN_PROGRESS": 409,
    "GONE": 410,
    "PRECONDITION_FAILED": 412,
    "TOO_LARGE": 413,
    "ADDRESS_TOO_LONG": 414,
    "UNSUPPORTED_TYPE": 415,
    "VALIDATION": 422,
    "IDEMPOTENCY_REUSED": 422,
    "UPGRADE_REQUIRED": 426,
    "PRECONDITION_REQUIRED": 428,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UPSTREAM_UNAVAILABLE": 503,
    "MAINTENANCE": 503,
}
# What only programs read needs no words.
WORDLESS = {
    ("getMeta", "environment"),
    ("signInWithWechat", "assurance"),
    ("signInWithZlb", "assurance"),
    ("verifyCode", "assurance"),
    ("bindWithSlip", "assurance"),
    ("refreshTokens", "assurance"),
}
# Facts in, verdicts out: its form has names of its own, and sentences of its own.
OWN_FORM = "evaluate"


@pytest.fixture
def description(client: ComplainingClient) -> dict[str, Any]:
    return dict(client.get(f"{V1}/openapi.json").json)


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                yield path, method, told


def path_of(rule: str) -> str:
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)


def parameters_of(told: dict[str, Any]) -> set[str]:
    return {one["$ref"].rpartition("/")[2] for one in told["parameters"] if "$ref" in one}


def test_the_codes_and_their_statuses_are_those_that_programs_know() -> None:
    assert {code: kind.status for code, kind in KINDS.items()} == STABLE
    for status, code in CODES.items():
        assert KINDS[code].status == status or (status, code) == (431, "TOO_LARGE")


def test_the_page_for_those_who_write_programs_names_every_code() -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([0-9]{3}) \|$", page, re.MULTILINE)
    assert {code: int(status) for code, status in rows} == STABLE


def test_each_problem_in_the_code_has_the_status_of_its_kind() -> None:
    checked = 0
    for folder in ("portal", "web", "admin"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id not in ("Problem", "problem_answer"):
                    continue
                code = next((one.value for one in node.keywords if one.arg == "code"), None)
                status = node.args[0] if node.args else None
                if isinstance(code, ast.Constant) and isinstance(status, ast.Constant):
                    assert KINDS[str(code.value)].status == status.value, (path, node.lineno)
                    checked += 1
    assert checked >= 10


@pytest.mark.parametrize(
    ("method", "address", "headers", "status", "code"),
    [
        ("POST", "/assessments/evaluate", {}, 400, "BAD_REQUEST"),
        ("GET", "/me", {}, 401, "SESSION_EXPIRED"),
        ("GET", "/me", {"Authorization": "Bearer x"}, 401, "SESSION_EXPIRED"),
        ("GET", "/nothing", {}, 404, "NOT_FOUND"),
        ("PUT", "/meta", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/divisions?parent=1", {}, 422, "VALIDATION"),
    ],
)
def test_an_error_says_what_went_wrong_in_words_and_by_a_code(
    client: ComplainingClient, method: str, address: str, headers: dict[str, str], status: int, code: str
) -> None:
    told = client.open(V1 + address, method=method, headers=headers)
    assert (told.status_code, told.mimetype) == (status, "application/problem+json")
    assert set(told.json) == {"type", "title", "status", "code", "detail", "errors"}
    base = client.application.extensions["huimin"].settings.base_url
    assert told.json["type"] == f"{base}/problems/{code}"
    assert (told.json["status"], told.json["code"]) == (status, code)
    assert told.json["detail"]
    assert told.headers["Cache-Control"] == "no-store"
    english = client.open(V1 + address, method=method, headers={**headers, "Accept-Language": "en"})
    assert not re.search("[\u4e00-\u9fff]", english.json["title"] + english.json["detail"])


@pytest.mark.parametrize("code", sorted(STABLE))
def test_the_type_of_every_problem_leads_to_a_page(client: ComplainingClient, code: str) -> None:
    page = client.get(f"/problems/{code}")
    assert page.status_code == 200
    assert f"{code}，HTTP {STABLE[code]}" in page.text
    assert client.get(f"/problems/{code.lower()}").status_code == 404


def test_who_is_not_sure_enough_reads_which_step_is_needed(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = make_person(session).id
    for assurance, method, need in ((Assurance.L1, "GET", "L2"), (Assurance.L2, "POST", "L3")):
        headers = {**bearer_of(app, person_id, assurance), **new_key()}
        told = client.open(AUTHORIZATIONS, method=method, json={}, headers=headers)
        assert (told.status_code, told.json["code"], told.json["need"]) == (403, "STEP_UP_REQUIRED", need)


def test_every_answer_has_a_request_id_and_keeps_the_one_that_was_sent(client: ComplainingClient) -> None:
    for address in ("/meta", "/me", "/nothing"):
        sent = client.get(V1 + address, headers={"X-Request-Id": "abcdef-123456"})
        assert sent.headers["X-Request-Id"] == "abcdef-123456"


@pytest.mark.parametrize("address", ["/meta", "/divisions", "/policies", "/policies/temporary-relief"])
def test_what_everybody_reads_is_not_sent_twice(client: ComplainingClient, address: str) -> None:
    first = client.get(V1 + address)
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(V1 + address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    english = client.get(V1 + address, headers={"Accept-Language": "en"})
    assert "Accept-Language" in english.vary


@pytest.fixture
def old_clients(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = app.extensions["huimin"]
    settings = dataclasses.replace(parts.settings, minimum_clients={"wxmp": (1, 4, 2)}, notice="今晚八点停用")
    monkeypatch.setitem(app.extensions, "huimin", dataclasses.replace(parts, settings=settings))


@pytest.mark.usefixtures("old_clients")
@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("wxmp/1.4.1", 426),
        ("wxmp/1.3", 426),
        ("wxmp/0.99.9", 426),
        ("wxmp/1.4.2", 401),
        ("wxmp/1.10", 401),
        ("zlb/0.1", 401),
        ("wxmp", 401),
        ("wxmp/one", 401),
        ("", 401),
    ],
)
def test_an_old_client_is_asked_to_renew_itself(client: ComplainingClient, told: str, status: int) -> None:
    answer = client.get(f"{V1}/me", headers={"X-Client": told})
    assert answer.status_code == status
    if status == 426:
        assert (answer.json["code"], answer.json["minimum"]) == ("UPGRADE_REQUIRED", "1.4.2")


@pytest.mark.usefixtures("old_clients")
def test_an_old_client_still_reads_what_is_public_withdraws_and_signs_out(
    client: ComplainingClient, app: Flask
) -> None:
    old = {"X-Client": "wxmp/1.0"}
    meta = client.get(f"{V1}/meta?asked=anew", headers=old)
    assert meta.status_code == 200
    assert (meta.json["minimum_client"], meta.json["notice"]) == ({"wxmp": "1.4.2"}, "今晚八点停用")
    for address in ("/divisions", "/policies", "/openapi.json"):
        assert client.get(f"{V1}{address}", headers=old).status_code == 200
    mini = Mini(client, app)
    gone = client.delete(f"{AUTHORIZATIONS}/{mini.part}", headers={**mini.headers, **old})
    # Nothing was signed yet, and that is the answer.
    assert gone.status_code == 404
    assert client.post(f"{V1}/auth/logout", headers={**mini.headers, **old}).status_code == 200


def test_meta_says_what_a_client_must_know(client: ComplainingClient) -> None:
    told = client.get(f"{V1}/meta").json
    assert told["office"] == {"name": "平湖市民政局", "phone": "12345"}
    assert [one["number"] for one in told["phones"]] == ["110", "120", "119", "12345", "12355"]
    assert all(one["text"] for one in told["phones"])
    assert told["catalogue"] == "2026-11-22"
    assert (told["minimum_client"], told["notice"]) == ({}, None)
    assert told["features"]["sign_in_wechat"] is True
    assert told["features"]["sign_in_zlb"] is True


def test_lists_that_grow_are_read_page_by_page(client: ComplainingClient, app: Flask) -> None:
    mini = Mini(client, app)
    whole = client.get(AUTHORIZATIONS, headers=mini.headers).json
    assert whole["next_cursor"] is None
    assert len(whole["items"]) > 1
    read: list[str] = []
    cursor = ""
    while cursor is not None:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get(AUTHORIZATIONS, query_string=query, headers=mini.headers).json
        read += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert read == [one["id"] for one in whole["items"]]


@pytest.mark.parametrize("address", ["/me/authorizations", "/me/access-log", "/me/data/requests"])
@pytest.mark.parametrize("query", ["limit=0", "limit=51", "limit=x", "limit=", "cursor=x", "cursor="])
def test_a_page_that_cannot_be_is_named(
    client: ComplainingClient, app: Flask, address: str, query: str
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person_id = make_person(session).id
    headers = bearer_of(app, person_id)
    told = client.get(f"{V1}{address}?{query}", headers=headers)
    assert told.status_code == 422
    assert [one["field"] for one in told.json["errors"]] == [query.partition("=")[0]]


def test_the_description_names_every_call_with_what_it_asks_for(
    app: Flask, description: dict[str, Any]
) -> None:
    views = {
        (path_of(rule.rule), method.lower()): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(V1)
    }
    described = {(path, method): told for path, method, told in operations(description)}
    assert set(described) == set(views) - {(f"{V1}/openapi.json", "get")}
    for place, told in described.items():
        view = views[place]
        asks_key = getattr(view, "declared_creation", None) == "creates"
        assert ("IdempotencyKey" in parameters_of(told)) == asks_key, place
        if asks_key:
            assert {"400", "409", "422"} <= set(told["responses"])
        is_versioned = getattr(view, "changes_version", False)
        assert ("IfMatch" in parameters_of(told)) == is_versioned, place
        assert {"412", "428"} <= set(told["responses"]) or not is_versioned, place
        is_open = declared_access(view) == PUBLIC
        assert ("security" in told) != is_open, place
        if not is_open:
            assert told["x-assurance"] == view.declared_assurance.name
            assert {"401", "403"} <= set(told["responses"]), place
        for status, answer in told["responses"].items():
            assert "X-Request-Id" in answer["headers"], place
            if status == "429":
                assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(answer["headers"])


def test_every_reference_of_the_description_leads_somewhere(description: dict[str, Any]) -> None:
    for reference in re.findall(r"'\$ref': '#/([^']+)'", repr(description)):
        place: Any = description
        for part in reference.split("/"):
            place = place[part]
    problem = description["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert problem == list(KINDS)


def test_a_word_for_programs_has_words_for_people_beside_it(description: dict[str, Any]) -> None:
    missing = []
    for _, _, told in operations(description):
        if told["operationId"] == OWN_FORM:
            continue
        for status, answer in told["responses"].items():
            for content in answer.get("content", {}).values():
                if status.startswith("2"):
                    missing += [(told["operationId"], name) for name in wordless(content["schema"])]
    assert set(missing) == WORDLESS


def wordless(schema: Any) -> Iterator[str]:
    """The names with a choice of words that have no sentence beside them."""
    if isinstance(schema, list):
        for one in schema:
            yield from wordless(one)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    for name, told in properties.items():
        is_money = name.endswith("_fen")
        beside = "amount_text" if is_money else f"{name}_text"
        if ("enum" in told or is_money) and beside not in properties and name != "members":
            yield name
    for one in schema.values():
        yield from wordless(one)
