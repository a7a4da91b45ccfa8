"""What follows an event follows in its own transaction, in the order of the table, and is named there."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_type_hints

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from assistance import messages, reactions
from infrastructure.database import Database
from tests.conftest import NOW
from web.limits import RateLimit


@dataclass(frozen=True)
class Moved:
    number: str


@dataclass(frozen=True)
class Died:
    number: str


def keep(session: Session, event: Moved) -> None:
    session.add(RateLimit(subject=event.number.encode(), window_starts_at=NOW, uses=1, expires_at=NOW))


def kept(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM rate_limits")).scalar_one())


def test_reactions_run_in_the_order_of_the_table() -> None:
    seen: list[str] = []
    follows = reactions.table(
        [
            reactions.after(
                Moved,
                lambda _session, event: seen.append(f"first {event.number}"),
                lambda _session, event: seen.append("second"),
            ),
            reactions.after(Died),
        ]
    )
    reactions.run_reactions(follows, Any, Moved("a"))  # type: ignore[arg-type]
    reactions.run_reactions(follows, Any, Died("a"))  # type: ignore[arg-type]
    assert seen == ["first a", "second"]


def test_reactions_are_part_of_the_act(database: Database) -> None:
    def fail(session: Session, event: Moved) -> None:
        raise RuntimeError

    follows = reactions.table([reactions.after(Moved, keep, fail)])
    with database.session() as session, pytest.raises(RuntimeError), session.begin():
        reactions.run_reactions(follows, session, Moved("a"))
    assert kept(database) == 0
    with database.transaction() as session:
        reactions.run_reactions(reactions.table([reactions.after(Moved, keep)]), session, Moved("a"))
    assert kept(database) == 1


def test_an_event_that_the_table_does_not_name_is_a_mistake(database: Database) -> None:
    with database.reading() as session, pytest.raises(LookupError):
        reactions.happened(session, Moved("a"))


def test_an_event_stands_in_the_table_once() -> None:
    with pytest.raises(ValueError, match="Moved"):
        reactions.table([reactions.after(Moved), reactions.after(Moved)])


def test_every_reaction_of_the_table_takes_its_own_event() -> None:
    for event, followers in reactions._follows().items():
        for reaction in followers:
            takes = list(inspect.signature(reaction).parameters)
            assert len(takes) == 2, reaction
            hinted = get_type_hints(reaction).get(takes[1], event)
            assert issubclass(event, hinted), reaction


def test_every_event_of_a_noun_stands_in_the_table() -> None:
    """What is told to others has its line, even with nothing after it."""
    from assistance import households

    named = set(reactions._follows())
    told = {
        one
        for one in vars(households).values()
        if inspect.isclass(one)
        and issubclass(one, households.HouseholdEventHappened)
        and one is not households.HouseholdEventHappened
    }
    assert told <= named


def test_what_the_worker_does_is_listed() -> None:
    assert messages.DELIVER in reactions._makers()
    assert {"jobs", "messages"} <= set(reactions.sweeps())
    for look in reactions.rounds().values():
        assert len(inspect.signature(look).parameters) == 2


def test_a_line_is_typed_by_its_event() -> None:
    line = reactions.after(datetime, lambda session, event: event.isoformat())
    assert line[0] is datetime
