"""Residents and staff: who they are, how they sign in, and which roles they hold."""

from assistance.people.actors import ANONYMOUS, SYSTEM, Actor, Assurance, Holding
from assistance.people.models import (
    DeclaredRelative,
    OneTimeCode,
    Person,
    RecordedPhone,
    RefreshToken,
    RoleAssignment,
    SignInIdentity,
    SignInSession,
    StaffAccount,
    StaffInvitation,
)

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "Actor",
    "Assurance",
    "DeclaredRelative",
    "Holding",
    "OneTimeCode",
    "Person",
    "RecordedPhone",
    "RefreshToken",
    "RoleAssignment",
    "SignInIdentity",
    "SignInSession",
    "StaffAccount",
    "StaffInvitation",
]
