"""Where the stories live: real villages of the demo county, or in any other county the first ones."""

from __future__ import annotations

from collections.abc import Mapping

from assistance.divisions import national_index

DEMO_COUNTY = "330482"
PLACES: Mapping[str, str] = {
    "county": "330482",
    "town": "330482106",  # 广陈镇
    "village": "330482106201",  # 民主村
    "other-village": "330482106207",  # 三兴村
    "community": "330482106003",  # 广陈社区
    "other-town": "330482001",  # 当湖街道
    "other-community": "330482001004",  # 梅园社区
}


def places_of(county: str) -> Mapping[str, str]:
    """The places of the stories by their names, as division codes of a county."""
    if county == DEMO_COUNTY:
        return PLACES
    index = national_index()
    towns = [town for town in index.children(county) if len(index.children(town.code)) > 2]
    if not towns:
        return dict.fromkeys(PLACES, county)
    first, other = towns[0].code, towns[-1].code
    villages = [one.code for one in index.children(first)]
    return {
        "county": county,
        "town": first,
        "village": villages[0],
        "other-village": villages[1],
        "community": villages[2],
        "other-town": other,
        "other-community": index.children(other)[-1].code,
    }


def villages_of(county: str) -> list[str]:
    """Every village and community of a county."""
    index = national_index()
    return [village.code for town in index.children(county) for village in index.children(town.code)]


def is_village(code: str) -> bool:
    """Whether this is a village in the country rather than a community in a town."""
    place = national_index().get(code)
    return place is not None and "居" not in place.name
