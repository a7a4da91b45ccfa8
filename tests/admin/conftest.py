"""What tests of the staff side start from."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.admin.asking import Asked, ask


@pytest.fixture
def asked(app: Flask) -> Asked:
    """A family of four that an officer has asked."""
    return ask(app)
