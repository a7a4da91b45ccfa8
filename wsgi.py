"""The composition root: the only file that knows every part."""

from __future__ import annotations

import gc
from dataclasses import replace

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import admin
import commands
import portal
import portal.api
from assistance import divisions, policies
from infrastructure import clock
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import Settings, SettingsError, load_settings
from infrastructure.signing import SigningKeys
from web.access import check_declared_access
from web.bad_input import install_bad_input_guard
from web.compression import install_compression
from web.csrf import install_csrf
from web.errors import install_errors
from web.idempotency import check_declared_creation
from web.kept_answers import install_kept_answers
from web.operations import install_operations
from web.platforms import install_platforms
from web.request_log import install_request_log, log_to_standard_error
from web.security_headers import install_security_headers
from web.services import Services, install_services
from web.startup import is_development_server, refuse_unsafe_start
from web.static_files import install_static_files
from web.unit_of_work import TransactionalFlask


def create_app(settings: Settings | None = None) -> Flask:
    """The application, for commands, tests and the server alike; settings default to the environment's."""
    if settings is not None:
        return _compose(settings)
    try:
        return _compose(load_settings())
    except (SettingsError, policies.CatalogueError) as error:
        # A person is waiting at a terminal: the sentence that helps, not the way that led to it.
        raise SystemExit(f"This does not start:\n{error}") from error


def _compose(settings: Settings) -> Flask:
    index = divisions.national_index()
    if not settings.office_name:
        settings = replace(settings, office_name=_default_office(index, settings.county))
    if settings.now is not None:
        clock.start_at(settings.now)
    cipher = FieldCipher(settings.field_keys)
    parts = Services(
        settings=settings,
        database=Database(settings.database_url, cipher),
        cipher=cipher,
        signing_keys=SigningKeys(settings.signing_keys),
        catalogue=policies.load_catalogue(),
        divisions=index,
    )
    app = TransactionalFlask(__name__, static_folder=None, template_folder="templates")
    _configure(app, settings)
    install_services(app, parts)
    install_platforms(app, settings)
    install_request_log(app)
    install_bad_input_guard(app)
    install_csrf(app)
    # Hooks after an answer run in reverse order: headers are set first, the bytes are packed last.
    install_compression(app)
    install_security_headers(app)
    install_static_files(app)
    install_operations(app)
    app.register_blueprint(portal.blueprint)
    admin.register(app)
    portal.api.register(app)
    # After the JSON interface, whose library would otherwise answer every error in its own way.
    install_errors(app)
    install_kept_answers(app, private_cookies=portal.PRIVATE_COOKIES)
    commands.register(app)
    check_declared_access(app)
    check_declared_creation(app)
    if is_development_server():
        refuse_unsafe_start(app, parts)
    return app


def create_server() -> Flask:
    """The application as the server runs it: it refuses to start where that would be unsafe."""
    log_to_standard_error()
    app = create_app()
    refuse_unsafe_start(app, app.extensions["huimin"])
    # What was loaded stays as long as the process: looking through it for garbage would hold up residents.
    gc.collect()
    gc.freeze()
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.env == "test",
        SESSION_COOKIE_NAME="__Host-huimin_session" if settings.is_https else "huimin_session",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PROPAGATE_EXCEPTIONS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.is_production:
        # Beside the residents' name those by which a collector on this machine asks whether all is well.
        app.config["TRUSTED_HOSTS"] = [settings.host, "127.0.0.1", "localhost"]
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _default_office(index: divisions.DivisionIndex, county: str) -> str:
    found = index.get(county)
    return f"{found.name}民政局" if found else "民政局"
