"""The named families of the demo, read from one file each: who they are, what they told, what they signed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from assistance.rules import Words
from assistance.values import Phone, ResidentId

FOLDER = Path(__file__).parent / "stories"


@dataclass(frozen=True)
class Member:
    """One person of a story."""

    key: str
    name: str
    resident_id: ResidentId
    relation: str
    phone: Phone | None = None
    guardian: str = ""
    guardian_by_court_days_ago: int | None = None
    """How long a court's record has put this grown-up under guardianship."""
    lives_on_own_wages: bool = False
    is_supporter: bool = False
    is_newborn: bool = False
    """Came into the household by birth, on the birthday."""


@dataclass(frozen=True)
class Told:
    """What the file says of a family, from one source and one day."""

    source: str
    days_ago: int
    standing: str = "declared"
    household: Mapping[str, Any] | None = None
    members: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Signature:
    """One part that was signed: by whom, for whom, and how."""

    signer: str
    way: str
    """own_phone or counter."""
    person: str = ""
    """Whose data it is, where the signer is the guardian."""
    officer: str = ""
    witness: str = ""
    declined: tuple[str, ...] = ()


@dataclass(frozen=True)
class Consent:
    """One authorisation request of a story, with the parts that are signed already."""

    purpose: str
    opened_by: str
    """A member's key, or a user name of the staff."""
    reason: str = ""
    on: date | None = None
    check_by: str = ""
    """Who starts the check, where it does not start by itself."""
    signed: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class Story:
    """One family, and what a demonstration can follow with it."""

    name: str
    number: str
    place: str
    address: str
    since: date
    title: Words
    follow: Words
    members: tuple[Member, ...]
    told: tuple[Told, ...]
    authorizations: tuple[Consent, ...]


@cache
def stories() -> tuple[Story, ...]:
    """Every story, by the name of its file."""
    return tuple(_story(path) for path in sorted(FOLDER.glob("*.toml")))


def _story(path: Path) -> Story:
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return Story(
        name=path.stem,
        title=Words(**read.pop("title")),
        follow=Words(**read.pop("follow")),
        members=tuple(_member(row) for row in read.pop("members")),
        told=tuple(Told(**row) for row in read.pop("told")),
        authorizations=tuple(_consent(row) for row in read.pop("authorizations", ())),
        **read,
    )


def _member(row: dict[str, Any]) -> Member:
    phone = row.pop("phone", None)
    number = ResidentId(row.pop("resident_id"))
    return Member(resident_id=number, phone=Phone(phone) if phone else None, **row)


def _consent(row: dict[str, Any]) -> Consent:
    signed = [{**one, "declined": tuple(one.get("declined", ()))} for one in row.pop("signed", ())]
    return Consent(signed=tuple(Signature(**one) for one in signed), **row)
