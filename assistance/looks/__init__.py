"""Who looked at whose data: what residents read of it and object to, and which looks need a second person."""

from assistance.looks.access_log import (
    SENTENCES,
    AccessLog,
    Look,
    access_log,
    find_entry_about,
    months_with_looks,
    sentence_of,
)
from assistance.looks.commands import (
    answer_objection,
    ask_to_open_minor,
    ask_to_seal,
    decide_minor,
    decide_to_seal,
    is_minor,
    is_minor_open_for,
    list_minor_approvals,
    list_objections,
    list_seals,
    object_to_look,
    open_minor_with_task,
)
from assistance.looks.models import LookObjection, MinorApproval, SealedLook
from assistance.looks.words import DATA_CLASS_WORDS, PURPOSES

__all__ = [
    "DATA_CLASS_WORDS",
    "PURPOSES",
    "SENTENCES",
    "AccessLog",
    "Look",
    "LookObjection",
    "MinorApproval",
    "SealedLook",
    "access_log",
    "answer_objection",
    "ask_to_open_minor",
    "ask_to_seal",
    "decide_minor",
    "decide_to_seal",
    "find_entry_about",
    "is_minor",
    "is_minor_open_for",
    "list_minor_approvals",
    "list_objections",
    "list_seals",
    "months_with_looks",
    "object_to_look",
    "open_minor_with_task",
    "sentence_of",
]
