"""The server refuses to start where that would be unsafe, naming every problem at once; commands run."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from infrastructure import migrations
from infrastructure.database import Database
from infrastructure.settings import Settings, load_settings
from web.access import UndeclaredAccess, check_declared_access, public
from web.startup import UnsafeStart, refuse_unsafe_start, server_problems

HOSTS = {
    "huimin.example": 200,
    "127.0.0.1:8000": 200,
    "localhost": 200,
    "evil.example": 400,
    "x.huimin.example": 400,
}


def settings_of(folder: Path, **environment: str) -> Settings:
    return load_settings({"HUIMIN_INSTANCE_DIR": str(folder), **environment})


def safe_production(folder: Path, database: str) -> dict[str, str]:
    secret, keys, signing = folder / "secret", folder / "keys", folder / "signing"
    signing.write_text("2026:" + base64.b64encode(b"s" * 32).decode(), encoding="utf-8")
    secret.write_text("s" * 48, encoding="utf-8")
    keys.write_text("2:" + base64.b64encode(b"k" * 32).decode(), encoding="utf-8")
    outside = folder / "outside"
    outside.write_text("o" * 32, encoding="utf-8")
    return {
        "HUIMIN_ENV": "production",
        "HUIMIN_DATABASE_URL": database,
        "HUIMIN_SECRET_KEY_FILE": str(secret),
        "HUIMIN_FIELD_KEYS_FILE": str(keys),
        "HUIMIN_SIGNING_KEYS_FILE": str(signing),
        "HUIMIN_CHECKPOINT_DIR": str(folder / "witness"),
        "HUIMIN_BASE_URL": "https://huimin.example",
        "HUIMIN_OFFICE_NAME": "平湖市民政局",
        "HUIMIN_OFFICE_PHONE": "0573-85000000",
        "HUIMIN_STAFF_NETWORKS": "10.20.0.0/16",
        "HUIMIN_WECHAT_URL": "https://wechat.example",
        "HUIMIN_WECHAT_APP_ID": "wx1234567890abcdef",
        "HUIMIN_WECHAT_APP_SECRET_FILE": str(outside),
        "HUIMIN_ZLB_URL": "off",
        "HUIMIN_SMS_URL": "https://sms.example/v1",
        "HUIMIN_SMS_KEY_FILE": str(outside),
        "HUIMIN_SOURCES_URL": "http://127.0.0.1:9443",
        "HUIMIN_SOURCES_KEY_FILE": str(outside),
    }


def test_production_with_demo_settings_names_every_problem(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, HUIMIN_ENV="production", HUIMIN_NOW="2026-06-30T09:00:00+08:00")
    app = wsgi.create_app(settings)
    app.debug = True
    with pytest.raises(UnsafeStart) as stopped:
        refuse_unsafe_start(app, app.extensions["huimin"])
    text = str(stopped.value)
    for word in (
        "SECRET_KEY",
        "FIELD_KEYS",
        "SIGNING_KEYS",
        "CHECKPOINT_DIR",
        "https",
        "HUIMIN_NOW",
        "OFFICE_PHONE",
        "debug",
        "migrations",
    ):
        assert word in text
    app.extensions["huimin"].database.dispose()


def test_an_address_without_a_host_is_a_problem(tmp_path: Path) -> None:
    given = safe_production(tmp_path, "sqlite://") | {"HUIMIN_BASE_URL": "https://"}
    assert any("no host" in problem for problem in settings_of(tmp_path, **given).unsafe_for_production())


def test_production_made_safe_starts(tmp_path: Path, database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    app = wsgi.create_app(settings_of(tmp_path, **safe_production(tmp_path, url)))
    assert server_problems(app, app.extensions["huimin"]) == []
    cookie = app.config["SESSION_COOKIE_NAME"]
    assert (cookie, app.config["SESSION_COOKIE_SECURE"]) == ("__Host-huimin_session", True)
    # Residents come by one name; a collector on this machine asks the server itself.
    told = {host: app.test_client().get("/healthz", base_url=f"https://{host}").status_code for host in HOSTS}
    assert told == HOSTS
    app.extensions["huimin"].database.dispose()


def test_a_secret_in_the_environment_is_refused_in_production(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, HUIMIN_ENV="production", HUIMIN_SECRET_KEY="x" * 40)
    assert any("stands in the environment" in problem for problem in settings.unsafe_for_production())


def test_pending_migrations_stop_every_server_and_no_command(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, HUIMIN_ENV="test")
    app = wsgi.create_app(settings)
    problems = server_problems(app, app.extensions["huimin"])
    assert problems == ["migrations are pending: run `flask init`"]
    result = app.test_cli_runner().invoke(args=["init"])
    assert result.exit_code == 0, result.output
    assert server_problems(app, app.extensions["huimin"]) == []
    again = app.test_cli_runner().invoke(args=["init", "--json"])
    assert '"divisions": 0, "standards": 0' in again.output
    migrations.downgrade(app.extensions["huimin"].database, "0002")
    assert server_problems(app, app.extensions["huimin"])
    app.extensions["huimin"].database.dispose()


def test_a_county_that_is_none_is_a_problem(tmp_path: Path, database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    app = wsgi.create_app(
        settings_of(tmp_path, HUIMIN_ENV="test", HUIMIN_DATABASE_URL=url, HUIMIN_COUNTY="330499")
    )
    assert "330499" in server_problems(app, app.extensions["huimin"])[0]
    app.extensions["huimin"].database.dispose()


def test_production_loads_no_samples(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'production.db'}"
    app = wsgi.create_app(settings_of(tmp_path, **safe_production(tmp_path, url)))
    result = app.test_cli_runner().invoke(args=["init", "--json"])
    assert '"standards": 1' in result.output
    listed = app.test_cli_runner().invoke(args=["standards", "list"])
    assert "示例" not in listed.output
    assert "浙江省社会救助条例 第十三条" in listed.output
    app.extensions["huimin"].database.dispose()


def test_settings_that_cannot_be_read_are_told_in_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIMIN_ENV", "prod")
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(SystemExit) as stopped:
        wsgi.create_app()
    assert "HUIMIN_ENV is one of demo, production, test" in str(stopped.value)
    assert "PORT" in str(stopped.value)


def test_a_view_that_is_silent_about_access_stops_the_start() -> None:
    app = Flask("probe", static_folder=None)

    @app.get("/open")
    @public
    def show_open() -> str:
        return ""

    check_declared_access(app)

    @app.get("/silent")
    def show_silent() -> str:
        return ""

    with pytest.raises(UndeclaredAccess, match="show_silent"):
        check_declared_access(app)
