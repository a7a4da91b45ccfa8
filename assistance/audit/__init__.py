"""Who did or saw what, when and why: written with the act, sealed, witnessed outside the database."""

from assistance.audit.checkpoints import Copies, find_checkpoint, list_newest, published
from assistance.audit.cosigning import Cosignatures, Cosigned, cosignatures_of
from assistance.audit.entries import (
    ANONYMOUS,
    WORKER,
    Actor,
    Recorded,
    commitment_of,
    forget,
    looked,
    operator,
    record,
)
from assistance.audit.events import KINDS, Event
from assistance.audit.kinds import DATA_CLASSES, LONGEST_TEXT, Kind, UndeclaredEntry, is_impersonal
from assistance.audit.models import AuditCheckpoint, AuditEntry, AuditLease, AuditSalt, AuditSeal
from assistance.audit.proving import (
    MOST_BETWEEN,
    Consistency,
    Inclusion,
    Unproven,
    find_reachable,
    prove_consistency,
    prove_inclusion,
)
from assistance.audit.sealer import CHECKPOINT_EVERY, CHECKPOINT_SEALS, Round, Sealer
from assistance.audit.sealing import count_waiting, oldest_waiting
from assistance.audit.verifying import Problem, Report, verify
from infrastructure.signed_notes import Checkpoint, Cosignature, read_note

__all__ = [
    "ANONYMOUS",
    "CHECKPOINT_EVERY",
    "CHECKPOINT_SEALS",
    "DATA_CLASSES",
    "KINDS",
    "LONGEST_TEXT",
    "MOST_BETWEEN",
    "WORKER",
    "Actor",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditLease",
    "AuditSalt",
    "AuditSeal",
    "Checkpoint",
    "Consistency",
    "Copies",
    "Cosignature",
    "Cosignatures",
    "Cosigned",
    "Event",
    "Inclusion",
    "Kind",
    "Problem",
    "Recorded",
    "Report",
    "Round",
    "Sealer",
    "UndeclaredEntry",
    "Unproven",
    "commitment_of",
    "cosignatures_of",
    "count_waiting",
    "find_checkpoint",
    "find_reachable",
    "forget",
    "is_impersonal",
    "list_newest",
    "looked",
    "oldest_waiting",
    "operator",
    "prove_consistency",
    "prove_inclusion",
    "published",
    "read_note",
    "record",
    "verify",
]
