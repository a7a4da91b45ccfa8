"""Checks of many households by the worker's jobs, beside the bare questions to the same simulator."""

from __future__ import annotations

import multiprocessing
import secrets
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import httpx
import jwt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import simulators
from assistance import authorizations, divisions, economic_checks, households, policies
from assistance.authorizations import Authorization, AuthorizationRequest
from assistance.economic_checks import CheckReport, CheckTask
from assistance.people import SYSTEM
from assistance.values import ResidentId
from assistance.values.resident_id import check_character
from bench.application import environment_of, prepare
from bench.measuring import Bench, Row, slower
from infrastructure import clock, jobs
from infrastructure.bounded_http import Answer, BoundedClient
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import Settings, load_settings
from infrastructure.signing import SigningKeys

HOUSEHOLDS, QUICK_HOUSEHOLDS = 1000, 50
AT_ONCE = 10
"""Households in a turn: the bare questions that follow must arrive while its grants are good."""
IN_PARALLEL = 8
PURPOSE = "recheck"
SOURCES = ("household-registration", "bank-deposits", "social-insurance")
VILLAGE = "330482001001"
KNOWN = ("answered", "nothing_found")
MEMBERS = (("head", "1974"), ("spouse", "1976"), ("child", "2021"))


@dataclass(frozen=True)
class Sent:
    """One question as it went out."""

    path: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Turn:
    """How long some households took: checked, and their questions alone."""

    questions: int
    checked: float
    bare: float


@dataclass(frozen=True)
class County:
    """Everything that checks: a database, the keys, and the settings that lead to the simulator."""

    settings: Settings
    database: Database
    keys: SigningKeys = field(repr=False)


def run(bench: Bench) -> list[Row]:
    """Checks from the first job to the report, then what a grant costs."""
    number = QUICK_HOUSEHOLDS if bench.is_quick else HOUSEHOLDS
    with county() as made:
        turns = [turn_of(made, start) for start in range(0, number, AT_ONCE)]
        rows = [*of_checks(made, number, turns)]
        return [*rows, *of_grants(bench, made)]


def of_checks(made: County, number: int, turns: Sequence[Turn]) -> list[Row]:
    """The table's lines, once it is certain that every question was answered and every report written."""
    with made.database.reading() as session:
        states = dict(
            session.execute(select(CheckTask.state, func.count()).group_by(CheckTask.state)).tuples().all()
        )
        reports = session.scalar(select(func.count()).select_from(CheckReport)) or 0
    asked = sum(turn.questions for turn in turns)
    if set(states) - set(KNOWN) or sum(states.values()) != asked or reports < number:
        raise RuntimeError(f"the checks that were measured are not whole: {states}, {reports} reports")
    checked, bare = (
        statistics.median(time / turn.questions * 1000 for time, turn in zip(times, turns, strict=True))
        for times in ([turn.checked for turn in turns], [turn.bare for turn in turns])
    )
    whole = sum(turn.checked for turn in turns)
    ratio = statistics.median(turn.checked / turn.bare for turn in turns)
    return [
        Row(
            f"a check of {number:,} households, {asked:,} questions, {whole:.0f} s, {checked:.1f} ms each",
            f"bare posts of the same questions, {bare:.1f} ms each",
            f"{ratio:.1f} ×",
            "–",
            len(turns),
        )
    ]


def turn_of(made: County, start: int) -> Turn:
    """Some households: put down and signed, then checked, then their questions sent once more alone."""
    with made.database.transaction() as session:
        requests = [ask_and_sign(session, made, one) for one in put_down(session, start)]
    handlers = economic_checks.Handlers(
        made.settings, made.keys, CATALOGUE, divisions.national_index()
    ).by_kind()
    runner = jobs.Runner(made.database, handlers, clock)
    with sent_questions() as sent:
        began = time.perf_counter()
        with made.database.transaction() as session:
            for request_id in requests:
                economic_checks.start_check(session, request_id, by=SYSTEM, now=clock.now())
        runner.run_due(clock.now())
        checked = time.perf_counter() - began
    return Turn(len(sent), checked, bare_posts(made.settings.sources_url, sent))


def bare_posts(url: str, sent: Sequence[Sent]) -> float:
    """The same bytes to the same addresses by a client that does nothing else, as many at a time."""

    def post(one: Sent) -> int:
        return client.post(url + one.path, content=one.body, headers=one.headers).status_code

    with httpx.Client(trust_env=False, timeout=6) as client, ThreadPoolExecutor(IN_PARALLEL) as pool:
        began = time.perf_counter()
        statuses = set(pool.map(post, sent))
        took = time.perf_counter() - began
    if statuses != {httpx.codes.OK}:
        raise RuntimeError(f"the simulator answered {statuses} to what it had answered before")
    return took


@contextmanager
def sent_questions() -> Iterator[list[Sent]]:
    """Keeps what goes out, byte for byte."""
    sent: list[Sent] = []
    post = BoundedClient.post

    def keep(client: BoundedClient, path: str, content: bytes, *, headers: Mapping[str, str]) -> Answer:
        sent.append(Sent(path, content, {"Content-Type": "application/json; charset=utf-8", **headers}))
        return post(client, path, content, headers=headers)

    with mock.patch.object(BoundedClient, "post", keep):
        yield sent


def of_grants(bench: Bench, made: County) -> list[Row]:
    """Minting and opening one grant, each with its look into the database, beside the signature alone."""
    with made.database.transaction() as session:
        record = session.scalars(select(Authorization).limit(1)).one()
        request = session.get_one(AuthorizationRequest, record.request_id)
        now, source = clock.now(), str(record.sources[0]["source"])
        told: dict[str, Any] = {"person_id": record.person_id, "source": source, "purpose": request.purpose}

        def mint() -> authorizations.Grant:
            return authorizations.mint_grant(session, made.keys, **told, request_id=request.id, now=now)

        grant = mint()
        claims = jwt.decode(grant.token, options={"verify_signature": False})
        private = made.keys.private_key()
        public = private.public_key()

        def open_it() -> authorizations.Grant:
            return authorizations.open_grant(
                grant.token, made.keys, **told, aud=request.number, now=now, session=session
            )

        minted = bench.compare(mint, lambda: jwt.encode(claims, private, algorithm="EdDSA"))
        opened = bench.compare(
            open_it,
            lambda: jwt.decode(grant.token, public, algorithms=["EdDSA"], audience=request.number),
        )
    return [
        slower(
            f"minting a grant, {minted.ours * 1000:.1f} ms",
            f"its signature alone, {minted.reference * 1000:.2f} ms",
            minted,
            None,
        ),
        slower(
            f"opening a grant, {opened.ours * 1000:.1f} ms",
            f"its signature alone, {opened.reference * 1000:.2f} ms",
            opened,
            None,
        ),
    ]


def put_down(session: Session, start: int) -> list[uuid.UUID]:
    """As many families of three as a turn checks, with numbers that nobody has."""
    files = [
        households.NewFile(
            VILLAGE,
            f"{place}号",
            [
                households.NewMember(
                    relation,
                    "陈国良",
                    number_of(year, place),
                    guardian=0 if relation == "child" else None,
                )
                for relation, year in MEMBERS
            ],
            date(2020, 1, 1),
        )
        for place in range(start, start + AT_ONCE)
    ]
    return list(households.write_many(session, files, now=clock.now()).household_ids)


def number_of(year: str, place: int) -> ResidentId:
    """An identity number under a division that was never assigned."""
    day = date(int(year), 1, 1) + timedelta(days=place % 300)
    figures = f"330499{day:%Y%m%d}{place // 300 + 100:03d}"
    return ResidentId(figures + check_character(figures))


def ask_and_sign(session: Session, made: County, household_id: uuid.UUID) -> uuid.UUID:
    """A request with everybody's signature; how one signs is not what is measured here."""
    now = clock.now()
    request = authorizations.open_request(
        session,
        authorizations.sources_of(made.settings),
        SYSTEM,
        household_id,
        purpose=PURPOSE,
        now=now,
        is_demo=True,
        sources=SOURCES,
        reason="复查",
    )
    for part in authorizations.parts_of(session, request.id):
        part.state = "signed"
        session.add(
            Authorization(
                verify_code=secrets.token_hex(10).upper(),
                request_id=request.id,
                part_id=part.id,
                person_id=part.person_id,
                signer_id=part.signer_id,
                sources=request.scopes,
                declined_sources=[],
                level="own_phone",
                assurance=3,
                sealed={"record": "{}"},
                record_sha256=b"",
                record_sm3=b"",
                kid="bench",
                signature=b"",
                audit_reference="",
                audit_content=b"",
                signed_at=now,
                valid_until=now + timedelta(days=30),
                state="active",
            )
        )
    session.flush()
    return request.id


@contextmanager
def county() -> Iterator[County]:
    """A fresh database beside a simulator in a process of its own."""
    keys = SigningKeys({"bench": b"b" * 32})
    with TemporaryDirectory(prefix="huimin-bench-") as name, simulator(keys) as port:
        settings = load_settings({**environment_of(Path(name)), "SIMULATORS_PORT": str(port)})
        database = Database(settings.database_url, FieldCipher(settings.field_keys))
        prepare(database)
        try:
            yield County(settings, database, keys)
        finally:
            database.dispose()


@contextmanager
def simulator(keys: SigningKeys) -> Iterator[int]:
    """The port of a simulator that shares no processor time with what is measured."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, keys.jwks()), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join()


def serve(pipe: Connection, jwks: Mapping[str, Any]) -> None:
    """Serve until the bench has ended."""
    with simulators.serve_in_thread(jwks=jwks) as running:
        pipe.send(running.port)
        pipe.recv()


CATALOGUE = policies.load_catalogue()
