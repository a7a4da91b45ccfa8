"""How often staff may guess: counted before a guess is judged, for the account, the address and everybody."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response
from sqlalchemy.orm import Session

from admin.pages import render_desk_page
from assistance import audit
from assistance.people import StaffAccount
from web import limits
from web.limits import Limit
from web.looks import anonymous_actor
from web.services import services
from web.unit_of_work import after_answer

FIVE_MINUTES, AN_HOUR, A_DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
LOCKED_FOR = timedelta(minutes=15)
FAILURES_THAT_LOCK = 5
ALL_IN_FIVE_MINUTES = 1000
PASSWORD, SECOND_FACTOR = "password", "second_factor"
# For one account and for one address: how long a window is, and how many tries fit into it.
LIMITS = {
    PASSWORD: ([(FIVE_MINUTES, 5), (AN_HOUR, 20)], [(FIVE_MINUTES, 10)]),
    SECOND_FACTOR: ([(FIVE_MINUTES, 5), (AN_HOUR, 20), (A_DAY, 50)], [(FIVE_MINUTES, 10), (AN_HOUR, 50)]),
}


def may_try(step: str, user_name: str) -> bool:
    """Count one try, and say whether it is judged at all; a name that nobody has is counted alike."""
    own, from_one = LIMITS[step]
    is_open = limits.locked_until(_key(step, user_name)) is None
    is_within = limits.count_all(
        [
            *(Limit(f"{_key(step, user_name)}:{per}", per, most) for per, most in own),
            *(Limit(_of_address(step, per), per, most) for per, most in from_one),
            Limit(f"staff.{step}.all", FIVE_MINUTES, ALL_IN_FIVE_MINUTES),
        ]
    )
    return is_open and is_within


def note_failure(step: str, user_name: str, account_id: uuid.UUID | None, because: str) -> None:
    """A guess was wrong: the log says so after the answer; the fifth one shuts the account for a while."""
    failures = limits.count_uses(f"{_key(step, user_name)}:failures", LOCKED_FOR)
    is_locked = failures >= FAILURES_THAT_LOCK
    if is_locked:
        limits.lock(_key(step, user_name), LOCKED_FOR)
    now = services().clock.now()
    by = audit.Actor("staff", str(account_id)) if account_id is not None else anonymous_actor()

    def write(session: Session) -> None:
        audit.record(
            session,
            audit.Event.SIGN_IN_FAILED,
            by=by,
            now=now,
            fields={"by": step, "because": because},
            result="failed",
        )
        if is_locked and account_id is not None:
            account = session.get(StaffAccount, account_id)
            if account is not None:
                account.locked_until = now + LOCKED_FOR
            audit.record(
                session,
                audit.Event.STAFF_LOCKED,
                by=by,
                now=now,
                object_ref=str(account_id),
                fields={"step": step},
            )

    after_answer(write)


def forgive(step: str, user_name: str) -> None:
    """A guess was right: it counts neither against the account nor against an office's one address.

    Only this one try is taken back: the wrong ones before it stay counted.
    """
    own, from_one = LIMITS[step]
    for per, _most in own:
        limits.take_back(f"{_key(step, user_name)}:{per}", per)
    for per, _most in from_one:
        limits.take_back(_of_address(step, per), per)


def too_often() -> Response:
    """The same answer to everybody who has tried too often, whether or not the account exists."""
    page = render_desk_page("admin/sign_ins/too_often.html", status=429)
    page.headers["Retry-After"] = str(int(LOCKED_FOR.total_seconds()))
    return page


def _of_address(step: str, per: timedelta) -> str:
    return f"staff.{step}.address:{limits.caller_address()}:{per}"


def _key(step: str, user_name: str) -> str:
    return f"staff.{step}:{user_name.strip().lower()[:64]}"
