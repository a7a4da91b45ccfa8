"""An entry says exactly what its kind declares, holds nothing personal, and stays as it is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.audit.models import AuditSalt
from infrastructure.database import Database
from tests.assistance.audit.log import fill
from tests.assistance.households.test_queries import counted
from tests.conftest import NOW

STANDARD = {
    "setting": "dibao_standard",
    "division": "330482",
    "from": "2026-07-01",
    "value": "110000",
    "document": "平民〔2026〕12号",
    "issuer": "3304",
    "to_be_confirmed": False,
}
BY = audit.operator("root")


def set_standard(session: Session, **changed: Any) -> audit.Recorded:
    fields = {name: value for name, value in {**STANDARD, **changed}.items() if value is not ...}
    return audit.record(session, audit.Event.STANDARD_SET, by=BY, now=NOW, object_ref="1", fields=fields)


def newest(session: Session) -> audit.AuditEntry:
    return session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc())).first()  # type: ignore[return-value]


def test_an_entry_says_who_did_what_to_what_and_when(database: Database) -> None:
    with database.transaction() as session:
        recorded = set_standard(session)
    with database.reading() as session:
        entry = newest(session)
    assert (entry.reference, entry.content_sha256) == (recorded.reference, recorded.content_sha256)
    assert (entry.actor_kind, entry.actor_ref, entry.event) == ("operator", "root", "standard_set")
    assert (entry.object_type, entry.object_ref, entry.recorded_at) == ("standard", "1", NOW)
    assert '"document":"平民〔2026〕12号"' in entry.fields
    assert len(entry.content_sm3) == 32
    assert entry.content_sm3 != entry.content_sha256


@pytest.mark.parametrize(
    "changed",
    [
        {"from": ...},
        {"note": "more than is declared"},
        {"from": "2026-7-1"},
        {"to_be_confirmed": "yes"},
        {"division": "平湖"},
        {"document": ""},
        {"document": "张三 330482199001011237"},
        {"document": "联系13912345678"},
        {"document": "联系１３９１２３４５６７８"},
    ],
)
def test_a_missing_unknown_or_personal_field_stops_the_act(
    database: Database, changed: dict[str, Any]
) -> None:
    with pytest.raises(audit.UndeclaredEntry), database.transaction() as session:
        set_standard(session, **changed)


@pytest.mark.parametrize(
    ("event", "given"),
    [
        (audit.Event.HELP_REQUEST_SENT, {"object_ref": "a"}),
        (audit.Event.HELP_REQUEST_SENT, {"subject_ref": "a"}),
        (audit.Event.EXPIRED_DELETED, {"object_ref": "a", "fields": {"what": "x", "count": 1}}),
        (audit.Event.EXPIRED_DELETED, {"fields": {"what": "x", "count": -1}}),
        (audit.Event.EXPIRED_DELETED, {"fields": {"what": "x", "count": True}}),
        (audit.Event.ANSWERS_KEPT, {"object_ref": "a", "result": "maybe"}),
        (audit.Event.ANSWERS_KEPT, {"object_ref": "a", "purpose": "because she asked"}),
        (audit.Event.ANSWERS_KEPT, {"object_ref": "330482199001011237"}),
        (audit.Event.ANSWERS_OPENED, {"object_ref": "a", "fields": {"seen": ["shoe_size"]}}),
        (audit.Event.ANSWERS_OPENED, {"object_ref": "a", "fields": {"seen": []}}),
    ],
)
def test_an_entry_that_is_not_as_declared_is_refused(
    database: Database, event: audit.Event, given: dict[str, Any]
) -> None:
    with pytest.raises(audit.UndeclaredEntry), database.transaction() as session:
        audit.record(session, event, by=BY, now=NOW, **given)


def test_an_actor_is_of_a_known_kind_and_never_a_number_of_a_person() -> None:
    for kind, ref in (("somebody", "a"), ("resident", "13912345678"), ("resident", "")):
        with pytest.raises(audit.UndeclaredEntry):
            audit.Actor(kind, ref)


def test_every_kind_is_declared_with_words() -> None:
    assert set(audit.KINDS) == set(audit.Event)
    assert all(kind.words for kind in audit.KINDS.values())


def test_an_act_that_is_rolled_back_leaves_no_entry(database: Database) -> None:
    with database.session() as session:
        set_standard(session, document="never")
        session.rollback()
    with database.reading() as session:
        assert "never" not in newest(session).fields


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals", "audit_checkpoints"])
@pytest.mark.parametrize("act", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_nobody_changes_or_deletes_through_the_database(
    database: Database, tmp_path: Any, table: str, act: str
) -> None:
    from tests.assistance.audit.log import sealer

    fill(database, 2)
    sealer(database, tmp_path).run(NOW)
    column = {"audit_entries": "fields", "audit_seals": "hash", "audit_checkpoints": "root"}[table]
    with pytest.raises(DBAPIError, match="never changed or deleted"), database.transaction() as session:
        session.execute(text(act.format(table=table, column=column)))


def test_replacing_a_row_is_no_way_around(database: Database) -> None:
    fill(database, 1)
    # On PostgreSQL there is no such statement; emptying the whole table is the way around there.
    act = (
        "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries"
        if database.is_sqlite
        else "TRUNCATE audit_entries CASCADE"
    )
    with pytest.raises(DBAPIError, match="never changed or deleted"), database.transaction() as session:
        session.execute(text(act))


def test_a_commitment_vouches_for_a_value_until_its_salt_is_destroyed(database: Database) -> None:
    with database.transaction() as session:
        audit.record(
            session,
            audit.Event.HELP_REQUEST_SENT,
            by=audit.ANONYMOUS,
            now=NOW,
            object_ref="r1",
            subject_ref="help_request:r1",
            committed="王秀英".encode(),
        )
    with database.transaction() as session:
        entry = newest(session)
        salt = session.get_one(AuditSalt, entry.reference).salt
        assert entry.commitment == audit.commitment_of(salt, "王秀英".encode())
        assert entry.commitment != hashlib.sha256("王秀英".encode()).digest()
        audit.forget(session, ["r1"])
    with database.reading() as session:
        assert session.get(AuditSalt, entry.reference) is None
        assert newest(session).commitment == entry.commitment


def test_one_look_is_one_entry_for_each_person_whatever_the_number_of_fields(database: Database) -> None:
    with database.transaction() as session:
        before = session.scalar(text("SELECT count(*) FROM audit_entries"))
        shown = [(f"r{at}", f"help_request:r{at}") for at in range(3)]
        seen = ("village", "name", "contact")
        audit.looked(session, audit.Event.HELP_REQUEST_SHOWN, shown, by=BY, now=NOW, seen=seen)
        assert session.scalar(text("SELECT count(*) FROM audit_entries")) == before + 3
        assert newest(session).fields == '{"seen":["contact","name","village"]}'


def test_the_looks_of_one_page_are_one_statement_and_each_tells_of_its_own(database: Database) -> None:
    event = audit.Event.HELP_REQUEST_SHOWN
    looks = [
        audit.Look(event, [("r1", "help_request:r1"), ("r2", "help_request:r2")], BY, NOW, ("name",)),
        audit.Look(event, [("r3", "help_request:r3")], BY, NOW, ("name", "contact")),
    ]
    with database.transaction() as session:
        before = session.scalar(text("SELECT count(*) FROM audit_entries"))
        with counted(database) as asked:
            assert audit.write_looks(session, looks) == 3
            assert audit.write_looks(session, []) == 0
        assert len(asked) == 1
        assert session.scalar(text("SELECT count(*) FROM audit_entries")) == before + 3
        assert newest(session).fields == '{"seen":["contact","name"]}'


def test_of_several_looks_none_is_written_when_one_is_undeclared(database: Database) -> None:
    event = audit.Event.HELP_REQUEST_SHOWN
    looks = [
        audit.Look(event, [("r1", "help_request:r1")], BY, NOW, ("name",)),
        audit.Look(event, [("r2", "help_request:r2")], BY, NOW, ("shoe_size",)),
    ]
    with database.transaction() as session, counted(database) as asked:
        with pytest.raises(audit.UndeclaredEntry):
            audit.write_looks(session, looks)
        assert asked == []
