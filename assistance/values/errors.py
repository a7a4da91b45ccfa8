"""What a value answers when it cannot be one."""

from __future__ import annotations


class Malformed(ValueError):
    """A text is no such value; the message says what would be right and never repeats what was typed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
