"""Who looked at my data: the log's entries about one person, as sentences for that person."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session

from assistance import audit
from assistance.audit import AuditEntry
from assistance.divisions import national_index
from assistance.looks.models import LookObjection, SealedLook
from assistance.looks.words import DATA_CLASS_WORDS, PURPOSES
from assistance.orm import table_of
from assistance.people import Actor, StaffAccount
from assistance.permissions import ROLE_WORDS, Role
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

PAGE = 50
TOLD = tuple(event.value for event, kind in audit.KINDS.items() if kind.is_look or kind.is_told)
ROUNDED_TO = 5
ENTRIES, OBJECTIONS, SEALS = (table_of(model) for model in (AuditEntry, LookObjection, SealedLook))
ACCOUNTS = table_of(StaffAccount)
# Columns of tables and no records: a page shows fifty, and nothing of them is ever changed.
COLUMNS = (
    ENTRIES.c.id,
    ENTRIES.c.reference,
    ENTRIES.c.recorded_at,
    ENTRIES.c.actor_kind,
    ENTRIES.c.actor_ref,
    ENTRIES.c.role,
    ENTRIES.c.division_code,
    ENTRIES.c.event,
    ENTRIES.c.subject_ref,
    ENTRIES.c.fields,
    ENTRIES.c.purpose,
    ENTRIES.c.case_ref,
)
Row = Any
"""A row of some of these columns."""


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
    own_references: tuple[str, str]
    """How the log names the reader as an actor: as a resident, and where there is one as staff."""
    seals: tuple[Row, ...]


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
        (str(person_id), str(account or person_id)),
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
    about = [_ABOUT]
    if month:
        first, after = _month(month)
        about += [ENTRIES.c.recorded_at >= first, ENTRIES.c.recorded_at < after]
    shown_too = [*about, *_shown(reader)]
    if cursor is not None and cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        shown_too.append(ENTRIES.c.id < int(cursor))
    wanted = _newest(and_(*shown_too)) if len(shown_too) > 1 else _NEWEST
    entries = session.execute(wanted, {**_told_to(reader), "most": limit + 1}).all()
    looks = tuple(_read(session, entries[:limit]))
    more = str(entries[limit - 1].id) if len(entries) > limit else None
    return AccessLog(looks, more, _hidden_about(session, reader, and_(*about)))


def months_with_looks(session: Session, reader: Reader) -> list[str]:
    """The months in which somebody looked, newest first, for the filter."""
    moments = (at.astimezone(SHANGHAI) for at in session.scalars(_MOMENTS, _told_to(reader)))
    months = sorted({(at.year, at.month) for at in moments}, reverse=True)
    return [f"{year}-{month:02}" for year, month in months]


def find_look(session: Session, reference: str, reader: Reader) -> Look | None:
    """One line of the reader's list."""
    wanted = _WITH_OBJECTION.where(ENTRIES.c.reference == reference, _ABOUT, *_shown(reader))
    entry = session.execute(wanted, _told_to(reader)).first()
    return None if entry is None else next(_read(session, [entry]))


def find_objection(session: Session, reference: str, actor: Actor) -> LookObjection | None:
    """What this person has objected to about a look."""
    mine = (LookObjection.entry_reference == reference) & (LookObjection.person_id == actor.person_id)
    return session.scalar(select(LookObjection).where(mine))


def look_of(session: Session, objection: LookObjection) -> Look:
    """The look that somebody objects to."""
    wanted = select(*COLUMNS, null().label("objection")).where(
        ENTRIES.c.reference == objection.entry_reference
    )
    return next(_read(session, [session.execute(wanted).one()]))


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
# somebody else left; what the reader is goes in with `_told_to`. What never changes is written out, because
# a list of values is put together anew each time.
_ABOUT = and_(
    ENTRIES.c.subject_ref.in_(bindparam("subjects", expanding=True)),
    ENTRIES.c.event.in_([literal(event, literal_execute=True) for event in TOLD]),
    or_(
        ENTRIES.c.actor_ref.is_(None),
        ENTRIES.c.actor_ref.not_in([bindparam("own"), bindparam("own_as_staff")]),
    ),
)
_WITH_OBJECTION = select(*COLUMNS, OBJECTIONS.c.state.label("objection")).outerjoin_from(
    ENTRIES,
    OBJECTIONS,
    and_(
        OBJECTIONS.c.entry_reference == ENTRIES.c.reference, OBJECTIONS.c.person_id == bindparam("reader_id")
    ),
)


def _newest(about: ColumnElement[bool]) -> Select[Any]:
    # The numbers first: only what is shown is read whole, however much there is to choose from.
    ids = select(ENTRIES.c.id).where(about).order_by(ENTRIES.c.id.desc()).limit(bindparam("most"))
    return _WITH_OBJECTION.where(ENTRIES.c.id.in_(ids)).order_by(ENTRIES.c.id.desc())


_NEWEST = _newest(_ABOUT)
_MOMENTS = select(ENTRIES.c.recorded_at).where(_ABOUT)
_ACCOUNT = select(ACCOUNTS.c.id).where(ACCOUNTS.c.person_id == bindparam("person_id"))
_SEALS = select(SEALS.c.account_id, SEALS.c.object_ref, SEALS.c.asked_at).where(
    SEALS.c.state == "approved", SEALS.c.until >= bindparam("today")
)
_NUMBERS = select(ACCOUNTS.c.id, ACCOUNTS.c.work_number).where(
    ACCOUNTS.c.id.in_(bindparam("ids", expanding=True))
)


def _told_to(reader: Reader) -> dict[str, Any]:
    own, own_as_staff = reader.own_references
    return {
        "subjects": list(reader.subjects),
        "own": own,
        "own_as_staff": own_as_staff,
        "reader_id": reader.person_id,
    }


def hidden_looks(session: Session, today: date) -> ColumnElement[bool]:
    """Looks that two inspectors agreed not to show yet."""
    return _sealed(_seals(session, today))


def _seals(session: Session, today: date) -> tuple[Row, ...]:
    return tuple(session.execute(_SEALS, {"today": today}))


def _sealed(seals: Sequence[Row]) -> ColumnElement[bool]:
    """Looks of one inspector at one thing, sealed by two, until the last day; there are few of these."""
    each = [
        and_(
            ENTRIES.c.actor_ref == str(one.account_id),
            ENTRIES.c.object_ref == one.object_ref,
            ENTRIES.c.recorded_at >= one.asked_at,
        )
        for one in seals
    ]
    return or_(false(), *each)


def _shown(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return (not_(_sealed(reader.seals)),) if reader.seals else ()


def _hidden_about(session: Session, reader: Reader, about: ColumnElement[bool]) -> int:
    if not reader.seals:
        return 0
    counted = select(func.count()).select_from(ENTRIES).where(about, _sealed(reader.seals))
    count = session.scalar(counted, _told_to(reader)) or 0
    return -(-count // ROUNDED_TO) * ROUNDED_TO


def _work_numbers(session: Session, entries: Sequence[Row]) -> dict[str, str]:
    references = {one.actor_ref for one in entries if one.actor_kind == "staff" and one.actor_ref}
    if not references:
        return {}
    ids = [uuid.UUID(one) for one in references]
    return {str(account): number for account, number in session.execute(_NUMBERS, {"ids": ids})}


def _read(session: Session, entries: Sequence[Row]) -> Iterator[Look]:
    numbers, divisions = _work_numbers(session, entries), national_index()

    @cache
    def read(fields: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        told: dict[str, Any] = json.loads(fields)
        return told, tuple(DATA_CLASS_WORDS[one] for one in told.get("seen", ()))

    for entry in entries:
        place = divisions.get(entry.division_code) if entry.division_code else None
        event = audit.Event(entry.event)
        known = entry.role in Role._value2member_map_ if entry.role else False
        fields, seen = read(entry.fields)
        yield Look(
            reference=entry.reference,
            at=entry.recorded_at,
            subject_ref=entry.subject_ref or "",
            event=event,
            office=place.name if place else "",
            role=ROLE_WORDS[Role(entry.role)] if known and entry.role else "",
            work_number=numbers.get(entry.actor_ref or "", ""),
            seen=seen,
            purpose=PURPOSES.get(entry.purpose or "", audit.KINDS[event].words),
            case_ref=entry.case_ref,
            fields=fields,
            objection=entry.objection,
        )


def _month(text: str) -> tuple[datetime, datetime]:
    first = datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI)
    after = (first + timedelta(days=32)).replace(day=1)
    return first, after
