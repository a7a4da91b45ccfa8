"""The mini-program's JSON, below /api/v1: every file adds the answers of one noun."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from portal.api import (
    access_log,
    assessments,
    auth,
    authorizations,
    bearer,
    clients,
    divisions,
    households,
    me,
    meta,
    policies,
    rights,
)
from portal.api.description import Conventions
from web.access import public
from web.csrf import csrf

TITLE = "惠民码 Huimin"
NOUNS = (meta, divisions, policies, assessments, auth, me, households, access_log, authorizations, rights)


def register(app: Flask) -> None:
    """Add the JSON interface and its description at /api/v1/openapi.json."""
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    bearer.install(app)
    clients.install(app)
    api = Api(app, spec_kwargs={"extra_plugins": [Conventions(app)]})
    # Nobody here answers with the library's own error.
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    for noun in NOUNS:
        # No cookie ever opens this interface, and only therefore does it ask for no token of a form.
        csrf.exempt(noun.blueprint)
        api.register_blueprint(noun.blueprint)
    for name, view in app.view_functions.items():
        if name.startswith("api-docs."):
            public(view)
