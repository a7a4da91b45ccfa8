"""A register that its officer hands in as a spreadsheet: sealed row by row, looked up under a grant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.economic_checks.models import SourceDrop, SourceDropRow
from assistance.economic_checks.sources.contract import (
    Admission,
    Answer,
    Answered,
    DataSourceAdapter,
    Door,
    NothingFound,
    Question,
    Unreachable,
)
from assistance.orm import field_cipher
from assistance.values import ResidentId
from infrastructure.crypto import FieldCipher


class SpreadsheetDropAdapter(DataSourceAdapter):
    """Answers from the newest spreadsheet in force; `as_of` is the day that its officer gave it."""

    def __init__(self, door: Door, reading: Callable[[], AbstractContextManager[Session]]) -> None:
        super().__init__(door)
        self._reading = reading

    def _ask(self, admission: Admission, question: Question) -> Answer:
        with self._reading() as session:
            drop = current_drop(session, question.source)
            if drop is None:
                return Unreachable("no_drop")
            wanted = person_lookup(field_cipher(session), question.source, question.resident_id)
            row = session.scalar(
                select(SourceDropRow).where(
                    SourceDropRow.drop_id == drop.id, SourceDropRow.person_lookup == wanted
                )
            )
            if row is None:
                return NothingFound(drop.as_of, hashlib.sha256(drop.content_hash).digest())
            items = {item.code: row.sealed["items"].get(item.code) for item in question.items}
        told = json.dumps(items, ensure_ascii=False, sort_keys=True).encode()
        return Answered(items, drop.as_of, hashlib.sha256(told).digest())


def current_drop(session: Session, source: str) -> SourceDrop | None:
    """The spreadsheet of a source that is in force, or None where its officer has handed in none."""
    query = (
        select(SourceDrop)
        .where(SourceDrop.source == source, SourceDrop.state == "in_force")
        .order_by(SourceDrop.handed_in_at.desc(), SourceDrop.id)
        .limit(1)
    )
    return session.scalar(query)


def person_lookup(cipher: FieldCipher, source: str, resident_id: ResidentId) -> bytes:
    """The keyed value by which a row is found; each source has its own, so that no two can be joined."""
    return cipher.blind_index(f"source_drop_rows.{source}", resident_id.value)
