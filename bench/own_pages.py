"""What a signed-in resident opens, beside a bare Flask view of the same bytes."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from assistance import audit, households, looks, people
from assistance.people import Assurance
from assistance.values import Phone, ResidentId
from bench.application import Asked, application, bare_like
from bench.measuring import Bench, Compared, Row, slower
from infrastructure import clock
from infrastructure.database import Database

BARE = "bare Flask view, same bytes"
GZIP = {"Accept-Encoding": "gzip"}
VILLAGE = "330482001001"
LOOKS = 60
# Invented: the division code was never assigned.
HEAD, WIFE, CHILD = "330499197406150239", "330499197611020329", "330499201609200426"
PHONE = "19900000011"
LINES = {
    "income_month_fen": 420000,
    "liquid_fen": 1200000,
    "cars": 1,
    "homes": 1,
    "non_residential": False,
    "capital_fen": 0,
    "hukou_local": True,
}


def run(bench: Bench) -> list[Row]:
    """The pages and answers of one family with sixty looks at its head."""
    with application() as app:
        database = app.extensions["huimin"].database
        head = a_family(database)
        page = {**GZIP, "Cookie": f"huimin_resident={signed_in(database, head)}"}
        json = {**GZIP, "Authorization": f"Bearer {bearer(app, head)}"}
        asked = [
            ("/me/household", Asked(app, "/me/household", headers=page), 5.0),
            ("/me/access-log, 50 looks", Asked(app, "/me/access-log", headers=page), 5.0),
            ("JSON: /me/household", Asked(app, "/api/v1/me/household", headers=json), 5.0),
            ("JSON: /me/access-log, 50 looks", Asked(app, "/api/v1/me/access-log", headers=json), 5.0),
        ]
        rows = []
        for name, request, goal in asked:
            request.expect(200)
            rows.append(in_milliseconds(name, bench.compare(request, bare_like(request)), goal))
        return rows


def in_milliseconds(name: str, compared: Compared, goal: float) -> Row:
    """The ratio, and what the answer takes by itself."""
    return slower(f"{name}, {compared.ours * 1000:.1f} ms", BARE, compared, goal)


def a_family(database: Database) -> uuid.UUID:
    """Three people, their lines, and looks at the head's file; the head's id."""
    with database.transaction() as session:
        now, day = clock.now(), date(2026, 11, 1)
        lines = [households.NewLine(fact, value, day) for fact, value in LINES.items()]
        own = [households.NewLine("own_income_fen", 420000, day), households.NewLine("work", "flexible", day)]
        file = households.NewFile(
            VILLAGE,
            "3号",
            [
                households.NewMember("head", "陈国良", ResidentId(HEAD), phone=Phone(PHONE), lines=own),
                households.NewMember("spouse", "陆秀珍", ResidentId(WIFE), lines=own),
                households.NewMember("child", "陈小雨", ResidentId(CHILD), guardian=0),
            ],
            date(2020, 1, 1),
            lines,
        )
        written = households.write_many(session, [file], now=now)
        head = written.person_ids[0][0]
        looks_at(session, head, written.household_ids[0])
        return head


def looks_at(session: Session, person: uuid.UUID, household: uuid.UUID) -> None:
    """As many looks as a busy year brings."""
    by = audit.Actor("staff", str(uuid.uuid4()), "town_reviewer", "330482001", request_id="f" * 16)
    for at in range(LOOKS):
        audit.looked(
            session,
            audit.Event.HOUSEHOLD_SHOWN,
            [(str(household), f"person:{person}")],
            by=by,
            now=clock.now() - timedelta(days=at),
            seen=sorted(looks.DATA_CLASS_WORDS)[:4],
            purpose="household_file",
        )


def signed_in(database: Database, person: uuid.UUID) -> str:
    """The token of a fresh sign-in."""
    with database.transaction() as session:
        _, token = people.start_session(
            session,
            face="portal",
            assurance=Assurance.L3,
            proved_by="code",
            now=clock.now(),
            person_id=person,
            is_own_phone=True,
        )
        return token


def bearer(app: Flask, person: uuid.UUID) -> str:
    """The access token of a mini-program."""
    parts = app.extensions["huimin"]
    with parts.database.transaction() as session:
        found, _ = people.start_session(
            session, face="api", assurance=Assurance.L3, proved_by="code", now=clock.now(), person_id=person
        )
        tokens = people.issue_tokens(
            session, found, parts.signing_keys, issuer=parts.settings.base_url, now=clock.now()
        )
        return tokens.access
