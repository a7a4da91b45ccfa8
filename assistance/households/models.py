"""The tables of household files (一户一册): who lives together, what is known of them, and what happened."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model

RELATIONS = ("head", "spouse", "child", "parent", "grandparent", "grandchild", "sibling", "other")
STANDINGS = ("declared", "checked", "visited")
STATES = ("active", "merged", "dissolved", "moved_out")
EVENTS = ("moved", "joined", "left", "born", "died", "split", "merged", "guardian_changed", "head_changed")


IS_CURRENT = "left_on IS NULL AND NOT is_supporter"


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Household(Model):
    """One file: a family that lives together, in one village."""

    __tablename__ = "households"
    __table_args__ = (
        CheckConstraint(_among("state", STATES), name="state_is_known"),
        UniqueConstraint("number"),
        Index(None, "division_code", "number"),
        Index("ix_households_initial", "head_initial", "division_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[str] = mapped_column(Text)
    """H and eight random figures in groups of four, which tell nothing."""
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("households.sealed"))
    """address."""
    head_initial: Mapped[str] = mapped_column(Text, default="")
    """The letter with which the head's name begins in pinyin, by which officers look; empty if unknown."""
    state: Mapped[str] = mapped_column(Text, default="active")
    followed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("households.id"))
    """The file into which this one was merged."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by the mapper

    @property
    def address(self) -> str:
        """Street and number, or how to find the house."""
        return str(self.sealed.get("address", ""))


class HouseholdMember(Model):
    """One person in one household from a day to a day; a supporter living elsewhere stands here too."""

    __tablename__ = "household_members"
    __table_args__ = (
        CheckConstraint(_among("relation", RELATIONS), name="relation_is_known"),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="left_after_joined"),
        Index(None, "household_id"),
        Index(None, "person_id"),
        # Nobody is in two households on one day, and a household has one head.
        Index(
            "uq_household_members_one_household",
            "person_id",
            unique=True,
            sqlite_where=text(IS_CURRENT),
            postgresql_where=text(IS_CURRENT),
        ),
        Index(
            "uq_household_members_one_head",
            "household_id",
            unique=True,
            sqlite_where=text(f"{IS_CURRENT} AND relation = 'head'"),
            postgresql_where=text(f"{IS_CURRENT} AND relation = 'head'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("households.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    relation: Mapped[str] = mapped_column(Text)
    """To the head."""
    is_supporter: Mapped[bool] = mapped_column(default=False)
    """Owes support by law and lives elsewhere: not counted in the household (conflict 7)."""
    guardian_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    is_under_court_guardianship: Mapped[bool] = mapped_column(default=False)
    is_guardian_accused: Mapped[bool] = mapped_column(default=False)
    """The guardian is said to have harmed this member, and no longer sees what is kept of them."""
    lives_on_own_wages: Mapped[bool] = mapped_column(default=False)
    """A member of 16 or 17 who does so acts as an adult (MF-18)."""
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    """The first day on which they no longer belong to it."""
    left_because: Mapped[str | None] = mapped_column(Text)


class HouseholdLine(Model):
    """One known value of a household or a member; never edited, only followed by a newer one."""

    __tablename__ = "household_lines"
    __table_args__ = (
        CheckConstraint(_among("standing", STANDINGS), name="standing_is_known"),
        CheckConstraint(
            "standing <> 'checked' OR authorization_id IS NOT NULL", name="checked_by_authorization"
        ),
        Index(None, "household_id", "fact"),
        Index(None, "member_id"),
        Index(None, "authorization_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("households.id"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household_members.id"))
    """Empty where the value is the whole household's."""
    fact: Mapped[str] = mapped_column(Text)
    """A fact's name as the rules engine has it."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("household_lines.sealed"))
    """value, as `flask assess` reads it."""
    standing: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """Who says so: questionnaire, declaration, import, visit, or a data source's code."""
    dated_on: Mapped[date]
    """The day of which the value is true."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(Text)
    """The actor as the log names them."""
    authorization_id: Mapped[uuid.UUID | None]
    """The authorisation under which it was fetched; checked lines have one, always."""
    replaced_at: Mapped[datetime | None]
    replaced_by: Mapped[uuid.UUID | None]


class HouseholdEvent(Model):
    """Something that happened in a household: a move, a birth, a death, a split, a merger."""

    __tablename__ = "household_events"
    __table_args__ = (
        CheckConstraint(_among("event", EVENTS), name="event_is_known"),
        Index(None, "household_id", "happened_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("households.id"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household_members.id"))
    other_household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("households.id"))
    event: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date]
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("household_events.sealed"))
    """note, and what the event changed (old division, old head …)."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(Text)


class HouseholdImport(Model):
    """A spreadsheet read once: nothing of it counts before a person has seen the preview and agreed."""

    __tablename__ = "household_imports"
    __table_args__ = (UniqueConstraint("content_hash"), Index(None, "division_code", "created_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("household_imports.sealed"))
    """The rows as read, each with its problems; emptied when it is done or given up."""
    state: Mapped[str] = mapped_column(Text)
    """staged, done or given_up."""
    households: Mapped[int]
    problems: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID]
    done_at: Mapped[datetime | None]
