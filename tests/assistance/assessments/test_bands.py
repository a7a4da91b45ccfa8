"""Bands are whole fen, meet without gap or overlap, and break at the lines in force for that household."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistance import policies
from assistance.assessments import Range, band_words
from assistance.assessments.answers import MONEY_MOST
from assistance.assessments.bands import BANDS_MOST, Means, bands_for, implied_by_status, partition
from assistance.rules import UNKNOWN, Band, facts_of, read_household
from tests.assistance.assessments.households import DAY, SAMPLE, standards

KINDS = ("income", "own_income", "liquid", "car_price", "capital", "rigid", "medical")
FACT = {
    "income": "income_month_fen",
    "own_income": "own_income_fen",
    "liquid": "liquid_fen",
    "car_price": "car_price_fen",
    "capital": "capital_fen",
}
money = st.integers(1, 400000)
some_standards = st.fixed_dictionaries(
    {},
    optional={
        "dibao_standard": st.integers(30000, 300000),
        "dibian_multiple": st.sampled_from(["1.5", "2", "1.75"]),
        "dibian_line_inclusive": st.booleans(),
        "minimum_wage": st.integers(100000, 400000),
        "dibian_income_cap": st.integers(100000, 400000),
        "dibao_asset_years": st.sampled_from(["4", "3.5"]),
        "dibian_asset_years": st.sampled_from(["6", "8"]),
        "expend_asset_years": st.sampled_from(["6"]),
        "tekun_asset_rule": st.sampled_from(["2", "0.5"]),
        "rigid_asset_rule": st.sampled_from(["8", "6"]),
        "dibao_capital_cap": st.integers(1, 10**8),
        "dibian_capital_cap": st.integers(1, 10**8),
        "dibian_vehicle_years": st.sampled_from(["8", "12"]),
        "disposable_income_pc": st.integers(10**6, 10**7),
        "rigid_share_cap": st.sampled_from(["0.6", "0.35"]),
        "low_income_rural_line": st.integers(10**6, 3 * 10**6),
        "housing_income_line": st.integers(10**5, 10**6),
        "legal_aid_line": st.integers(10**5, 10**6),
    },
)
sizes = st.tuples(st.integers(1, 20), st.integers(0, 3)).map(lambda t: Band(t[0], t[0] + t[1]))
incomes = st.none() | st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)).map(
    lambda t: Band(t[0], t[0] + t[1])
)
means = st.builds(
    lambda values, size, area, income: Means(standards(**values), size, area, income),
    some_standards,
    st.none() | sizes,
    st.sampled_from([None, "urban", "rural"]),
    incomes,
)


@given(means, st.sampled_from(KINDS))
@settings(max_examples=400, deadline=None)
def test_bands_meet_without_gap_or_overlap_and_are_never_more_than_eight(given_means, kind):
    bands = bands_for(kind, given_means)
    if bands is None:
        return
    assert len(bands) <= BANDS_MOST
    assert bands[0].low == (1 if kind in ("capital", "rigid", "medical") else 0)
    assert bands[-1].high is None
    for one, following in pairwise(bands):
        assert isinstance(one.high, int)
        assert one.low <= one.high
        assert following.low == one.high + 1
    assert all(band.low <= MONEY_MOST for band in bands)


@given(st.integers(1, 300000), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_below_the_allowance_line_ends_one_fen_before_it(standard, size):
    bands = bands_for(
        "income", Means(standards(dibao_standard=standard, dibian_multiple="1.5"), Band(size, size))
    )
    assert bands[0] == (0, standard * size - 1)
    near_poor = int(Fraction(3, 2) * standard * size)
    assert any(band.high == near_poor for band in bands), "the near-poor line belongs to the lower band"


@pytest.fixture(scope="module")
def catalogue():
    return policies.load_catalogue()


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_no_verdict_changes_inside_a_band(catalogue, data):
    """Of every offered band, each condition on that fact alone is settled: no line runs through a band."""
    values = {**SAMPLE, **data.draw(some_standards)}
    size = data.draw(st.integers(1, 12))
    area = data.draw(st.sampled_from(["urban", "rural"]))
    in_force = standards(**values)
    for kind, fact in FACT.items():
        bands = bands_for(kind, Means(in_force, Band(size, size), area))
        if bands is None or len(bands) == BANDS_MOST:
            continue
        for band in bands:
            found = {"min": band.low} if band.high is None else {"min": band.low, "max": band.high}
            household = {"size": size, "area": area, "cars": 1}
            members: list[dict[str, object]] = [{}]
            (members[0] if kind == "own_income" else household)[fact] = found
            for verdict in policies.assess(
                catalogue, read_household(household, members), in_force, on=DAY, county="330482"
            ):
                for finding in verdict.findings:
                    facts = {known.key for known in facts_of(finding.bound.line.condition)} - {"size"}
                    if facts == {fact} and not finding.hangs:
                        assert finding.result != UNKNOWN, (kind, band, finding.bound.line.when)


def test_every_line_of_the_sample_household_is_a_boundary():
    three = Means(standards(**SAMPLE), Band(3, 3), "rural")
    ends = {band.high for band in bands_for("income", three)}
    assert {3 * 113000 - 1, 3 * 169500, 3 * 249000, 2 * 3 * 113000 - 1, 1500000 * 3 // 12 - 1} <= ends
    assert {b.high for b in bands_for("liquid", three)} >= {12 * y * 113000 * 3 - 1 for y in (2, 4, 6, 8)}
    # The allowance's cap lies inside, the near-poor cap outside.
    assert [b.high for b in bands_for("capital", three)] == [10000000, 19999999, None]
    assert [b.high for b in bands_for("own_income", three)] == [112999, 169500, None]
    assert [b.high for b in bands_for("car_price", three)] == [12 * 8 * 113000 - 1, None]


def test_spending_breaks_where_a_known_income_makes_it_count():
    income = 3 * 200000
    known = Means(standards(**SAMPLE), Band(3, 3), "rural", Band(income, income))
    ends = {band.high for band in bands_for("rigid", known)}
    assert 12 * income - 12 * 3 * 113000 in ends
    assert 12 * income * 6 // 10 in ends
    assert [b.high for b in bands_for("medical", known)] == [12 * income - 12 * 3 * 169500, None]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_standard_the_sum_itself_is_asked(kind):
    assert bands_for(kind, Means(standards(), Band(3, 3))) is None
    if kind not in ("own_income", "car_price", "capital"):
        assert bands_for(kind, Means(standards(**SAMPLE), None)) is None


def test_a_doubtful_size_breaks_at_the_lines_of_every_size():
    bands = bands_for("income", Means(standards(dibao_standard=100000), Band(2, 3)))
    ends = {band.high for band in bands}
    assert {199999, 299999} <= ends


@given(st.sets(st.integers(0, 10**6), max_size=7))
def test_a_partition_covers_every_sum_once(ends):
    bands = partition(ends)
    for probe in {0, *ends, *(end + 1 for end in ends)}:
        assert sum(band.low <= probe and (band.high is None or probe <= band.high) for band in bands) == 1


def test_a_status_implies_its_own_lines_and_no_more():
    known = Means(standards(**SAMPLE), Band(3, 3))
    assert implied_by_status(("dibao",), known) == {
        "income": (0, 3 * 113000 - 1),
        "liquid": (0, 12 * 4 * 113000 * 3 - 1),
        "capital": (0, 10000000),
    }
    assert implied_by_status(("dibian",), known) == {
        "income": (3 * 113000, 3 * 169500),
        "liquid": (0, 12 * 6 * 113000 * 3 - 1),
        "capital": (0, 19999999),
    }
    for others in ((), ("tekun",), ("rigid",), ("expend",), ("rural_low_income",), ("dibao", "dibian")):
        assert implied_by_status(others, known) == {}
    assert implied_by_status(("dibao",), Means(standards(), Band(3, 3))) == {}


@pytest.mark.parametrize(
    ("band", "first", "zh", "en"),
    [
        (Range(0, 329999), True, "不到 3300 元", "Under 3,300 yuan"),
        (Range(330000, 495000), False, "3300 元到 4950 元", "3,300 yuan to 4,950 yuan"),
        (Range(495001, 659999), False, "超过 4950 元，不到 6600 元", "Over 4,950 yuan, under 6,600 yuan"),
        (Range(495001, None), False, "超过 4950 元", "Over 4,950 yuan"),
        (Range(1, 10000000), True, "不超过 10 万元", "At most 100,000 yuan"),
        (Range(20000000, None), False, "20 万元或更多", "200,000 yuan or more"),
        (Range(123, 123), False, "1.23 元", "1.23 yuan"),
    ],
)
def test_a_band_is_said_in_yuan(band, first, zh, en):
    assert band_words(band, first) == (zh, en)
