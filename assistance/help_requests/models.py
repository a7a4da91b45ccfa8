"""The table of requests for help."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model


class HelpRequest(Model):
    """One request: who asks stands in one ciphertext, what sorts and finds it beside it."""

    __tablename__ = "help_requests"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("receipt_lookup"),
        Index(None, "expires_at"),
        Index(None, "county", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[str] = mapped_column(Text)
    county: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("help_requests.sealed"))
    policy_code: Mapped[str | None] = mapped_column(Text)
    receipt_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @property
    def audit_subject(self) -> str:
        """How the log names the person who asks: by this request, as long as nobody knows more."""
        return f"help_request:{self.id}"

    @property
    def name(self) -> str:
        """What the person is called."""
        return str(self.sealed["name"])

    @property
    def contact(self) -> str:
        """A telephone number, or how to find the person."""
        return str(self.sealed["contact"])

    @property
    def village(self) -> str:
        """The village as it was written."""
        return str(self.sealed["village"])
