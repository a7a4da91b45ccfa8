"""Working days: statutory holidays and shifted days as data per year, and deadlines counted over them."""

from .holiday_files import Calendar, HolidayError, Year, load_calendar
from .working_days import (
    Due,
    WorkingDays,
    add_calendar_days,
    add_working_days,
    is_working_day,
    knows_year,
    next_working_day,
    working_days_between,
    years,
)

__all__ = [
    "Calendar",
    "Due",
    "HolidayError",
    "WorkingDays",
    "Year",
    "add_calendar_days",
    "add_working_days",
    "is_working_day",
    "knows_year",
    "load_calendar",
    "next_working_day",
    "working_days_between",
    "years",
]
