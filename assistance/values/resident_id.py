"""Identity numbers as GB 11643 makes them, and ages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from assistance.values.errors import Malformed
from infrastructure.languages import N_

FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
BETWEEN = re.compile(r"[\s\-]+")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


@dataclass(frozen=True, repr=False)
class ResidentId:
    """An identity number of eighteen characters whose checksum and birthday hold.

    Spaces, full-width figures and a small x are taken as meant; `str()` shows the first and last character.
    Raises Malformed with a sentence for the field.
    """

    value: str

    def __init__(self, text: str) -> None:
        plain = BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
        if not FORM.fullmatch(plain):
            raise Malformed(N_("请填身份证上的 18 位号码，最后一位可以是 X"))
        if check_character(plain[:17]) != plain[17]:
            raise Malformed(N_("这个身份证号有一位不对，请对着身份证再看一遍"))
        try:
            _birthday(plain)
        except ValueError as error:
            raise Malformed(N_("身份证号里的出生日期不对，请对着身份证再看一遍")) from error
        object.__setattr__(self, "value", plain)

    @property
    def birth(self) -> date:
        """The day of birth."""
        return _birthday(self.value)

    @property
    def sex(self) -> str:
        """F or M, as the rules engine has it."""
        return "M" if int(self.value[16]) % 2 else "F"

    def __str__(self) -> str:
        return f"{self.value[0]}{'*' * 16}{self.value[-1]}"

    def __repr__(self) -> str:
        return f"ResidentId({self})"


def check_character(first_seventeen: str) -> str:
    """The eighteenth character for these seventeen figures."""
    total = sum(int(figure) * weight for figure, weight in zip(first_seventeen, WEIGHTS, strict=True))
    return CHECKS[total % 11]


def age_on(birth: date, day: date) -> int:
    """Full years on a day; who is born on 29 February turns a year older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _birthday(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
