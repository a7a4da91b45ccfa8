"""Many files at once, as an import and the demo county need them: batched rows, one ciphertext each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from assistance.households.initials import initial_of
from assistance.households.models import Household, HouseholdLine, HouseholdMember
from assistance.households.numbers import new_numbers
from assistance.orm import ROW, field_cipher
from assistance.people import Person, RecordedPhone, resident_id_lookup
from assistance.values import Phone, ResidentId

AT_ONCE = 2000
PHONE_LOOKUP = "people.phone"


@dataclass(frozen=True)
class NewLine:
    """One value to put down; the fact and the value must have been checked."""

    fact: str
    value: Any
    dated_on: date
    source: str = "import"
    standing: str = "declared"
    authorization_id: uuid.UUID | None = None


@dataclass(frozen=True)
class NewMember:
    """One person of a new file, known already (`person_id`) or to be put down."""

    relation: str
    name: str = ""
    resident_id: ResidentId | None = None
    birth: date | None = None
    sex: str | None = None
    phone: Phone | None = None
    person_id: uuid.UUID | None = None
    guardian: int | None = None
    """The place of the guardian among the members of this file."""
    is_supporter: bool = False
    is_under_court_guardianship: bool = False
    lives_on_own_wages: bool = False
    lines: Sequence[NewLine] = ()


@dataclass(frozen=True)
class NewFile:
    """One household to be put down, its members in order."""

    division_code: str
    address: str
    members: Sequence[NewMember]
    joined_on: date
    lines: Sequence[NewLine] = ()
    number: str | None = None
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class Written:
    """How much was put down, and the ids in the order of the files."""

    households: int
    people: int
    lines: int
    household_ids: tuple[uuid.UUID, ...]
    person_ids: tuple[tuple[uuid.UUID, ...], ...]
    """Of each file those of its members, in their order."""


def write_many(
    session: Session, files: Iterable[NewFile], *, now: datetime, recorded_by: str = "system"
) -> Written:
    """Put down many files; the caller has checked them, and records the act in the log."""
    wanted = list(files)
    spare = iter(new_numbers(session, sum(1 for one in wanted if one.number is None)))
    rows = _Rows(session, now, recorded_by)
    household_ids, person_ids = [], []
    for one in wanted:
        household_id, ids = rows.add(one, one.number or next(spare))
        household_ids.append(household_id)
        person_ids.append(ids)
    rows.write()
    return Written(
        len(wanted), rows.count(Person), rows.count(HouseholdLine), tuple(household_ids), tuple(person_ids)
    )


class _Rows:
    """The rows of many files, table by table, in the order in which they refer to each other."""

    def __init__(self, session: Session, now: datetime, recorded_by: str) -> None:
        self.session, self.now, self.recorded_by = session, now, recorded_by
        self.cipher = field_cipher(session)
        self.tables: dict[type[Any], list[dict[str, Any]]] = {
            model: [] for model in (Person, RecordedPhone, Household, HouseholdMember, HouseholdLine)
        }

    def count(self, model: type[Any]) -> int:
        """How many rows of a table there are."""
        return len(self.tables[model])

    def add(self, file: NewFile, number: str) -> tuple[uuid.UUID, tuple[uuid.UUID, ...]]:
        """Lay out one file; the household's id and its members' persons."""
        household_id = file.id or uuid.uuid4()
        head = next(one for one in file.members if one.relation == "head" and not one.is_supporter)
        self._put(
            Household,
            {"address": file.address},
            id=household_id,
            number=number,
            division_code=file.division_code,
            head_initial=initial_of(head.name),
            state="active",
            followed_by=None,
            version=1,
            created_at=self.now,
        )
        persons = tuple(one.person_id or self._person(one) for one in file.members)
        for one, person_id in zip(file.members, persons, strict=True):
            member_id = uuid.uuid4()
            self.tables[HouseholdMember].append(
                {
                    "id": member_id,
                    "household_id": household_id,
                    "person_id": person_id,
                    "relation": one.relation,
                    "is_supporter": one.is_supporter,
                    "guardian_id": None if one.guardian is None else persons[one.guardian],
                    "is_under_court_guardianship": one.is_under_court_guardianship,
                    "is_guardian_accused": False,
                    "lives_on_own_wages": one.lives_on_own_wages,
                    "joined_on": file.joined_on,
                    "left_on": None,
                    "left_because": None,
                }
            )
            self._lines(household_id, member_id, one.lines)
        self._lines(household_id, None, file.lines)
        return household_id, persons

    def write(self) -> None:
        """Send everything, some thousand rows at a time."""
        for model, rows in self.tables.items():
            for start in range(0, len(rows), AT_ONCE):
                self.session.execute(insert(model.__table__), rows[start : start + AT_ONCE])

    def _person(self, one: NewMember) -> uuid.UUID:
        person_id = uuid.uuid4()
        number = one.resident_id
        birth = number.birth if number else one.birth
        sex = number.sex if number else one.sex
        sealed = {"name": one.name}
        if number is not None:
            sealed["resident_id"] = number.value
        if birth is not None:
            sealed["birth"] = birth.isoformat()
        if sex is not None:
            sealed["sex"] = sex
        self._put(
            Person,
            sealed,
            id=person_id,
            resident_id_lookup=resident_id_lookup(self.cipher, number) if number else None,
            died_on=None,
            created_at=self.now,
        )
        if one.phone is not None:
            self._put(
                RecordedPhone,
                {"phone": one.phone.value},
                id=uuid.uuid4(),
                person_id=person_id,
                phone_lookup=self.cipher.blind_index(PHONE_LOOKUP, one.phone.value),
                recorded_by="officer",
                recorded_by_account=None,
                recorded_at=self.now,
                last_proved_at=self.now,
                ended_at=None,
                ended_because=None,
            )
        return person_id

    def _lines(self, household_id: uuid.UUID, member_id: uuid.UUID | None, lines: Sequence[NewLine]) -> None:
        for line in lines:
            self._put(
                HouseholdLine,
                {"value": line.value},
                id=uuid.uuid4(),
                household_id=household_id,
                member_id=member_id,
                fact=line.fact,
                standing=line.standing,
                source=line.source,
                dated_on=line.dated_on,
                recorded_at=self.now,
                recorded_by=self.recorded_by,
                authorization_id=line.authorization_id,
                replaced_at=None,
                replaced_by=None,
            )

    def _put(self, model: type[Any], sealed: dict[str, Any], **columns: Any) -> None:
        # As the base of every table does it for one row: the row's own id is sealed in with its facts.
        self.tables[model].append({**columns, "sealed": {**sealed, ROW: str(columns["id"])}})
