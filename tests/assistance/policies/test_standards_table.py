"""Standards: dated rows a division, who may issue them, and that they are never changed (SA-17, SA-19)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import demo.standards
from assistance import divisions, policies, rules
from assistance.errors import NotFound, Refusal
from infrastructure.database import Database
from tests.conftest import NOW

INDEX = divisions.national_index()


def give(name: str = "dibao_standard", value: Any = 120000, **changed: Any) -> policies.GivenStandard:
    fields: dict[str, Any] = {
        "name": name,
        "division_code": "330482",
        "from_on": date(2026, 9, 1),
        "value": value,
        "document": "嘉民〔2026〕1号",
        "issuer_code": "3304",
    }
    return policies.GivenStandard(**{**fields, **changed})


def record(database: Database, given: policies.GivenStandard, *, mark: bool = False) -> policies.StandardRow:
    with database.transaction() as session:
        return policies.set_standard(session, INDEX, given, by="测试", now=NOW, mark=mark)


def in_force(database: Database, name: str, county: str, day: str) -> policies.StandardRow | None:
    with database.reading() as session:
        rows = policies.rows_in_force(session, INDEX, county, date.fromisoformat(day))
    return next((row for row in rows if row.name == name), None)


def test_a_newer_row_holds_from_its_day_and_the_older_one_before(database: Database) -> None:
    record(database, give())
    before = in_force(database, "dibao_standard", "330482", "2026-08-31")
    after = in_force(database, "dibao_standard", "330482", "2026-09-01")
    assert before is not None
    assert after is not None
    assert (before.read_value, after.read_value) == (113000, 120000)
    assert after.document == "嘉民〔2026〕1号"
    assert (after.recorded_by, after.recorded_at) == ("测试", NOW)


def test_the_nearest_division_wins_and_what_it_lacks_comes_from_above(database: Database) -> None:
    record(database, give(division_code="3304", value=99900, from_on=date(2026, 10, 1)))
    nearest = in_force(database, "dibao_standard", "330482", "2026-11-22")
    assert nearest is not None
    assert nearest.read_value == 113000
    for neighbour in ("330421", "330424"):
        above = in_force(database, "dibao_standard", neighbour, "2026-11-22")
        assert above is not None
        assert (above.division_code, above.read_value) == ("3304", 99900)
    multiple = in_force(database, "dibian_multiple", "330328", "2026-11-22")
    assert multiple is not None
    assert (multiple.division_code, multiple.is_sample) == ("33", False)


def test_of_two_rows_of_one_day_the_later_record_corrects_the_earlier(database: Database) -> None:
    record(database, give(value=120000))
    record(database, give(value=121000))
    row = in_force(database, "dibao_standard", "330482", "2026-09-01")
    assert row is not None
    assert row.read_value == 121000


def test_before_any_row_nothing_is_in_force(database: Database) -> None:
    assert in_force(database, "dibao_standard", "330482", "2024-06-30") is None
    assert in_force(database, "dibao_standard", "330402", "2026-11-22") is None
    with database.reading() as session:
        assert policies.rows_in_force(session, INDEX, "999999", date(2026, 11, 22)) == []


def test_rows_can_neither_be_changed_nor_deleted(database: Database) -> None:
    for statement in ("UPDATE standards SET value = '1'", "DELETE FROM standards"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), database.transaction() as session:
            session.execute(text(statement))


@pytest.mark.parametrize("name", sorted(rules.SETTINGS))
def test_SA_17_from_the_law_on_the_issuer_must_stand_as_high_as_it_asks(
    database: Database, name: str
) -> None:
    setting = rules.SETTINGS[name]
    value = _some_value(setting)
    levels = {"county": "330482", "prefecture": "3304", "province": "33"}
    order = ["county", "prefecture", "province"]
    for level in order:
        too_low = order.index(level) < order.index(setting.issuer)
        given = give(name, value, issuer_code=levels[level], from_on=date(2026, 7, 1))
        if too_low:
            with pytest.raises(Refusal, match="社会救助法"):
                record(database, given)
            assert record(database, given, mark=True).is_to_be_confirmed
        else:
            assert not record(database, given).is_to_be_confirmed
        assert not record(
            database, give(name, value, issuer_code=levels[level], from_on=date(2026, 6, 30))
        ).is_to_be_confirmed


def test_SA_19_a_value_under_the_guide_of_the_province_is_refused_or_marked(database: Database) -> None:
    record(database, give(division_code="33", issuer_code="33", value=100000))
    with pytest.raises(Refusal, match="第十九条"):
        record(database, give(value=99999))
    assert not record(database, give(value=100000)).is_to_be_confirmed
    assert record(database, give(value=99999), mark=True).is_to_be_confirmed


def test_an_issuer_is_the_division_itself_or_above_it(database: Database) -> None:
    for stranger in ("3303", "330328", "330402"):
        with pytest.raises(Refusal, match="上级"):
            record(database, give(issuer_code=stranger), mark=True)


def test_an_unknown_name_place_or_value_is_refused(database: Database) -> None:
    with pytest.raises(NotFound):
        record(database, give("dibao_standart"))
    with pytest.raises(NotFound):
        record(database, give(division_code="330499"))
    with pytest.raises(NotFound):
        record(database, give(division_code="330482001"))
    with pytest.raises(rules.SettingError):
        record(database, give(value=-1))
    with pytest.raises(Refusal):
        record(database, give(document=" "))


def test_both_counties_have_a_sample_before_and_after_the_law_each_lawfully_issued(
    database: Database,
) -> None:
    rows = demo.standards.sample_rows()
    empty_on_purpose = {
        "dibian_multiple",
        "dibian_line_inclusive",
        "dibian_income_cap",
        "elderly_care_income_option",
        "temp_relief_expenditure_option",
        "funeral_by_place_option",
        "disability_full_standard",
        "dibao_amount_bands",
    }
    for county in ("330482", "330328"):
        for day in (date(2024, 7, 1), date(2026, 7, 1)):
            there = {row.name for row in rows if (row.division_code, row.from_on) == (county, day)}
            assert there == set(rules.SETTINGS) - empty_on_purpose
    assert all(row.is_sample and row.document == "示例数据，以当地文件为准" for row in rows)
    with database.reading() as session:
        stored = policies.list_rows(session)
    assert not any(row.is_to_be_confirmed for row in stored)
    assert [row.name for row in stored if not row.is_sample] == ["dibian_multiple"]


def test_loading_the_samples_twice_adds_nothing(database: Database) -> None:
    with database.transaction() as session:
        rows = policies.shipped_rows() + demo.standards.sample_rows()
        assert policies.load_rows(session, INDEX, rows, now=NOW) == 0


def _some_value(setting: rules.Setting) -> Any:
    return {
        "money": 12345600,
        "number": "1.5",
        "years": "4",
        "bool": True,
        "enum": setting.values[0] if setting.values else "",
        "words": [],
        "by_sex": {"F": 55, "M": 60},
        "bands": [[0, 100000], [50000, 60000]],
        "day": "2025-12-31",
    }[setting.kind]


@pytest.mark.parametrize("name", sorted(rules.SETTINGS))
def test_every_kind_of_value_comes_back_as_it_went_in(database: Database, name: str) -> None:
    setting = rules.SETTINGS[name]
    value = _some_value(setting)
    row = record(database, give(name, value, issuer_code="33"))
    assert row.read_value == setting.read(value)
    assert json.loads(row.value) == setting.to_json(setting.read(value))
