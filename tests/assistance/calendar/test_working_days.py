"""Working days against an independent count: golden weeks, shifted days, leap days, years without data."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistance.calendar import (
    HolidayError,
    add_calendar_days,
    add_working_days,
    is_working_day,
    load_calendar,
    next_working_day,
    working_days_between,
    years,
)

DAY = timedelta(days=1)
KNOWN = st.dates(date(2025, 1, 1), date(2026, 12, 31))
ANY = st.dates(date(2023, 1, 1), date(2029, 12, 31))
# Written down by hand from the published days off, apart from the files that the product reads.
REST_2026 = {
    *(date(2026, 1, d) for d in (1, 2, 3)),
    *(date(2026, 2, d) for d in range(15, 24)),
    *(date(2026, 4, d) for d in (4, 5, 6)),
    *(date(2026, 5, d) for d in range(1, 6)),
    *(date(2026, 6, d) for d in (19, 20, 21)),
    *(date(2026, 9, d) for d in (25, 26, 27)),
    *(date(2026, 10, d) for d in range(1, 8)),
}
WORKED_2026 = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20),
    date(2026, 10, 10),
}  # fmt: skip


def by_hand(day: date) -> bool:
    """Whether a day of 2026 is worked, as the list above says."""
    return day in WORKED_2026 or (day.weekday() < 5 and day not in REST_2026)


def test_every_day_of_2026_agrees_with_the_published_days() -> None:
    days = [date(2026, 1, 1) + n * DAY for n in range(365)]
    assert [day for day in days if is_working_day(day) != by_hand(day)] == []


def test_MF_201_the_first_day_is_not_counted() -> None:
    assert add_working_days(date(2026, 11, 23), 1).day == date(2026, 11, 24)
    assert add_working_days(date(2026, 11, 20), 1).day == date(2026, 11, 23)
    assert add_working_days(date(2026, 11, 21), 1).day == date(2026, 11, 23)


def test_MF_203_a_last_day_of_rest_moves_to_the_next_working_day() -> None:
    assert add_calendar_days(date(2026, 9, 24), 7).day == date(2026, 10, 8)
    assert add_calendar_days(date(2026, 11, 22), 7).day == date(2026, 11, 30)
    assert next_working_day(date(2026, 10, 10)).day == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 27), 1, date(2026, 2, 28)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        (date(2026, 4, 30), 5, date(2026, 5, 11)),
        (date(2026, 9, 19), 0, date(2026, 9, 20)),
    ],
)
def test_golden_weeks_and_shifted_days(start: date, n: int, due: date) -> None:
    found = add_working_days(start, n)
    assert found.day == due
    assert found.is_certain


@given(KNOWN, st.integers(1, 30))
def test_MF_202_the_deadline_is_a_working_day_with_n_of_them_behind_it(start: date, n: int) -> None:
    due = add_working_days(start, n)
    days = [start + k * DAY for k in range(1, (due.day - start).days + 1)]
    if due.day.year == start.year == 2026:
        assert sum(by_hand(day) for day in days) == n
        assert by_hand(due.day)
    assert working_days_between(start, due.day).count == n


@given(ANY, st.integers(0, 60), st.integers(0, 60))
def test_a_longer_deadline_never_ends_earlier(start: date, one: int, more: int) -> None:
    assert add_working_days(start, one).day <= add_working_days(start, one + more).day
    assert add_working_days(start, one).day <= add_working_days(start + DAY, one).day


@given(ANY, ANY)
def test_counting_back_is_counting_forward_with_a_minus(a: date, b: date) -> None:
    assert working_days_between(a, b).count == -working_days_between(b, a).count


@given(ANY, ANY, ANY)
def test_days_between_add_up(a: date, b: date, c: date) -> None:
    whole = working_days_between(a, c).count
    assert whole == working_days_between(a, b).count + working_days_between(b, c).count


@given(ANY, st.integers(0, 60))
def test_a_result_is_certain_exactly_when_every_year_it_passes_is_known(start: date, n: int) -> None:
    due = add_working_days(start, n)
    first = start if n == 0 else start + DAY
    passed = {first.year, due.day.year}
    assert due.is_certain == (passed <= {2025, 2026})
    assert set(due.missing_years) == passed - {2025, 2026}


def test_MF_203_a_missing_year_is_loud_and_no_promise(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="huimin.calendar"):
        due = add_working_days(date(2026, 12, 29), 5)
    assert due.day == date(2027, 1, 5)
    assert not due.is_certain
    assert due.missing_years == (2027,)
    assert "2027" in caplog.text
    caplog.clear()
    assert add_working_days(date(2026, 12, 22), 5).is_certain
    assert caplog.text == ""


def test_a_leap_day_counts_like_any_other() -> None:
    assert add_working_days(date(2028, 2, 28), 1).day == date(2028, 2, 29)
    assert working_days_between(date(2028, 2, 28), date(2028, 3, 1)).count == 2


def test_a_deadline_that_lies_behind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not negative"):
        add_working_days(date(2026, 1, 5), -1)
    with pytest.raises(ValueError, match="not negative"):
        add_calendar_days(date(2026, 1, 5), -1)


def test_every_year_names_where_it_was_read() -> None:
    assert [year.year for year in years()] == [2025, 2026]
    for year in years():
        assert "chinesecalendar" in year.source
        assert year.names[date(year.year, 10, 1)] == ("国庆节", "National Day")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("year = 2027\n", "line 1: “source” says where"),
        ('year = 2026\nsource = "x"\n', "line 1: “year” is the file's name, 2027"),
        ('year = 2027\nsource = "x"\n', "a year has holidays"),
        ('year = 2027\nsource = "x"\nfree = 1\n', "line 3: unknown key “free”"),
        ("year = \n", "line 1: "),
        (
            'year = 2027\nsource = "x"\n[[holidays]]\nname = { zh = "a", en = "b" }\n'
            "off = [2027-01-01]\nworked = [2027-01-04]\n",
            "line 6: 2027-01-04 is no Saturday or Sunday",
        ),
        (
            'year = 2027\nsource = "x"\n[[holidays]]\nname = { zh = "a", en = "b" }\n'
            "off = [2026-12-31]\nworked = []\n",
            "line 5: 2026-12-31 stands in the file of its own year",
        ),
        (
            'year = 2027\nsource = "x"\n[[holidays]]\nname = { zh = "a", en = "b" }\n'
            "off = [2027-01-02]\nworked = [2027-01-02]\n",
            "both off and worked",
        ),
        ('year = 2027\nsource = "x"\n[[holidays]]\nname = "a"\noff = []\nworked = []\n', "line 4: “name”"),
        (
            'year = 2027\nsource = "x"\n[[holidays]]\nname = { zh = "a", en = "b" }\noff = 1\nworked = []\n',
            "line 5: “off” lists days",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "2027.toml").write_text(text, encoding="utf-8")
    with pytest.raises(HolidayError) as raised:
        load_calendar(tmp_path)
    assert says in str(raised.value)
    assert str(raised.value).startswith("2027.toml, line ")


def test_a_year_that_is_added_is_counted(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(
        'year = 2027\nsource = "a notice"\n[[holidays]]\nname = { zh = "元旦", en = "New Year" }\n'
        "off = [2027-01-01]\nworked = [2027-01-03]\n",
        encoding="utf-8",
    )
    due = add_working_days(date(2027, 1, 1), 1, load_calendar(tmp_path))
    assert due.day == date(2027, 1, 3)
    assert due.is_certain
