"""A question page that is kept for all holds nothing of whoever asked for it first."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

QUESTION = "/assessment/questions/1"


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("query", ["x={token}", "then=review&x={token}", "then={token}"])
def test_a_token_in_an_address_is_not_exchanged_for_the_next_ones(app: Flask, query: str) -> None:
    first, second = (FlaskClient(app, app.response_class, use_cookies=True) for _ in range(2))
    address = QUESTION + "?" + query.format(token=token_in(first.get(QUESTION).text))
    first.get(address)
    page = second.get(address).text
    # The reader's own token stands in the form and in no address.
    assert page.count(token_in(page)) == 1


def test_everybody_finds_a_token_of_ones_own_on_a_kept_page(app: Flask) -> None:
    clients = [FlaskClient(app, app.response_class, use_cookies=True) for _ in range(3)]
    tokens = [token_in(client.get(QUESTION).text) for client in clients]
    assert len(set(tokens)) == 3
    assert [token_in(client.get(QUESTION).text) for client in clients] == tokens
