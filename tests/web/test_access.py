"""Closed by default: what is not declared stops the start, and what needs a permission is shut."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from assistance.permissions import Permission
from tests.complaining_client import ComplainingClient
from web.access import allows, declared_access, public

PAGE, ENDPOINT = "/help-requests/withdrawn", "portal.show_withdrawn_help_request"


@pytest.mark.parametrize("permission", list(Permission))
def test_without_a_sign_in_nobody_holds_a_permission(
    client: ComplainingClient, monkeypatch: pytest.MonkeyPatch, permission: Permission
) -> None:
    opened = []

    @allows(permission)
    def show_secret() -> str:
        opened.append(True)
        return "secret"

    assert declared_access(show_secret) is permission
    monkeypatch.setitem(client.application.view_functions, ENDPOINT, show_secret)
    response = client.get(PAGE)
    assert response.status_code == 303
    assert response.location.startswith("/sign-in?next=")
    assert opened == []
    assert "secret" not in response.text


def test_a_declaration_is_seen_through_a_view_class() -> None:
    app = Flask("probe", static_folder=None)

    class Owner:
        declared_access = "public"

    def show_it() -> str:
        return ""

    show_it.view_class = Owner  # type: ignore[attr-defined]
    assert declared_access(show_it) == "public"
    assert declared_access(public(lambda: "")) == "public"
    assert declared_access(app.make_response) is None


def test_permissions_are_written_noun_verb() -> None:
    values = [permission.value for permission in Permission]
    assert len(set(values)) == len(values)
    assert all(value.count(":") == 1 and value == value.lower() for value in values)


@pytest.mark.parametrize(
    ("failure", "status"),
    [(StaleDataError(), 409), (IntegrityError("insert", {}, Exception("ck_x")), 500)],
)
def test_a_stale_row_is_the_readers_news_and_a_broken_constraint_our_bug(
    client: ComplainingClient, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int
) -> None:
    def fail() -> None:
        raise failure

    monkeypatch.setitem(client.application.view_functions, ENDPOINT, fail)
    assert client.get(PAGE).status_code == status
