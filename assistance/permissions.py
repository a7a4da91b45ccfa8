"""What a person may do, and which role grants it."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing that somebody who has signed in may do, written noun:verb."""

    HELP_REQUESTS_READ = "help_requests:read"
    """Read who asked for help in one's own division."""
    STANDARDS_SET = "standards:set"
    """Enter a dated amount with its document."""
