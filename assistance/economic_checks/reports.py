"""Reports: what the sources say beside what the family says, and how the verdicts move.

A later answer makes a later edition; an earlier one is never changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, households, people, policies
from assistance.authorizations import AuthorizationRequest, DataItem
from assistance.economic_checks.comparing import Json, Line, Part, compare
from assistance.economic_checks.letters import tell_completed, tell_report
from assistance.economic_checks.models import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
)
from assistance.economic_checks.parts import CheckParts
from assistance.economic_checks.states import ASKABLE, KNOWN
from assistance.households import FROM_THE_REGISTER, Household, PersonHere
from assistance.rules import FACTS, Band, read_household
from infrastructure.clock import SHANGHAI
from infrastructure.database import Database
from infrastructure.jobs import Attempt, enqueue

WRITE_REPORT = "write_check_report"
SUPPORTER = "supporter"
TRIES = 3
EARLIEST_LINE = date(2000, 1, 1)
# Items that no fact takes up, and yet somebody must read them.
_TELLING: Mapping[str, frozenset[Any]] = {
    "deceased": frozenset({True}),
    "registration_state": frozenset({"moved_out", "cancelled"}),
}
_TELLING_ABOVE_NOUGHT = frozenset({"given_away"})


@dataclass(frozen=True)
class Draft:
    """A report as it was worked out, and the state of the check that it was worked out from."""

    check_id: uuid.UUID
    changes: int
    sealed: dict[str, Any] = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    missing: tuple[str, ...]
    """The questions, by their ids, that were asked and have no answer yet."""
    known: frozenset[str]
    """The questions that have one."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing of what may be asked."""
        return not self.missing


@dataclass(frozen=True)
class Awaited:
    """Which answers the household knows to be missing, and when it was last told of anything."""

    awaited: tuple[str, ...]
    told_on: str

    def as_sealed(self) -> dict[str, Any]:
        """As an edition keeps it."""
        return {"awaited": list(self.awaited), "told_on": self.told_on}


def queue_report(session: Session, check: EconomicCheck, *, now: datetime) -> None:
    """Let the worker write the next edition, once this transaction is kept."""
    check.changes += 1
    key = f"{WRITE_REPORT}:{check.id}:{uuid.uuid4().hex[:8]}"
    enqueue(session, WRITE_REPORT, {"check": str(check.id)}, key=key, now=now)


def handle_report(parts: CheckParts, _database: Database, payload: dict[str, Any], _attempt: Attempt) -> None:
    """The job that writes the next edition of a report."""
    write_if_due(parts, uuid.UUID(payload["check"]), now=parts.clock.now())


def write_if_due(parts: CheckParts, check_id: uuid.UUID, *, now: datetime) -> None:
    """Write the next edition where every question has been tried and something is new since the last one."""
    for _ in range(TRIES):
        with parts.database.reading() as session:
            draft = _draft(session, parts, check_id, now)
        if draft is None:
            return
        with parts.database.transaction() as session:
            if _keep(session, draft, now):
                return


def newest_report(session: Session, check_id: uuid.UUID) -> CheckReport | None:
    """The last edition of a check's report."""
    query = select(CheckReport).where(CheckReport.check_id == check_id)
    return session.scalar(query.order_by(CheckReport.edition.desc()).limit(1))


def results_of(session: Session, check_id: uuid.UUID) -> dict[uuid.UUID, CheckResult]:
    """The newest result of each question of a check, by the question."""
    query = (
        select(CheckResult)
        .join(CheckTask, CheckTask.id == CheckResult.task_id)
        .where(CheckTask.check_id == check_id, CheckResult.destroyed_at.is_(None))
        .order_by(CheckResult.received_at, CheckResult.id)
    )
    return {result.task_id: result for result in session.scalars(query)}


def contests_of(session: Session, check_id: uuid.UUID) -> dict[tuple[uuid.UUID, str, str], ContestedLine]:
    """The last objection to each item of a check that was not taken back, by person, source and item."""
    query = (
        select(ContestedLine)
        .where(ContestedLine.check_id == check_id, ContestedLine.state != "withdrawn")
        .order_by(ContestedLine.contested_at, ContestedLine.id)
    )
    return {(one.person_id, one.source, one.item): one for one in session.scalars(query)}


def list_tasks(session: Session, check_id: uuid.UUID) -> list[CheckTask]:
    """Every question of a check, member by member."""
    query = select(CheckTask).where(CheckTask.check_id == check_id)
    return list(session.scalars(query.order_by(CheckTask.person_id, CheckTask.source)))


def item_parts(
    session: Session, parts: CheckParts, check: EconomicCheck, person_ids: Sequence[uuid.UUID]
) -> list[Part]:
    """Every item of the register about these people, as far as this check knows it."""
    tasks = {(task.person_id, task.source): task for task in list_tasks(session, check.id)}
    results, contests = results_of(session, check.id), contests_of(session, check.id)
    return [
        _part(person_id, item, tasks.get((person_id, source.code)), results, contests)
        for person_id in person_ids
        for source in parts.sources
        for item in source.items
    ]


def _part(
    person_id: uuid.UUID,
    item: DataItem,
    task: CheckTask | None,
    results: Mapping[uuid.UUID, CheckResult],
    contests: Mapping[tuple[uuid.UUID, str, str], ContestedLine],
) -> Part:
    result = results.get(task.id) if task is not None and task.state in KNOWN else None
    if task is None or result is None:
        return Part(person_id, item.source, item)
    items = result.sealed["items"]
    if task.state == "answered" and item.code not in items:
        # Not authorised, or not approved: it was never asked.
        return Part(person_id, item.source, item)
    contest = contests.get((person_id, item.source, item.code))
    value, is_nothing = items.get(item.code), task.state == "nothing_found"
    if contest is not None and contest.state == "corrected":
        value, is_nothing = contest.sealed["answer"]["value"], False
    is_contested = contest is not None and contest.state == "asked"
    return Part(
        person_id,
        item.source,
        item,
        value=value,
        is_known=True,
        is_nothing=is_nothing,
        result_id=result.id,
        authorization_id=result.authorization_id,
        as_of=result.as_of,
        own_value=contest.sealed["own_value"] if contest is not None and is_contested else None,
        is_contested=is_contested,
    )


def _draft(session: Session, parts: CheckParts, check_id: uuid.UUID, now: datetime) -> Draft | None:
    check = session.get(EconomicCheck, check_id)
    if check is None:
        return None
    tasks = list_tasks(session, check_id)
    if any(task.state == "waiting" and task.authorization_id is not None for task in tasks):
        return None
    newest = newest_report(session, check_id)
    if newest is not None and newest.changes >= check.changes:
        return None
    on = now.astimezone(SHANGHAI).date()
    request = session.get_one(AuthorizationRequest, check.request_id)
    household = session.get_one(Household, check.household_id)
    lines: list[Line] = []
    moved: list[dict[str, str]] = []
    members = households.members_on(session, household, on)
    about = {one.person.id for one in members} if request.purpose != SUPPORTER else set()
    known = item_parts(session, parts, check, sorted(about | {task.person_id for task in tasks}, key=str))
    if request.purpose != SUPPORTER:
        before = households.document(session, household, on=on, standing="declared")
        size = _size(before)
        said, seen = _standing_lines(session, household, members)
        of_members = [part for part in known if part.person_id in about]
        touched = {part.item.fact for part in of_members if part.is_known}
        lines = compare(
            [part for part in of_members if part.item.fact in touched], said, seen, size=size, on=on
        )
        moved = _moved(session, parts, before, after_document(before, lines, members), on)
    sealed = {
        "on": on.isoformat(),
        "lines": [_line_row(line) for line in lines],
        "notes": [_note_row(part) for part in known if _is_telling(part)],
        "moved": moved,
    }
    missing = tuple(str(task.id) for task in tasks if task.state in ASKABLE and task.authorization_id)
    answered = frozenset(str(task.id) for task in tasks if task.state in KNOWN)
    return Draft(check_id, check.changes, sealed, tuple(lines), missing, answered)


def after_document(before: Json, lines: Sequence[Line], members: Sequence[PersonHere]) -> dict[str, Any]:
    """The household's document with what was checked in place of what was declared."""
    household = dict(before["household"])
    persons = [dict(person) for person in before["members"]]
    place = {one.person.id: at for at, one in enumerate(members)}
    for line in lines:
        if line.counts is None or line.fact in FROM_THE_REGISTER:
            continue
        if line.person_id is None:
            household[line.fact] = line.counts
        elif line.person_id in place:
            persons[place[line.person_id]][line.fact] = line.counts
    return {**before, "household": household, "members": persons}


def _size(document: Json) -> int | None:
    size = read_household(document["household"], document["members"]).size
    return size.low if isinstance(size, Band) and size.is_exact else None


def _standing_lines(
    session: Session, household: Household, members: Sequence[PersonHere]
) -> tuple[dict[tuple[str, uuid.UUID | None], Json], dict[tuple[str, uuid.UUID | None], Json]]:
    """What was declared and what was visited, by fact and person."""
    persons = {one.member.id: one.person.id for one in members}
    said: dict[tuple[str, uuid.UUID | None], Json] = {}
    seen: dict[tuple[str, uuid.UUID | None], Json] = {}
    for one in members:
        said["relation", one.person.id] = one.member.relation
    for line in households.list_lines(session, household):
        if line.standing == "checked" or (line.member_id is not None and line.member_id not in persons):
            continue
        table = said if line.standing == "declared" else seen
        # The newest comes first.
        table.setdefault(
            (line.fact, persons.get(line.member_id) if line.member_id else None), line.sealed["value"]
        )
    return said, seen


def _moved(session: Session, parts: CheckParts, before: Json, after: Json, on: date) -> list[dict[str, str]]:
    standards = policies.standards_in_force(session, parts.divisions, parts.county, on)
    outcomes = []
    for document in (before, after):
        household = read_household(document["household"], document["members"])
        verdicts = policies.assess(parts.catalogue, household, standards, on=on, county=parts.county)
        outcomes.append({verdict.policy.code: verdict.outcome for verdict in verdicts})
    return [
        {"policy": code, "before": outcomes[0][code], "after": outcomes[1][code]}
        for code in sorted(outcomes[0], key=lambda code: outcomes[0][code] == outcomes[1][code])
        if {outcomes[0][code], outcomes[1][code]} != {policies.NOT_NOW}
    ]


def _line_row(line: Line) -> dict[str, Any]:
    return {
        "fact": line.fact,
        "person": str(line.person_id) if line.person_id else None,
        "declared": line.declared,
        "visited": line.visited,
        "checked": line.checked.value,
        "is_whole": line.checked.is_whole,
        "own": line.own.value if line.own is not None else None,
        "state": line.state,
        "sources": list(line.sources),
        "missing": list(line.missing),
    }


def _note_row(part: Part) -> dict[str, Any]:
    row = {"person": str(part.person_id), "source": part.source, "item": part.item.code}
    return {**row, "value": part.value}


def _is_telling(part: Part) -> bool:
    if part.item.code in _TELLING_ABOVE_NOUGHT:
        return isinstance(part.value, int) and part.value > 0
    return isinstance(part.value, bool | str) and part.value in _TELLING.get(part.item.code, ())


def _keep(session: Session, draft: Draft, now: datetime) -> bool:
    """Keep a draft, unless something has come since; then it is worked out anew."""
    wanted = select(EconomicCheck).where(EconomicCheck.id == draft.check_id).with_for_update()
    check = session.scalar(wanted.execution_options(populate_existing=True))
    if check is None:
        return True
    if check.changes != draft.changes:
        return False
    newest = newest_report(session, check.id)
    if newest is not None and newest.changes >= draft.changes:
        # Another runner has written the same a moment ago.
        return True
    edition = 1 if newest is None else newest.edition + 1
    tells, awaited = _what_is_news(draft, newest, now.astimezone(SHANGHAI).date())
    report = CheckReport(
        id=uuid.uuid4(),
        check_id=check.id,
        edition=edition,
        changes=draft.changes,
        sealed={**draft.sealed, **awaited.as_sealed()},
        made_at=now,
    )
    session.add(report)
    household = session.get_one(Household, check.household_id)
    _record_lines(session, household, draft.lines, now)
    if check.state != "stopped":
        check.state = "complete" if draft.is_complete else "running"
        check.ended_at = now if draft.is_complete else None
    audit.record(
        session,
        audit.Event.CHECK_REPORTED,
        by=audit.WORKER,
        now=now,
        object_ref=check.number,
        fields={"edition": report.edition},
    )
    session.flush()
    if edition == 1:
        tell_report(session, check, now=now)
    elif tells:
        tell_completed(session, check, edition, now=now)
    return True


def _what_is_news(draft: Draft, newest: CheckReport | None, on: date) -> tuple[bool, Awaited]:
    """Whether the household is told of this edition, and what it then still knows to be missing.

    News is that an answer has come which an edition before had to do without, never that a source was tried
    again. While others are missing it is told once a day at most; what came in between is told with the next
    edition, and the last one at once.
    """
    if newest is None:
        return True, Awaited(draft.missing, on.isoformat())
    known_as_missing = newest.sealed.get("awaited", [])
    told_on = newest.sealed.get("told_on", "")
    has_come = [task for task in known_as_missing if task in draft.known]
    if has_come and (draft.is_complete or told_on != on.isoformat()):
        return True, Awaited(draft.missing, on.isoformat())
    # What was withdrawn meanwhile is neither here nor missing.
    return False, Awaited(tuple(dict.fromkeys([*has_come, *draft.missing])), told_on)


def _record_lines(session: Session, household: Household, lines: Sequence[Line], now: datetime) -> None:
    """Put what is surely known into the household's file; what is contested waits for its answer."""
    on = now.astimezone(SHANGHAI).date()
    members = {one.person.id: one.member for one in households.members_on(session, household, on)}
    standing = {
        (line.fact, line.member_id): line.sealed["value"]
        for line in households.list_lines(session, household)
        if line.standing == "checked"
    }
    for line in lines:
        member = members.get(line.person_id) if line.person_id is not None else None
        known = [part for part in line.parts if part.is_known and part.authorization_id is not None]
        if line.fact in FROM_THE_REGISTER or line.state == "contested" or not known:
            continue
        if (FACTS[line.fact].subject == "member") != (member is not None):
            continue
        if line.checked.value is None or not (line.checked.is_whole or line.state == "differs"):
            continue
        if standing.get((line.fact, member.id if member else None)) == line.checked.value:
            continue
        # A person's answers stand before nothing-found, and the oldest of them dates the line.
        first = next((part for part in known if not part.is_nothing), known[0])
        days = [part.as_of for part in known if part.as_of is not None]
        households.record_line(
            session,
            household,
            fact=line.fact,
            value=line.checked.value,
            source=first.source,
            dated_on=max(min([*days, on]), EARLIEST_LINE),
            by=people.SYSTEM,
            now=now,
            member=member,
            standing="checked",
            authorization_id=first.authorization_id,
        )
