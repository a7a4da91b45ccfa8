"""What was answered for which one should call now and not read on."""

from __future__ import annotations

from .answers import YES, Answers

URGENT_EVENTS = frozenset({"violence", "crime"})


def is_urgent(answers: Answers) -> bool:
    """Whether somebody is in danger, in emergency care, or without a roof."""
    events = answers.get("events")
    return (
        any(member.get("unpaid_emergency") == YES for member in answers.members)
        or (isinstance(events, tuple) and not URGENT_EVENTS.isdisjoint(events))
        or answers.get("housing") == "none"
        or answers.get("disaster_loss") == "collapsed"
    )
