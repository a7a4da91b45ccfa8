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
        if self.is_sqlite and self.url.database in (None, "", ":memory:"):
            # In memory no connection would see what another one writes.
            raise ValueError("SQLite needs a file")
        self.engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        self.reading_engine = self._reading_engine()
        for engine in self.engines:
            # Column types see only the dialect of the engine in use, so this is where they find the cipher.
            engine.dialect.field_cipher = cipher  # type: ignore[attr-defined]

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines by which statements are sent: two on SQLite, for writing and for reading."""
        return (self.engine, self.reading_engine) if self.is_sqlite else (self.engine,)

    def session(self, *, reading: bool = False) -> Session:
        """A session of its own; the caller ends it, and a reading one cannot write."""
        return Session(self.reading_engine if reading else self.engine, expire_on_commit=False)

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
        for engine in self.engines:
            engine.dispose()

    def _reading_engine(self) -> Engine:
        if not self.is_sqlite:
            return self.engine.execution_options(huimin_reading=True)
        # Connections of their own: where one changes from reading to writing, it prepares all it asks anew.
        engine = self._sqlite_engine()
        event.listen(engine, "connect", _refuse_writing)
        return engine.execution_options(huimin_reading=True)

    def _sqlite_engine(self) -> Engine:
        Path(str(self.url.database)).parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        engine = create_engine(self.url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "do_connect", self._make_file)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine

    def _make_file(self, *_: Any) -> None:
        # Nobody else on the machine reads it; the log beside it takes over its mode.
        file = Path(str(self.url.database))
        if not self.url.query and not file.exists():
            file.touch(mode=FILE_MODE)

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


def _refuse_writing(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_on_sqlite(connection: Any) -> None:
    # A deferred transaction that reads and then writes fails at once whatever the time-out,
    # so writers begin as such.
    if connection.get_execution_options().get("huimin_reading", False):
        # Said to the driver itself, which takes a tenth of the time; it is never refused and never waits.
        connection.connection.driver_connection.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_on_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("huimin_reading", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
