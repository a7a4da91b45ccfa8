"""Policies and standards: what may help a household, how much, why, and by which law."""

from .amounts import AmountRange
from .catalogue_file import LIFE_EVENTS, CatalogueError, load_catalogue
from .documents import NotJson, evaluate, read_json
from .file_snapshots import snapshot_of_files
from .in_force import standards_in_force
from .law_of_the_day import law_of_the_day
from .people_found import PeopleFound, find_people
from .policy import COUNTY_CONFIRMS, Catalogue, Edition, Line, Policy
from .snapshots import Snapshot, read_snapshot, take_snapshot, write_snapshot
from .standards_table import (
    LAW_OF_2026,
    GivenStandard,
    StandardRow,
    issuer_needed,
    list_rows,
    load_rows,
    rows_in_force,
    set_standard,
    shipped_rows,
)
from .sweeps import CompiledLaw, Sweep, compile_law, sweep
from .verdicts import (
    LIKELY,
    NOT_NOW,
    POSSIBLE,
    STATUS_POLICIES,
    Finding,
    Verdict,
    assess,
    open_questions,
)

__all__ = [
    "COUNTY_CONFIRMS",
    "LAW_OF_2026",
    "LIFE_EVENTS",
    "LIKELY",
    "NOT_NOW",
    "POSSIBLE",
    "STATUS_POLICIES",
    "AmountRange",
    "Catalogue",
    "CatalogueError",
    "CompiledLaw",
    "Edition",
    "Finding",
    "GivenStandard",
    "Line",
    "NotJson",
    "PeopleFound",
    "Policy",
    "Snapshot",
    "StandardRow",
    "Sweep",
    "Verdict",
    "assess",
    "compile_law",
    "evaluate",
    "find_people",
    "issuer_needed",
    "law_of_the_day",
    "list_rows",
    "load_catalogue",
    "load_rows",
    "open_questions",
    "read_json",
    "read_snapshot",
    "rows_in_force",
    "set_standard",
    "shipped_rows",
    "snapshot_of_files",
    "standards_in_force",
    "sweep",
    "take_snapshot",
    "write_snapshot",
]
