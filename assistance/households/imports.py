"""Bringing households in from a spreadsheet: read and shown first, then put down all together or not."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit, people
from assistance.errors import NotFound, Refusal
from assistance.households.bulk import NewFile, NewLine, NewMember, Written, write_many
from assistance.households.import_rows import NUMBER, Problem, ReadFile, ReadHousehold, ReadMember, read_rows
from assistance.households.lines import name_in_file
from assistance.households.models import HouseholdImport, HouseholdMember
from assistance.people import Actor, Person
from assistance.permissions import Permission
from assistance.values import Phone, ResidentId
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.spreadsheets import BadSheet, read_sheet

STAGED, DONE, GIVEN_UP = "staged", "done", "given_up"
ALREADY_DONE = N_("这个文件已经登记过了，没有再登记一遍。")
SOMEBODY_ELSE = N_("这个文件已经有同事读进来了，还没有登记。")
HAS_PROBLEMS = N_("表格里还有不对的地方，改好再送，这次一户也没有登记。")
NOT_STAGED = N_("这张表格已经处理过了。")
CHANGED_MEANWHILE = N_("这期间有人登记了表格里的人，请把文件再送一次，看看是谁。")
ANOTHER_NAME = N_("这个身份证号登记的是另一个名字，请核对。")
IN_A_HOUSEHOLD = N_("这个人已经登记在一户里了。")
HAS_DIED = N_("这个人登记为已经去世。")


@dataclass(frozen=True)
class Preview:
    """What an import would put down, or what is wrong with it."""

    imported: HouseholdImport
    households: Sequence[ReadHousehold]
    problems: Sequence[Problem]

    @property
    def people(self) -> int:
        """How many people the households have."""
        return sum(len(one.members) for one in self.households)

    @property
    def lines(self) -> int:
        """How many values would be put down."""
        return sum(
            len(one.lines) + sum(len(member.lines) for member in one.members) for one in self.households
        )


def stage_import(
    session: Session, filename: str, content: bytes, *, by: Actor, now: datetime
) -> HouseholdImport:
    """Read a spreadsheet and keep what it says, sealed, until somebody agrees; nothing of it counts yet.

    Raises Refusal where the file is not one to open, or has been put down before.
    """
    divisions = by.divisions_for(Permission.HOUSEHOLDS_IMPORT)
    if not divisions or by.account_id is None:
        raise NotFound
    digest = hashlib.sha256(content).digest()
    known = session.scalar(select(HouseholdImport).where(HouseholdImport.content_hash == digest))
    if known is not None and known.state == DONE:
        raise Refusal(ALREADY_DONE)
    if known is not None and known.state == STAGED and known.created_by != by.account_id:
        raise Refusal(SOMEBODY_ELSE)
    try:
        read = read_rows(read_sheet(filename, content), divisions)
    except BadSheet as error:
        raise Refusal(error.message) from error
    problems = [*read.problems, *_problems_with_the_register(session, read)]
    problems.sort(key=lambda one: one.row)
    if known is not None:
        # The same file once more: what it is worth now, not what it was worth then.
        session.delete(known)
        session.flush()
    imported = HouseholdImport(
        id=uuid.uuid4(),
        division_code=divisions[0],
        content_hash=digest,
        sealed={
            "households": [asdict(one) for one in read.households],
            "problems": [asdict(one) for one in problems],
        },
        state=STAGED,
        households=len(read.households),
        problems=len(problems),
        created_at=now,
        created_by=by.account_id,
    )
    session.add(imported)
    session.flush()
    audit.record(
        session,
        audit.Event.HOUSEHOLDS_STAGED,
        by=by.for_the_log(Permission.HOUSEHOLDS_IMPORT, imported.division_code),
        now=now,
        object_ref=str(imported.id),
        fields={"households": imported.households, "problems": imported.problems},
    )
    return imported


def get_import(session: Session, actor: Actor, import_id: uuid.UUID) -> HouseholdImport:
    """An import of one's own, or NotFound."""
    found = session.get(HouseholdImport, import_id)
    if found is None or found.created_by != actor.account_id:
        raise NotFound
    if not actor.covers(Permission.HOUSEHOLDS_IMPORT, found.division_code):
        raise NotFound
    return found


def list_imports(session: Session, actor: Actor, limit: int = 20) -> list[HouseholdImport]:
    """One's own imports, the newest first."""
    query = (
        select(HouseholdImport)
        .where(HouseholdImport.created_by == actor.account_id)
        .order_by(HouseholdImport.created_at.desc(), HouseholdImport.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def preview(imported: HouseholdImport) -> Preview:
    """What a staged import holds; empty once it is done or given up."""
    kept = imported.sealed
    return Preview(
        imported,
        [_household(one) for one in kept.get("households", ())],
        [Problem(**one) for one in kept.get("problems", ())],
    )


def put_down_import(session: Session, imported: HouseholdImport, *, by: Actor, now: datetime) -> Written:
    """Put everything down in this one transaction; Refusal where anything is wrong, and then nothing is."""
    # Whoever presses twice puts nothing down twice.
    session.refresh(imported, with_for_update=True)
    if imported.state != STAGED:
        raise Refusal(NOT_STAGED)
    if imported.problems:
        raise Refusal(HAS_PROBLEMS)
    read = preview(imported)
    if _problems_with_the_register(session, ReadFile(list(read.households), [])):
        raise Refusal(CHANGED_MEANWHILE)
    numbers = [ResidentId(member.resident_id) for one in read.households for member in one.members]
    known = people.list_by_resident_ids(session, numbers)
    files = [_new_file(one, known, now) for one in read.households]
    try:
        written = write_many(session, files, now=now, recorded_by=name_in_file(by))
    except IntegrityError as error:
        raise Refusal(CHANGED_MEANWHILE) from error
    imported.state, imported.done_at, imported.sealed = DONE, now, {}
    audit.record(
        session,
        audit.Event.HOUSEHOLDS_IMPORTED,
        by=by.for_the_log(Permission.HOUSEHOLDS_IMPORT, imported.division_code),
        now=now,
        object_ref=str(imported.id),
        fields={"households": written.households, "people": written.people, "lines": written.lines},
        purpose="import",
    )
    return written


def give_up_import(session: Session, imported: HouseholdImport, *, by: Actor, now: datetime) -> None:
    """Forget what a staged import holds; the same file may be read again."""
    session.refresh(imported, with_for_update=True)
    if imported.state != STAGED:
        raise Refusal(NOT_STAGED)
    imported.state, imported.done_at, imported.sealed = GIVEN_UP, now, {}
    audit.record(
        session,
        audit.Event.HOUSEHOLD_IMPORT_GIVEN_UP,
        by=by.for_the_log(Permission.HOUSEHOLDS_IMPORT, imported.division_code),
        now=now,
        object_ref=str(imported.id),
    )


def _problems_with_the_register(session: Session, read: ReadFile) -> list[Problem]:
    """Who of the file is known under another name, has died, or lives in a household already."""
    rows = {member.resident_id: member for one in read.households for member in one.members}
    rows.pop("", None)
    known = people.list_by_resident_ids(session, [ResidentId(number) for number in rows])
    taken = _living_somewhere(session, [person.id for person in known.values()])
    found = []
    for number, person in known.items():
        row = rows[number].row
        if person.died_on is not None:
            found.append(Problem(row, NUMBER, HAS_DIED))
        elif person.name != rows[number].name:
            found.append(Problem(row, NUMBER, ANOTHER_NAME))
        elif person.id in taken:
            found.append(Problem(row, NUMBER, IN_A_HOUSEHOLD))
    return found


def _living_somewhere(session: Session, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    taken: set[uuid.UUID] = set()
    for start in range(0, len(ids), 500):
        query = select(HouseholdMember.person_id).where(
            HouseholdMember.person_id.in_(ids[start : start + 500]),
            HouseholdMember.is_supporter.is_(False),
            HouseholdMember.left_on.is_(None),
        )
        taken |= set(session.scalars(query))
    return taken


def _new_file(one: ReadHousehold, known: dict[str, Person], now: datetime) -> NewFile:
    today = now.astimezone(SHANGHAI).date()

    def lines(told: dict[str, Any]) -> list[NewLine]:
        return [NewLine(fact, value, today) for fact, value in told.items()]

    members = []
    for member in one.members:
        person = known.get(member.resident_id)
        members.append(
            NewMember(
                relation=member.relation,
                name=member.name,
                resident_id=ResidentId(member.resident_id),
                phone=Phone(member.phone) if member.phone else None,
                person_id=person.id if person else None,
                guardian=member.guardian,
                lines=lines(member.lines),
            )
        )
    return NewFile(one.village, one.address, members, today, lines(one.lines))


def _household(kept: dict[str, Any]) -> ReadHousehold:
    return ReadHousehold(**{**kept, "members": [ReadMember(**member) for member in kept["members"]]})
