"""A copy of everything held about a person (PIPL-45): every row of every table that is theirs."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.data_register import Handling, data_register
from assistance.orm import EncryptedJson, Model
from assistance.people import Actor, Person
from assistance.rights.reach import WAYS, Subject, others_beside, table_of
from infrastructure.clock import SHANGHAI

FORMATS = ("json", "pdf")
VERSION = 1
SELF, ANOTHER = "self", "another_person"
# A silent no must not show on a telephone that somebody else may hold; these keys are in nobody's copy.
LEFT_OUT = {
    "authorization_parts": {"link", "unwilling", "reviewed", "reviewed_at", "outcome", "reminders"},
    # Questions about others of the household are among them.
    "check_reports": {"awaited"},
    "legal_holds": {"why"},
    "staff_accounts": {"totp_secret", "recovery_hashes", "new_codes"},
    # The names of others whom a member of staff declared, or of whoever declared this person.
    "declared_relatives": {"name", "person"},
}
# Who did something is told as oneself or another person: staff stand in the list of looks by their numbers.
DOERS = {
    *("recorded_by", "recorded_by_account", "issued_by", "created_by", "invited_by", "approved_by"),
    *("granted_by", "ended_by", "opened_by", "started_by", "handed_in_by", "taken_by_person"),
    *("confirmed_by_person", "answered_by", "decided_by", "put_by", "lift_asked_by", "lifted_by"),
    *("witness_person", "actor_ref", "officer"),
}
PERSONS = {"person_id", "signer_id", "guardian_id", "about_person_id", "account_id"}
# Rows in which somebody stands only as signer, guardian or asker: what is sealed there is the other person's.
OF_ANOTHER = {
    "authorization_parts": "person_id",
    "authorizations": "person_id",
    "rights_requests": "person_id",
}
BESIDE_A_WARD = frozenset({"sign-in", "messages"})
"""What a guardian does not take with a copy of a ward of fourteen or more (PIPL-31 ends there)."""


@dataclass(frozen=True)
class TableCopy:
    """The rows of one table, and how many more there are about others."""

    name: str
    rows: tuple[dict[str, Any], ...]
    others: int


@dataclass(frozen=True)
class HandlingCopy:
    """One thing that is done with a person's data, with all rows that it left."""

    handling: Handling
    tables: tuple[TableCopy, ...]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(table.rows) for table in self.tables)


@dataclass(frozen=True)
class Copy:
    """Everything held about one person at one moment."""

    person: Person
    made_at: datetime
    handlings: tuple[HandlingCopy, ...]

    @property
    def count(self) -> int:
        """How many rows there are in all."""
        return sum(handling.count for handling in self.handlings)


def copy_of(
    session: Session, person: Person, *, now: datetime, without: frozenset[str] = frozenset()
) -> Copy:
    """Everything held about a person; `without` names handlings that the reader may not take."""
    subject = Subject(session, person, now.astimezone(SHANGHAI).date())
    register, others = data_register(), others_beside(subject)
    own = {str(person.id), person.audit_subject, f"resident:{person.id}"}
    own |= {str(account) for account in session.scalars(subject.accounts)}
    handlings = []
    for handling in register.handlings:
        if handling.code in without:
            continue
        tables = tuple(
            TableCopy(name, tuple(_rows(subject, name, own)), others.get(name, 0))
            for name, entry in register.tables.items()
            if entry.handling == handling.code and name in WAYS
        )
        handlings.append(HandlingCopy(handling, tables))
    return Copy(person, now, tuple(handlings))


def as_document(copy: Copy, locale: str) -> dict[str, Any]:
    """The copy as JSON has it: each handling with its purpose, ground, keeping time and receivers."""
    register = data_register()
    return {
        "version": VERSION,
        "made_at": copy.made_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "person": str(copy.person.id),
        "handlings": [
            {
                "code": one.handling.code,
                "name": one.handling.name.in_language(locale),
                "holds": one.handling.holds.in_language(locale),
                "purpose": one.handling.purpose.in_language(locale),
                "ground": register.grounds[one.handling.ground].in_language(locale),
                "seen_by": one.handling.seen_by.in_language(locale),
                "kept": [keep.says.in_language(locale) for keep in one.handling.keeps],
                "tables": {
                    table.name: {"rows": list(table.rows), "about_others": table.others}
                    for table in one.tables
                },
            }
            for one in copy.handlings
        ],
    }


def note_export(session: Session, copy: Copy, how: str, *, by: Actor, now: datetime) -> None:
    """The log keeps that a copy was taken, by whom, and how much was in it."""
    audit.record(
        session,
        audit.Event.DATA_EXPORTED,
        by=by.for_the_log(),
        now=now,
        subject_ref=copy.person.audit_subject,
        fields={"format": how, "rows": copy.count},
    )


def columns_told(name: str) -> dict[str, str]:
    """The columns of a table that a copy has, with their classes: keys and hashes tell nobody anything."""
    entry = data_register().tables[name]
    return {column: found for column, found in entry.columns.items() if found not in ("secret", "index")}


def _rows(subject: Subject, name: str, own: set[str]) -> list[dict[str, Any]]:
    model = _model_of(name)
    key = inspect(model).primary_key
    found = subject.session.scalars(select(model).where(WAYS[name](subject)).order_by(*key))
    return [_row(record, name, own, subject.person.id) for record in found]


def _row(record: Any, name: str, own: set[str], person_id: uuid.UUID) -> dict[str, Any]:
    told: dict[str, Any] = {}
    classes = data_register().tables[name].sealed
    for column in columns_told(name):
        value = getattr(record, column)
        if isinstance(table_of(name).c[column].type, EncryptedJson):
            inside = dict(value or {})
            if name in OF_ANOTHER and getattr(record, OF_ANOTHER[name]) != person_id:
                inside = {}
            if name == "check_reports":
                inside = _own_part_of_report(inside, person_id)
            told[column] = {
                key: _told(key, one, own)
                for key, one in inside.items()
                if key not in LEFT_OUT.get(name, ()) and classes[column].get(key) not in ("secret", "index")
            }
        elif name == "rights_requests" and column == "about_person_id" and record.kind == "relative":
            # Whether the house knows a number that somebody typed is nothing that a copy may tell.
            told[column] = SELF if value == person_id else ANOTHER
        else:
            told[column] = _told(column, value, own)
    return told


def _told(column: str, value: Any, own: set[str]) -> Any:
    if value is None:
        return None
    if isinstance(value, uuid.UUID):
        value = str(value)
    if column in DOERS or column in PERSONS:
        text = str(value)
        return SELF if text in own or text.partition(":")[2] in own else ANOTHER
    if column == "subject_ref":
        return SELF if value in own else ANOTHER
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _own_part_of_report(sealed: Mapping[str, Any], person_id: uuid.UUID) -> dict[str, Any]:
    """Of a household's report the lines of the household and one's own; of others only that they exist."""
    told = dict(sealed)
    for key in ("lines", "notes"):
        rows = sealed.get(key, [])
        told[key] = [row for row in rows if row.get("person") in (None, str(person_id))]
    return told


def _model_of(name: str) -> type[Model]:
    for mapper in Model.registry.mappers:
        if getattr(mapper.local_table, "name", None) == name:
            return mapper.class_
    raise LookupError(name)
