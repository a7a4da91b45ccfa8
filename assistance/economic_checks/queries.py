"""Reading checks: what an officer's division or a resident's own household lets them see."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from assistance import households
from assistance.authorizations import AuthorizationRequest
from assistance.economic_checks.departments import sources_of_department
from assistance.economic_checks.models import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
)
from assistance.economic_checks.reports import newest_report
from assistance.economic_checks.states import KNOWN
from assistance.errors import NotFound
from assistance.households import Household, HouseholdLine, HouseholdMember
from assistance.people import Actor, Person
from assistance.permissions import Permission


@dataclass(frozen=True)
class CheckRow:
    """One check in a list."""

    check: EconomicCheck
    household: Household
    head: Person | None
    request: AuthorizationRequest
    known: int
    failed: int
    questions: int


@dataclass(frozen=True)
class WholeCheck:
    """One check with everything that its page shows."""

    check: EconomicCheck
    household: Household
    request: AuthorizationRequest
    tasks: tuple[CheckTask, ...]
    results: Mapping[uuid.UUID, CheckResult]
    """The newest result of a question, by the question."""
    contests: tuple[ContestedLine, ...]
    report: CheckReport | None
    persons: Mapping[uuid.UUID, Person]

    @property
    def failed(self) -> tuple[CheckTask, ...]:
        """The questions that a source has not answered, or answered wrongly."""
        return tuple(task for task in self.tasks if task.state in ("unreachable", "wrong_answer"))


def list_checks(session: Session, actor: Actor, *, page: int = 1, per_page: int = 50) -> list[CheckRow]:
    """One page of the checks of the actor's divisions, newest first."""
    query = (
        select(EconomicCheck, Household, AuthorizationRequest)
        .join(Household, Household.id == EconomicCheck.household_id)
        .join(AuthorizationRequest, AuthorizationRequest.id == EconomicCheck.request_id)
        .where(households.visible_to(actor, Permission.CHECKS_READ))
        .order_by(EconomicCheck.started_at.desc(), EconomicCheck.number)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    found = session.execute(query).all()
    counts: dict[uuid.UUID, Counter[str]] = {}
    ids = [check.id for check, _, _ in found]
    counted = select(CheckTask.check_id, CheckTask.state, func.count()).where(CheckTask.check_id.in_(ids))
    for check_id, state, number in session.execute(counted.group_by(CheckTask.check_id, CheckTask.state)):
        counts.setdefault(check_id, Counter())[state] = number
    heads = _heads_of(session, [household.id for _, household, _ in found])
    return [
        CheckRow(
            check,
            household,
            heads.get(household.id),
            request,
            sum(number for state, number in of_one.items() if state in KNOWN),
            of_one["unreachable"] + of_one["wrong_answer"],
            of_one.total(),
        )
        for check, household, request in found
        for of_one in [counts.get(check.id, Counter())]
    ]


def _heads_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Person]:
    query = (
        select(HouseholdMember.household_id, Person)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(
            HouseholdMember.household_id.in_(ids),
            HouseholdMember.relation == "head",
            HouseholdMember.left_on.is_(None),
        )
    )
    return {row[0]: row[1] for row in session.execute(query)}


def count_checks(session: Session, actor: Actor) -> int:
    """How many checks such a list has in all."""
    query = select(func.count()).select_from(EconomicCheck).join(Household)
    return session.scalar(query.where(households.visible_to(actor, Permission.CHECKS_READ))) or 0


def get_visible(
    session: Session, actor: Actor, check_id: uuid.UUID, permission: Permission = Permission.CHECKS_READ
) -> WholeCheck:
    """One check of the actor's divisions, or NotFound."""
    check = session.get(EconomicCheck, check_id)
    if check is None:
        raise NotFound
    households.get_visible(session, actor, check.household_id, permission)
    return whole_check(session, check)


def list_of_household(session: Session, household_id: uuid.UUID) -> Sequence[EconomicCheck]:
    """The checks of one household, newest first."""
    query = select(EconomicCheck).where(EconomicCheck.household_id == household_id)
    return session.scalars(query.order_by(EconomicCheck.started_at.desc(), EconomicCheck.number)).all()


def list_of_person(session: Session, person_id: uuid.UUID) -> Sequence[EconomicCheck]:
    """The checks in which somebody was asked about, newest first."""
    query = (
        select(EconomicCheck)
        .where(EconomicCheck.id.in_(select(CheckTask.check_id).where(CheckTask.person_id == person_id)))
        .order_by(EconomicCheck.started_at.desc(), EconomicCheck.number)
    )
    return session.scalars(query).all()


def whole_check(session: Session, check: EconomicCheck) -> WholeCheck:
    """A check with its questions, results, objections and newest report, in a fixed number of queries."""
    tasks = session.scalars(
        select(CheckTask)
        .where(CheckTask.check_id == check.id)
        .order_by(CheckTask.person_id, CheckTask.source)
    ).all()
    results = session.scalars(
        select(CheckResult)
        .join(CheckTask, CheckTask.id == CheckResult.task_id)
        .where(CheckTask.check_id == check.id)
        .order_by(CheckResult.received_at, CheckResult.id)
    ).all()
    contests = session.scalars(
        select(ContestedLine)
        .where(ContestedLine.check_id == check.id)
        .order_by(ContestedLine.contested_at, ContestedLine.id)
    ).all()
    newest = select(CheckReport).where(CheckReport.check_id == check.id)
    ids = {task.person_id for task in tasks}
    return WholeCheck(
        check,
        session.get_one(Household, check.household_id),
        session.get_one(AuthorizationRequest, check.request_id),
        tuple(tasks),
        {result.task_id: result for result in results},
        tuple(contests),
        session.scalar(newest.order_by(CheckReport.edition.desc()).limit(1)),
        {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))},
    )


def list_corrections(session: Session, department: str | None) -> list[ContestedLine]:
    """What one department is asked to correct: what waits first by its day, then the newest answers."""
    query = select(ContestedLine).where(ContestedLine.state != "withdrawn")
    if department is not None:
        query = query.where(ContestedLine.source.in_(sources_of_department(department)))
    is_over = case((ContestedLine.state == "asked", 0), else_=1)
    # Of what is answered the newest: what waits must never fall off the end of the list.
    newest_answers = ContestedLine.answered_at.desc()
    ordered = query.order_by(is_over, newest_answers, ContestedLine.due_on, ContestedLine.id)
    return list(session.scalars(ordered.limit(500)))


def has_open_contest(session: Session, household_id: uuid.UUID) -> bool:
    """Whether a member objects to a shared value and waits: nothing is refused meanwhile (57-18)."""
    query = (
        select(ContestedLine.id)
        .join(EconomicCheck, EconomicCheck.id == ContestedLine.check_id)
        .where(EconomicCheck.household_id == household_id, ContestedLine.state == "asked")
    )
    return session.scalar(query.limit(1)) is not None


def contested_line_ids(session: Session, household_id: uuid.UUID) -> Collection[uuid.UUID]:
    """The checked lines of a file that rest on a contested value: they count for nothing now."""
    open_sources: dict[uuid.UUID, set[str]] = {}
    waiting = (
        select(ContestedLine.check_id, ContestedLine.source)
        .join(EconomicCheck, EconomicCheck.id == ContestedLine.check_id)
        .where(EconomicCheck.household_id == household_id, ContestedLine.state == "asked")
    )
    for check_id, source in session.execute(waiting):
        open_sources.setdefault(check_id, set()).add(source)
    facts = set()
    for check_id, sources in open_sources.items():
        newest = newest_report(session, check_id)
        facts |= {
            row["fact"]
            for row in (newest.sealed["lines"] if newest else ())
            if row["state"] == "contested" or sources & set(row["sources"])
        }
    lines = session.scalars(
        select(HouseholdLine.id).where(
            HouseholdLine.household_id == household_id,
            HouseholdLine.standing == "checked",
            HouseholdLine.fact.in_(facts),
        )
    )
    return frozenset(lines) if facts else frozenset()


def list_contested_line_ids(session: Session) -> Collection[uuid.UUID]:
    """The same for every file in which somebody waits for an answer."""
    waiting = (
        select(EconomicCheck.household_id)
        .join(ContestedLine, ContestedLine.check_id == EconomicCheck.id)
        .where(ContestedLine.state == "asked")
        .distinct()
    )
    return frozenset(
        line_id
        for household_id in session.scalars(waiting).all()
        for line_id in contested_line_ids(session, household_id)
    )


def oldest_as_of(results: Mapping[uuid.UUID, CheckResult]) -> date | None:
    """The oldest day of which any of these results is true."""
    return min((result.as_of for result in results.values()), default=None)
