"""What a password of staff must be like."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistance.people import passwords
from tests.conftest import NOW

GOOD = "Lan-tian 7 bai yun"


@pytest.mark.parametrize(
    "password",
    [
        "Ab3$efghijk",
        "abcdefghijkl",
        "ABCDEFGHIJ12",
        "Password1234",
        "P@ssw0rd1234",
        "Admin@123456",
        "1qaz@WSX3edc",
        "Wang.lili-2026",
        "Xx0312-9zzQw4",
        "Q1w2-19850101-e",
        "Aa1!Aa1!Aa1!",
        "Huimin@2026!!",
        "我的Password#1" + "x" * 130,
    ],
)
def test_a_weak_password_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(passwords.WeakPassword) as refused:
        passwords.check_password(password, user_name="wang.lili", work_number="0312", birth="19850101")
    assert refused.value.message
    assert password not in refused.value.message


@pytest.mark.parametrize(
    "password", [GOOD, "蓝天白云Summer-42山水", "nR8#vT2k!qLm", "ｎＲ８＃ｖＴ２ｋ！ｑＬｍ"]
)
def test_a_good_password_is_taken(password: str) -> None:
    passwords.check_password(password, user_name="wang.lili", work_number="0312", birth="19850101")


def test_only_an_argon2id_hash_is_kept_and_it_knows_the_password() -> None:
    hashed = passwords.hash_password(GOOD)
    assert hashed.startswith("$argon2id$")
    assert GOOD not in hashed
    assert passwords.is_password(GOOD, hashed)
    assert not passwords.is_password(GOOD + ".", hashed)
    assert not passwords.is_password(GOOD, None)
    assert not passwords.is_password("nobody has this password", None)
    assert not passwords.is_password("x" * 100_000, hashed)


def test_it_is_changed_after_so_many_days_and_told_before() -> None:
    assert passwords.is_due(None, NOW, 90)
    assert not passwords.is_due(NOW, NOW + timedelta(days=89), 90)
    assert passwords.is_due(NOW, NOW + timedelta(days=90), 90)
    assert not passwords.is_due(NOW, NOW + timedelta(days=9000), 0)
    assert passwords.days_left(NOW, NOW + timedelta(days=70), 90) is None
    assert passwords.days_left(NOW, NOW + timedelta(days=80), 90) == 10
    assert passwords.days_left(NOW, NOW + timedelta(days=95), 90) == 0
