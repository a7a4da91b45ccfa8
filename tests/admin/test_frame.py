"""The frame of the staff side: who is shown, where they may go, and from where it opens at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from assistance.permissions import Role
from infrastructure.settings import load_settings
from tests.complaining_client import ComplainingClient
from tests.signing_in import VILLAGE, sign_in_staff

REFUSED = "办公网络"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESIDENT])
def test_every_role_has_a_desk(client: ComplainingClient, role: Role) -> None:
    sign_in_staff(client, role, VILLAGE if role is Role.VILLAGE_OFFICER else "330482")
    answer = client.get("/admin/")
    assert answer.status_code == 200
    assert "王*" in answer.text
    assert "王同志" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_whoever_has_not_signed_in_is_led_to_the_sign_in(client: ComplainingClient) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/sign-in?next=")


def test_GA_19_from_another_network_nothing_opens_on_any_route(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_staff(client, Role.COUNTY_APPROVER)
    parts = app.extensions["huimin"]
    networks = load_settings({"HUIMIN_ENV": "test", "HUIMIN_STAFF_NETWORKS": "10.20.0.0/16"}).staff_networks
    monkeypatch.setitem(
        app.extensions, "huimin", replace(parts, settings=replace(parts.settings, staff_networks=networks))
    )
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin") and "<" not in rule.rule and "GET" in (rule.methods or ()):
            answer = client.get(rule.rule)
            assert answer.status_code == 403, rule.rule
            assert REFUSED in answer.text, rule.rule
            assert REFUSED not in client.get(rule.rule, environ_base={"REMOTE_ADDR": "10.20.3.4"}).text
            tried += 1
    assert tried >= 3
    assert client.get("/").status_code == 200
