"""The parts that a check needs beside its rows: keys, the register of sources and the way to each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from assistance.authorizations import DataItem, DataSource, Sources
from assistance.divisions import DivisionIndex
from assistance.economic_checks.sources.contract import DataSourceAdapter, Door
from assistance.economic_checks.sources.signed_http import SECONDS, SignedHttpAdapter
from assistance.economic_checks.sources.spreadsheet_drop import SpreadsheetDropAdapter
from assistance.policies import Catalogue
from infrastructure.database import Database
from infrastructure.jobs import Clock
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys

IN_PARALLEL = 8
"""How many sources one member's job asks at a time."""


@dataclass(frozen=True)
class CheckParts:
    """Everything that asks, stores and judges; made once when a process starts."""

    database: Database
    keys: SigningKeys = field(repr=False)
    sources: Sources
    adapters: Mapping[str, DataSourceAdapter] = field(repr=False)
    """One for each source of the register, by its code."""
    catalogue: Catalogue
    divisions: DivisionIndex
    county: str
    is_demo: bool
    clock: Clock

    def open_items(self, source: str, purpose: str, on: date) -> tuple[DataItem, ...]:
        """What may be asked of a source for a purpose on a day; nothing where it is closed or unknown."""
        found = self.sources.get(source)
        return () if found is None else found.open_items(purpose, on, is_demo=self.is_demo)

    def source(self, code: str) -> DataSource | None:
        """One source of the register."""
        return self.sources.get(code)


def make_adapters(
    settings: Settings, sources: Sources, database: Database, keys: SigningKeys, *, seconds: float = SECONDS
) -> dict[str, DataSourceAdapter]:
    """The way to each source: a service that speaks signed JSON, or a spreadsheet that was handed in."""
    door = Door(keys, database.reading)
    http = SignedHttpAdapter(
        door,
        url=settings.sources_url,
        keys=keys,
        shared_key=settings.sources_key,
        seconds=seconds,
    )
    made: dict[str, DataSourceAdapter] = {
        "signed_http": http,
        "spreadsheet_drop": SpreadsheetDropAdapter(door, database.reading),
    }
    return {source.code: made[source.adapter] for source in sources}
