"""Brings the table of divisions into line with the data files."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from assistance.divisions.models import Division
from assistance.divisions.tree import DivisionIndex


def load_divisions(session: Session, index: DivisionIndex) -> int:
    """Add and correct divisions, and say how many changed; none is deleted, since records refer to them."""
    stored = {row.code: row for row in session.scalars(select(Division))}
    new, changed = [], 0
    for place in index.all():
        row = {
            "code": place.code,
            "name": place.name,
            "level": place.level.value,
            "parent_code": place.parent_code,
        }
        known = stored.get(place.code)
        if known is None:
            new.append(row)
        elif (known.name, known.level, known.parent_code) != (
            place.name,
            place.level.value,
            place.parent_code,
        ):
            session.execute(update(Division).where(Division.code == place.code).values(row))
            changed += 1
    if new:
        # Larger divisions come first, so that the reference to the one above always holds.
        session.execute(insert(Division), new)
    return len(new) + changed
