"""The sealer: seals what waits, signs checkpoints when they are due, and copies them outside."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assistance.audit.checkpoints import Copies, Forked, make_checkpoint, newest
from assistance.audit.sealing import (
    count_seals,
    first_to_look_at,
    give_back_lease,
    seal_batch,
    take_lease,
)
from infrastructure.database import Database

CHECKPOINT_EVERY = timedelta(minutes=10)
CHECKPOINT_SEALS = 1000
EVERYTHING = -(2**62)


@dataclass
class Round:
    """What one round did."""

    sealed: int = 0
    checkpoints: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    is_busy: bool = False
    """Another sealer holds the lease, so nothing was done."""


class Sealer:
    """Seals one log; two at once take turns by lease."""

    def __init__(self, database: Database, copies: Copies, origin: str) -> None:
        self.database = database
        self.copies = copies
        self.keys = copies.keys
        self.origin = origin
        self._looked_at: datetime | None = None
        self.holder = f"{os.getpid()}-{secrets.token_hex(6)}"

    def run(self, now: datetime) -> Round:
        """Seal what waits; where a checkpoint is due, sign and copy it."""
        done = Round()
        everything = self._looked_at is None or abs(now - self._looked_at) >= CHECKPOINT_EVERY
        if not self._seal(done, now, everything=everything or self._is_due(now)):
            return done
        try:
            self._guarded(done, lambda: self._finish(done, now))
        finally:
            self._give_back(now)
        return done

    def seal_everything(self, now: datetime) -> Round:
        """Seal whatever has no seal, however late it came, and sign nothing."""
        done = Round()
        if self._seal(done, now, everything=True, signing=False):
            self._give_back(now)
        return done

    def _seal(self, done: Round, now: datetime, *, everything: bool, signing: bool = True) -> bool:
        with self.database.reading() as session:
            after = EVERYTHING if everything else first_to_look_at(session)
            last, length = newest(session), count_seals(session)
        witnessed = max(last.size if last else 0, self.copies.greatest())
        if length < witnessed:
            # Sealing anew what was cut off would make the cut look as if nothing had been.
            done.faults.append(f"日志只有 {length} 个封存，存证已到 {witnessed}：被截短过")
            return False
        while True:
            # Each batch is a transaction of its own and asks for the lease again: nobody waits for long.
            with self.database.transaction() as session:
                if not take_lease(session, self.holder, now):
                    done.is_busy = True
                    return False
                batch = seal_batch(session, after)
            after = batch.last_id
            done.sealed += batch.sealed
            done.faults += [f"第 {row.id} 条：{fault}" for row, fault in batch.faults]
            if not batch.is_full:
                self._looked_at = now if everything else self._looked_at
                return True
            # After a failure sealing goes on without signing, or the tail would grow unseen.
            signing = signing and self._guarded(done, lambda: self._finish(done, now))

    def _guarded(self, done: Round, act: Callable[[], None]) -> bool:
        try:
            act()
        except Forked as fork:
            done.faults.append(str(fork))
        except OSError as error:
            done.faults.append(f"存证没能抄到外面（{type(error).__name__}）")
        else:
            return True
        return False

    def _finish(self, done: Round, now: datetime) -> None:
        with self.database.reading() as session:
            self.copies.catch_up(session)
        if not self._is_due(now):
            return
        with self.database.transaction() as session:
            if not take_lease(session, self.holder, now):
                return
            made = make_checkpoint(session, self.keys, self.origin, now=now, copies=self.copies)
        if made is not None:
            self.copies.write(made)
            done.checkpoints.append(made.size)

    def _is_due(self, now: datetime) -> bool:
        with self.database.reading() as session:
            last, length = newest(session), count_seals(session)
        if last is None:
            return length > 0
        grown, age = length - last.size, abs(now - last.made_at)
        return grown >= CHECKPOINT_SEALS or (grown > 0 and age >= CHECKPOINT_EVERY)

    def _give_back(self, now: datetime) -> None:
        with self.database.transaction() as session:
            give_back_lease(session, self.holder, now)
