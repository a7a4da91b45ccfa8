"""What the domain answers when it cannot do what was asked, each with a sentence fit to show."""

from __future__ import annotations


class Refusal(Exception):
    """An act is not lawful or not possible now; the message says why and what would help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Exception):
    """What was asked for does not exist, or not for this person."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
