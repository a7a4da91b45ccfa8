"""Every table that the models describe, gathered for comparison with the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from assistance.assessments import SavedAnswers
from assistance.audit import AuditCheckpoint, AuditEntry, AuditLease, AuditSalt, AuditSeal
from assistance.authorizations import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    PaperSignature,
)
from assistance.divisions import Division
from assistance.economic_checks import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
    SourceDrop,
    SourceDropRow,
)
from assistance.help_requests import HelpRequest
from assistance.households import (
    Household,
    HouseholdEvent,
    HouseholdImport,
    HouseholdLine,
    HouseholdMember,
)
from assistance.looks import LookObjection, MinorApproval, SealedLook
from assistance.messages import Message
from assistance.orm import Model
from assistance.people import (
    ActivationSlip,
    DeclaredRelative,
    KeptForm,
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
from assistance.policies import StandardRow
from assistance.rights import DataWish, LegalHold, RetentionRun, RightsRequest
from infrastructure.job_table import JOBS
from web.idempotency import IdempotentAnswer
from web.limits import RateLimit

LOG = (AuditEntry, AuditSalt, AuditSeal, AuditCheckpoint, AuditLease)
PEOPLE = (
    Person,
    RecordedPhone,
    SignInIdentity,
    StaffAccount,
    SignInSession,
    OneTimeCode,
    RefreshToken,
    ActivationSlip,
    KeptForm,
    StaffInvitation,
    RoleAssignment,
    DeclaredRelative,
)
LOOKS = (LookObjection, SealedLook, MinorApproval)
FILES = (Household, HouseholdMember, HouseholdLine, HouseholdEvent, HouseholdImport)
CONSENT = (AuthorizationRequest, AuthorizationPart, Authorization, PaperSignature, CounterSignature)
CHECKS = (EconomicCheck, CheckTask, CheckResult, CheckReport, ContestedLine, SourceDrop, SourceDropRow)
RIGHTS = (RightsRequest, DataWish, LegalHold, RetentionRun)
MODELS: tuple[type[Model], ...] = (
    Division,
    StandardRow,
    RateLimit,
    IdempotentAnswer,
    SavedAnswers,
    HelpRequest,
    Message,
    *LOG,
    *PEOPLE,
    *FILES,
    *CONSENT,
    *CHECKS,
    *LOOKS,
    *RIGHTS,
)
METADATA: MetaData = Model.metadata
# Tables that are no models: the layer below the domain has no base class of its own.
TABLES: tuple[Table, ...] = (JOBS.to_metadata(METADATA),)
