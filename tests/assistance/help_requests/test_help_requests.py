"""Requests for help on both databases: one form is one request, also when it arrives twice at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from assistance import divisions, help_requests
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from tests.conftest import NOW

ASKING = help_requests.Asking("张三", "13800000001", "水洞埭", "330482", "330482001001", "temporary-relief")


def test_a_request_is_found_by_its_receipt_alone(database: Database, cipher: FieldCipher) -> None:
    receipt = help_requests.new_receipt()
    with database.transaction() as session:
        number = help_requests.ask_for_help(session, cipher, receipt, ASKING, now=NOW).number
    with database.reading() as session:
        found = help_requests.get_by_receipt(session, cipher, receipt, now=NOW)
        assert (found.number, found.name, found.contact) == (number, "张三", "13800000001")
        other = help_requests.new_receipt()
        assert help_requests.find_by_receipt(session, cipher, other, now=NOW) is None


def test_a_form_that_arrives_many_times_at_once_is_one_request(
    database: Database, cipher: FieldCipher
) -> None:
    receipt = help_requests.new_receipt()
    start = threading.Barrier(6)
    numbers: list[str] = []

    def ask() -> None:
        start.wait()
        with database.transaction() as session:
            numbers.append(help_requests.ask_for_help(session, cipher, receipt, ASKING, now=NOW).number)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 6
    assert len(set(numbers)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(help_requests.HelpRequest)) == 1


def test_a_withdrawn_request_leaves_nothing(database: Database, cipher: FieldCipher) -> None:
    receipt = help_requests.new_receipt()
    with database.transaction() as session:
        help_requests.ask_for_help(session, cipher, receipt, ASKING, now=NOW)
    with database.transaction() as session:
        help_requests.withdraw(session, cipher, receipt, now=NOW)
    with database.reading() as session:
        assert help_requests.list_open(session, "330482", now=NOW) == []


@pytest.mark.parametrize(
    ("town", "written", "code"),
    [
        ("", "水洞埭社区居委会", "330482001001"),
        ("", "水洞埭村", "330482001001"),
        ("", "水 洞 埭", "330482001001"),
        ("330482001", "洁芳", "330482001002"),
        ("", "330482001002", "330482001002"),
        ("330482001", "哪里都没有", "330482001"),
        ("", "哪里都没有", "330482"),
        ("330328100", "城南社区", "330482"),
        ("", "330328100015", "330482"),
        ("", "村", "330482"),
    ],
)
def test_a_written_village_is_found_or_stays_as_written(town: str, written: str, code: str) -> None:
    found = help_requests.find_residence(divisions.national_index(), "330482", town, written)
    assert found.division_code == code


def test_receipts_are_long_and_never_alike() -> None:
    made = {help_requests.new_receipt() for _ in range(1000)}
    assert len(made) == 1000
    assert all(help_requests.is_receipt(one) for one in made)
    for wrong in ("", "a" * 25, "a" * 27, "A" * 26, "0" * 26, "a" * 25 + "\n"):
        assert not help_requests.is_receipt(wrong)


def test_numbers_do_not_run_out_on_a_day_with_thousands_of_requests(
    database: Database, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every number of four figures is taken: the lot falls on the same one again and again.
    monkeypatch.setattr("secrets.randbelow", lambda most: 137 if most == 10_000 else 20_260_137)
    numbers = []
    for _ in range(2):
        with database.transaction() as session:
            asked = help_requests.ask_for_help(session, cipher, help_requests.new_receipt(), ASKING, now=NOW)
            numbers.append(asked.number)
    assert numbers == ["2026-1122-0137", "2026-1122-20260137"]
