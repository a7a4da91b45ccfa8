"""The sign-in under way: what this browser has proved so far, in a sealed cookie that lives ten minutes."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from web.services import services
from web.sign_in import seal_text, unseal_text

NAME = "huimin_staff_entering"
LIVES = timedelta(minutes=10)
PURPOSE = "staff_entering"


@dataclass(frozen=True)
class Entering:
    """Whose password was right, and whether the second factor was, too."""

    account_id: str
    user_name: str
    began_at: float
    back: str = ""
    """The signed way back to where the person was."""
    proved_by: str = ""
    """How the second factor was proved; empty where that is still to come."""

    @property
    def account(self) -> uuid.UUID:
        """The account's id."""
        return uuid.UUID(self.account_id)


def begin(account_id: uuid.UUID, user_name: str, back: str) -> Entering:
    """A sign-in whose password was right just now."""
    return Entering(str(account_id), user_name, services().clock.now().timestamp(), back)


def current() -> Entering | None:
    """The sign-in under way in this browser; None where there is none, or it took too long."""
    plain = unseal_text(PURPOSE, request.cookies.get(_cookie(), ""))
    if not plain:
        return None
    found = Entering(**json.loads(plain))
    age = services().clock.now().timestamp() - found.began_at
    return found if -30 <= age < LIVES.total_seconds() else None


def keep(response: Response, entering: Entering) -> Response:
    """Let the browser hold it until the next step."""
    response.set_cookie(
        _cookie(),
        seal_text(PURPOSE, json.dumps(asdict(entering))),
        max_age=LIVES,
        secure=services().settings.is_https,
        httponly=True,
        samesite="Strict",
    )
    return response


def forget(response: Response) -> Response:
    """The sign-in is over, or begins anew."""
    response.delete_cookie(_cookie(), secure=services().settings.is_https, httponly=True, samesite="Strict")
    return response


def _cookie() -> str:
    return f"__Host-{NAME}" if services().settings.is_https else NAME
