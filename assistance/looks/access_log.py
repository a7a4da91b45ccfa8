"""Who looked at my data: the log's entries about one person, as sentences for that person."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, not_, or_, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.audit import AuditEntry
from assistance.divisions import national_index
from assistance.looks.models import LookObjection, SealedLook
from assistance.looks.words import DATA_CLASS_WORDS, PURPOSES
from assistance.people import Actor, StaffAccount
from assistance.permissions import ROLE_WORDS, Role
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

PAGE = 50
TOLD = tuple(event.value for event, kind in audit.KINDS.items() if kind.is_look or kind.is_told)
ROUNDED_TO = 5
# Columns and no records: a page shows fifty, and nothing of them is ever changed.
COLUMNS = (
    AuditEntry.id,
    AuditEntry.reference,
    AuditEntry.recorded_at,
    AuditEntry.actor_kind,
    AuditEntry.actor_ref,
    AuditEntry.role,
    AuditEntry.division_code,
    AuditEntry.event,
    AuditEntry.subject_ref,
    AuditEntry.fields,
    AuditEntry.purpose,
    AuditEntry.case_ref,
)


@dataclass(frozen=True)
class Look:
    """One line of the list: who, when, what, why, and under which number."""

    reference: str
    at: datetime
    subject_ref: str
    event: audit.Event
    office: str
    """The division and the role, as they were when it happened; empty for the system itself."""
    role: str
    work_number: str
    seen: tuple[str, ...]
    purpose: str
    case_ref: str | None
    fields: dict[str, Any]
    objection: str | None
    """The state of this person's objection, where there is one."""

    @property
    def is_by_staff(self) -> bool:
        """Whether a person looked, and not the system by itself."""
        return bool(self.work_number)


@dataclass(frozen=True)
class Reader:
    """Who reads, about whom, and what of it is not for them: asked for once a page."""

    person_id: uuid.UUID
    subjects: tuple[str, ...]
    own_references: tuple[str, ...]
    """How the log names the reader as an actor, as a resident and where there is one as staff."""
    seals: tuple[SealedLook, ...]


@dataclass(frozen=True)
class AccessLog:
    """One page of looks, and how many are lawfully not shown yet."""

    looks: tuple[Look, ...]
    next_cursor: str | None
    hidden_about: int
    """Looks that stay hidden for a time, rounded up to fives; 0 for none."""


def reader_of(session: Session, person_id: uuid.UUID, person_ids: Iterable[uuid.UUID], today: date) -> Reader:
    """Somebody who reads about these people: oneself, and minors whose guardian one is."""
    account = session.scalar(_ACCOUNT, {"person_id": person_id})
    return Reader(
        person_id,
        tuple(sorted(f"person:{one}" for one in person_ids)),
        (str(person_id), *((str(account),) if account else ())),
        _seals(session, today),
    )


def access_log(
    session: Session,
    reader: Reader,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    month: str | None = None,
) -> AccessLog:
    """The looks at the reader's people, newest first; `month` is written 2026-11.

    One's own looks are not listed, nor are entries about anybody else.
    """
    wanted, about = _NEWEST, _ABOUT
    if month:
        first, after = _month(month)
        within = and_(AuditEntry.recorded_at >= first, AuditEntry.recorded_at < after)
        wanted, about = wanted.where(within), and_(about, within)
    if reader.seals:
        wanted = wanted.where(*_shown(reader))
    if cursor is not None and cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        wanted = wanted.where(AuditEntry.id < int(cursor))
    entries = session.execute(wanted, {**_told_to(reader), "most": limit + 1}).all()
    shown = entries[:limit]
    numbers = _work_numbers(session, shown)
    objections = _objections(session, reader.person_id, [entry.reference for entry in shown])
    looks = tuple(_read(entry, numbers, objections) for entry in shown)
    more = str(shown[-1].id) if len(entries) > limit else None
    return AccessLog(looks, more, _hidden_about(session, reader, about))


def months_with_looks(session: Session, reader: Reader) -> list[str]:
    """The months in which somebody looked, newest first, for the filter."""
    found = session.scalars(_MOMENTS, _told_to(reader))
    return sorted({f"{at.astimezone(SHANGHAI):%Y-%m}" for at in found}, reverse=True)


def find_look(session: Session, reference: str, reader: Reader) -> Look | None:
    """One line of the reader's list."""
    wanted = select(*COLUMNS).where(AuditEntry.reference == reference, _ABOUT, *_shown(reader))
    entry = session.execute(wanted, _told_to(reader)).first()
    if entry is None:
        return None
    return _read(entry, _work_numbers(session, [entry]), _objections(session, reader.person_id, [reference]))


def find_objection(session: Session, reference: str, actor: Actor) -> LookObjection | None:
    """What this person has objected to about a look."""
    mine = (LookObjection.entry_reference == reference) & (LookObjection.person_id == actor.person_id)
    return session.scalar(select(LookObjection).where(mine))


def look_of(session: Session, objection: LookObjection) -> Look:
    """The look that somebody objects to."""
    wanted = select(*COLUMNS).where(AuditEntry.reference == objection.entry_reference)
    entry = session.execute(wanted).one()
    return _read(entry, _work_numbers(session, [entry]), {})


def sentence_of(look: Look) -> str:
    """The sentence of one look, to be translated and then filled."""
    if not look.is_by_staff:
        return N_("系统为了「%(purpose)s」看了%(whose)s%(seen)s")
    if look.case_ref:
        return N_("%(office)s%(role)s %(number)s号看了%(whose)s%(seen)s，为了：%(purpose)s（编号 %(case)s）")
    return N_("%(office)s%(role)s %(number)s号看了%(whose)s%(seen)s，为了：%(purpose)s")


Translate = Callable[[str], str]
Teller = Callable[[Look, str, Translate, str], str]
TELLERS: dict[audit.Event, Teller] = {}
"""Kinds that are told in words of their own: from look, whose, translation and locale to the sentence."""


# Made once: making these statements takes longer than asking them. Entries about the reader's people that
# somebody else left; what the reader is goes in with `_told_to`.
_ABOUT = and_(
    AuditEntry.subject_ref.in_(bindparam("subjects", expanding=True)),
    AuditEntry.event.in_(TOLD),
    or_(
        AuditEntry.actor_ref.is_(None),
        AuditEntry.actor_ref.not_in(bindparam("own_references", expanding=True)),
    ),
)
_NEWEST = select(*COLUMNS).where(_ABOUT).order_by(AuditEntry.id.desc()).limit(bindparam("most"))
_MOMENTS = select(AuditEntry.recorded_at).where(_ABOUT)
_ACCOUNT = select(StaffAccount.id).where(StaffAccount.person_id == bindparam("person_id"))
_SEALS = select(SealedLook).where(SealedLook.state == "approved", SealedLook.until >= bindparam("today"))
_NUMBERS = select(StaffAccount.id, StaffAccount.work_number).where(
    StaffAccount.id.in_(bindparam("ids", expanding=True))
)
_OBJECTIONS = select(LookObjection.entry_reference, LookObjection.state).where(
    LookObjection.person_id == bindparam("person_id"),
    LookObjection.entry_reference.in_(bindparam("references", expanding=True)),
)


def _told_to(reader: Reader) -> dict[str, list[str]]:
    return {"subjects": list(reader.subjects), "own_references": list(reader.own_references)}


def hidden_looks(session: Session, today: date) -> ColumnElement[bool]:
    """Looks that two inspectors agreed not to show yet."""
    return _sealed(_seals(session, today))


def _seals(session: Session, today: date) -> tuple[SealedLook, ...]:
    return tuple(session.scalars(_SEALS, {"today": today}))


def _sealed(seals: Sequence[SealedLook]) -> ColumnElement[bool]:
    """Looks of one inspector at one thing, sealed by two, until the last day; there are few of these."""
    each = [
        and_(
            AuditEntry.actor_ref == str(one.account_id),
            AuditEntry.object_ref == one.object_ref,
            AuditEntry.recorded_at >= one.asked_at,
        )
        for one in seals
    ]
    return or_(false(), *each)


def _shown(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return (not_(_sealed(reader.seals)),) if reader.seals else ()


def _hidden_about(session: Session, reader: Reader, about: ColumnElement[bool]) -> int:
    if not reader.seals:
        return 0
    counted = select(func.count()).select_from(AuditEntry).where(about, _sealed(reader.seals))
    count = session.scalar(counted, _told_to(reader)) or 0
    return -(-count // ROUNDED_TO) * ROUNDED_TO


def _work_numbers(session: Session, entries: Sequence[Any]) -> dict[str, str]:
    ids = {uuid.UUID(one.actor_ref) for one in entries if one.actor_kind == "staff" and one.actor_ref}
    if not ids:
        return {}
    return {str(account): number for account, number in session.execute(_NUMBERS, {"ids": list(ids)})}


def _objections(session: Session, reader_id: uuid.UUID, references: Sequence[str]) -> dict[str, str]:
    if not references:
        return {}
    wanted = {"person_id": reader_id, "references": list(references)}
    return dict(session.execute(_OBJECTIONS, wanted).all())


def _read(entry: Any, numbers: Mapping[str, str], objections: Mapping[str, str]) -> Look:
    fields: dict[str, Any] = json.loads(entry.fields)
    place = national_index().get(entry.division_code) if entry.division_code else None
    event = audit.Event(entry.event)
    known = entry.role in Role._value2member_map_ if entry.role else False
    return Look(
        reference=entry.reference,
        at=entry.recorded_at,
        subject_ref=entry.subject_ref or "",
        event=event,
        office=place.name if place else "",
        role=ROLE_WORDS[Role(entry.role)] if known and entry.role else "",
        work_number=numbers.get(entry.actor_ref or "", ""),
        seen=tuple(DATA_CLASS_WORDS[one] for one in fields.get("seen", ())),
        purpose=PURPOSES.get(entry.purpose or "", audit.KINDS[event].words),
        case_ref=entry.case_ref,
        fields=fields,
        objection=objections.get(entry.reference),
    )


def _month(text: str) -> tuple[datetime, datetime]:
    first = datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI)
    after = (first + timedelta(days=32)).replace(day=1)
    return first, after
