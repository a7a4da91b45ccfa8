"""The tables of electronic authorisation (电子授权): what is asked, of whom, and what each has answered."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model

PURPOSES = ("application", "recheck", "own_wish", "supporter")
REQUEST_STATES = ("open", "closed", "expired")
PART_STATES = ("waiting", "signed", "declined", "withdrawn", "void", "expired")
CAPACITIES = ("self", "guardian", "ward", "supporter")
LEVELS = ("own_phone", "counter", "paper")
STATES = ("active", "withdrawn", "void", "expired")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class AuthorizationRequest(Model):
    """What one household is asked to authorise; applications refer to it later."""

    __tablename__ = "authorization_requests"
    __table_args__ = (
        CheckConstraint(_among("purpose", PURPOSES), name="purpose_is_known"),
        CheckConstraint(_among("state", REQUEST_STATES), name="state_is_known"),
        UniqueConstraint("number"),
        Index(None, "household_id", "opened_at"),
        Index(None, "state", "deadline_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[str] = mapped_column(Text)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("households.id"))
    purpose: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """[{"source": code, "items": [code, …]}], in the order of the register."""
    months_back: Mapped[int]
    text_version: Mapped[str] = mapped_column(Text)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("authorization_requests.sealed"))
    """reason, as an officer wrote it (required for a supporter, SA-41)."""
    opened_by: Mapped[str] = mapped_column(Text)
    """The actor as the log names them."""
    is_opened_by_household: Mapped[bool]
    opened_at: Mapped[datetime]
    deadline_on: Mapped[date]
    """The last day on which somebody may sign."""
    state: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class AuthorizationPart(Model):
    """One signature that a request needs: whose data, who signs, and what has come of it."""

    __tablename__ = "authorization_parts"
    __table_args__ = (
        CheckConstraint(_among("state", PART_STATES), name="state_is_known"),
        CheckConstraint(_among("capacity", CAPACITIES), name="capacity_is_known"),
        UniqueConstraint("request_id", "person_id", "signer_id", "round"),
        UniqueConstraint("link_lookup"),
        Index(None, "person_id"),
        Index(None, "signer_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization_requests.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    """Whose data is asked for."""
    signer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    capacity: Mapped[str] = mapped_column(Text)
    """self, guardian (for the ward), ward (14 to 17 beside the guardian), supporter."""
    hears_child: Mapped[bool] = mapped_column(default=False)
    """The child of 8 to 13 is heard, and that is written down."""
    round: Mapped[int] = mapped_column(default=1)
    """A birthday, a death or a move voids a part and opens the next round."""
    link_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    """The link's random token is stored only as a keyed hash; it opens nothing without the named person."""
    state: Mapped[str] = mapped_column(Text)
    state_since: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("authorization_parts.sealed"))
    """unwilling (bool), and nothing else shows whether it was chosen; declined reason where given."""
    asks_again_on: Mapped[date | None]
    """After a no, nobody asks again before this day unless the household itself starts."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class Authorization(Model):
    """A signed record that stands on its own; only its state may change, and only towards the end."""

    __tablename__ = "authorizations"
    __table_args__ = (
        CheckConstraint(_among("state", STATES), name="state_is_known"),
        CheckConstraint(_among("level", LEVELS), name="level_is_known"),
        UniqueConstraint("verify_code"),
        UniqueConstraint("part_id"),
        Index(None, "person_id", "state"),
        Index(None, "request_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    verify_code: Mapped[str] = mapped_column(Text)
    """Twenty Crockford characters, printed on the receipt."""
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization_requests.id"))
    part_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization_parts.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    signer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What was agreed to: [{"source": code, "items": [code, …]}]."""
    declined_sources: Mapped[list[str]] = mapped_column(JSON)
    level: Mapped[str] = mapped_column(Text)
    assurance: Mapped[int]
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("authorizations.sealed"))
    """record (the canonical JSON as text), strokes, picture (PNG, base64)."""
    record_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    record_sm3: Mapped[bytes] = mapped_column(LargeBinary)
    kid: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    """Ed25519 over the bytes of the canonical JSON."""
    audit_reference: Mapped[str] = mapped_column(Text)
    """The log's entry of this signing, which the receipt carries with its hash."""
    audit_content: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    ended_because: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper


class SeenByTwo(Model):
    """A signature that one member of staff has taken, and that counts once another has confirmed it."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    part_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization_parts.id"))
    taken_by_person: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    taken_at: Mapped[datetime]
    confirmed_by_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime | None]
    refused_because: Mapped[str | None] = mapped_column(Text)


def _confirmed_by_another() -> CheckConstraint:
    return CheckConstraint(
        "confirmed_by_person IS NULL OR confirmed_by_person <> taken_by_person", name="confirmed_by_another"
    )


class PaperSignature(SeenByTwo):
    """A signature on paper, photographed by one member of staff and confirmed by another."""

    __tablename__ = "paper_signatures"
    __table_args__ = (_confirmed_by_another(), Index(None, "part_id"))

    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("paper_signatures.sealed"))
    """picture (JPEG made anew, base64), place, declined sources, child_heard, own_will."""


class CounterSignature(SeenByTwo):
    """A signature given at the counter that waits for the colleague who was there, with their own sign-in."""

    __tablename__ = "counter_signatures"
    __table_args__ = (_confirmed_by_another(), Index(None, "part_id"), Index(None, "witness_person"))

    witness_person: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    """The colleague who was named as having been there; nobody else can confirm it."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("counter_signatures.sealed"))
    """record (the draft as canonical JSON), lines, officer (account), witness (work number).

    Emptied of the first two once it counts, was refused or taken back, or its part has ended otherwise.
    """
