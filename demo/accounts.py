"""Staff of the demo county: every role, with passwords and second factors that everybody can work out."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from assistance import people
from assistance.orm import field_cipher
from assistance.people import Actor, Assurance, StaffAccount
from assistance.permissions import Role
from assistance.values import ResidentId
from infrastructure.clock import SHANGHAI

FILE = Path(__file__).parent / "accounts.toml"
APPROVER = "county1"
"""The first one there, who agrees as the second person to everybody else's role."""
HELD_SINCE = timedelta(days=400)


@dataclass(frozen=True)
class Relative:
    """A near relative whom somebody has declared."""

    name: str
    resident_id: str
    relation: str


@dataclass(frozen=True)
class Colleague:
    """One member of the demo's staff."""

    user_name: str
    work_number: str
    name: str
    resident_id: ResidentId
    role: Role
    place: str
    department: str | None = None
    relatives: tuple[Relative, ...] = ()

    @property
    def password(self) -> str:
        """Known to everybody who can read this file; so the demo's accounts exist in the demo alone."""
        drawn = _digest("password", self.user_name)
        return f"Demo-{drawn[:4].lower()}-{drawn[4:8].lower()}"

    @property
    def totp_secret(self) -> str:
        """The same on every machine: an authenticator app keeps working when the demo is loaded anew."""
        return _digest("second factor", self.user_name)[:32]


@cache
def colleagues() -> tuple[Colleague, ...]:
    """The staff of the demo, in the order of their work numbers."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Colleague(
            user_name=user_name,
            work_number=row["work_number"],
            name=row["name"],
            resident_id=ResidentId(row["resident_id"]),
            role=Role(row["role"]),
            place=row["place"],
            department=row.get("department"),
            relatives=tuple(Relative(**one) for one in row.get("relatives", ())),
        )
        for user_name, row in read.items()
    )


def missing(session: Session) -> list[Colleague]:
    """Those who have no account yet."""
    return [one for one in colleagues() if people.staff.find_account(session, one.user_name) is None]


def open_account(session: Session, one: Colleague, places: Mapping[str, str], now: datetime) -> None:
    """Invite, join, grant, agree and declare, as it is done on the pages."""
    by = people.operator("demo")
    _, token = people.staff.invite(
        session,
        name=one.name,
        resident_id=one.resident_id,
        user_name=one.user_name,
        work_number=one.work_number,
        by=by,
        now=now,
    )
    cipher = field_cipher(session)
    code = people.second_factor.code_at(people.second_factor.secret_of_invitation(cipher, token), now)
    account = people.staff.accept_invitation(
        session, cipher, token, password=one.password, code=code, now=now
    )
    people.second_factor.forget_new_codes(session, account)
    # The secret that everybody can work out takes the place of the drawn one, of which no code was used.
    account.sealed = {**account.sealed, "totp_secret": one.totp_secret}
    account.totp_last_step = None
    granted = people.roles.grant(
        session,
        account_id=account.id,
        role=one.role,
        division_code=places[one.place],
        department=one.department,
        valid_from=(now - HELD_SINCE).astimezone(SHANGHAI).date(),
        by=by,
        now=now,
    )
    if granted.state == "proposed":
        people.roles.approve(session, granted.id, by=actor_of(session, APPROVER, now), now=now)
    if one.relatives:
        oneself = actor_of(session, one.user_name, now)
        for relative in one.relatives:
            people.relatives.declare_relative(
                session,
                name=relative.name,
                resident_id=ResidentId(relative.resident_id),
                relation=relative.relation,
                by=oneself,
                now=now,
            )
    people.relatives.sign_relatives(session, by=actor_of(session, one.user_name, now), now=now)


def actor_of(session: Session, user_name: str, now: datetime) -> Actor:
    """A member of the demo's staff as if they had signed in."""
    account = people.staff.find_account(session, user_name)
    if account is None:
        raise LookupError(user_name)
    return Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        assurance=Assurance.L4,
        holdings=people.current_holdings(session, account.id, now),
        work_number=account.work_number,
    )


def let_codes_be_used_again(session: Session, now: datetime) -> int:
    """With a clock that was set back, a code counts again although a later one was used before."""
    step = int(now.timestamp()) // people.second_factor.STEP_SECONDS
    found: list[StaffAccount] = []
    for one in colleagues():
        account = people.staff.find_account(session, one.user_name)
        if account is not None and (account.totp_last_step or 0) > step + 1:
            account.totp_last_step = None
            found.append(account)
    session.flush()
    return len(found)


def _digest(purpose: str, user_name: str) -> str:
    drawn = hashlib.sha256(f"huimin demo {purpose} {user_name}".encode()).digest()
    return base64.b32encode(drawn).decode()
