"""The base of every table, and the column types of our own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    LargeBinary,
    MetaData,
    Select,
    Table,
    event,
    type_coerce,
)
from sqlalchemy.orm import DeclarativeBase, Mapper, Session, class_mapper
from sqlalchemy.orm.attributes import flag_modified, set_committed_value
from sqlalchemy.types import TypeDecorator

from infrastructure.crypto import FieldCipher, Unreadable
from infrastructure.instants import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
ROW = "_row"
# Made once: making one for every record takes longer than writing the record.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class EncryptedJson(TypeDecorator[dict[str, Any]]):
    """A record's personal facts in one ciphertext, bound to their table, column and row.

    The purpose is written `table.column`. The row's id is sealed in with the facts, so that a ciphertext
    copied to another row does not open there.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:
        """Seal the facts under the newest key."""
        if value is None:
            return None
        return _cipher(dialect).seal(self.purpose, _as_json(value).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:
        """Open the facts, or raise Unreadable."""
        if value is None:
            return None
        facts: dict[str, Any] = json.loads(_cipher(dialect).open(self.purpose, value))
        return facts


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}


def table_of(model: type[Model]) -> Table:
    """The table of a model, for statements whose columns are read as they are."""
    table: Table = model.__table__  # type: ignore[assignment]
    return table


def columns_of(table: FromClause) -> list[ColumnElement[Any]]:
    """What a statement asks for of one table where `read_records` reads it; sealed facts stay sealed."""
    return [
        # Opened once a record, and not once a row in which a join shows it.
        type_coerce(column, LargeBinary) if isinstance(column.type, EncryptedJson) else column
        for column in table.c
    ]


def read_records(
    session: Session, statement: Select[Any], asked: Mapping[str, Any], *models: type[Model]
) -> list[tuple[Any, ...]]:
    """What a statement of tables finds that asks for `columns_of` these models, as records, row by row.

    No session knows these records, which saves half of the time: they can be read, and neither changed nor
    added. The same record is one object however often it comes. Raises Unreadable.
    """
    # As before each query of a session; a statement of tables would not see what still waits.
    session.flush()
    dialect = session.get_bind().dialect
    found: list[tuple[Any, ...]] = []
    known: dict[tuple[type[Model], Any], Any] = {}
    for row in session.execute(statement, asked):
        records, at = [], 0
        for model in models:
            names, sealed = _attributes(model)
            key = model, row[at]
            record = known.get(key)
            if record is None:
                record = known[key] = model.__new__(model)
                values = vars(record)
                values.update(zip(names, row[at : at + len(names)], strict=True))
                for name, kind in sealed:
                    values[name] = _without_row(
                        kind.process_result_value(values[name], dialect), values["id"]
                    )
            records.append(record)
            at += len(names)
        found.append(tuple(records))
    return found


@cache
def _attributes(model: type[Model]) -> tuple[tuple[str, ...], tuple[tuple[str, EncryptedJson], ...]]:
    """The names of a model's columns, its id first, and those that are sealed."""
    # Asking for the mapper also completes it, without which no record of it can be read.
    mapper, columns = class_mapper(model), list(table_of(model).c)
    if columns[0].name != "id":
        raise TypeError(f"{model.__name__} does not begin with its id")
    names = tuple(mapper.get_property_by_column(column).key for column in columns)
    kinds = zip(names, (column.type for column in columns), strict=True)
    return names, tuple((name, kind) for name, kind in kinds if isinstance(kind, EncryptedJson))


def _without_row(facts: dict[str, Any] | None, record_id: Any) -> dict[str, Any] | None:
    if facts is not None and facts.pop(ROW, None) != str(record_id):
        raise Unreadable
    return facts


def field_cipher(session: Session) -> FieldCipher:
    """The field keys with which this session's database was opened."""
    return _cipher(session.get_bind().dialect)


def _cipher(dialect: Dialect) -> FieldCipher:
    cipher: FieldCipher | None = getattr(dialect, "field_cipher", None)
    if cipher is None:
        raise RuntimeError("this database was opened without field keys")
    return cipher


@cache
def _sealed_attributes(mapper: Mapper[Any]) -> tuple[str, ...]:
    return tuple(prop.key for prop in mapper.column_attrs if isinstance(prop.columns[0].type, EncryptedJson))


@event.listens_for(Model, "before_insert", propagate=True)
@event.listens_for(Model, "before_update", propagate=True)
def _seal_row_in(mapper: Mapper[Any], _connection: Any, record: Any) -> None:
    for name in _sealed_attributes(mapper):
        facts = getattr(record, name)
        if facts is None:
            continue
        if record.id is None:
            record.id = uuid.uuid4()
        if facts.get(ROW) != str(record.id):
            setattr(record, name, {**facts, ROW: str(record.id)})
            flag_modified(record, name)


@event.listens_for(Model, "load", propagate=True)
@event.listens_for(Model, "refresh", propagate=True)
def _check_row(record: Any, _context: Any, _attributes: Any = None) -> None:
    for name in _sealed_attributes(record.__mapper__):
        facts = record.__dict__.get(name)
        if facts is None or ROW not in facts:
            if facts is not None and _attributes is None:
                raise Unreadable
            continue
        if facts[ROW] != str(record.id):
            raise Unreadable
        set_committed_value(record, name, {key: value for key, value in facts.items() if key != ROW})
