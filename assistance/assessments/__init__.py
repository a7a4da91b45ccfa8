"""The twelve questions: answers, the facts that they yield, and what is shown of the verdicts."""

from .answers import (
    MEMBERS_MOST,
    MONEY_MOST,
    NO,
    UNSURE,
    YES,
    Answers,
    Kept,
    Range,
    Value,
    member_names,
)
from .bands import band_words
from .changes import answer_page, answer_who
from .cookie import COOKIE, GOOD_FOR, seal, unseal
from .facts import choices, household_facts, read, spending_counts_from
from .flow import (
    Step,
    around,
    candidates,
    find_step,
    first_open,
    following,
    has_known_means,
    is_answered,
    preceding,
    steps,
)
from .models import SavedAnswers
from .questions import (
    FIELDS,
    NONE_WORDS,
    PAGES,
    QUESTIONS,
    UNSURE_WORDS,
    Field,
    Page,
    question,
)
from .receipts import grouped, read_receipt_code
from .results import Change, Reason, Result, changes_since, outcomes_of, present
from .saving import KEPT_FOR, count_expired, delete_expired, delete_saved, find_saved, save
from .summary import lines_of
from .urgency import is_urgent

__all__ = [
    "COOKIE",
    "FIELDS",
    "GOOD_FOR",
    "KEPT_FOR",
    "MEMBERS_MOST",
    "MONEY_MOST",
    "NO",
    "NONE_WORDS",
    "PAGES",
    "QUESTIONS",
    "UNSURE",
    "UNSURE_WORDS",
    "YES",
    "Answers",
    "Change",
    "Field",
    "Kept",
    "Page",
    "Range",
    "Reason",
    "Result",
    "SavedAnswers",
    "Step",
    "Value",
    "answer_page",
    "answer_who",
    "around",
    "band_words",
    "candidates",
    "changes_since",
    "choices",
    "count_expired",
    "delete_expired",
    "delete_saved",
    "find_saved",
    "find_step",
    "first_open",
    "following",
    "grouped",
    "has_known_means",
    "household_facts",
    "is_answered",
    "is_urgent",
    "lines_of",
    "member_names",
    "outcomes_of",
    "preceding",
    "present",
    "question",
    "read",
    "read_receipt_code",
    "save",
    "seal",
    "spending_counts_from",
    "steps",
    "unseal",
]
