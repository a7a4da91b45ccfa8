"""Economic checks (核对): questions to data sources under a live authorisation, and what they answer."""

from assistance.economic_checks.models import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
    SourceDrop,
    SourceDropRow,
)

__all__ = [
    "CheckReport",
    "CheckResult",
    "CheckTask",
    "ContestedLine",
    "EconomicCheck",
    "SourceDrop",
    "SourceDropRow",
]
