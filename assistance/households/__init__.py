"""Household files (一户一册): members, and every known value with its source, day and standing."""

from assistance.households.models import (
    Household,
    HouseholdEvent,
    HouseholdImport,
    HouseholdLine,
    HouseholdMember,
)

__all__ = ["Household", "HouseholdEvent", "HouseholdImport", "HouseholdLine", "HouseholdMember"]
