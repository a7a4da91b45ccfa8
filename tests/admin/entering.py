"""Members of staff who sign in as a person does: with a password and the code of their app."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Flask
from werkzeug.test import TestResponse

from assistance import people
from assistance.people import second_factor, staff
from assistance.permissions import Role
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import COUNTY, invented_id

PASSWORD = "nR8#vT2k!qLm"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def join(app: Flask, user_name: str, role: Role | None, division: str = COUNTY) -> people.StaffAccount:
    """Somebody who has used their invitation, with a role given straight in the database."""
    parts = app.extensions["huimin"]
    with parts.database.transaction() as session:
        _, token = staff.invite(
            session,
            name="王同志",
            resident_id=invented_id(date(1985, 3, 2)),
            user_name=user_name,
            work_number=user_name.upper()[:12].replace(".", ""),
            by=people.operator("root"),
            now=NOW,
        )
        code = second_factor.code_at(second_factor.secret_of_invitation(parts.cipher, token), NOW)
        account = staff.accept_invitation(session, parts.cipher, token, password=PASSWORD, code=code, now=NOW)
        second_factor.forget_new_codes(session, account)
        if role is not None:
            session.add(
                people.RoleAssignment(
                    account_id=account.id,
                    role=role.value,
                    division_code=division,
                    state="active",
                    valid_from=NOW.date(),
                    granted_at=NOW,
                )
            )
    return account


def post(client: ComplainingClient, path: str, page: str | None = None, **typed: str) -> TestResponse:
    """Send a form as the page that holds it would."""
    found = TOKEN.search(client.get(page or "/admin/sign-in", follow_redirects=True).text)
    assert found is not None
    return client.post(path, data={"csrf_token": found[1], **typed})


def sign_in(client: ComplainingClient, account: people.StaffAccount, back: str = "") -> TestResponse:
    """Sign in with the password and with the code of this moment, which must be a new one."""
    first = post(
        client,
        "/admin/sign-in",
        user_name=account.user_name,
        password=PASSWORD,
        **({"next": back} if back else {}),
    )
    assert (first.status_code, first.location) == (303, "/admin/sign-in/code"), first.text
    code = people.current_totp(account, clock.now())
    return post(client, "/admin/sign-in/code", "/admin/sign-in/code", code=code)


def later(minutes: float) -> object:
    """The clock so many minutes after the tests' morning."""
    return clock.freeze(NOW + timedelta(minutes=minutes))
