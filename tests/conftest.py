"""What every test may ask for: an application, a client that complains, and fresh databases of both kinds."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url, text

import demo.standards
import wsgi
from assistance import divisions, policies
from infrastructure import clock, migrations
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import DEFAULT_FIELD_KEYS, DEFAULT_SIGNING_KEYS, Settings, load_settings
from infrastructure.signing import SigningKeys
from simulators import Running, serve_in_thread
from tests import postgresql
from tests.complaining_client import ComplainingClient, forget

pytest_plugins = ["tests.browser.fixtures", "tests.sealed_keys"]

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=clock.SHANGHAI)
KINDS = ("sqlite", "postgresql")
LOG = ("audit_salts", "audit_leases", "audit_checkpoints", "audit_seals", "audit_entries")
# Later tables first: each may refer to one that follows.
CHECKS = (
    "contested_lines",
    "check_reports",
    "check_results",
    "check_tasks",
    "economic_checks",
    "source_drop_rows",
    "source_drops",
)
CONSENT = (
    "counter_signatures",
    "paper_signatures",
    "authorizations",
    "authorization_parts",
    "authorization_requests",
)
FILES = ("household_imports", "household_events", "household_lines", "household_members", "households")
LOOKS = ("look_objections", "sealed_looks", "minor_approvals")
RIGHTS = ("rights_requests", "data_wishes", "legal_holds", "retention_runs")
PEOPLE = (
    "declared_relatives",
    "role_assignments",
    "staff_invitations",
    "kept_forms",
    "activation_slips",
    "refresh_tokens",
    "one_time_codes",
    "sign_in_sessions",
    "sign_in_identities",
    "recorded_phones",
    "staff_accounts",
    "people",
)
CLEARED = (
    "rate_limits",
    "idempotent_answers",
    "saved_answers",
    "help_requests",
    "messages",
    "jobs",
    *CHECKS,
    *CONSENT,
    *FILES,
    *LOOKS,
    *RIGHTS,
    *PEOPLE,
    *LOG,
)
_numbers = itertools.count(1)

# On a busy machine one example may take a moment, and that says nothing about the code. The examples are
# the same at every run, so that what turns a build red is a change; `make check-all` looks for new ones.
hypothesis_settings.register_profile("same", deadline=None, derandomize=True)
hypothesis_settings.register_profile("searching", deadline=None, max_examples=1000)
hypothesis_settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--app-database", choices=KINDS, default="sqlite", help="what the pages' tests run on")


@pytest.fixture(autouse=True)
def _still_clock() -> Iterator[None]:
    """The clock stands still at one morning, unless a test moves it."""
    with clock.freeze(NOW):
        yield
    clock.start_at(None)


@pytest.fixture(scope="session")
def cipher() -> FieldCipher:
    return FieldCipher(DEFAULT_FIELD_KEYS)


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory, cipher: FieldCipher) -> Path:
    """A SQLite file at head, with divisions and the sample standards."""
    path = tmp_path_factory.mktemp("sqlite") / "prepared.db"
    database = Database(f"sqlite:///{path}", cipher)
    prepare(database)
    # Closing the last connection brings everything from the log into the file that is copied.
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def prepared_postgresql(postgresql_server: str, cipher: FieldCipher) -> str:
    """The name of a PostgreSQL database at head, to copy from."""
    create_postgresql(postgresql_server, "prepared")
    database = Database(address_of(postgresql_server, "prepared"), cipher)
    prepare(database)
    database.dispose()
    return "prepared"


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, cipher: FieldCipher) -> Iterator[Database]:
    """A database of one's own, at head and loaded, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("prepared_sqlite"), path)
        yield from opened(f"sqlite:///{path}", cipher)
    else:
        server = request.getfixturevalue("postgresql_server")
        like = request.getfixturevalue("prepared_postgresql")
        with postgresql_database(server, f"test_{next(_numbers)}", like) as url:
            yield from opened(url, cipher)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path, cipher: FieldCipher) -> Iterator[Database]:
    """A database without a single table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path / 'empty.db'}", cipher)
    else:
        server = request.getfixturevalue("postgresql_server")
        with postgresql_database(server, f"empty_{next(_numbers)}") as url:
            yield from opened(url, cipher)


def opened(url: str, cipher: FieldCipher) -> Iterator[Database]:
    """One database for one test."""
    made = Database(url, cipher)
    yield made
    forget(made)
    made.dispose()


@pytest.fixture(scope="session")
def simulators_server() -> Iterator[Running]:
    """The services outside, for the whole session; tests ask for `simulators`."""
    with serve_in_thread(jwks=SigningKeys(DEFAULT_SIGNING_KEYS).jwks()) as running:
        yield running


@pytest.fixture
def simulators(simulators_server: Running) -> Iterator[Running]:
    """The services outside as they are at the start: nothing sent, nothing broken."""
    simulators_server.world.reset()
    yield simulators_server
    simulators_server.world.reset()


@pytest.fixture(scope="session")
def app_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, simulators_server: Running
) -> Settings:
    """The settings of the tests' application: the demo county, on its own database."""
    folder = tmp_path_factory.mktemp("instance")
    if request.config.getoption("--app-database") == "sqlite":
        shutil.copyfile(request.getfixturevalue("prepared_sqlite"), folder / "huimin.db")
        url = f"sqlite:///{folder / 'huimin.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        create_postgresql(server, "app", like=request.getfixturevalue("prepared_postgresql"))
        url = address_of(server, "app")
    return settings_of_test(folder, HUIMIN_DATABASE_URL=url, **simulators_server.environment)


@pytest.fixture(scope="session")
def whole_app(app_settings: Settings) -> Iterator[Flask]:
    """One application for all tests: making it reads the whole catalogue."""
    made = wsgi.create_app(app_settings)
    made.test_client_class = ComplainingClient
    database = made.extensions["huimin"].database
    let_the_log_be_cleared(database)
    clear(database)
    yield made
    forget(database)
    database.dispose()


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """The application, with nothing kept from an earlier test."""
    yield whole_app
    shutil.rmtree(whole_app.extensions["huimin"].settings.checkpoint_dir, ignore_errors=True)
    clear(whole_app.extensions["huimin"].database)


@pytest.fixture
def client(app: Flask) -> ComplainingClient:
    """A browser that complains."""
    found = app.test_client()
    assert isinstance(found, ComplainingClient)
    return found


def settings_of_test(folder: Path, **environment: str) -> Settings:
    """Settings as an environment would give them, away from the checkout's own instance folder."""
    return load_settings({"HUIMIN_ENV": "test", "HUIMIN_INSTANCE_DIR": str(folder), **environment})


def prepare(database: Database) -> None:
    """What `flask init` does, without an application."""
    migrations.upgrade(database)
    index = divisions.national_index()
    with database.transaction() as session:
        divisions.load_divisions(session, index)
    with database.transaction() as session:
        rows = policies.shipped_rows() + demo.standards.sample_rows()
        policies.load_rows(session, index, rows, now=NOW)


def clear(database: Database) -> None:
    """Delete what a test may have left."""
    with database.transaction() as session:
        for table in CLEARED:
            session.execute(text(f"DELETE FROM {table}"))


def let_the_log_be_cleared(database: Database) -> None:
    """Take the triggers away that let nobody delete from the log: one database serves all tests of pages."""
    with database.transaction() as session:
        if database.is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"
            for name in session.scalars(text(query)).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("audit_entries", "audit_seals", "audit_checkpoints"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


@contextmanager
def postgresql_database(server: str, name: str, like: str | None = None) -> Iterator[str]:
    """The address of a database that is dropped before the disk has even seen all of it."""
    create_postgresql(server, name, like)
    yield address_of(server, name)
    _tell_postgresql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def create_postgresql(server: str, name: str, like: str | None = None) -> None:
    """Create a database, as a copy of another one where asked."""
    _tell_postgresql(server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))


def _tell_postgresql(server: str, command: str) -> None:
    maker = Database(server)
    with maker.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(command)
    maker.dispose()


def address_of(server: str, name: str) -> str:
    """The address of a database on the tests' server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)
