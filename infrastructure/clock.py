"""The one place that knows what time it is: aware UTC in Python, the day as it is in Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_shift = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present instant, aware and in UTC."""
    if _frozen is not None:
        return _frozen
    return datetime.now(UTC) + _shift


def today() -> date:
    """The day as it is in Shanghai now."""
    return now().astimezone(SHANGHAI).date()


def start_at(instant: datetime | None) -> None:
    """Let the clock begin at this instant and run on from there; None returns to the machine's own time."""
    global _shift
    _shift = timedelta(0) if instant is None else _aware(instant) - datetime.now(UTC)


def is_moved() -> bool:
    """Whether the clock shows another time than the machine's."""
    return _frozen is not None or _shift != timedelta(0)


@contextmanager
def freeze(instant: datetime) -> Iterator[datetime]:
    """Hold the clock still at an instant, for tests."""
    global _frozen
    before, _frozen = _frozen, _aware(instant).astimezone(UTC)
    try:
        yield _frozen
    finally:
        _frozen = before


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=SHANGHAI) if instant.tzinfo is None else instant
