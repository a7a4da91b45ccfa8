"""无授权不查询: by the contract's type, by every adapter, and by trying every endpoint without a grant."""

from __future__ import annotations

import inspect
import typing
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from assistance import authorizations
from assistance.authorizations import AuthorizationRequest, Grant
from assistance.economic_checks import CheckParts
from assistance.economic_checks.parts import make_adapters
from assistance.economic_checks.sources.contract import (
    Admission,
    Answer,
    DataSourceAdapter,
    Door,
    NoGrant,
    NothingFound,
    Question,
)
from assistance.economic_checks.sources.signed_http import SignedHttpAdapter
from assistance.economic_checks.sources.spreadsheet_drop import SpreadsheetDropAdapter
from assistance.people import Person
from infrastructure import clock
from infrastructure.database import Database
from infrastructure.settings import load_settings
from infrastructure.signing import SigningKeys
from tests.assistance.economic_checks.checking import (
    BANK,
    KEYS,
    WALLET,
    checks_beside,
    make_family,
    make_request,
    withdraw,
)

OTHER_KEYS = SigningKeys({"test": b"somebody-else's-key-of-same-name"})
ALL = authorizations.data_sources()


def adapter_classes() -> list[type[DataSourceAdapter]]:
    found, waiting = [], [DataSourceAdapter]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one.__module__.startswith("assistance."):
                found.append(one)
            waiting.append(one)
    return found


def test_every_adapter_is_walked(tmp_path: Path) -> None:
    assert set(adapter_classes()) == {SignedHttpAdapter, SpreadsheetDropAdapter}
    settings = load_settings({"HUIMIN_ENV": "test"})
    made = make_adapters(settings, ALL, Database(f"sqlite:///{tmp_path / 'asked.db'}"), KEYS)
    assert {type(one) for one in made.values()} == set(adapter_classes())
    assert set(made) == set(ALL.codes)


@pytest.mark.parametrize("adapter", adapter_classes())
def test_the_only_way_in_takes_a_grant(adapter: type[DataSourceAdapter]) -> None:
    public = [
        name
        for name, made in inspect.getmembers(adapter, inspect.isfunction)
        if not name.startswith("_") and name != "close"
    ]
    assert public == ["query"]
    assert adapter.query is DataSourceAdapter.query
    taken = inspect.signature(adapter.query).parameters["grant"]
    assert taken.default is inspect.Parameter.empty
    assert typing.get_type_hints(adapter.query)["grant"] is Grant
    # What asks takes the door's own proof, which nobody else can make.
    assert next(iter(typing.get_type_hints(adapter._ask).values())) is Admission


def test_an_adapter_that_offers_another_way_in_is_not_even_a_class() -> None:
    with pytest.raises(TypeError, match="fetch"):

        class Sly(DataSourceAdapter):
            def _ask(self, admission: Admission, question: Question) -> Answer:
                raise AssertionError

            def fetch(self, question: Question) -> Answer:
                raise AssertionError

    with pytest.raises(TypeError, match="query"):

        class Slyer(DataSourceAdapter):
            def _ask(self, admission: Admission, question: Question) -> Answer:
                raise AssertionError

            def query(self, grant: Any, question: Question, *, now: Any) -> Answer:  # type: ignore[misc]
                raise AssertionError


def test_nobody_makes_an_admission_or_a_grant_by_hand() -> None:
    with pytest.raises(NoGrant):
        Admission("token", clock.now(), made_by=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Grant(mint=object(), token="token")
    with pytest.raises(TypeError):
        type("Mine", (Grant,), {})


class Counting(DataSourceAdapter):
    """Counts what passes the door."""

    calls = 0

    def _ask(self, admission: Admission, question: Question) -> Answer:
        type(self).calls += 1
        return NothingFound(clock.today(), b"")


@dataclass(frozen=True)
class Case:
    """Somebody who has signed for every source, and somebody else who has too."""

    database: Database
    parts: CheckParts
    person: Person
    other: Person
    request: AuthorizationRequest
    other_request: AuthorizationRequest

    def question(self, source: str) -> Question:
        resident_id = self.person.resident_id
        assert resident_id is not None
        return Question(
            id=uuid.uuid4(),
            request_number=self.request.number,
            person_id=self.person.id,
            source=source,
            purpose=self.request.purpose,
            items=ALL[source].items,
            months_back=12,
            name=self.person.name,
            resident_id=resident_id,
        )

    def mint(self, source: str, *, of_other: bool = False, keys: SigningKeys = KEYS) -> Grant:
        with self.database.transaction() as session:
            return authorizations.mint_grant(
                session,
                keys,
                person_id=self.other.id if of_other else self.person.id,
                source=source,
                purpose=self.request.purpose,
                request_id=self.other_request.id if of_other else self.request.id,
                now=clock.now(),
            )

    def forged(self, source: str, **claims: Any) -> Grant:
        """A grant whose token was written by hand, as somebody with access to the memory might."""
        grant = self.mint(source)
        made = object.__new__(Grant)
        for name in Grant.__slots__:
            object.__setattr__(made, name, getattr(grant, name))
        told = jwt.decode(grant.token, options={"verify_signature": False})
        header = {"typ": "huimin-grant+jwt", "kid": "test"}
        token = jwt.encode({**told, **claims}, "", algorithm="none", headers=header)
        object.__setattr__(made, "token", token)
        return made


@pytest.fixture
def case(database: Database, registers: Any) -> Case:
    parts = checks_beside(database, registers)
    with database.transaction() as session:
        household, (person, other) = make_family(session, "陈国良", "陆秀珍")
        request = make_request(session, household, [person], ALL.codes)
        other_request = make_request(session, household, [other], ALL.codes)
    return Case(database, parts, person, other, request, other_request)


ATTEMPTS: dict[str, Callable[[Case, str], Any]] = {
    "none": lambda case, source: None,
    "no grant but its text": lambda case, source: case.mint(source).token,
    "somebody else's": lambda case, source: case.mint(source, of_other=True),
    "for another source": lambda case, source: case.mint(BANK if source != BANK else WALLET),
    "of another key": lambda case, source: case.mint(source, keys=OTHER_KEYS),
    "without a signature": lambda case, source: case.forged(source),
    "for another request": lambda case, source: case.forged(source, aud=case.other_request.number),
    "longer than a minute": lambda case, source: case.forged(source, exp=4102444800),
}


@pytest.mark.parametrize("source", ALL.codes)
def test_T19_T20_every_endpoint_without_a_live_grant_gets_no_call(
    case: Case, registers: Any, source: str
) -> None:
    adapter, question = case.parts.adapters[source], case.question(source)
    for name, attempt in ATTEMPTS.items():
        with pytest.raises(NoGrant):
            adapter.query(attempt(case, source), question, now=clock.now())
        assert registers.all_calls() == 0, name
    good = case.mint(source)
    for other in (
        replace(question, person_id=case.other.id),
        replace(question, purpose="application"),
        replace(question, request_number=case.other_request.number),
        replace(question, items=()),
        replace(question, items=(*question.items, replace(question.items[0], code="never_granted"))),
    ):
        with pytest.raises(NoGrant):
            adapter.query(good, other, now=clock.now())
    with pytest.raises(NoGrant):
        adapter.query(good, question, now=clock.now() + timedelta(seconds=61))
    with pytest.raises(NoGrant):
        adapter.query(good, question, now=clock.now() - timedelta(seconds=1))
    with case.database.transaction() as session:
        withdraw(session, case.request.id, case.person.id)
    with pytest.raises(NoGrant):
        adapter.query(good, question, now=clock.now())
    with pytest.raises(authorizations.GrantRefused):
        case.mint(source)
    assert registers.all_calls() == 0


def test_with_a_live_grant_the_same_question_passes(case: Case, registers: Any) -> None:
    for source in ALL.codes:
        case.parts.adapters[source].query(case.mint(source), case.question(source), now=clock.now())
    spoken = [one for one in ALL if one.adapter == "signed_http"]
    assert registers.all_calls() == len(spoken)
    assert all(registers.calls(one.code).let_in == 1 for one in spoken)


def test_the_door_closes_its_session_before_the_source_is_asked(case: Case) -> None:
    opened: list[Any] = []

    class Watching(Counting):
        def _ask(self, admission: Admission, question: Question) -> Answer:
            assert [session.in_transaction() for session in opened] == [False]
            return super()._ask(admission, question)

    def reading() -> Any:
        opened.append(case.database.session(reading=True))
        return opened[-1]

    Watching(Door(KEYS, reading)).query(case.mint(BANK), case.question(BANK), now=clock.now())
    assert Watching.calls == 1
