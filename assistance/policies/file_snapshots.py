"""A snapshot taken from the household files as they stand: facts in columns, and nobody's name."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from assistance import households
from assistance.rules import read_household

from .snapshots import Snapshot, take_snapshot


def snapshot_of_files(
    session: Session, county: str, *, on: datetime.date, moment: datetime.datetime
) -> Snapshot:
    """The files of a county on a day; it is kept nowhere unless somebody seals it into a folder."""
    read = [
        read_household(told["household"], told["members"])
        for told in households.list_documents(session, county, on=on)
    ]
    return take_snapshot(read, county=county, moment=moment)
