"""Sealing looks for a time, as inspectors ask for it on their page."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask

from assistance import households
from assistance.people import SYSTEM
from assistance.permissions import Role
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import VILLAGE, make_person, sign_in_staff

PAGE = "/admin/sealed-looks"


def test_everything_missing_is_said_at_once_and_a_second_inspector_decides(
    client: ComplainingClient, app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        number = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=[households.Joining(make_person(session, "陈国良"), "head")],
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        ).number
    sign_in_staff(client, Role.INSPECTOR)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)
    assert token is not None
    empty = client.post(PAGE, data={"csrf_token": token[1]})
    assert empty.status_code == 422
    assert [f'href="#{name}"' in empty.text for name in ("household", "reason", "until")] == [True] * 3
    told = {"csrf_token": token[1], "household": number, "reason": "群众举报", "until": "2026-12-31"}
    far = client.post(PAGE, data={**told, "until": "2027-12-31"})
    assert far.status_code == 422
    assert "群众举报" in far.text
    assert client.post(PAGE, data=told).status_code == 303
    assert "同意</button>" not in client.get(PAGE).text
    sign_in_staff(client, Role.INSPECTOR, "330482002")
    assert "暂不展示的申请等您决定" not in client.get("/admin/").text
    sign_in_staff(client, Role.INSPECTOR)
    assert "暂不展示的申请等您决定" in client.get("/admin/").text
    assert "同意</button>" in client.get(PAGE).text
