"""Passwords of staff: what they must be like, and the only form in which they are kept."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistance.errors import Refusal
from infrastructure.languages import N_

SHORTEST, LONGEST = 12, 128
KINDS_WANTED = 3
FEWEST_DIFFERENT = 6
WARN_BEFORE = timedelta(days=14)
COMMON = Path(__file__).parent / "common_passwords.txt"
# The weakest setting that RFC 9106 recommends, 64 MiB and three passes: what argon2-cffi takes by itself.
_hasher = PasswordHasher()
_ENDS = re.compile(r"^[^a-z\u4e00-\u9fff]+|[^a-z\u4e00-\u9fff]+$")


class WeakPassword(Refusal):
    """A password is not good enough; the message says what would be."""


def check_password(password: str, *, user_name: str, work_number: str, birth: str = "") -> None:
    """Raise WeakPassword unless the password is long, varied, uncommon and not made of the owner's own words.

    That several kinds of characters are asked for is GB/T 22239's rule (docs/staff.md).
    """
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(N_("密码至少 12 个字符"))
    if len(plain) > LONGEST:
        raise WeakPassword(N_("密码请在 128 个字符以内"))
    if _kinds(plain) < KINDS_WANTED:
        raise WeakPassword(N_("密码里请有大写字母、小写字母、数字、符号（汉字也算）中的三种"))
    low = plain.casefold()
    own = [word for word in (user_name.casefold(), work_number.casefold(), birth) if len(word) >= 4]
    if any(word in low for word in own):
        raise WeakPassword(N_("密码里不要有自己的用户名、工号或者生日"))
    if len(set(low)) < FEWEST_DIFFERENT or low in _common() or _ENDS.sub("", low) in _common():
        raise WeakPassword(N_("这个密码太常见，容易被猜到，请换一个"))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and costs in it."""
    return _hasher.hash(_normal(password))


def is_password(password: str, hashed: str | None) -> bool:
    """Whether this is the password; where there is none, as much work is done for nothing.

    What is too long to be a password never reaches the hash.
    """
    if len(password) > LONGEST * 2:
        return False
    try:
        return _hasher.verify(hashed or _nobodys(), _normal(password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def is_due(changed_at: datetime | None, now: datetime, days: int) -> bool:
    """Whether a password must be changed now; with 0 days it never must."""
    return bool(days) and (changed_at is None or now >= changed_at + timedelta(days=days))


def days_left(changed_at: datetime | None, now: datetime, days: int) -> int | None:
    """How many days a password may still be used, where that is so few that the owner is told."""
    if not days or changed_at is None:
        return None
    left = changed_at + timedelta(days=days) - now
    return max(0, left.days) if left <= WARN_BEFORE else None


def _normal(password: str) -> str:
    # The same word typed on another keyboard is the same password.
    return unicodedata.normalize("NFKC", password)


def _kinds(password: str) -> int:
    tests = (str.isupper, str.islower, str.isdecimal, lambda one: not one.isascii() or not one.isalnum())
    return sum(any(test(character) for character in password) for test in tests)


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
