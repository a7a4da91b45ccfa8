"""The yearly report of how minors' data was handled (WCW-37), counted from the log and nothing else."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.audit import AuditEntry
from assistance.looks import is_minor
from assistance.people import Person
from infrastructure.clock import SHANGHAI

PREFIX = "person:"
APPROVALS = (audit.Event.MINOR_APPROVAL_ASKED, audit.Event.MINOR_APPROVAL_DECIDED)
AT_ONCE = 500


def minors_report(session: Session, year: int) -> dict[str, Any]:
    """Every act, look and approval of a year about somebody who was under eighteen on that day."""
    first = datetime(year, 1, 1, tzinfo=SHANGHAI)
    after = datetime(year + 1, 1, 1, tzinfo=SHANGHAI)
    within = (AuditEntry.recorded_at >= first, AuditEntry.recorded_at < after)
    named = (
        select(AuditEntry.subject_ref).where(*within, AuditEntry.subject_ref.like(f"{PREFIX}%")).distinct()
    )
    people = _people(session, [str(one) for one in session.scalars(named)])
    handlings: Counter[str] = Counter()
    looks: Counter[tuple[str, str, str]] = Counter()
    approvals: Counter[str] = Counter()
    minors: set[str] = set()
    wanted = (
        select(AuditEntry).where(*within, AuditEntry.subject_ref.like(f"{PREFIX}%")).order_by(AuditEntry.id)
    )
    for entry in session.scalars(wanted.execution_options(yield_per=AT_ONCE)):
        subject = entry.subject_ref or ""
        person = people.get(subject)
        if person is None or not is_minor(person, _day(entry.recorded_at)):
            continue
        minors.add(subject)
        event = audit.Event(entry.event)
        if event in APPROVALS:
            approvals[_approval(event, entry.fields)] += 1
        elif audit.KINDS[event].is_look:
            looks[entry.role or entry.actor_kind, entry.division_code or "", entry.purpose or ""] += 1
        else:
            handlings[entry.event] += 1
    return {
        "year": year,
        "minors": len(minors),
        "handlings": [
            {"event": event, "words": audit.KINDS[audit.Event(event)].words, "count": count}
            for event, count in sorted(handlings.items())
        ],
        "accesses": [
            {"role": role, "division": division, "purpose": purpose, "count": count}
            for (role, division, purpose), count in sorted(looks.items())
        ],
        "approvals": {name: approvals[name] for name in ("asked", "approved", "declined")},
        "entries": handlings.total() + looks.total() + approvals.total(),
    }


def _people(session: Session, subjects: list[str]) -> dict[str, Person]:
    ids = []
    for subject in subjects:
        try:
            ids.append(uuid.UUID(subject.removeprefix(PREFIX)))
        except ValueError:
            continue
    found = {}
    for at in range(0, len(ids), AT_ONCE):
        some = select(Person).where(Person.id.in_(ids[at : at + AT_ONCE]))
        found.update({person.audit_subject: person for person in session.scalars(some)})
    return found


def _approval(event: audit.Event, fields: str) -> str:
    if event is audit.Event.MINOR_APPROVAL_ASKED:
        return "asked"
    return "approved" if '"approved":true' in fields else "declined"


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
