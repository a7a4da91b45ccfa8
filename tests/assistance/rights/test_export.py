"""A copy of everything held: it equals the database, and holds nothing of others."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import LargeBinary, inspect, select, update

from assistance import audit, rights
from assistance.data_register import data_register
from assistance.orm import EncryptedJson, Model
from assistance.people import Person
from assistance.rights.export import DOERS, LEFT_OUT, PERSONS
from infrastructure import clock
from infrastructure.database import Database
from tests.assistance.authorizations.family import resident
from tests.assistance.rights.seeding import OTHERS_NAME, seed
from tests.conftest import NOW

TABLES = data_register().tables
MODELS = {mapper.local_table.name: mapper.class_ for mapper in Model.registry.mappers}  # type: ignore[attr-defined]
ABOUT_SOMEBODY = sorted(name for name, entry in TABLES.items() if entry.handling)


@pytest.mark.parametrize("name", ABOUT_SOMEBODY)
def test_PIPL_45_every_table_of_the_register_is_in_the_copy_or_says_why_not(name: str) -> None:
    assert (name in rights.WAYS) != (name in rights.NO_WAY)


def test_PIPL_45_no_table_that_points_at_a_person_lacks_a_way() -> None:
    pointing = {
        name
        for name, model in MODELS.items()
        for key in model.__table__.foreign_keys
        if key.column.table.name == "people"
    }
    assert pointing <= set(rights.WAYS)


def test_PIPL_45_the_copy_equals_the_database(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        session.execute(
            update(rights.LegalHold)
            .values(target=str(seeded.person.id))
            .where(rights.LegalHold.put_by == seeded.account_id)
        )
        person_id = seeded.person.id
    with database.reading() as session:
        copy = rights.copy_of(session, session.get_one(Person, person_id), now=NOW)
        tables = {table.name: table for one in copy.handlings for table in one.tables}
        assert set(tables) == set(rights.WAYS)
        for name, table in tables.items():
            assert table.rows, f"nothing of {name} in the copy"
            stored = {_key(MODELS[name], one): one for one in session.scalars(select(MODELS[name]))}
            for row in table.rows:
                _equals(name, row, _found(name, stored, row))
        # Another adult of the household has as many rows, and none of them is here.
        assert len(tables["check_results"].rows) == 1
        assert tables["household_lines"].others == 1
        assert len(tables["household_lines"].rows) == 3
        assert tables["household_members"].others == 1


def test_PIPL_45_nothing_of_another_adult_is_in_the_copy(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        person_id, other_id = seeded.person.id, seeded.other.id
    with database.reading() as session:
        own = rights.as_document(rights.copy_of(session, session.get_one(Person, person_id), now=NOW), "zh")
    text = json.dumps(own, ensure_ascii=False)
    # The household's own lines are the whole household's, whoever said them.
    own["handlings"] = [one for one in own["handlings"] if one["code"] != "household-files"]
    assert OTHERS_NAME not in json.dumps(own, ensure_ascii=False)
    assert str(other_id) not in text


def test_a_silent_no_is_in_nobodys_copy(database: Database) -> None:
    from assistance.authorizations import AuthorizationPart

    with database.transaction() as session:
        seeded = seed(session)
        for part in session.query(AuthorizationPart).filter_by(person_id=seeded.person.id):
            part.sealed = {**part.sealed, "unwilling": True, "reviewed": "visited", "outcome": "kept"}
        person_id = seeded.person.id
    with database.reading() as session:
        copy = rights.as_document(rights.copy_of(session, session.get_one(Person, person_id), now=NOW), "zh")
    assert "unwilling" not in json.dumps(copy)
    assert '"reviewed"' not in json.dumps(copy)


def test_PIPL_45_a_copy_is_logged_with_its_rows(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        copy = rights.copy_of(session, seeded.person, now=NOW)
        rights.note_export(session, copy, "json", by=resident(seeded.person.id), now=NOW)
        entry = session.query(audit.AuditEntry).filter_by(event="data_exported").one()
        assert entry.subject_ref == seeded.person.audit_subject
        assert json.loads(entry.fields) == {"format": "json", "rows": copy.count}


def test_what_a_guardian_may_not_take_is_left_out(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        copy = rights.copy_of(session, seeded.person, now=NOW, without=rights.BESIDE_A_WARD)
        assert not {one.handling.code for one in copy.handlings} & {"sign-in", "messages"}


def _key(model: type[Model], record: Any) -> str:
    return str(getattr(record, inspect(model).primary_key[0].name))


def _found(name: str, stored: dict[str, Any], row: dict[str, Any]) -> Any:
    key = inspect(MODELS[name]).primary_key[0].name
    return stored[str(row[key])]


def _equals(name: str, row: dict[str, Any], record: Any) -> None:
    entry, table = TABLES[name], MODELS[name].__table__
    told = {column for column, found in entry.columns.items() if found not in ("secret", "index")}
    assert set(row) == told, name
    for column in told - DOERS - PERSONS - {"subject_ref", "about_person_id"}:
        value = getattr(record, column)
        if isinstance(table.c[column].type, EncryptedJson):
            if name in ("check_reports",):
                continue
            classes = entry.sealed[column]
            for key, inside in (value or {}).items():
                if key in DOERS or key in LEFT_OUT.get(name, ()) or classes.get(key) in ("secret", "index"):
                    continue
                assert row[column][key] == inside, f"{name}.{column}.{key}"
        elif isinstance(value, datetime):
            assert datetime.fromisoformat(row[column]) == value
        elif isinstance(value, date | uuid.UUID):
            assert row[column] == str(value)
        elif not isinstance(table.c[column].type, LargeBinary):
            assert row[column] == value, f"{name}.{column}"


def test_the_clock_of_the_copy_is_the_moment_it_was_made(database: Database) -> None:
    with database.transaction() as session:
        seeded = seed(session)
        copy = rights.copy_of(session, seeded.person, now=NOW + timedelta(hours=1))
        made = rights.as_document(copy, "zh")["made_at"]
        assert datetime.fromisoformat(made) == NOW + timedelta(hours=1)
        assert made.endswith("+08:00")
        assert clock.now() == NOW
