"""One engine for SQLite or PostgreSQL, with transactions that behave alike on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from infrastructure.crypto import FieldCipher

BUSY_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000
FOLDER_MODE, FILE_MODE = 0o700, 0o600


class Database:
    """A database by its address; hands out sessions and whole transactions."""

    def __init__(self, url: str, cipher: FieldCipher | None = None) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        # Column types see only the dialect of the engine in use, so this is where they find the cipher.
        self.engine.dialect.field_cipher = cipher  # type: ignore[attr-defined]
        self._reading = self.engine.execution_options(huimin_reading=True)

    def session(self, *, reading: bool = False) -> Session:
        """A session of its own; the caller ends it, and a reading one cannot write."""
        return Session(self._reading if reading else self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is kept when the block ends and dropped when it raises."""
        with self.session() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that can only read."""
        with self.session(reading=True) as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _sqlite_engine(self) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        engine = create_engine(self.url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "do_connect", self._make_file)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine

    def _make_file(self, *_: Any) -> None:
        # Nobody else on the machine reads it; the log beside it takes over its mode.
        database = self.url.database
        if database and database != ":memory:" and not self.url.query and not Path(database).exists():
            Path(database).touch(mode=FILE_MODE)

    def _postgresql_engine(self) -> Engine:
        options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={BUSY_TIMEOUT_MS} "
        options += f"-c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
        engine = create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            connect_args={"options": options},
            pool_pre_ping=True,
        )
        event.listen(engine, "begin", _begin_on_postgresql)
        return engine


def only_reads(session: Session) -> bool:
    """Whether this session was opened for reading."""
    options = session.get_bind().get_execution_options()
    return bool(options.get("huimin_reading", False))


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and is always deferred; _begin_on_sqlite says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_on_sqlite(connection: Any) -> None:
    # A deferred transaction that reads and then writes fails at once whatever the time-out,
    # so writers begin as such.
    reading = connection.get_execution_options().get("huimin_reading", False)
    # Said to the driver itself, which takes a tenth of the time; neither can be refused or has to wait.
    driver = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    if reading:
        driver.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_on_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("huimin_reading", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
