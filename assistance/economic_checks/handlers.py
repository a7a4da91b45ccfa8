"""The worker's jobs of this noun, made once for a process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from assistance import authorizations
from assistance.divisions import DivisionIndex
from assistance.economic_checks.gate import ASK_SOURCES, handle_asking
from assistance.economic_checks.parts import CheckParts, make_adapters
from assistance.economic_checks.reports import WRITE_REPORT, handle_report
from assistance.policies import Catalogue
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.jobs import Attempt, Clock, Handler
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys


class Handlers:
    """Ask sources and write reports; connections to sources are shared by all jobs."""

    def __init__(
        self,
        settings: Settings,
        keys: SigningKeys,
        catalogue: Catalogue,
        divisions: DivisionIndex,
        *,
        told_by: Clock = clock,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._catalogue = catalogue
        self._divisions = divisions
        self._clock = told_by
        self._made: tuple[Database, CheckParts] | None = None
        self._lock = threading.Lock()

    def parts_for(self, database: Database) -> CheckParts:
        """What a check needs, on this database."""
        with self._lock:
            if self._made is None or self._made[0] is not database:
                self._made = database, self._make(database)
            return self._made[1]

    def by_kind(self) -> Mapping[str, Handler]:
        """The handler of each kind of job."""
        return {ASK_SOURCES: self._ask, WRITE_REPORT: self._report}

    def _ask(self, database: Database, payload: dict[str, Any], attempt: Attempt) -> None:
        handle_asking(self.parts_for(database), database, payload, attempt)

    def _report(self, database: Database, payload: dict[str, Any], attempt: Attempt) -> None:
        handle_report(self.parts_for(database), database, payload, attempt)

    def _make(self, database: Database) -> CheckParts:
        sources = authorizations.sources_of(self._settings)
        return CheckParts(
            database=database,
            keys=self._keys,
            sources=sources,
            adapters=make_adapters(self._settings, sources, database, self._keys),
            catalogue=self._catalogue,
            divisions=self._divisions,
            county=self._settings.county,
            is_demo=self._settings.is_safe_demo,
            clock=self._clock,
        )
