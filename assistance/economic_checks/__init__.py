"""Economic checks (核对): questions to data sources under a live authorisation, and what they answer."""

from assistance.economic_checks.gate import ASK_SOURCES, ask_member
from assistance.economic_checks.handlers import Handlers
from assistance.economic_checks.models import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
    SourceDrop,
    SourceDropRow,
)
from assistance.economic_checks.parts import CheckParts
from assistance.economic_checks.reports import WRITE_REPORT, newest_report, write_if_due
from assistance.economic_checks.starting import (
    find_check,
    live_sources,
    note_end,
    note_signature,
    start_check,
)

__all__ = [
    "ASK_SOURCES",
    "WRITE_REPORT",
    "CheckParts",
    "CheckReport",
    "CheckResult",
    "CheckTask",
    "ContestedLine",
    "EconomicCheck",
    "Handlers",
    "SourceDrop",
    "SourceDropRow",
    "ask_member",
    "find_check",
    "live_sources",
    "newest_report",
    "note_end",
    "note_signature",
    "start_check",
    "write_if_due",
]
