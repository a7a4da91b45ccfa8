"""What residents may do about their own data, and what the house does when its time has come."""

from assistance.rights.models import DataWish, LegalHold, RetentionRun, RightsRequest

__all__ = ["DataWish", "LegalHold", "RetentionRun", "RightsRequest"]
