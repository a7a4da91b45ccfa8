"""Codes by text message: for one thing, ten minutes, five tries, once, also with guesses side by side."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, people
from assistance.people import OneTimeCode
from assistance.values import Malformed, Phone
from infrastructure.database import Database
from tests.conftest import NOW

PHONE, OTHER = Phone("199 0000 0011"), Phone("19900000099")
BOUND = "a-session"


def issue(session: Session, phone: Phone = PHONE, **more: object) -> people.IssuedCode | None:
    asked = {"purpose": "sign_in", "bound_to": BOUND, "now": NOW, **more}
    return people.issue_code(session, phone, by=people.ANONYMOUS, **asked)  # type: ignore[arg-type]


def issued(database: Database, **more: object) -> people.IssuedCode:
    with database.transaction() as session:
        made = issue(session, **more)  # type: ignore[arg-type]
    assert made is not None
    return made


def guess(database: Database, figures: str, phone: Phone = PHONE, **more: object) -> bool:
    """One guess as the pages make it: counted and committed, then judged."""
    asked = {"purpose": "sign_in", "bound_to": BOUND, "now": NOW, **more}
    with database.transaction() as session:
        counted = people.count_try(session, phone, **asked)  # type: ignore[arg-type]
    with database.transaction() as session:
        return people.use_code(session, counted, figures, asked["now"])  # type: ignore[arg-type]


def wrong_for(figures: str) -> str:
    return f"{(int(figures) + 1) % 1_000_000:06}"


def test_a_code_is_right_once(database: Database) -> None:
    made = issued(database)
    assert len(made.figures) == 6
    assert guess(database, made.figures)
    assert not guess(database, made.figures)


def test_a_code_stands_nowhere_as_it_is(database: Database) -> None:
    made = issued(database)
    with database.reading() as session:
        (row,) = session.scalars(select(OneTimeCode))
        own = audit.AuditEntry.event != "standard_set"
        entries = session.scalars(select(audit.AuditEntry).where(own)).all()
    assert len(row.code_hash) == 32
    assert made.figures not in repr(made)
    assert [one.event for one in entries] == ["code_sent"]
    assert made.figures not in entries[0].fields
    assert PHONE.value not in repr(entries[0].__dict__)


def test_T25_it_lives_ten_minutes(database: Database) -> None:
    made = issued(database)
    assert not guess(database, made.figures, now=NOW + timedelta(minutes=10))
    assert guess(database, made.figures, now=NOW + timedelta(minutes=10, seconds=-1))


def test_T25_after_five_wrong_tries_the_right_figures_help_no_more(database: Database) -> None:
    made = issued(database)
    for _ in range(5):
        assert not guess(database, wrong_for(made.figures))
    assert not guess(database, made.figures)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"purpose": "step_up"},
        {"purpose": "sign"},
        {"bound_to": "another-session"},
        {"bound_to": f"{BOUND}:the-hash-of-a-document"},
        {"phone": OTHER},
    ],
)
def test_T25_a_code_is_worth_nothing_for_anything_else(
    database: Database, elsewhere: dict[str, object]
) -> None:
    made = issued(database)
    assert not guess(database, made.figures, **elsewhere)  # type: ignore[arg-type]
    # The guess elsewhere took none of its five tries, either.
    with database.reading() as session:
        assert session.scalar(select(OneTimeCode.tries)) == 0
    assert guess(database, made.figures)


def test_an_older_code_stays_good_in_its_own_ten_minutes(database: Database) -> None:
    first = issued(database)
    second = issued(database, now=NOW + timedelta(minutes=2))
    later = NOW + timedelta(minutes=3)
    assert guess(database, first.figures, now=later)
    # Whoever is in does not leave a key behind.
    assert not guess(database, second.figures, now=later)


def test_T24_a_minute_lies_between_two_codes_and_five_are_live_at_most(database: Database) -> None:
    with database.transaction() as session:
        assert issue(session) is not None
        assert issue(session, now=NOW + timedelta(seconds=59)) is None
        for number in range(1, 5):
            assert issue(session, now=NOW + number * timedelta(seconds=60)) is not None
        assert issue(session, now=NOW + timedelta(seconds=300)) is None
        assert issue(session, OTHER) is not None


def test_T25_ten_thousand_guesses_are_judged_at_most_five_times(database: Database) -> None:
    made = issued(database)
    judged = 0
    for number in range(200):
        with database.transaction() as session:
            counted = people.count_try(
                session, PHONE, purpose="sign_in", bound_to=BOUND, now=NOW + timedelta(milliseconds=number)
            )
        judged += bool(counted)
    assert judged == 5
    assert not guess(database, made.figures)


def test_T25_guesses_side_by_side_are_judged_at_most_five_times(database: Database) -> None:
    made = issued(database)
    start, judged, lock = threading.Barrier(8), [], threading.Lock()

    def attack() -> None:
        start.wait()
        for _ in range(6):
            with database.transaction() as session:
                counted = people.count_try(session, PHONE, purpose="sign_in", bound_to=BOUND, now=NOW)
            with lock:
                judged.extend(counted)

    _run([attack] * 8)
    assert len(judged) == 5
    assert not guess(database, made.figures)


def test_of_several_with_the_right_code_at_once_one_gets_in(database: Database) -> None:
    made = issued(database)
    start, let_in = threading.Barrier(4), []

    def enter() -> None:
        start.wait()
        if guess(database, made.figures):
            let_in.append(True)

    _run([enter] * 4)
    assert let_in == [True]


@pytest.mark.parametrize("typed", ["１２３４５６", " 123 456 ", "123-456", "123456"])
def test_figures_are_taken_as_they_are_typed(typed: str) -> None:
    assert people.read_code(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "一二三四五六", "x" * 5000])
def test_what_is_no_code_is_told_without_repeating_it(typed: str) -> None:
    with pytest.raises(Malformed) as caught:
        people.read_code(typed)
    assert caught.value.message == "请填短信里的 6 位数字"


def _run(work: list[object]) -> None:
    threads = [threading.Thread(target=one) for one in work]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
