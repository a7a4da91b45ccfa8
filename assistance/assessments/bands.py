"""Bands of money to choose from: whole fen, no gap or overlap, broken at the household's own lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from assistance.rules import Band, StandardsInForce, Words

from .answers import MONEY_MOST, Range

BANDS_MOST = 8
DISABLED_LIVING = Fraction(3, 2)
"""困难残疾人生活补贴 looks at one and a half standards, whatever the near-poor multiple is."""


def below(limit: Fraction | int) -> int:
    """The last fen of those below a line that itself lies outside."""
    return ceil(limit) - 1


def up_to(limit: Fraction | int) -> int:
    """The last fen of those up to a line that itself lies inside."""
    return floor(limit)


@dataclass(frozen=True)
class Means:
    """What decides where the lines of one household lie."""

    standards: StandardsInForce
    size: Band | None
    area: str | None = None
    income: Band | None = None

    def sizes(self) -> range:
        """Every number of people who may count."""
        return range(self.size.low, self.size.high + 1) if self.size else range(0)


def partition(ends: Iterable[int], least: int = 0) -> tuple[Range, ...]:
    """The bands from the least sum upwards, each ending at one of the ends, the last one open."""
    bands = []
    low = least
    for end in sorted({end for end in ends if least <= end < MONEY_MOST}):
        bands.append(Range(low, end))
        low = end + 1
    bands.append(Range(low, None))
    return tuple(bands)


def bands_for(kind: str, means: Means) -> tuple[Range, ...] | None:
    """The bands of one money question, or None where the lines are not known and the sum itself is asked."""
    groups = _GROUPS[kind](means)
    if not groups:
        return None
    least = 1 if kind in ("capital", "rigid", "medical") else 0
    chosen: set[int] = set()
    # The most important lines come first. Where all of them would make too many bands, the last are left out:
    # a sum given by band may then straddle such a line, and the verdict on it stays open.
    for group in groups:
        wanted = chosen | {end for end in group if least <= end < MONEY_MOST}
        if len(wanted) < BANDS_MOST:
            chosen = wanted
        elif not chosen:
            return None
    return partition(chosen, least)


def _income(means: Means) -> list[list[int]]:
    standards, standard = means.standards, means.standards.value("dibao_standard")
    if standard is None or means.size is None:
        return []
    multiple = standards.value("dibian_multiple")
    # Exactly on the near-poor line counts as inside until the county settles it.
    near_poor = below if standards.value("dibian_line_inclusive") is False else up_to
    groups: list[Callable[[int], int | None]] = [
        lambda n: below(standard * n),
        lambda n: None if multiple is None else near_poor(multiple * standard * n),
        lambda n: _times(standards.value("dibian_income_cap"), n, up_to),
        lambda n: up_to(DISABLED_LIVING * standard * n),
        lambda n: _times(standards.value("disposable_income_pc"), Fraction(n, 12), below),
        lambda n: below(2 * standard * n),
    ]
    if means.area != "urban":
        groups.append(lambda n: _times(standards.value("low_income_rural_line"), Fraction(n, 12), below))
    if means.area != "rural":
        groups.append(lambda n: _times(standards.value("housing_income_line"), n, up_to))
    groups.append(lambda n: _times(standards.value("legal_aid_line"), n, up_to))
    return [[end for n in means.sizes() if (end := group(n)) is not None] for group in groups]


def _times(limit: int | None, factor: int | Fraction, side: Callable[[Fraction], int]) -> int | None:
    return None if limit is None else side(Fraction(limit) * factor)


def _liquid(means: Means) -> list[list[int]]:
    standard = means.standards.value("dibao_standard")
    if standard is None or means.size is None:
        return []
    names = (
        "dibao_asset_years",
        "dibian_asset_years",
        "tekun_asset_rule",
        "rigid_asset_rule",
        "expend_asset_years",
    )
    limits = [means.standards.value(name) for name in names]
    return [
        [below(years * 12 * standard * n) for n in means.sizes()] for years in limits if years is not None
    ]


def _own_income(means: Means) -> list[list[int]]:
    standard = means.standards.value("dibao_standard")
    return [] if standard is None else [[below(standard)], [up_to(DISABLED_LIVING * standard)]]


def _car_price(means: Means) -> list[list[int]]:
    standard, years = means.standards.value("dibao_standard"), means.standards.value("dibian_vehicle_years")
    return [] if standard is None or years is None else [[below(12 * years * standard)]]


def _capital(means: Means) -> list[list[int]]:
    inclusive, exclusive = (
        means.standards.value(name) for name in ("dibao_capital_cap", "dibian_capital_cap")
    )
    groups = [] if inclusive is None else [[up_to(inclusive)]]
    return groups + ([] if exclusive is None else [[below(exclusive)]])


def _rigid(means: Means) -> list[list[int]]:
    standard, share = means.standards.value("dibao_standard"), means.standards.value("rigid_share_cap")
    multiple = means.standards.value("dibian_multiple")
    if standard is None or means.size is None or means.income is None:
        return []
    incomes, sizes = set(means.income), set(means.size)

    def after_spending(times: Fraction | int) -> list[int]:
        # What is left of a year's income falls below this many standards once more than this has been spent.
        return [up_to(12 * income - 12 * n * times * standard) for income in incomes for n in sizes]

    groups = [after_spending(1)]
    if share is not None:
        groups.append([up_to(share * 12 * income) for income in incomes])
    if multiple is not None:
        groups.append(after_spending(multiple))
    groups.append(after_spending(2))
    return groups


def _medical(means: Means) -> list[list[int]]:
    standard, multiple = means.standards.value("dibao_standard"), means.standards.value("dibian_multiple")
    if standard is None or multiple is None or means.size is None or means.income is None:
        return []
    sizes = set(means.size)
    return [
        [up_to(12 * income - 12 * n * multiple * standard) for income in set(means.income) for n in sizes]
    ]


_GROUPS: dict[str, Callable[[Means], list[list[int]]]] = {
    "income": _income,
    "own_income": _own_income,
    "liquid": _liquid,
    "car_price": _car_price,
    "capital": _capital,
    "rigid": _rigid,
    "medical": _medical,
}


def implied_by_status(status: Sequence[str], means: Means) -> dict[str, Range]:
    """What a status that a family has says of its means: its own income, money and capital lines."""
    # A near-poor family with one member on the allowance ticks both; its means are then asked like anybody's.
    if ("dibao" in status) == ("dibian" in status):
        return {}
    code = "dibao" if "dibao" in status else "dibian"
    value = means.standards.value
    standard, size, years, cap = (
        value("dibao_standard"),
        means.size,
        value(f"{code}_asset_years"),
        value(f"{code}_capital_cap"),
    )
    implied: dict[str, Range | None] = {}
    if cap is not None:
        implied["capital"] = _range(0, up_to(cap) if code == "dibao" else below(cap))
    if standard is not None and size is not None:
        if years is not None:
            implied["liquid"] = _range(0, below(years * 12 * standard * size.high))
        implied["income"] = _implied_income(code, means, standard, size)
    return {name: band for name, band in implied.items() if band is not None}


def _implied_income(code: str, means: Means, standard: int, size: Band) -> Range | None:
    if code == "dibao":
        return _range(0, below(standard * size.high))
    value = means.standards.value
    multiple, cap = value("dibian_multiple"), value("dibian_income_cap")
    if multiple is None:
        return None
    side = below if value("dibian_line_inclusive") is False else up_to
    high = side(multiple * standard * size.high)
    return _range(standard * size.low, high if cap is None else min(high, cap * size.high))


def _range(low: int, high: int) -> Range | None:
    return Range(low, high) if low <= high else None


def band_words(band: Range, first: bool) -> Words:
    """A band as a person reads it, in yuan: each end in the rounder of its two forms."""
    low, high = band
    if high == low:
        return yuan(low)
    if first and high is None:
        return Words("有，说不准多少", "Some, not sure how much")
    if high is None:
        return _over(low) if _starts_above(low) else Words(f"{yuan(low).zh}或更多", f"{yuan(low).en} or more")
    end = yuan(high + 1) if _ends_below(high) else yuan(high)
    if first:
        return (
            Words(f"不到 {end.zh}", f"Under {end.en}")
            if _ends_below(high)
            else Words(f"不超过 {end.zh}", f"At most {end.en}")
        )
    if _starts_above(low):
        start = _over(low)
        return (
            Words(f"{start.zh}，不到 {end.zh}", f"{start.en}, under {end.en}")
            if _ends_below(high)
            else Words(f"{start.zh}，最多 {end.zh}", f"{start.en}, at most {end.en}")
        )
    start = yuan(low)
    return (
        Words(f"{start.zh}到不满 {end.zh}", f"{start.en} to under {end.en}")
        if _ends_below(high)
        else Words(f"{start.zh}到 {end.zh}", f"{start.en} to {end.en}")
    )


def _starts_above(low: int) -> bool:
    return low % 100 == 1


def _ends_below(high: int) -> bool:
    return high % 100 == 99


def _over(low: int) -> Words:
    return Words(f"超过 {yuan(low - 1).zh}", f"Over {yuan(low - 1).en}")


def yuan(fen: int) -> Words:
    """A sum of fen in yuan as a person reads it; large round sums in ten thousands in Chinese."""
    whole, rest = divmod(fen, 100)
    if rest:
        return Words(f"{whole}.{rest:02d} 元", f"{whole:,}.{rest:02d} yuan")
    if whole >= 10000 and whole % 100 == 0:
        text = f"{whole // 10000}.{whole % 10000 // 100:02d}".rstrip("0").rstrip(".")
        return Words(f"{text} 万元", f"{whole:,} yuan")
    return Words(f"{whole} 元", f"{whole:,} yuan")
