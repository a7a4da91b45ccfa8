"""A snapshot taken from the household files as they stand: facts in columns, and nobody's name."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from assistance import households
from assistance.rules import read_household

from .snapshots import Snapshot, take_snapshot


def snapshot_of_files(
    session: Session,
    county: str,
    *,
    on: datetime.date,
    moment: datetime.datetime,
    contested: Collection[uuid.UUID] = frozenset(),
) -> Snapshot:
    """The files of a county on a day; it is kept nowhere unless somebody seals it into a folder.

    Lines that a resident contests count for nothing until they are answered.
    """
    read = [
        read_household(told["household"], told["members"])
        for told in households.list_documents(session, county, on=on, contested=contested)
    ]
    return take_snapshot(read, county=county, moment=moment)
