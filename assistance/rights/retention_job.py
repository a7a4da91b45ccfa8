"""The daily deletion of what has run out, driven by the register of data and the table of keeping times.

Archive classes are never touched. A run is idempotent: what is due is found anew each time, each batch is a
transaction of its own with its entry in the log, and what two persons have not lifted stays. Copies in a
backup go when the backup does; a field key that no row needs any more makes what it sealed there unreadable.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, and_, delete, exists, false, func, not_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit, reactions
from assistance.data_register import TableEntry, data_register
from assistance.economic_checks import CheckResult, CheckTask, ContestedLine
from assistance.orm import Model
from assistance.people import Person
from assistance.retention import RetentionClass
from assistance.rights.holds import held_classes, held_people
from assistance.rights.models import RetentionRun
from assistance.rights.reach import WAYS, Subject, table_of
from infrastructure.clock import SHANGHAI
from infrastructure.database import Database

AT_ONCE = 500
BY_THE_MINUTE = frozenset(
    {"saved_answers", "help_requests", "messages", "jobs", "rate_limits", "idempotent_answers"}
)
"""Tables whose own nouns delete what has run out every minute; the daily run counts and does it with them."""


@dataclass(frozen=True)
class Due:
    """What has run out in one table."""

    table: str
    keep: RetentionClass
    due: int
    held: int


@dataclass(frozen=True)
class Report:
    """What a run did, or would do."""

    is_dry_run: bool
    at: datetime
    rows: tuple[Due, ...]

    @property
    def deleted(self) -> dict[str, int]:
        """How much went from each table, where something did."""
        return {row.table: row.due for row in self.rows if row.due}

    @property
    def held(self) -> dict[str, int]:
        """How much was due and stayed."""
        return {row.table: row.held for row in self.rows if row.held}


def deletable() -> list[TableEntry]:
    """The tables that the daily run deletes from or empties, children before the tables they refer to."""
    tables = data_register().tables
    return [
        tables[table.name]
        for table in reversed(Model.metadata.sorted_tables)
        if table.name in tables and table.name not in BY_THE_MINUTE and _is_the_jobs(tables[table.name])
    ]


def look_ahead(session: Session, now: datetime) -> Report:
    """What a run would do now; changes nothing."""
    held = _Held(session, now)
    rows = []
    for entry in deletable():
        due = _count(session, entry, _due(entry, now))
        stays = _count(session, entry, and_(_due(entry, now), held.condition(entry)))
        rows.append(Due(entry.name, _keep(entry), due - stays, stays))
    for name, (count, _) in reactions.sweeps().items():
        entry = data_register().tables[name]
        rows.append(Due(name, _keep(entry), count(session, now), 0))
    return Report(True, now, tuple(rows))


def run(database: Database, now: datetime, *, with_sweeps: bool = True) -> Report:
    """Delete what is due and not held, and note the day's run; run again, it adds what came due since.

    `with_sweeps` does at once, too, what the worker sweeps every minute.
    """
    rows = []
    for entry in deletable():
        done = 0
        while batch := _delete_batch(database, entry, now):
            done += batch
        with database.reading() as session:
            stays = _count(session, entry, and_(_due(entry, now), _Held(session, now).condition(entry)))
        rows.append(Due(entry.name, _keep(entry), done, stays))
    for name, (_, sweep) in (reactions.sweeps() if with_sweeps else {}).items():
        with database.transaction() as session:
            number = sweep(session, now)
            _record(session, name, number, now)
        rows.append(Due(name, _keep(data_register().tables[name]), number, 0))
    report = Report(False, now, tuple(rows))
    with database.transaction() as session:
        _note_run(session, report)
    return report


def look_after(database: Database, now: datetime) -> int:
    """The worker's daily run: how many rows went; nothing where this day has had its run."""
    today = now.astimezone(SHANGHAI).date()
    with database.reading() as session:
        if session.scalar(select(exists().where(RetentionRun.day == today))):
            return 0
    try:
        return sum(run(database, now, with_sweeps=False).deleted.values())
    except IntegrityError:
        # Another worker finished this day's run first; what is due is found again tomorrow.
        return 0


def last_runs(session: Session, limit: int = 30) -> Sequence[RetentionRun]:
    """The last runs, the newest first."""
    return session.scalars(select(RetentionRun).order_by(RetentionRun.day.desc()).limit(limit)).all()


class _Held:
    """What may not be deleted now, as a condition on each table."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.classes = held_classes(session)
        held = select(Person).where(Person.id.in_(held_people(session)))
        today = now.astimezone(SHANGHAI).date()
        self.subjects = [Subject(session, person, today) for person in session.scalars(held)]

    def condition(self, entry: TableEntry) -> ColumnElement[bool]:
        if _keep(entry).code in self.classes:
            return not_(false())
        way = WAYS.get(entry.name)
        if way is None or not self.subjects:
            return false()
        # An empty pointer compares to nothing: such a row is nobody's, and not held.
        return func.coalesce(or_(*(way(subject) for subject in self.subjects)), false())


def _is_the_jobs(entry: TableEntry) -> bool:
    return (
        entry.keep is not None and entry.keep.action in ("delete", "empty") and entry.counts_from is not None
    )


def _keep(entry: TableEntry) -> RetentionClass:
    assert entry.keep is not None
    return entry.keep


def _due(entry: TableEntry, now: datetime) -> ColumnElement[bool]:
    table, days = table_of(entry.name), timedelta(days=_keep(entry).days or 0)
    assert entry.counts_from is not None
    column = table.c[entry.counts_from]
    is_day = isinstance(column.type, Date)
    # A day stands for its whole length: it is the last on which something is kept.
    due = column < now.astimezone(SHANGHAI).date() - days if is_day else column <= now - days
    if _keep(entry).action == "empty":
        # What somebody says is wrong stays until its holder has answered.
        asked = select(ContestedLine.result_id).where(ContestedLine.state == "asked")
        return and_(due, table.c.destroyed_at.is_(None), table.c.id.not_in(asked))
    return and_(due, *(not_(one) for one in _still_referred_to(table)))


def _still_referred_to(table: Table) -> Iterator[ColumnElement[bool]]:
    """A row goes after the rows that refer to it, which have keeping times of their own."""
    for other in Model.metadata.sorted_tables:
        for constraint in other.foreign_key_constraints:
            if constraint.referred_table is table and other is not table and constraint.ondelete != "CASCADE":
                key = constraint.elements[0]
                yield exists(select(1).where(key.parent == key.column))


def _count(session: Session, entry: TableEntry, condition: ColumnElement[bool]) -> int:
    wanted = select(func.count()).select_from(table_of(entry.name)).where(condition)
    return session.scalar(wanted) or 0


def _delete_batch(database: Database, entry: TableEntry, now: datetime) -> int:
    table = table_of(entry.name)
    with database.transaction() as session:
        held = _Held(session, now)
        wanted = select(table.c.id).where(_due(entry, now), not_(held.condition(entry))).limit(AT_ONCE)
        ids = list(session.scalars(wanted))
        if not ids:
            return 0
        if _keep(entry).action == "empty":
            _destroy_results(session, ids, now)
        else:
            session.execute(delete(table).where(table.c.id.in_(ids)))
        audit.forget(session, [str(one) for one in ids])
        _record(session, entry.name, len(ids), now)
    return len(ids)


def _destroy_results(session: Session, ids: Sequence[uuid.UUID], now: datetime) -> None:
    """Empty what sources answered; the row stays to tell when it came, what for, and when it went (ZS-27)."""
    wanted = (
        select(CheckResult, CheckTask)
        .join(CheckTask, CheckTask.id == CheckResult.task_id)
        .where(CheckResult.id.in_(ids))
    )
    for result, task in session.execute(wanted):
        result.sealed, result.destroyed_at = {"items": {}}, now
        audit.record(
            session,
            audit.Event.RESULT_DESTROYED,
            by=audit.WORKER,
            now=now,
            object_ref=str(result.id),
            subject_ref=f"person:{task.person_id}",
            fields={"source": result.source},
            purpose=result.purpose,
        )
    session.flush()


def _record(session: Session, table: str, number: int, now: datetime) -> None:
    if number:
        fields: dict[str, Any] = {"what": table, "count": number}
        audit.record(session, audit.Event.EXPIRED_DELETED, by=audit.WORKER, now=now, fields=fields)


def _note_run(session: Session, report: Report) -> None:
    day = report.at.astimezone(SHANGHAI).date()
    noted = session.scalar(select(RetentionRun).where(RetentionRun.day == day))
    if noted is None:
        noted = RetentionRun(day=day, began_at=report.at, deleted={}, held={})
        session.add(noted)
    names = noted.deleted.keys() | report.deleted.keys()
    noted.deleted = {name: noted.deleted.get(name, 0) + report.deleted.get(name, 0) for name in sorted(names)}
    noted.held = report.held
    session.flush()
    counted = {"deleted": sum(report.deleted.values()), "held": sum(report.held.values())}
    audit.record(
        session,
        audit.Event.RETENTION_RAN,
        by=audit.WORKER,
        now=report.at,
        object_ref=str(noted.id),
        fields=counted,
    )
