"""The second factor of staff: codes of an authenticator app by our own clock, and ten recovery codes."""

from __future__ import annotations

import base64
import hmac
import secrets
import uuid
from datetime import datetime

import pyotp
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.orm import field_cipher
from assistance.people.models import StaffAccount
from infrastructure.crypto import FieldCipher

STEP_SECONDS = 30
SECRET_BYTES = 20
ISSUER = "惠民码"
CODES = 10
CODE_LENGTH = 10
# Letters and figures that nobody mistakes for one another when they are copied by hand.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def secret_of_invitation(cipher: FieldCipher, token: str) -> str:
    """The secret that belongs to an invitation: the page shows it again however often it is opened."""
    return base64.b32encode(cipher.blind_index("staff_invitations.totp", token)[:SECRET_BYTES]).decode()


def address_of(secret: str, user_name: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def code_at(secret: str, now: datetime) -> str:
    """The six figures that an authenticator app shows at this instant."""
    return pyotp.TOTP(secret).generate_otp(_step(now))


def current_totp(account: StaffAccount, now: datetime) -> str:
    """The six figures that this account's app shows now; for the demo alone."""
    return code_at(str(account.sealed["totp_secret"]), now)


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The step of time whose code this is, one to either side allowed, if it is later than the last one."""
    figures = "".join(code.split())
    found = None
    for step in (_step(now) - 1, _step(now), _step(now) + 1):
        # All three are compared, so that the time it takes tells nothing.
        fits = hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), figures.encode())
        if fits and (last_step is None or step > last_step):
            found = step
    return found


def accept_code(session: Session, account: StaffAccount, code: str, *, now: datetime) -> bool:
    """Whether this is the account's code now; of two requests with the same code only one is believed."""
    secret = account.sealed.get("totp_secret")
    step = matching_step(str(secret), code, now, account.totp_last_step) if secret else None
    if step is None:
        return False
    later = or_(StaffAccount.totp_last_step.is_(None), StaffAccount.totp_last_step < step)
    taken = session.execute(
        update(StaffAccount).where(StaffAccount.id == account.id, later).values(totp_last_step=step)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def accept_recovery_code(session: Session, account_id: uuid.UUID, code: str, *, now: datetime) -> bool:
    """Whether this is one of the account's recovery codes; it is used up by that."""
    plain = _plain(code)
    account = session.scalar(select(StaffAccount).where(StaffAccount.id == account_id).with_for_update())
    if account is None or len(plain) != CODE_LENGTH:
        return False
    kept = list(account.sealed.get("recovery_hashes", ()))
    mark = _hashed(session, account_id, plain)
    if mark not in kept:
        return False
    kept.remove(mark)
    account.sealed = {**account.sealed, "recovery_hashes": kept}
    session.flush()
    audit.record(
        session,
        audit.Event.RECOVERY_CODE_USED,
        by=audit.Actor("staff", str(account_id)),
        now=now,
        object_ref=str(account_id),
        fields={"left": len(kept)},
    )
    return True


def make_recovery_codes(session: Session, account: StaffAccount, *, now: datetime) -> tuple[str, ...]:
    """Ten new codes in place of the old ones; readable until the owner has written them down."""
    codes = tuple("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES))
    account.sealed = {
        **account.sealed,
        "recovery_hashes": [_hashed(session, account.id, code) for code in codes],
        "new_codes": list(codes),
    }
    session.flush()
    audit.record(
        session,
        audit.Event.RECOVERY_CODES_MADE,
        by=audit.Actor("staff", str(account.id)),
        now=now,
        object_ref=str(account.id),
        fields={"count": CODES},
    )
    return codes


def new_codes(account: StaffAccount) -> tuple[str, ...]:
    """The codes that have been made and not yet been written down, in two groups of five."""
    return tuple(f"{code[:5]}-{code[5:]}" for code in account.sealed.get("new_codes", ()))


def forget_new_codes(session: Session, account: StaffAccount) -> None:
    """The owner has written the codes down: from now on nobody can read them any more."""
    account.sealed = {key: value for key, value in account.sealed.items() if key != "new_codes"}
    session.flush()


def count_recovery_codes(account: StaffAccount) -> int:
    """How many recovery codes are left."""
    return len(account.sealed.get("recovery_hashes", ()))


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _plain(code: str) -> str:
    return "".join(code.upper().replace("-", " ").split())


def _hashed(session: Session, account_id: uuid.UUID, code: str) -> str:
    return field_cipher(session).blind_index("staff_accounts.recovery", f"{account_id}:{code}").hex()
