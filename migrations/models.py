"""Every table that the models describe, gathered for comparison with the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

from assistance.assessments import SavedAnswers
from assistance.audit import AuditCheckpoint, AuditEntry, AuditLease, AuditSalt, AuditSeal
from assistance.divisions import Division
from assistance.help_requests import HelpRequest
from assistance.orm import Model
from assistance.policies import StandardRow
from web.limits import RateLimit

LOG = (AuditEntry, AuditSalt, AuditSeal, AuditCheckpoint, AuditLease)
MODELS: tuple[type[Model], ...] = (Division, StandardRow, RateLimit, SavedAnswers, HelpRequest, *LOG)
METADATA: MetaData = Model.metadata
