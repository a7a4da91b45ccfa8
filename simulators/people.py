"""Who may stand at the desk: the named people of the demo, and anybody whose phone is typed."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).resolve().parent
A_PHONE = re.compile(r"1[0-9]{10}")
A_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True)
class Person:
    """Somebody whom the platforms know."""

    key: str
    story: str
    name: str
    phone: str
    resident_id: str

    @property
    def openid(self) -> str:
        """What WeChat calls this person in the county's mini-program."""
        return "o" + _name_of("openid", self.phone or self.resident_id, 27)

    @property
    def unionid(self) -> str:
        """What WeChat calls this person in all apps of the bureau."""
        return "u" + _name_of("unionid", self.phone or self.resident_id, 28)

    @property
    def user_id(self) -> str:
        """What 浙里办 calls this person."""
        return _name_of("zlb", self.resident_id or self.phone, 24)


@cache
def named_people() -> Mapping[str, Person]:
    """The named people by key, in the order of their stories."""
    read = tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))
    return MappingProxyType({key: Person(key=key, **values) for key, values in read.items()})


def find_person(key: str = "", *, phone: str = "", name: str = "", resident_id: str = "") -> Person | None:
    """The person of this key, or of this phone or number; somebody new where these belong to nobody named."""
    if key:
        return named_people().get(key)
    phone, resident_id = re.sub(r"[\s-]", "", phone), resident_id.strip().upper()
    if (phone and not A_PHONE.fullmatch(phone)) or (resident_id and not A_NUMBER.fullmatch(resident_id)):
        return None
    for one in named_people().values():
        if (resident_id and one.resident_id == resident_id) or (
            not resident_id and phone and one.phone == phone
        ):
            return one
    return Person("", "", name.strip(), phone, resident_id) if phone or resident_id else None


def _name_of(purpose: str, value: str, length: int) -> str:
    digest = hashlib.sha256(f"huimin simulators {purpose} {value}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length].replace("-", "a").replace("_", "b")
