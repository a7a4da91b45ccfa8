"""A withdrawal at any point of the job: nothing is stored after it, a late answer leaves its hash (T22)."""

from __future__ import annotations

import contextlib
import itertools
import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assistance import audit, authorizations, economic_checks
from assistance.authorizations import Authorization
from assistance.economic_checks import CheckParts, CheckTask
from assistance.economic_checks.sources.contract import (
    Admission,
    Answer,
    Answered,
    DataSourceAdapter,
    Door,
    Question,
    Unreachable,
)
from assistance.people import SYSTEM
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.jobs import TryLater
from tests.assistance.economic_checks.checking import (
    BANK,
    HOUSES,
    KEYS,
    PENSION,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    sign,
    start,
    states,
    stored,
    withdraw,
)
from tests.conftest import NOW
from tests.signing_in import make_household, make_person

SOURCES = (BANK, WALLET, PENSION, HOUSES, "tax", "securities", "insurance", "vehicles", "marriage")
POINTS = 2 * len(SOURCES) + 2


class Hooked(DataSourceAdapter):
    """Tells before and after each answer, and answers by itself."""

    def __init__(self, door: Door, hook: Callable[[], None]) -> None:
        super().__init__(door)
        self.hook = hook
        self.asked = 0

    def _ask(self, admission: Admission, question: Question) -> Answer:
        self.asked += 1
        self.hook()
        answer = Answered(dict.fromkeys(item.code for item in question.items), clock.today(), b"x" * 32)
        self.hook()
        return answer


def hooked(database: Database, simulators: Any, hook: Callable[[], None]) -> tuple[CheckParts, Hooked]:
    parts = checks_beside(database, simulators)
    adapter = Hooked(Door(KEYS, database.reading), hook)
    return replace(parts, adapters=dict.fromkeys(parts.sources.codes, adapter)), adapter


@pytest.mark.parametrize("point", range(POINTS))
def test_T22_withdrawn_at_this_point_nothing_is_stored_after(
    database: Database, registers: Any, point: int
) -> None:
    counter = itertools.count(1)
    at: dict[str, int] = {}

    def end() -> None:
        with database.transaction() as session:
            withdraw(session, request.id, person.id)
        at["stored"] = len(stored(database))

    def hook() -> None:
        if next(counter) == point:
            end()

    parts, adapter = hooked(database, registers, hook)
    with database.transaction() as session:
        household, (person,) = make_family(session)
        request = make_request(session, household, [person], SOURCES)
    check_id = start(parts, request.id)
    if point == 0:
        end()
    economic_checks.ask_member(parts, check_id, person.id)
    if point == POINTS - 1:
        # Everything came before: what was processed until then stays lawful.
        end()
        assert len(stored(database)) == len(SOURCES)
    assert len(stored(database)) == at["stored"]
    if point < POINTS - 1:
        assert stored(database) == []
        assert set(states(database, check_id).values()) == {"dropped"}
    with database.reading() as session:
        dropped = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "query_dropped")
        ).all()
        answered = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "query_answered")
        ).all()
    # One entry for each question that had left, and the hash of each answer that came.
    if 0 < point < POINTS - 1:
        assert len(dropped) == len(SOURCES)
        assert answered == []
        assert len([entry for entry in dropped if entry.commitment]) == adapter.asked
    # Asked once more, nothing leaves the house.
    before = adapter.asked
    economic_checks.ask_member(parts, check_id, person.id)
    assert adapter.asked == before


def test_T20_random_histories_every_result_had_an_authorisation_when_it_was_stored(
    database: Database, registers: Any
) -> None:
    lot = random.Random(20261122)
    for _ in range(25):
        one_history(database, registers, lot)


def one_history(database: Database, registers: Any, lot: random.Random) -> None:
    calls: list[tuple[uuid.UUID, str, bool]] = []
    is_down = {"now": False}

    class Recording(DataSourceAdapter):
        def _ask(self, admission: Admission, question: Question) -> Answer:
            with database.reading() as session:
                live = authorizations.live_for(
                    session, question.person_id, question.source, question.purpose, clock.now()
                )
            calls.append((question.person_id, question.source, live is not None))
            if is_down["now"]:
                return Unreachable("down")
            items = dict.fromkeys(item.code for item in question.items)
            return Answered(items, clock.today(), b"x" * 32)

    parts = checks_beside(database, registers)
    adapter = Recording(Door(KEYS, database.reading))
    parts = replace(parts, adapters=dict.fromkeys(parts.sources.codes, adapter))
    chosen = lot.sample(SOURCES, 3)
    moment = NOW
    with clock.freeze(moment), database.transaction() as session:
        persons = [make_person(session, f"人{n}") for n in range(2)]
        household = make_household(session, persons)
        request = make_request(session, household, persons, chosen, signed=False)
    check_id: uuid.UUID | None = None
    ended: dict[uuid.UUID, Any] = {}
    for _ in range(10):
        moment += timedelta(seconds=lot.randrange(1, 4000))
        person = lot.choice(persons)
        act = lot.choice(["sign", "sign", "ask", "ask", "ask", "withdraw", "break", "mend", "wait"])
        with clock.freeze(moment):
            if act == "sign" and person.id not in ended:
                with database.transaction() as session:
                    if signed(session, request.id, person.id) is None:
                        agreed = lot.sample(chosen, lot.randrange(1, 4))
                        sign(session, request, person, agreed)
                        economic_checks.note_signature(
                            session, request.id, person.id, by=SYSTEM, now=clock.now()
                        )
                        if check_id is None:
                            check_id = economic_checks.start_check(
                                session, request.id, by=SYSTEM, now=clock.now()
                            ).id
            elif act == "withdraw" and person.id not in ended:
                with database.transaction() as session:
                    if signed(session, request.id, person.id) is not None:
                        withdraw(session, request.id, person.id)
                        ended[person.id] = moment
            elif act in ("break", "mend"):
                is_down["now"] = act == "break"
            elif act == "wait":
                moment += timedelta(days=lot.randrange(0, 20))
            elif act == "ask" and check_id is not None:
                with contextlib.suppress(TryLater):
                    economic_checks.ask_member(parts, check_id, person.id)
    assert all(live for _, _, live in calls)
    with database.reading() as session:
        records = {one.id: one for one in session.scalars(select(Authorization))}
        tasks = {one.id: one for one in session.scalars(select(CheckTask))}
    for result in stored(database):
        record, task = records[result.authorization_id], tasks[result.task_id]
        assert record.person_id == task.person_id
        assert result.source in [scope["source"] for scope in record.sources]
        assert record.signed_at <= result.received_at < record.valid_until
        assert record.ended_at is None or result.received_at <= record.ended_at


def signed(session: Any, request_id: uuid.UUID, person_id: uuid.UUID) -> Authorization | None:
    found: Authorization | None = session.scalar(
        select(Authorization).where(
            Authorization.request_id == request_id, Authorization.person_id == person_id
        )
    )
    return found
