"""What goes wrong on the staff side is said in its own frame, and nothing more is told by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Conflict, TooManyRequests

from assistance.errors import Refusal
from assistance.permissions import Role
from infrastructure.settings import load_settings
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import VILLAGE, sign_in_staff

FRAME = 'id="admin-errors-refused"'
UNKNOWN = "/admin/no-such-page"
AWAY = OperationalError("select", {}, Exception("330482199001011234"))


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_an_unknown_address_keeps_the_frame(client: ComplainingClient, is_signed_in: bool) -> None:
    if is_signed_in:
        sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    answer = client.get(UNKNOWN)
    assert answer.status_code == 404
    assert FRAME in answer.text
    assert ("我的工作台" in answer.text) == is_signed_in
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_an_unknown_address_is_answered_as_what_is_not_ones_own(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    hidden = client.get("/admin/households/7f7f7f7f-0000-4000-8000-000000000000").text
    assert "没有找到，或者不归您管。" in hidden
    assert "没有找到，或者不归您管。" in client.get(UNKNOWN).text


def test_from_another_network_nobody_is_named(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    parts = app.extensions["huimin"]
    networks = load_settings({"HUIMIN_ENV": "test", "HUIMIN_STAFF_NETWORKS": "10.20.0.0/16"}).staff_networks
    changed = replace(parts, settings=replace(parts.settings, staff_networks=networks))
    monkeypatch.setitem(app.extensions, "huimin", changed)
    stale = client.post("/admin/sign-in", data={"a": "b"})
    for answer in (client.get(UNKNOWN), client.get("/admin/"), stale):
        assert answer.status_code in (400, 403, 404)
        assert FRAME in answer.text
        assert "王*" not in answer.text
        assert "我的工作台" not in answer.text


@pytest.mark.parametrize(
    ("failure", "status", "names_reader"),
    [
        (Refusal("现在还不能办。"), 409, True),
        (Conflict(), 409, True),
        (TooManyRequests(retry_after=NOW), 429, True),
        (RuntimeError("330482199001011234"), 500, False),
        (AWAY, 503, False),
    ],
)
def test_each_failure_keeps_the_frame(
    client: ComplainingClient,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    status: int,
    names_reader: bool,
) -> None:
    def fail(**_: Any) -> None:
        raise failure

    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    monkeypatch.setitem(client.application.view_functions, "admin.show_desk", fail)
    answer = client.get("/admin/")
    assert answer.status_code == status
    assert FRAME in answer.text
    # Whoever is signed in would have to be asked of what has just failed.
    assert ("王*" in answer.text) == names_reader
    assert ("这一次的号" in answer.text) == (status >= 500)
    assert "330482199001011234" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 429)


def test_an_unknown_address_keeps_the_frame_while_the_database_is_away(
    client: ComplainingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise AWAY

    monkeypatch.setattr("admin.refusals.read_desk", away)
    answer = client.get(UNKNOWN)
    assert answer.status_code == 404
    assert FRAME in answer.text


def test_a_stale_form_and_a_huge_one_keep_the_frame(client: ComplainingClient) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    typed = {"note": "已经去过", "csrf_token": "old"}
    ours = client.post("/admin/relatives", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert ours.status_code == 400
    assert FRAME in ours.text
    assert 'value="已经去过"' in ours.text
    strange = client.post("/admin/relatives", data=typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert "已经去过" not in strange.text
    huge = client.post("/admin/relatives", data=b"a" * 300_000, content_type="text/plain")
    assert huge.status_code == 413
    assert FRAME in huge.text
