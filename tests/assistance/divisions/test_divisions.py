"""Divisions in memory and in the table."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from assistance import divisions
from assistance.divisions import Division, Level
from infrastructure.database import Database


@pytest.fixture(scope="module")
def index() -> divisions.DivisionIndex:
    return divisions.national_index()


def test_every_county_of_the_province_is_a_county(index: divisions.DivisionIndex) -> None:
    assert len(index.counties()) == 90
    assert index.is_county("330482")
    assert index.is_county("330328")
    assert not index.is_county("3304")
    assert not index.is_county("330482001")
    assert not index.is_county("999999")


def test_a_path_leads_from_the_province_to_the_village(index: divisions.DivisionIndex) -> None:
    names = [place.name for place in index.path("330482001001")]
    assert names == ["浙江省", "嘉兴市", "平湖市", "当湖街道", "水洞埭社区居委会"]
    assert index.path("110000000000") == ()
    assert index.full_name("330482001001", below="330482") == "当湖街道水洞埭社区居委会"


@pytest.mark.parametrize(
    ("words", "first"),
    [("当湖", "330482001"), ("大峃", "330328100"), ("平湖市", "330482"), (" 文成 ", "330328")],
)
def test_names_of_two_characters_are_found(index: divisions.DivisionIndex, words: str, first: str) -> None:
    assert index.search(words)[0].code == first


def test_a_single_character_and_a_longer_name_are_found(index: divisions.DivisionIndex) -> None:
    assert all("峃" in place.name for place in index.search("峃"))
    assert [place.code for place in index.search("水洞埭社区居委会")] == ["330482001001"]


def test_nothing_is_found_for_nothing(index: divisions.DivisionIndex) -> None:
    assert index.search("") == ()
    assert index.search("　 ") == ()
    assert index.search("没有这个地方") == ()
    assert index.search("湖平") == ()


def test_a_search_stays_inside_a_county_and_a_level(index: divisions.DivisionIndex) -> None:
    found = index.search("社区", under="330482", level=Level.VILLAGE, limit=500)
    assert found
    assert all(index.is_within(place.code, "330482") and place.level is Level.VILLAGE for place in found)


def test_a_search_is_ordered_to_the_last(index: divisions.DivisionIndex) -> None:
    found = index.search("新", limit=500)
    ranks = [
        (place.name != "新", not place.name.startswith("新"), list(Level).index(place.level), place.code)
        for place in found
    ]
    assert ranks == sorted(ranks)
    assert index.search("新", limit=500) == found


def test_both_counties_reach_down_to_the_village(index: divisions.DivisionIndex) -> None:
    assert len(index.villages("330482")) == 136
    assert len(index.villages("330328")) == 246
    assert index.path_codes("330482001001")[2] == "330482"


def test_loading_twice_changes_nothing(database: Database, index: divisions.DivisionIndex) -> None:
    with database.transaction() as session:
        assert divisions.load_divisions(session, index) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Division)) == len(index)


def test_loading_mends_a_name(database: Database, index: divisions.DivisionIndex) -> None:
    with database.transaction() as session:
        session.execute(update(Division).where(Division.code == "330482").values(name="平湖县"))
    with database.transaction() as session:
        assert divisions.load_divisions(session, index) == 1
    with database.reading() as session:
        found = session.get(Division, "330482")
        assert found is not None
        assert found.name == "平湖市"


def test_the_table_takes_no_unknown_level_and_no_orphan(database: Database) -> None:
    for row in ("('1', '甲', 'planet', NULL)", "('1', '甲', 'county', '404')"):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(text(f"INSERT INTO divisions (code, name, level, parent_code) VALUES {row}"))


def test_the_province_has_a_name_that_the_table_finds_in_part(database: Database) -> None:
    with database.reading() as session:
        found = session.scalars(
            select(Division.code)
            .where(Division.name.contains("当湖", autoescape=True))
            .order_by(Division.code)
        ).all()
    assert found == ["330482001"]
