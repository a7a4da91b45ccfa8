"""The standards of a county on a day, read from its rows."""

from __future__ import annotations

import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance.divisions import DivisionIndex
from assistance.rules import SETTINGS, Standard, StandardsInForce
from infrastructure.database import only_reads

from .standards_table import StandardRow, rows_in_force

_VERSION = select(func.count(), func.max(StandardRow.id), func.max(StandardRow.recorded_at))
"""Rows are only ever added, so these tell whether what was read before still holds."""
_KEPT_MOST = 64
_kept: WeakKeyDictionary[Any, dict[tuple[object, ...], StandardsInForce]] = WeakKeyDictionary()


def standards_in_force(
    session: Session, index: DivisionIndex, county: str, day: datetime.date
) -> StandardsInForce:
    """The standards that hold for a county on a day; a name without a row is unknown to every rule."""
    if not only_reads(session):
        # It may see rows of its own that are never kept.
        return _read(session, index, county, day)
    known = _kept.setdefault(session.get_bind(), {})
    key = (*session.execute(_VERSION).one(), id(index), county, day)
    standards = known.get(key)
    if standards is None:
        if len(known) >= _KEPT_MOST:
            known.clear()
        standards = known[key] = _read(session, index, county, day)
    return standards


def _read(session: Session, index: DivisionIndex, county: str, day: datetime.date) -> StandardsInForce:
    return StandardsInForce(
        {
            row.name: Standard(
                SETTINGS[row.name],
                row.read_value,
                row.document,
                row.issuer_code,
                row.from_on,
                row.is_to_be_confirmed,
                row.is_sample,
            )
            for row in rows_in_force(session, index, county, day)
        }
    )
