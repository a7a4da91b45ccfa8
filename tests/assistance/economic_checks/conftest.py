"""Real simulators beside the tests of checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import simulators
from tests.assistance.economic_checks.checking import KEYS


@pytest.fixture
def registers() -> Iterator[Any]:
    with simulators.serve_in_thread(jwks=KEYS.jwks()) as running:
        yield running
