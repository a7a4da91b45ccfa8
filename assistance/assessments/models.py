"""The table of answers that a household chose to save."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import Model


class SavedAnswers(Model):
    """Answers sealed under a receipt code, which nobody but the household has."""

    __tablename__ = "saved_answers"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    lookup: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """A keyed hash of the receipt code: it finds the row and tells nothing."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    county: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    catalogue_version: Mapped[str] = mapped_column(Text)
    """The version of the catalogue by which the answers were judged when they were saved."""
    saved_at: Mapped[datetime]
    expires_at: Mapped[datetime]
