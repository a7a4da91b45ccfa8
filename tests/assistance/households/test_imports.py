"""A spreadsheet is read, shown, and then put down all together or not at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from assistance import audit, households, people
from assistance.errors import NotFound, Refusal
from assistance.households import Household, HouseholdLine, HouseholdMember
from assistance.people import Actor, Person, RecordedPhone
from assistance.values import ResidentId
from infrastructure.database import Database
from infrastructure.spreadsheets import write_book
from tests.assistance.households.families import family, officer, person
from tests.conftest import NOW
from tests.signing_in import TOWN, VILLAGE

CHEN, LU, YU = "330499197406150239", "330499197611020329", "330499201609200426"
HEADS = (
    "家庭编号",
    "村（社区）",
    "住址",
    "姓名",
    "身份证号",
    "与户主关系",
    "手机号",
    "监护人身份证号",
    "全家每月进账（元）",
    "干活的情况",
)
ROWS: tuple[tuple[str, ...], ...] = (
    ("1", VILLAGE, "3号", "陈国良", CHEN, "户主", "19900000011", "", "3456.5", "打零工"),
    ("1", "", "", "陆秀珍", LU, "妻子", "", "", "", "employed"),
    ("1", "", "", "陈小雨", YU, "女儿", "", CHEN, "", ""),
)


def sheet(*rows: tuple[str, ...], heads: tuple[str, ...] = HEADS) -> bytes:
    return write_book([("登记", heads, rows)])


def changed(row: int, column: str, value: str) -> bytes:
    rows = [list(one) for one in ROWS]
    rows[row][HEADS.index(column)] = value
    return sheet(*(tuple(one) for one in rows))


def problems_of(database: Database, content: bytes, actor: Actor | None = None) -> list[tuple[int, str]]:
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", content, by=actor or officer(TOWN), now=NOW)
        return [(one.row, one.column) for one in households.preview(imported).problems]


def count(session: Any, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_family_is_shown_first_and_then_put_down(database: Database) -> None:
    actor = officer(TOWN)
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=actor, now=NOW)
        shown = households.preview(imported)
        assert (len(shown.households), shown.people, shown.lines, shown.problems) == (1, 3, 3, [])
        assert count(session, Household) == 0
        import_id = imported.id
    with database.transaction() as session:
        imported = households.get_import(session, actor, import_id)
        written = households.put_down_import(session, imported, by=actor, now=NOW)
        assert (written.households, written.people, written.lines) == (1, 3, 3)
    with database.transaction() as session:
        household = session.scalars(select(Household)).one()
        assert (household.division_code, household.address, household.head_initial) == (VILLAGE, "3号", "C")
        document = households.document(session, household, on=date(2026, 11, 22))
        assert document == {
            "county": "330482",
            "on": "2026-11-22",
            "household": {"income_month_fen": 345650},
            "members": [
                {"age": 52, "sex": "M", "relation": "head", "work": "flexible"},
                {"age": 50, "sex": "F", "relation": "spouse", "work": "employed"},
                {"age": 10, "sex": "F", "relation": "child"},
            ],
        }
        child = households.members_on(session, household, date(2026, 11, 22))[2]
        father = people.find_by_resident_id(session, ResidentId(CHEN))
        assert father is not None
        assert child.member.guardian_id == father.id
        assert session.scalars(select(RecordedPhone)).one().phone == "19900000011"
        assert households.get_import(session, actor, import_id).sealed == {}
        told = select(audit.AuditEntry.event).where(audit.AuditEntry.event.startswith("households_"))
        assert session.scalars(told.order_by(audit.AuditEntry.id)).all() == [
            "households_staged",
            "households_imported",
        ]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (0, "身份证号", "330499197406150238"),
        (0, "身份证号", "33049919740615023"),
        (0, "身份证号", "3.30499E+17"),
        (0, "身份证号", ""),
        (1, "身份证号", CHEN),
        (0, "姓名", ""),
        (1, "与户主关系", "房东"),
        (1, "与户主关系", "户主"),
        (0, "与户主关系", "子女"),
        (0, "村（社区）", "没有这个村"),
        (0, "村（社区）", "330482101006"),
        (0, "村（社区）", TOWN),
        (0, "村（社区）", ""),
        (1, "住址", "4号"),
        (0, "手机号", "12345"),
        (2, "监护人身份证号", YU),
        (2, "监护人身份证号", "330499198304250620"),
        (0, "全家每月进账（元）", "很多"),
        (1, "全家每月进账（元）", "1"),
        (0, "干活的情况", "宇航员"),
        (0, "家庭编号", ""),
    ],
)
def test_each_problem_has_its_row_and_column(database: Database, row: int, column: str, value: str) -> None:
    found = problems_of(database, changed(row, column, value))
    assert found
    assert column in {one[1] for one in found} or (0, column) == (row, "家庭编号")
    with database.transaction() as session:
        imported = session.scalars(select(households.HouseholdImport)).one()
        with pytest.raises(Refusal):
            households.put_down_import(session, imported, by=officer(TOWN), now=NOW)
        assert count(session, Household) == count(session, Person) == count(session, HouseholdLine) == 0
        for problem in households.preview(imported).problems:
            assert len(value) < 4 or value not in problem.says


@pytest.mark.parametrize(
    "typed",
    [
        "33049919440404253x",
        "３３０４９９１９４４０４０４２５３Ｘ",
        " 330499 19440404 253X ",
        "330499194404042-53X",
    ],
)
def test_a_number_is_read_however_it_is_written(database: Database, typed: str) -> None:
    with database.transaction() as session:
        content = sheet(("1", VILLAGE, "", "何水根", typed, "户主", "", "", "", ""))
        imported = households.stage_import(session, "a.xlsx", content, by=officer(TOWN), now=NOW)
        assert households.preview(imported).households[0].members[0].resident_id == "33049919440404253X"


def test_the_same_file_twice_is_refused_kindly(database: Database) -> None:
    actor = officer(TOWN)
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=actor, now=NOW)
        again = households.stage_import(session, "b.xlsx", sheet(*ROWS), by=actor, now=NOW)
        assert again.id != imported.id
        assert count(session, households.HouseholdImport) == 1
        with pytest.raises(Refusal):
            households.stage_import(session, "c.xlsx", sheet(*ROWS), by=officer(TOWN), now=NOW)
        households.put_down_import(session, again, by=actor, now=NOW)
        with pytest.raises(Refusal) as refused:
            households.stage_import(session, "d.xlsx", sheet(*ROWS), by=actor, now=NOW)
        assert "已经登记过" in refused.value.message
        with pytest.raises(Refusal):
            households.put_down_import(session, again, by=actor, now=NOW)


def test_what_was_given_up_may_be_read_again(database: Database) -> None:
    actor = officer(TOWN)
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=actor, now=NOW)
        households.give_up_import(session, imported, by=actor, now=NOW)
        assert households.preview(imported).households == []
        assert (
            households.stage_import(session, "a.xlsx", sheet(*ROWS), by=officer(TOWN), now=NOW).state
            == "staged"
        )


def test_who_is_known_is_not_put_down_twice(database: Database) -> None:
    actor = officer(TOWN)
    with database.transaction() as session:
        people.register_person(session, "陈国良", resident_id=ResidentId(CHEN), now=NOW)
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=actor, now=NOW)
        written = households.put_down_import(session, imported, by=actor, now=NOW)
        assert written.people == 2
        assert count(session, Person) == 3
        assert count(session, HouseholdMember) == 3


def test_who_lives_in_a_household_or_has_another_name_is_a_problem(database: Database) -> None:
    with database.transaction() as session:
        lives = family(session, ("陈国良", "head"))
        other = person(session, "陆修真")
        numbers = [str(one.resident_id.value) for one in (lives.persons["陈国良"], other) if one.resident_id]
        died = person(session, "丁")
        died.died_on = date(2026, 1, 1)
        numbers.append(died.resident_id.value if died.resident_id else "")
    content = sheet(
        ("1", VILLAGE, "", "陈国良", numbers[0], "户主", "", "", "", ""),
        ("1", "", "", "陆秀珍", numbers[1], "配偶", "", "", "", ""),
        ("1", "", "", "丁", numbers[2], "其他", "", "", "", ""),
    )
    assert problems_of(database, content) == [(2, "身份证号"), (3, "身份证号"), (4, "身份证号")]


def test_who_was_registered_meanwhile_stops_the_whole_import(database: Database) -> None:
    actor = officer(TOWN)
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=actor, now=NOW)
        lu = people.register_person(session, "陆秀珍", resident_id=ResidentId(LU), now=NOW)
        households.open_household(
            session,
            division_code=VILLAGE,
            address="",
            joining=[households.Joining(lu, "head")],
            on=date(2026, 1, 1),
            by=actor,
            now=NOW,
        )
        with pytest.raises(Refusal):
            households.put_down_import(session, imported, by=actor, now=NOW)
        assert count(session, Household) == 1


@pytest.mark.parametrize(
    "heads",
    [
        HEADS[1:],
        (*HEADS, "银行密码"),
        (*HEADS, "姓名"),
        ("a", "b"),
        (),
    ],
)
def test_only_columns_of_the_template_are_read(database: Database, heads: tuple[str, ...]) -> None:
    with database.transaction() as session, pytest.raises(Refusal):
        households.stage_import(session, "a.xlsx", sheet(*ROWS, heads=heads), by=officer(TOWN), now=NOW)


def test_a_csv_from_an_office_is_read_too(database: Database) -> None:
    text = "\r\n".join(",".join(one) for one in (HEADS, *ROWS))
    with database.transaction() as session:
        imported = households.stage_import(session, "a.csv", text.encode("gbk"), by=officer(TOWN), now=NOW)
        assert imported.problems == 0


def test_nobody_sees_somebody_else_s_import(database: Database) -> None:
    with database.transaction() as session:
        imported = households.stage_import(session, "a.xlsx", sheet(*ROWS), by=officer(TOWN), now=NOW)
        with pytest.raises(NotFound):
            households.get_import(session, officer(TOWN), imported.id)
        raw = session.connection().exec_driver_sql("SELECT sealed FROM household_imports").scalar_one()
        assert CHEN.encode() not in bytes(raw)


def test_the_template_has_every_fact_and_is_all_text(database: Database) -> None:
    assert len(households.import_heads()) == len(set(households.import_heads())) > 50
