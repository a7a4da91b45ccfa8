"""A log to test with: entries, a sealer with a folder outside the database, and somebody who tampers."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from assistance import audit
from infrastructure.database import Database
from infrastructure.signing import SigningKeys
from tests.conftest import NOW, let_the_log_be_cleared

KEYS = SigningKeys({"old": b"o" * 32, "new": b"n" * 32})
ORIGIN = "huimin.example/330482"


def sealer(database: Database, folder: Path) -> audit.Sealer:
    return audit.Sealer(database, audit.Copies(folder, KEYS), ORIGIN)


def write(session: Session, number: int, now: datetime = NOW) -> list[audit.Recorded]:
    written = []
    for at in range(number):
        by = audit.Actor("staff", f"reviewer-{at % 7}", "town_reviewer", "330482100", request_id=f"{at:016x}")
        moment = now + timedelta(milliseconds=at)
        if at % 3:
            fields = {"what": "saved_answers", "count": at}
            written.append(
                audit.record(session, audit.Event.EXPIRED_DELETED, by=by, now=moment, fields=fields)
            )
        else:
            written.append(
                audit.record(
                    session,
                    audit.Event.HELP_REQUEST_SHOWN,
                    by=dataclasses.replace(by, device_ref="d" * 24),
                    now=moment,
                    object_ref=f"request-{at}",
                    subject_ref=f"help_request:request-{at}",
                    fields={"seen": ["contact", "name"]},
                    purpose="call_back",
                    case_ref=f"case-{at}",
                    committed=f"value {at}".encode(),
                )
            )
    return written


def fill(database: Database, number: int, now: datetime = NOW) -> list[audit.Recorded]:
    with database.transaction() as session:
        return write(session, number, now)


def let_in(database: Database) -> None:
    """What a database administrator can do: no trigger and no foreign key stands in the way any more."""
    let_the_log_be_cleared(database)
    with database.transaction() as session:
        if not database.is_sqlite:
            session.execute(text("ALTER TABLE audit_seals DROP CONSTRAINT IF EXISTS fk_audit_seals_entry"))


def tamper(database: Database, statement: str, **values: object) -> None:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("COMMIT") if connection.in_transaction() else None
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("PRAGMA query_only=OFF")
            done = raw.execute(statement, values)
            raw.execute("PRAGMA foreign_keys=ON")
            assert done.rowcount
        else:
            assert connection.execute(text(statement), values).rowcount
            connection.commit()
