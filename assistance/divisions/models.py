"""The table of divisions, to which other tables refer."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistance.divisions.tree import Level
from assistance.orm import Model

LEVELS = ", ".join(f"'{level}'" for level in Level)


class Division(Model):
    """One division as the national codes list it."""

    __tablename__ = "divisions"
    __table_args__ = (
        CheckConstraint(f"level IN ({LEVELS})", name="level_is_known"),
        Index(None, "parent_code", "code"),
        Index(None, "name", "code"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text, ForeignKey("divisions.code"))
