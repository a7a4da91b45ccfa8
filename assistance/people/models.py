"""The tables of people, what they sign in with, and the roles that staff hold."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistance.orm import EncryptedJson, Model
from assistance.values import ResidentId

PROVIDERS = ("wechat", "zlb", "phone")
RECORDERS = ("officer", "zlb", "self")
FACES = ("portal", "admin", "api")
ACCOUNT_STATES = ("invited", "active", "disabled")
ASSIGNMENT_STATES = ("proposed", "active", "ended", "declined")


def _among(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Person(Model):
    """One natural person, resident, staff or both; found by a keyed look-up value of the identity number."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("resident_id_lookup"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    resident_id_lookup: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Empty for a newborn without a number yet."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("people.sealed"))
    """name, resident_id, birth (ISO day), sex (F or M)."""
    died_on: Mapped[date | None]
    created_at: Mapped[datetime]
    language: Mapped[str | None] = mapped_column(Text)
    """The language that the person chose, by its code; nobody else chooses it, and none is guessed."""

    @property
    def audit_subject(self) -> str:
        """How the log names this person."""
        return f"person:{self.id}"

    @property
    def name(self) -> str:
        """What the person is called."""
        return str(self.sealed["name"])

    @property
    def resident_id(self) -> ResidentId | None:
        """The identity number, where there is one."""
        number = self.sealed.get("resident_id")
        return ResidentId(number) if number else None

    @property
    def birth(self) -> date | None:
        """The day of birth, where it is known."""
        told = self.sealed.get("birth")
        return date.fromisoformat(told) if told else None

    @property
    def sex(self) -> str | None:
        """F or M, where it is known."""
        return self.sealed.get("sex")


class RecordedPhone(Model):
    """A telephone number recorded for one person, by whom, and until when it may be relied on."""

    __tablename__ = "recorded_phones"
    __table_args__ = (
        CheckConstraint(_among("recorded_by", RECORDERS), name="recorded_by_is_known"),
        Index(None, "person_id"),
        Index(None, "phone_lookup"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    phone_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("recorded_phones.sealed"))
    """phone."""
    recorded_by: Mapped[str] = mapped_column(Text)
    """An officer's or 浙里办's record carries L3; what the person gave carries L2."""
    recorded_by_account: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    last_proved_at: Mapped[datetime]
    """When a code to it was last answered; 90 days later it must be bound anew."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(Text)

    @property
    def phone(self) -> str:
        """The number itself."""
        return str(self.sealed["phone"])


class SignInIdentity(Model):
    """What somebody signs in with on a platform, and the person it is bound to, once there is one."""

    __tablename__ = "sign_in_identities"
    __table_args__ = (
        CheckConstraint(_among("provider", PROVIDERS), name="provider_is_known"),
        UniqueConstraint("provider", "subject_lookup"),
        Index(None, "person_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    provider: Mapped[str] = mapped_column(Text)
    subject_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("sign_in_identities.sealed"))
    """openid, user id or phone."""
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    bound_at: Mapped[datetime | None]
    bound_by: Mapped[str | None] = mapped_column(Text)
    """The second proof that bound it: recorded_phone, zlb, slip or counter."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class SignInSession(Model):
    """One sign-in on one device; only a hash of what the browser or the mini-program holds is kept."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (
        CheckConstraint(_among("face", FACES), name="face_is_known"),
        UniqueConstraint("token_hash"),
        Index(None, "person_id"),
        Index(None, "account_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    face: Mapped[str] = mapped_column(Text)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    identity_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sign_in_identities.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_accounts.id"))
    assurance: Mapped[int]
    proved_by: Mapped[str] = mapped_column(Text)
    """code, wechat, zlb, password or counter, as the list of sign-ins says it."""
    is_own_phone: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(Text, default="")
    """A few words such as WeChat on Android, never the whole user agent."""
    device_ref: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    """When the present level was last proved: signing asks for a fresh proof."""
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    others_seen_at: Mapped[datetime | None]
    """Until when this sign-in has been shown the newer ones of the same person."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(Text)


class OneTimeCode(Model):
    """Six figures sent to a telephone, for one purpose, one session and, where signed, one document."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index(None, "phone_lookup", "sent_at"), Index(None, "expires_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    purpose: Mapped[str] = mapped_column(Text)
    """sign_in, step_up, bind or sign."""
    phone_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    bound_to: Mapped[bytes] = mapped_column(LargeBinary)
    """A hash of the session, or of the session and the document's hash."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RefreshToken(Model):
    """One link of a rotating chain of the mini-program; an old link used again ends the whole family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "session_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sign_in_sessions.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ActivationSlip(Model):
    """A slip of paper with eight figures, handed over by staff, that binds what somebody signs in with."""

    __tablename__ = "activation_slips"
    __table_args__ = (UniqueConstraint("code_lookup"), Index(None, "person_id"), Index(None, "expires_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    code_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    issued_by: Mapped[uuid.UUID | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When it was used, or when a newer slip took its place."""


class KeptForm(Model):
    """What somebody had typed when their sign-in ran out; it comes back to nobody but them."""

    __tablename__ = "kept_forms"
    __table_args__ = (UniqueConstraint("session_id"), Index(None, "expires_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sign_in_sessions.id"))
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("kept_forms.sealed"))
    """address, fields (pairs of name and text)."""
    kept_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StaffAccount(Model):
    """One natural person's account on the staff side: one person, one account."""

    __tablename__ = "staff_accounts"
    __table_args__ = (
        CheckConstraint(_among("state", ACCOUNT_STATES), name="state_is_known"),
        UniqueConstraint("person_id"),
        UniqueConstraint("user_name"),
        UniqueConstraint("work_number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    user_name: Mapped[str] = mapped_column(Text)
    work_number: Mapped[str] = mapped_column(Text)
    """What residents read instead of a name: 0312号."""
    state: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None]
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("staff_accounts.sealed"))
    """totp_secret, recovery_hashes, and, until they are written down, new_codes."""
    totp_last_step: Mapped[int | None]
    """The time step that was last accepted: no code is accepted twice."""
    locked_until: Mapped[datetime | None]
    relatives_signed_at: Mapped[datetime | None]
    """When it was last confirmed that no near relative is missing from the declaration."""
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None]
    disabled_at: Mapped[datetime | None]


class StaffInvitation(Model):
    """A link, good once and for a few days, with which somebody sets a password and a second factor."""

    __tablename__ = "staff_invitations"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "account_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Text)
    """first, or device_lost, which needs a second person."""
    invited_by: Mapped[uuid.UUID | None]
    approved_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RoleAssignment(Model):
    """A role held by one account in one division, from a day to a day, granted and where needed approved."""

    __tablename__ = "role_assignments"
    __table_args__ = (
        CheckConstraint(_among("state", ASSIGNMENT_STATES), name="state_is_known"),
        CheckConstraint("approved_by IS NULL OR approved_by <> granted_by", name="approved_by_another"),
        Index(None, "account_id"),
        Index(None, "division_code", "role"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    role: Mapped[str] = mapped_column(Text)
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    department: Mapped[str | None] = mapped_column(Text)
    """One of the nineteen, for a department officer."""
    state: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day, itself included."""
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]


class DeclaredRelative(Model):
    """A near relative whom a member of staff has declared (近亲属备案), found by a keyed look-up value."""

    __tablename__ = "declared_relatives"
    __table_args__ = (
        UniqueConstraint("account_id", "resident_id_lookup"),
        Index(None, "resident_id_lookup"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    resident_id_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("declared_relatives.sealed"))
    """name, relation."""
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
