"""The keyed values by which numbers and platform identities are found again, worthless without the key."""

from __future__ import annotations

from assistance.values import Phone
from infrastructure.crypto import FieldCipher


def phone_lookup(cipher: FieldCipher, phone: Phone) -> bytes:
    """The value by which a recorded telephone number is found."""
    return cipher.blind_index("people.phone", phone.value)


def subject_lookup(cipher: FieldCipher, provider: str, subject: str) -> bytes:
    """The value by which an openid, a user id or a number that somebody signs in with is found."""
    return cipher.blind_index("sign_in_identities.subject", f"{provider}:{subject}")
