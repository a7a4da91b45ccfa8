"""A check asks what was authorised, stores what came, and says honestly what did not."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from assistance import audit, authorizations, economic_checks, households
from assistance.authorizations import Sources
from assistance.economic_checks import CheckParts, CheckReport, CheckTask, EconomicCheck
from assistance.economic_checks.states import TASK_WORDS
from assistance.errors import Refusal
from assistance.people import SYSTEM, Person
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.jobs import JOBS, Runner, TryLater
from tests.assistance.economic_checks.checking import (
    BANK,
    CATALOGUE,
    KEYS,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    sign,
    start,
    states,
    stored,
)
from tests.conftest import NOW, settings_of_test

CASES = {
    "down": ("unreachable", "down"),
    "slow": ("unreachable", "slow"),
    "busy": ("unreachable", "busy"),
    "pending": ("unreachable", "busy"),
    "rubbish": ("wrong_answer", "unsigned"),
    "forged": ("wrong_answer", "unsigned"),
    "nonsense": ("wrong_answer", "wrong_items"),
    "wrong_person": ("wrong_answer", "wrong_person"),
}


def family_of_one(database: Database, *sources: str, **more: Any) -> tuple[Person, uuid.UUID]:
    with database.transaction() as session:
        household, (person,) = make_family(session)
        return person, make_request(session, household, [person], sources or (BANK, WALLET), **more).id


def task_of(database: Database, source: str) -> CheckTask:
    with database.reading() as session:
        return session.scalars(select(CheckTask).where(CheckTask.source == source)).one()


def report_of(database: Database, check_id: uuid.UUID) -> CheckReport:
    with database.reading() as session:
        report = economic_checks.newest_report(session, check_id)
        assert report is not None
        return report


def line_of(report: CheckReport, fact: str) -> dict[str, Any]:
    (line,) = [line for line in report.sealed["lines"] if line["fact"] == fact]
    return dict(line)


def check_of(database: Database, check_id: uuid.UUID) -> EconomicCheck:
    with database.reading() as session:
        return session.get_one(EconomicCheck, check_id)


def test_a_signed_request_asks_each_source_and_makes_a_report(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    person, request_id = family_of_one(database)
    check_id = start(parts, request_id)
    economic_checks.ask_member(parts, check_id, person.id)
    assert states(database, check_id) == {(person.id, BANK): "answered", (person.id, WALLET): "answered"}
    assert registers.calls(BANK).let_in == registers.calls(WALLET).let_in == 1
    assert registers.all_calls() == 2
    assert all(result.authorization_id for result in stored(database))
    report = report_of(database, check_id)
    assert report.edition == 1
    line = line_of(report, "liquid_fen")
    # Securities were not asked about, so the sum is at least this much and never the whole.
    assert line["checked"] == {"min": 2680000}
    assert line["is_whole"] is False
    assert "securities" in line["missing"]
    assert check_of(database, check_id).state == "complete"


@pytest.mark.parametrize("fault", CASES)
def test_T49_whatever_a_source_does_wrong_is_never_nought_and_mends_itself(
    database: Database, registers: Any, fault: str
) -> None:
    parts = checks_beside(database, registers, seconds=2.0)
    person, request_id = family_of_one(database)
    check_id = start(parts, request_id)
    registers.set_source(WALLET, fault, seconds=30.0)
    with pytest.raises(TryLater) as later:
        economic_checks.ask_member(parts, check_id, person.id)
    assert later.value.after is not None
    task = task_of(database, WALLET)
    assert (task.state, task.problem) == CASES[fault]
    assert task.last_tried_at == NOW
    assert task.next_try_at is not None
    assert task.next_try_at > NOW
    assert [result.source for result in stored(database)] == [BANK]
    first = report_of(database, check_id)
    assert (first.edition, check_of(database, check_id).state) == (1, "running")
    assert WALLET in line_of(first, "liquid_fen")["missing"]
    assert line_of(first, "liquid_fen")["checked"] == {"min": 820000}
    registers.set_source(WALLET, "ok")
    with clock.freeze(task.next_try_at):
        economic_checks.ask_member(parts, check_id, person.id)
    assert states(database, check_id)[person.id, WALLET] == "answered"
    second = report_of(database, check_id)
    assert (second.edition, check_of(database, check_id).state) == (2, "complete")
    assert line_of(second, "liquid_fen")["checked"] == {"min": 2680000}


def test_before_its_time_a_failed_source_is_left_in_peace(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    person, request_id = family_of_one(database, WALLET)
    check_id = start(parts, request_id)
    registers.set_source(WALLET, "down")
    for _ in range(3):
        with pytest.raises(TryLater):
            economic_checks.ask_member(parts, check_id, person.id)
    assert registers.all_calls() == 1


def test_T49_two_runners_of_one_job_store_one_answer(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    person, request_id = family_of_one(database)
    check_id = start(parts, request_id)
    threads = [
        threading.Thread(target=economic_checks.ask_member, args=(parts, check_id, person.id))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.source for result in stored(database)) == [BANK, WALLET]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CheckReport)) == 1


def test_the_worker_asks_and_reports_by_itself(database: Database, registers: Any, tmp_path: Any) -> None:
    person, request_id = family_of_one(database)
    parts = checks_beside(database, registers)
    check_id = start(parts, request_id)
    settings = settings_of_test(tmp_path, **registers.environment)
    handlers = economic_checks.Handlers(settings, KEYS, CATALOGUE, parts.divisions)
    registers.set_source(WALLET, "down")
    runner = Runner(database, handlers.by_kind(), clock)
    assert runner.run_due(clock.now()).put_back == 1
    registers.set_source(WALLET, "ok")
    later = NOW + timedelta(hours=1)
    with clock.freeze(later):
        assert runner.run_due(later).done == 1
    assert states(database, check_id)[person.id, WALLET] == "answered"
    with database.reading() as session:
        # The queue holds references alone.
        payloads = session.scalars(select(JOBS.c.payload)).all()
    assert all(person.name not in payload for payload in payloads)


def test_SA_40_one_adult_is_missing_and_the_others_are_asked(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father, mother) = make_family(session, "陈国良", "陆秀珍")
        request = make_request(session, household, [father, mother], [BANK], signed=False)
        sign(session, request, father)
    check_id = start(parts, request.id)
    for person in (father, mother):
        economic_checks.ask_member(parts, check_id, person.id)
    assert states(database, check_id) == {(father.id, BANK): "answered", (mother.id, BANK): "not_authorised"}
    assert registers.all_calls() == 1
    assert [result.authorization_id for result in stored(database)] != [None]
    # She signs later, and is asked too.
    with database.transaction() as session:
        sign(session, request, mother)
        economic_checks.note_signature(session, request.id, mother.id, by=SYSTEM, now=clock.now())
    economic_checks.ask_member(parts, check_id, mother.id)
    assert states(database, check_id)[mother.id, BANK] == "answered"
    assert report_of(database, check_id).edition == 2


def test_nothing_starts_before_somebody_has_signed(database: Database, registers: Any) -> None:
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK], signed=False)
    with pytest.raises(Refusal, match="还没有人签"):
        start(checks_beside(database, registers), request.id)


def test_a_familys_own_wish_starts_by_itself_with_the_first_signature(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], [BANK], purpose="own_wish", signed=False)
        sign(session, request, father)
        economic_checks.note_signature(session, request.id, father.id, by=SYSTEM, now=clock.now())
        check = economic_checks.find_check(session, request.id)
        assert check is not None
    economic_checks.ask_member(parts, check.id, father.id)
    assert registers.calls(BANK).let_in == 1


def test_T21_a_silent_no_asks_nothing_and_looks_like_a_check_under_way(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father, mother) = make_family(session, "陈国良", "陆秀珍")
        request = make_request(session, household, [father, mother], [BANK], signed=False)
        sign(session, request, father)
        sign(session, request, mother, is_silent_no=True)
    check_id = start(parts, request.id)
    for person in (father, mother):
        economic_checks.ask_member(parts, check_id, person.id)
    assert registers.all_calls() == 1
    assert TASK_WORDS[states(database, check_id)[mother.id, BANK]] == "正在核验"
    with database.reading() as session:
        refused = select(audit.AuditEntry).where(audit.AuditEntry.event == "query_refused")
        assert session.scalars(refused).all() == []
    # The others' report does not wait for it.
    assert report_of(database, check_id).edition == 1


def test_T21_a_silent_no_starts_the_households_own_check_as_a_signature_does(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father, mother) = make_family(session, "陈国良", "陆秀珍")
        request = make_request(session, household, [father, mother], [BANK], purpose="own_wish", signed=False)
        sign(session, request, mother, is_silent_no=True)
        economic_checks.note_signature(session, request.id, mother.id, by=SYSTEM, now=clock.now())
        check = economic_checks.find_check(session, request.id)
        assert check is not None
    for person in (father, mother):
        economic_checks.ask_member(parts, check.id, person.id)
    assert registers.all_calls() == 0
    assert TASK_WORDS[states(database, check.id)[mother.id, BANK]] == "正在核验"
    with database.transaction() as session:
        economic_checks.note_end(session, request.id, mother.id, now=clock.now())
    assert states(database, check.id)[mother.id, BANK] == "dropped"


def test_what_was_declined_is_not_asked(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (father,) = make_family(session)
        request = make_request(session, household, [father], signed=False)
        sign(session, request, father, [BANK])
    check_id = start(parts, request.id)
    economic_checks.ask_member(parts, check_id, father.id)
    assert states(database, check_id) == {
        (father.id, BANK): "answered",
        (father.id, WALLET): "not_authorised",
    }
    assert registers.calls(WALLET).total == 0


def with_approval(parts: CheckParts, source: str, **changes: Any) -> CheckParts:
    made = []
    for one in parts.sources:
        if one.code == source:
            assert one.approval is not None
            one = dataclasses.replace(one, approval=dataclasses.replace(one.approval, **changes))
        made.append(one)
    return dataclasses.replace(parts, sources=Sources(made))


def test_ZS_20_when_the_approval_has_ended_the_adapter_is_closed(database: Database, registers: Any) -> None:
    parts = with_approval(checks_beside(database, registers), WALLET, until=date(2026, 11, 21))
    person, request_id = family_of_one(database)
    check_id = start(parts, request_id)
    economic_checks.ask_member(parts, check_id, person.id)
    assert states(database, check_id) == {
        (person.id, BANK): "answered",
        (person.id, WALLET): "approval_ended",
    }
    assert registers.calls(WALLET).total == 0
    with database.reading() as session:
        whole = economic_checks.whole_check(session, session.get_one(EconomicCheck, check_id))
        rows = economic_checks.source_rows(whole, parts.sources, "zh", person.id)
    assert [row.is_closed_approval for row in rows if row.source == WALLET] == [date(2026, 11, 21)]


def test_ZS_20_an_item_outside_the_approval_is_never_asked(database: Database, registers: Any) -> None:
    parts = with_approval(checks_beside(database, registers), BANK, items=frozenset({"current_fen"}))
    person, request_id = family_of_one(database, BANK)
    economic_checks.ask_member(parts, start(parts, request_id), person.id)
    assert [set(result.sealed["items"]) for result in stored(database)] == [{"current_fen"}]


def test_ZS_25_a_source_approved_for_applications_only_is_not_asked_for_anything_else(
    database: Database, registers: Any
) -> None:
    parts = with_approval(checks_beside(database, registers), BANK, purposes=frozenset({"application"}))
    person, request_id = family_of_one(database, BANK)
    economic_checks.ask_member(parts, start(parts, request_id), person.id)
    assert registers.all_calls() == 0
    person, request_id = family_of_one_more(database)
    check_id = start(parts, request_id)
    economic_checks.ask_member(parts, check_id, person.id)
    assert [result.purpose for result in stored(database)] == ["application"]


def family_of_one_more(database: Database) -> tuple[Person, uuid.UUID]:
    with database.transaction() as session:
        household, (person,) = make_family(session, "陆秀珍")
        return person, make_request(session, household, [person], [BANK], purpose="application").id


def test_a_source_that_the_county_has_not_confirmed_is_off_outside_the_demo(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers, is_demo=False)
    person, request_id = family_of_one(database, "marriage")
    check_id = start(parts, request_id)
    economic_checks.ask_member(parts, check_id, person.id)
    assert set(states(database, check_id).values()) == {"approval_ended"}
    assert registers.all_calls() == 0


def test_SA_42_a_live_status_is_reused_and_no_question_leaves(database: Database, registers: Any) -> None:
    parts = checks_beside(database, registers)
    person, request_id = family_of_one(database, BANK)
    economic_checks.ask_member(parts, start(parts, request_id), person.id)
    asked = registers.all_calls()
    with database.transaction() as session:
        household = households.household_of(session, person.id)
        assert household is not None
        record = stored(database)[0].authorization_id
        households.record_line(
            session,
            household,
            fact="status",
            value=["dibao"],
            source="assistance-records",
            dated_on=date(2026, 10, 1),
            by=SYSTEM,
            now=NOW,
            standing="checked",
            authorization_id=record,
        )
        requests = [
            make_request(session, household, [person], [BANK, WALLET], purpose="application").id
            for _ in range(3)
        ]
    for number, one in enumerate(requests, 1):
        check_id = start(parts, one)
        economic_checks.ask_member(parts, check_id, person.id)
        assert set(states(database, check_id).values()) == {"reused"}, number
        economic_checks.write_if_due(parts, check_id, now=NOW)
        assert check_of(database, check_id).state == "complete"
    assert registers.all_calls() == asked
    # A year later it has to be looked at again (SA-46).
    with clock.freeze(NOW + timedelta(days=330)), database.transaction() as session:
        household = households.household_of(session, person.id)
        assert household is not None
        again = make_request(session, household, [person], [BANK], purpose="application").id
        check = economic_checks.start_check(session, again, by=SYSTEM, now=clock.now())
        assert [
            task.state for task in session.scalars(select(CheckTask).where(CheckTask.check_id == check.id))
        ] == ["waiting"]


def test_conflict_6_both_grounds_of_a_check_are_put_down(database: Database, registers: Any) -> None:
    _, request_id = family_of_one(database)
    check_id = start(checks_beside(database, registers), request_id)
    assert check_of(database, check_id).ground == {"agreement": ["SA-40"], "power": ["SA-41"]}


def test_the_log_has_one_entry_for_each_question_and_one_for_its_end(
    database: Database, registers: Any
) -> None:
    parts = checks_beside(database, registers)
    person, request_id = family_of_one(database)
    economic_checks.ask_member(parts, start(parts, request_id), person.id)
    with database.reading() as session:
        entries = session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id)).all()
        number = session.get_one(authorizations.AuthorizationRequest, request_id).number
    told = [(one.event, one.subject_ref, one.case_ref) for one in entries if one.event.startswith("query")]
    assert told == [
        ("query_sent", person.audit_subject, number),
        ("query_sent", person.audit_subject, number),
        ("query_answered", person.audit_subject, number),
        ("query_answered", person.audit_subject, number),
    ]
