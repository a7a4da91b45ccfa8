"""Which department answers for which source: it hands in the spreadsheet, and it is asked to correct."""

from __future__ import annotations

from assistance import authorizations

CIVIL_AFFAIRS = "civil_affairs"
# Holders without a seat here (banks, insurers, police, tax) are reached through the bureau that checks.
_DEPARTMENTS = {
    "social-insurance": "human_resources",
    "employment": "human_resources",
    "housing-fund": "housing",
    "house-appraisals": "housing",
    "medical-settlement": "medical_security",
    "disability-certificates": "disabled_federation",
    "schooling": "education",
    "prison": "justice",
    "veterans": "veterans",
}


def department_of(source: str) -> str:
    """The code of the department that answers for a source."""
    return _DEPARTMENTS.get(source, CIVIL_AFFAIRS)


def sources_of_department(department: str) -> tuple[str, ...]:
    """The codes of the sources that a department answers for."""
    register = authorizations.data_sources()
    return tuple(source.code for source in register if department_of(source.code) == department)
