"""Sums of facts and standards, and how a comparison of two sums loses its divisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from .conditions import Compare, Powers, Term
from .errors import ConditionError
from .vocabulary import FACT_NAMES, Fact

Products = Mapping[Powers, Fraction]

_SIZE = "size"
_DIBAO = "local.dibao_standard"

DERIVED: Mapping[str, Products] = {
    # Each is written from household totals, so that nothing hangs on a rounded quotient.
    "income_pc": {(("income_month", 1), (_SIZE, -1)): Fraction(1)},
    "income_ratio": {(("income_month", 1), (_DIBAO, -1), (_SIZE, -1)): Fraction(1)},
    "liquid_pc": {(("liquid", 1), (_SIZE, -1)): Fraction(1)},
    "liquid_years": {(("liquid", 1), (_DIBAO, -1), (_SIZE, -1)): Fraction(1, 12)},
    "net_ratio": {
        (("income_month", 1), (_DIBAO, -1), (_SIZE, -1)): Fraction(1),
        ((_DIBAO, -1), ("rigid_12m", 1), (_SIZE, -1)): Fraction(-1, 12),
    },
    "rigid_share": {(("income_month", -1), ("rigid_12m", 1)): Fraction(1, 12)},
}
"""Facts that follow from totals, as sums of products with exponents."""


@dataclass(frozen=True)
class Sum:
    """A sum of products of facts and standards, with the facts that it names."""

    products: Products
    names: tuple[str, ...] = ()

    @staticmethod
    def of_number(number: Fraction) -> Sum:
        """A plain number."""
        return Sum({(): number})

    @staticmethod
    def of_standard(name: str) -> Sum:
        """A standard by its name."""
        return Sum({(("local." + name, 1),): Fraction(1)})

    @staticmethod
    def of_fact(fact: Fact) -> Sum:
        """A fact in the unit that conditions speak of."""
        return Sum({((fact.name, 1),): Fraction(1)}, (fact.name,))

    @staticmethod
    def of_derived(name: str) -> Sum:
        """A fact worked out from totals."""
        return Sum(DERIVED[name], (name,))

    def plus(self, other: Sum, sign: int) -> Sum:
        """The sum, or with sign -1 the difference, of two sums."""
        total: dict[Powers, Fraction] = dict(self.products)
        for powers, factor in other.products.items():
            total[powers] = total.get(powers, Fraction(0)) + sign * factor
        return Sum(total, self.names + other.names)

    def times(self, other: Sum) -> Sum:
        """The product of two sums."""
        total: dict[Powers, Fraction] = {}
        for left, a in self.products.items():
            for right, b in other.products.items():
                powers = _multiply(left, right)
                total[powers] = total.get(powers, Fraction(0)) + a * b
        return Sum(total, self.names + other.names)


def _multiply(left: Powers, right: Powers) -> Powers:
    exponents = Counter(dict(left))
    for name, power in right:
        exponents[name] += power
    return tuple(sorted((name, power) for name, power in exponents.items() if power))


def compare(left: Sum, operator: str, right: Sum, line: str) -> Compare:
    """Compare two sums: bring all to one side and multiply every division away.

    Only sizes, standards and incomes are divided by, and none of them is negative, so the direction stays.
    Raises ConditionError where a product of two facts is left, because bands could not be judged then.
    """
    difference = left.plus(right, -1).products
    lowest: dict[str, int] = {}
    for powers in difference:
        for name, power in powers:
            lowest[name] = min(lowest.get(name, 0), power)
    clear: Powers = tuple((name, -power) for name, power in lowest.items() if power < 0)
    terms = []
    seen: set[str] = set()
    for powers, factor in difference.items():
        if factor == 0:
            continue
        standards: list[str] = []
        facts: list[str] = []
        times_size = False
        for name, power in _multiply(powers, clear):
            if name.startswith("local."):
                standards += [name.removeprefix("local.")] * power
            elif name == _SIZE and power == 1:
                times_size = True
            else:
                facts += [name] * power
        if times_size and not standards and not facts and len(difference) <= 2 and _SIZE in left.names:
            times_size, facts = False, [_SIZE]
        if len(facts) > 1 or (facts and times_size):
            raise ConditionError(f"multiplies facts with one another (in “{line}”)")
        for name in facts or ([_SIZE] if times_size else []):
            if name in seen:
                raise ConditionError(f"uses “{name}” twice in one comparison (in “{line}”)")
            seen.add(name)
        fact = FACT_NAMES[facts[0]] if facts else None
        scale = Fraction(1, fact.scale) if fact else Fraction(1)
        terms.append(Term(factor * scale, tuple(standards), fact, times_size))
    figure, limit = (left, right) if left.names else (right, left)
    return Compare(tuple(terms), operator, tuple(figure.products.items()), tuple(limit.products.items()))
