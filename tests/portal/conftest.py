"""What every test of the residents' pages may ask for."""

from __future__ import annotations

import pytest

from tests.complaining_client import ComplainingClient
from tests.portal.walk import Walk


@pytest.fixture
def walk(client: ComplainingClient) -> Walk:
    """A resident who has answered nothing yet."""
    return Walk(client)
