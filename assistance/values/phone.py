"""Mobile numbers of the mainland."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from assistance.values.errors import Malformed
from infrastructure.languages import N_

MOBILE = re.compile(r"1[3-9][0-9]{9}")
BETWEEN = re.compile(r"[\s\-‐-―−()（）]+")
COUNTRY = re.compile(r"^(?:\+|00)86")


@dataclass(frozen=True, repr=False)
class Phone:
    """A mobile number of eleven figures, however it was typed; shown masked unless `.value` is asked for."""

    value: str

    def __init__(self, text: str) -> None:
        plain = COUNTRY.sub("", BETWEEN.sub("", unicodedata.normalize("NFKC", text)))
        if not MOBILE.fullmatch(plain):
            raise Malformed(N_("请填 11 位手机号"))
        object.__setattr__(self, "value", plain)

    def __str__(self) -> str:
        return f"*********{self.value[-2:]}"

    def __repr__(self) -> str:
        return f"Phone({self})"
