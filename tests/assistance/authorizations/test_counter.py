"""Two members of staff for one signature: what they lock, and of whose family neither of them may be."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from assistance import authorizations, people
from assistance.authorizations import (
    Answer,
    AnswerErrors,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    Witness,
)
from assistance.errors import Refusal
from assistance.households import HouseholdMember
from assistance.people import Actor, Person, StaffAccount
from assistance.permissions import Role
from infrastructure.database import Database
from tests.assistance.authorizations.family import (
    KEYS,
    OFFICE,
    STROKES,
    all_codes,
    make_family,
    officer,
    opened,
    part_of,
    signed,
)
from tests.assistance.households.test_queries import counted
from tests.conftest import NOW

TOWN = "330482001"


def take(
    session: Session, by: Actor, part: AuthorizationPart, witness: Witness, **changes: Any
) -> CounterSignature | Any:
    request = session.get_one(AuthorizationRequest, part.request_id)
    number = session.get_one(Person, part.signer_id).resident_id
    assert number is not None
    filled = {"agreed": all_codes(request), "strokes": STROKES, "own_will": "yes", **changes}
    return authorizations.sign_at_counter(
        session,
        KEYS,
        authorizations.data_sources(),
        OFFICE,
        by,
        part.id,
        Answer(**filled),
        last_of_number=number.value[-4:],
        witness=witness,
        now=NOW,
    )


def declare(session: Session, by: Actor, person: Any) -> None:
    relative = session.get_one(Person, person)
    assert relative.resident_id is not None
    people.relatives.declare_relative(
        session, name=relative.name, resident_id=relative.resident_id, relation="sibling", by=by, now=NOW
    )


def move_in(session: Session, household_id: uuid.UUID, by: Actor) -> None:
    session.add(
        HouseholdMember(
            household_id=household_id, person_id=by.person_id, relation="other", joined_on=date(2020, 1, 1)
        )
    )
    session.flush()


def confirm(session: Session, by: Actor, taken: CounterSignature) -> None:
    authorizations.confirm_at_counter(session, KEYS, by, taken.id, now=NOW)


def refuse(session: Session, by: Actor, taken: CounterSignature) -> None:
    authorizations.refuse_at_counter(session, by, taken.id, "不在场", now=NOW)


def take_back(session: Session, by: Actor, taken: CounterSignature) -> None:
    authorizations.take_back_at_counter(session, by, taken.id, now=NOW)


@pytest.mark.parametrize("act", [confirm, refuse, take_back])
def test_T14_the_request_is_locked_before_what_waits_as_by_whoever_signs_on_the_phone(
    database: Database, act: Callable[[Session, Actor, CounterSignature], None]
) -> None:
    if database.is_sqlite:
        pytest.skip("there one writes at a time, and nothing is locked by rows")
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.head)
        witness = officer(session)
        taken = take(session, officer(session), part, Witness(work_number=witness.work_number or ""))
    with counted(database) as asked, database.transaction() as session:
        act(session, witness, taken)
    locked = [one.split("FROM ")[1].split()[0] for one in asked if "FOR UPDATE" in one]
    assert locked[:2] == ["authorization_requests", "counter_signatures"]


def test_T13_neither_officer_nor_witness_is_near_to_anybody_of_the_household(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.grandmother)
        brother_of_the_spouse, who_lives_there, anybody = (officer(session) for _ in range(3))
        declare(session, brother_of_the_spouse, family.spouse)
        move_in(session, family.household_id, who_lives_there)
        for related in (brother_of_the_spouse, who_lives_there):
            number = Witness(work_number=related.work_number or "")
            with pytest.raises(Refusal):
                take(session, related, part, Witness(person_id=family.head))
            with pytest.raises(AnswerErrors) as wrong:
                take(session, anybody, part, number)
            assert wrong.value.fields.keys() == {"witness"}
            with pytest.raises(Refusal):
                authorizations.get_for_assisting(session, related, part.id)


def test_T21_a_reviewer_of_the_household_neither_reads_nor_answers_who_of_it_spoke_in_silence(
    database: Database,
) -> None:
    with database.transaction() as session:
        family = make_family(session)
        request = opened(session, family)
        part = part_of(session, request, family.grandmother)
        signed(session, request, part, is_unwilling=True)
        who_lives_there, son_in_law, other = (officer(session, Role.TOWN_REVIEWER, TOWN) for _ in range(3))
        move_in(session, family.household_id, who_lives_there)
        declare(session, son_in_law, family.spouse)
        for related in (who_lives_there, son_in_law):
            assert authorizations.list_to_protect(session, related) == []
            with pytest.raises(Refusal):
                authorizations.review(session, related, part.id, "ask_anew", "谈过", now=NOW)
        assert [one.part.id for one in authorizations.list_to_protect(session, other)] == [part.id]


def test_a_work_number_is_known_however_it_is_typed(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session)
        part = part_of(session, opened(session, family), family.head)
        witness = officer(session)
        session.get_one(StaffAccount, witness.account_id).work_number = "PH0017"
        taken = take(session, officer(session), part, Witness(work_number=" ph0017 "))
        assert taken.sealed["witness"] == "PH0017"
