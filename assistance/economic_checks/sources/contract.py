"""The contract of every data source: no answer without a grant, and never a zero for what is not known."""

from __future__ import annotations

import datetime
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, final

from sqlalchemy.orm import Session

from assistance import authorizations
from assistance.authorizations import DataItem, Grant
from assistance.values import ResidentId
from infrastructure.signing import SigningKeys

Value = int | bool | str | list[str] | None
"""What an item can be: fen, pieces, an ISO day, a word, several words, yes or no; None is not known."""


class NoGrant(Exception):
    """The door stays shut: no grant, or none for exactly this question. `because` is one word."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True)
class Question:
    """What one source is asked about one person."""

    id: uuid.UUID
    request_number: str
    person_id: uuid.UUID
    source: str
    purpose: str
    items: tuple[DataItem, ...]
    months_back: int
    name: str = field(repr=False)
    resident_id: ResidentId


@dataclass(frozen=True)
class Answered:
    """The source knows the person: every item that was asked, with None for what it does not know."""

    items: Mapping[str, Value] = field(repr=False)
    as_of: datetime.date
    digest: bytes = field(repr=False)
    """SHA-256 of what came, by which a dropped answer is remembered."""


@dataclass(frozen=True)
class NothingFound:
    """The source holds nothing about the person, and says so."""

    as_of: datetime.date
    digest: bytes = field(repr=False)


@dataclass(frozen=True)
class Unreachable:
    """No whole answer came; nothing is known, and nothing is taken for nought."""

    because: str


@dataclass(frozen=True)
class Busy:
    """The source asks for patience."""

    retry_after: datetime.timedelta


@dataclass(frozen=True)
class WrongAnswer:
    """What came is no answer to this question: rubbish, unsigned, about somebody else. It is not kept."""

    because: str
    digest: bytes = field(repr=False)


Answer = Answered | NothingFound | Unreachable | Busy | WrongAnswer


class Admission:
    """What the door hands to an adapter: proof that the grant was good a moment ago."""

    __slots__ = ("now", "token")

    def __init__(self, token: str, now: datetime.datetime, *, made_by: Door) -> None:
        if type(made_by) is not Door:
            raise NoGrant("no_door")
        self.token = token
        self.now = now

    def __repr__(self) -> str:
        return "Admission()"


@dataclass(frozen=True)
class Door:
    """Opens a grant: its signature, minute, request, member, source, purpose, items, and its state now."""

    keys: SigningKeys = field(repr=False)
    reading: Callable[[], AbstractContextManager[Session]] = field(repr=False)
    """Opens a session that only reads; it is closed before the source is asked."""

    def admit(self, grant: Grant, question: Question, now: datetime.datetime) -> Admission:
        """Let one question pass, or raise NoGrant."""
        if not isinstance(grant, Grant):
            raise NoGrant("no_grant")
        with self.reading() as session:
            try:
                opened = authorizations.open_grant(
                    grant.token,
                    self.keys,
                    aud=question.request_number,
                    source=question.source,
                    purpose=question.purpose,
                    person_id=question.person_id,
                    now=now,
                    session=session,
                )
            except authorizations.GrantRefused as error:
                raise NoGrant(error.because) from None
        asked = {item.code for item in question.items}
        if not asked or not asked <= set(opened.items):
            raise NoGrant("items")
        return Admission(grant.token, now, made_by=self)


class DataSourceAdapter(ABC):
    """One way of asking sources. `query` is the only way in: it takes a grant, and verifies it at the door.

    A new adapter writes `_ask` alone, which never raises for what a source does.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        public = [name for name, made in vars(cls).items() if callable(made) and not name.startswith("_")]
        if set(public) - {"close"}:
            raise TypeError(f"{cls.__name__} offers {', '.join(public)}: an adapter has no door but query")

    @final
    def query(self, grant: Grant, question: Question, *, now: datetime.datetime) -> Answer:
        """Ask one question under a live grant; raises NoGrant before anything leaves the house."""
        return self._ask(self._door.admit(grant, question, now), question)

    @abstractmethod
    def _ask(self, admission: Admission, question: Question) -> Answer:
        """Ask the source; the door has been passed."""

    def close(self) -> None:  # noqa: B027 - most adapters hold nothing open
        """Let go of connections."""
