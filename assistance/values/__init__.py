"""Small values that check themselves: identity numbers, telephone numbers, ages, masks."""

from assistance.values.errors import Malformed
from assistance.values.masks import masked_name
from assistance.values.phone import Phone
from assistance.values.resident_id import ResidentId, age_on, check_character

__all__ = ["Malformed", "Phone", "ResidentId", "age_on", "check_character", "masked_name"]
