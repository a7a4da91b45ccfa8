"""Somebody asks for help and leaves a name, a way to be found and a village; kept 90 days."""

from assistance.help_requests.commands import (
    KEPT_DAYS,
    Asking,
    ask_for_help,
    count_expired,
    delete_expired,
    withdraw,
)
from assistance.help_requests.models import HelpRequest
from assistance.help_requests.places import Residence, find_residence
from assistance.help_requests.queries import find_by_receipt, get_by_receipt, list_open
from assistance.help_requests.receipts import is_receipt, new_receipt

__all__ = [
    "KEPT_DAYS",
    "Asking",
    "HelpRequest",
    "Residence",
    "ask_for_help",
    "count_expired",
    "delete_expired",
    "find_by_receipt",
    "find_residence",
    "get_by_receipt",
    "is_receipt",
    "list_open",
    "new_receipt",
    "withdraw",
]
