"""The standards of a county on a day, read from its rows."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from assistance.divisions import DivisionIndex
from assistance.rules import SETTINGS, Standard, StandardsInForce

from .standards_table import rows_in_force


def standards_in_force(
    session: Session, index: DivisionIndex, county: str, day: datetime.date
) -> StandardsInForce:
    """The standards that hold for a county on a day; a name without a row is unknown to every rule."""
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
