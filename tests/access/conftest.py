"""One world for all walks: making it takes seconds, and no request changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask import Flask

from infrastructure import clock
from simulators import Running
from tests.access.ground import TABLE, Ground, Walk
from tests.access.walking import Undone
from tests.access.world import make_world
from tests.conftest import NOW, clear

PDF_MAKERS = (
    "portal.views.rights",
    "portal.views.assessment_results",
    "portal.views.authorization_receipts",
    "admin.views.economic_checks",
)


@pytest.fixture(scope="package")
def ground(whole_app: Flask, simulators_server: Running) -> Iterator[Ground]:
    """The world in the application's database, and the means to ask."""
    database = whole_app.extensions["huimin"].database
    with pytest.MonkeyPatch.context() as patch, clock.freeze(NOW):
        for module in PDF_MAKERS:
            patch.setattr(f"{module}.html_to_pdf", _as_text)
        clear(database)
        yield Ground(whole_app, make_world(whole_app, simulators_server), Undone(database))
    shutil.rmtree(whole_app.extensions["huimin"].settings.checkpoint_dir, ignore_errors=True)
    clear(database)


@pytest.fixture(scope="package")
def walked(ground: Ground) -> Walk:
    """The walk over everything, made once."""
    with clock.freeze(NOW):
        return ground.walk(list(TABLE.values()))


def _as_text(html: str, _stylesheet: str, _timeout_seconds: float = 20) -> bytes:
    # What a page says can be read here without drawing it.
    return b"%PDF-1.7\n" + html.encode()
