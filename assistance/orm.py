"""The base of every table, and the column types of our own."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Dialect, LargeBinary, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Mapper, Session
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
