"""What follows what: which verbs an event sets off, which jobs there are, what the worker looks after.

An earlier noun never imports a later one. It says what has happened, and this table knows who cares; the
reactions run in the act's own transaction, in the order of the table. Nouns are imported only when something
has happened, because they themselves import this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy.orm import Session

from infrastructure import jobs
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys

if TYPE_CHECKING:
    from assistance.divisions import DivisionIndex
    from assistance.policies import Catalogue

E = TypeVar("E")
Reaction = Callable[[Session, Any], object]
Count = Callable[[Session, datetime], int]
Round = Callable[[Database, datetime], int]


class Parts(Protocol):
    """What a job's handler may need of the running application."""

    @property
    def settings(self) -> Settings:
        """What this installation is told from outside."""

    @property
    def cipher(self) -> FieldCipher:
        """The keys of sealed fields."""

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys that sign records and grants."""

    @property
    def catalogue(self) -> Catalogue:
        """The policies."""

    @property
    def divisions(self) -> DivisionIndex:
        """The divisions in memory."""


Make = Callable[[Parts], jobs.Handler]


def after(event: type[E], *reactions: Callable[[Session, E], object]) -> tuple[type[E], tuple[Reaction, ...]]:
    """One line of the table: what follows an event, in order; each takes the session and the event."""
    return event, reactions


@cache
def _follows() -> Mapping[type[Any], tuple[Reaction, ...]]:
    from assistance import authorizations, economic_checks, households

    return table(
        [
            after(authorizations.PartAnswered, economic_checks.on_answer),
            after(authorizations.AuthorizationWithdrawn, economic_checks.on_withdrawal),
            after(households.MemberJoined, authorizations.on_joining),
            after(households.MemberLeft, authorizations.on_leaving),
            after(households.MemberDied, households.end_sign_ins, authorizations.on_death),
            after(households.HouseholdMoved),
            after(households.GuardianChanged, authorizations.on_guardian),
            after(households.HeadChanged),
        ]
    )


@cache
def _makers() -> Mapping[str, Make]:
    from assistance import economic_checks, messages

    return {
        messages.DELIVER: _deliver_message,
        economic_checks.ASK_SOURCES: lambda parts: _check(parts, economic_checks.ASK_SOURCES),
        economic_checks.WRITE_REPORT: lambda parts: _check(parts, economic_checks.WRITE_REPORT),
    }


@cache
def sweeps() -> Mapping[str, tuple[Count, Count]]:
    """What runs out, by its table: how much of it has, and how it is deleted."""
    from assistance import assessments, help_requests, messages, rights

    def unless_held(code: str, verb: Count) -> Count:
        return lambda session, now: 0 if code in rights.held_classes(session) else verb(session, now)

    def count_messages(session: Session, now: datetime) -> int:
        return messages.count_expired(session, now, rights.held_people(session))

    def delete_messages(session: Session, now: datetime) -> int:
        return messages.delete_expired(session, now, rights.held_people(session))

    kept = {
        "saved_answers": ("saved-answers", assessments.count_expired, assessments.delete_expired),
        "help_requests": ("help-requests", help_requests.count_expired, help_requests.delete_expired),
        "messages": ("messages", count_messages, delete_messages),
        "jobs": ("jobs", jobs.count_expired, jobs.delete_expired),
    }
    return {
        table: (unless_held(code, count), unless_held(code, end))
        for table, (code, count, end) in kept.items()
    }


@cache
def rounds() -> Mapping[str, Round]:
    """What is looked after every minute, such as reminders: each opens its own transactions and counts."""
    from assistance import authorizations, rights

    return {"authorizations": authorizations.look_after, "retention": rights.look_after}


def handlers(parts: Parts) -> dict[str, jobs.Handler]:
    """The handler of every kind of job."""
    return {kind: make(parts) for kind, make in _makers().items()}


def happened(session: Session, event: object) -> None:
    """Run what follows an event, in this transaction; LookupError where the table does not name the event."""
    run_reactions(_follows(), session, event)


def table(
    lines: Iterable[tuple[type[Any], tuple[Reaction, ...]]],
) -> Mapping[type[Any], tuple[Reaction, ...]]:
    """The lines as a table; an event stands in it once."""
    made: dict[type[Any], tuple[Reaction, ...]] = {}
    for event, reactions in lines:
        if event in made:
            raise ValueError(f"{event.__name__} stands in the table twice")
        made[event] = reactions
    return made


def run_reactions(follows: Mapping[type[Any], tuple[Reaction, ...]], session: Session, event: object) -> None:
    """Run one event's reactions in their order."""
    for reaction in follows[type(event)]:
        reaction(session, event)


def _deliver_message(parts: Parts) -> jobs.Handler:
    from assistance import messages
    from infrastructure.platforms import SmsClient, WechatClient

    told = parts.settings
    sms = SmsClient(told.sms_url, told.sms_key) if told.sms_url else None
    wechat = (
        WechatClient(told.wechat_url, told.wechat_app_id, told.wechat_app_secret) if told.wechat_url else None
    )
    return messages.Delivery(sms, wechat)


def _check(parts: Parts, kind: str) -> jobs.Handler:
    from assistance import economic_checks

    made = economic_checks.Handlers(parts.settings, parts.signing_keys, parts.catalogue, parts.divisions)
    return made.by_kind()[kind]
