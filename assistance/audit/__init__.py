"""Who did or saw what, when and why: written with the act, sealed, witnessed outside the database."""

from assistance.audit.checkpoints import (
    Checkpoint,
    Copies,
    find_checkpoint,
    list_newest,
    published,
    read_note,
)
from assistance.audit.entries import (
    ANONYMOUS,
    WORKER,
    Actor,
    Look,
    Recorded,
    commitment_of,
    forget,
    looked,
    operator,
    record,
    write_looks,
)
from assistance.audit.events import KINDS, Event
from assistance.audit.kinds import DATA_CLASSES, LONGEST_TEXT, Kind, UndeclaredEntry, is_impersonal
from assistance.audit.models import AuditCheckpoint, AuditEntry, AuditLease, AuditSalt, AuditSeal
from assistance.audit.sealer import CHECKPOINT_EVERY, CHECKPOINT_SEALS, Round, Sealer
from assistance.audit.sealing import count_waiting, oldest_waiting
from assistance.audit.verifying import Problem, Report, verify

__all__ = [
    "ANONYMOUS",
    "CHECKPOINT_EVERY",
    "CHECKPOINT_SEALS",
    "DATA_CLASSES",
    "KINDS",
    "LONGEST_TEXT",
    "WORKER",
    "Actor",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditLease",
    "AuditSalt",
    "AuditSeal",
    "Checkpoint",
    "Copies",
    "Event",
    "Kind",
    "Look",
    "Problem",
    "Recorded",
    "Report",
    "Round",
    "Sealer",
    "UndeclaredEntry",
    "commitment_of",
    "count_waiting",
    "find_checkpoint",
    "forget",
    "is_impersonal",
    "list_newest",
    "looked",
    "oldest_waiting",
    "operator",
    "published",
    "read_note",
    "record",
    "verify",
    "write_looks",
]
