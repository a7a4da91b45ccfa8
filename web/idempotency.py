"""A JSON call that creates something is done once for each `Idempotency-Key`, however often it is sent.

The answer is kept sealed in the transaction of the act itself: whoever has an answer has it for good, and a
crash leaves neither. Sent again within 72 hours the call gets the same answer and changes nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from sqlalchemy import Index, LargeBinary, UniqueConstraint, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistance.orm import EncryptedJson, Model
from infrastructure.languages import N_
from web import limits
from web.access import API, current_actor
from web.errors import Problem
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

View = TypeVar("View", bound=Callable[..., Any])
HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
KEY = re.compile("[!-~]{1,64}")
KEPT_FOR = timedelta(hours=72)
LONGEST_ACT = timedelta(minutes=1)
"""So long a key counts as in flight after its server has died; no request lasts as long."""
KEPT_HEADERS = ("Content-Type", "ETag")
CREATES, CREATES_NOTHING = "creates", "creates nothing"

NO_KEY = N_("这一步少了一个编号，请更新以后再试。")
KEY_FORM = N_("要带 1 到 64 个字母、数字或者符号，每办一件事换一个")
IN_FLIGHT = N_("同样的一件正在办，请等一下再看。")
OTHER_BODY = N_("这个编号已经用在别的内容上了，请重新打开再交一次。")


class UndeclaredCreation(RuntimeError):
    """At least one JSON call by POST does not say whether it creates something."""


class IdempotentAnswer(Model):
    """What a call that created something was answered, for the case that it is sent again."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (UniqueConstraint("lookup"), Index(None, "expires_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    lookup: Mapped[bytes] = mapped_column(LargeBinary)
    """A keyed hash of who asked, the method, the route and the key."""
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """A keyed hash of address and body: a code of six figures could be tried out from a plain one."""
    sealed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("idempotent_answers.sealed"))
    """status, headers, body."""
    expires_at: Mapped[datetime]


@dataclass(frozen=True)
class _Call:
    """One call as it is found again."""

    name: str
    lookup: bytes
    request_hash: bytes


def creates(view: View) -> View:
    """This call creates something: it asks for a key, and the same key has one effect and one answer.

    Stands below `@allows`. What is refused or fails is not kept, so the same key may try again.
    """

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Response:
        call = _this_call()
        answered = _find(call)
        if answered is not None:
            return answered
        if not limits.claim(call.name, LONGEST_ACT):
            raise Problem(409, IN_FLIGHT, code="IN_PROGRESS", retry_after=1)
        # Whoever held the key until now may have finished between the two questions.
        answered = _find(call)
        if answered is not None:
            return answered
        response = current_app.make_response(view(*args, **kwargs))
        if not 200 <= response.status_code < 300 or _keep(call, response):
            return response
        answered = _find(call)
        if answered is None:
            raise Problem(409, IN_FLIGHT, code="IN_PROGRESS", retry_after=1)
        return answered

    once.__dict__["declared_creation"] = CREATES
    return once  # type: ignore[return-value]


def creates_nothing(view: View) -> View:
    """This POST creates nothing that could be there twice, such as a step of signing in."""
    view.__dict__["declared_creation"] = CREATES_NOTHING
    return view


def declared_creation(view: Callable[..., Any]) -> str | None:
    """What a call by POST declared, or None when it is silent."""
    if getattr(view, "only_reads", False):
        return CREATES_NOTHING
    return getattr(view, "declared_creation", None)


def check_declared_creation(app: Flask) -> None:
    """Refuse to start while a JSON call by POST is silent about whether it creates something."""
    silent = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API)
        and "POST" in (rule.methods or ())
        and declared_creation(app.view_functions[rule.endpoint]) is None
    )
    if silent:
        raise UndeclaredCreation(f"these calls declare neither @creates nor @creates_nothing: {silent}")


def count_expired(session: Session, now: datetime) -> int:
    """How many answers are kept no longer."""
    over = select(func.count()).select_from(IdempotentAnswer).where(IdempotentAnswer.expires_at <= now)
    return session.scalar(over) or 0


def delete_expired(session: Session, now: datetime) -> int:
    """Delete the answers that are kept no longer."""
    done = session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.expires_at <= now))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _this_call() -> _Call:
    key = request.headers.get(HEADER, "")
    if not KEY.fullmatch(key):
        fields = [{"field": HEADER, "message": gettext(KEY_FORM)}]
        raise Problem(400, NO_KEY, fields, code="IDEMPOTENCY_KEY_MISSING")
    actor, cipher = current_actor(), services().cipher
    # The person and not the sign-in: who signs in again may send again what got no answer.
    who = actor.person_id or actor.identity_id or actor.session_id
    route = request.url_rule.rule if request.url_rule else ""
    name = f"{who} {request.method} {route} {key}"
    # Kept by the request, so the view still reads it.
    sent = request.full_path.encode() + b"\n" + request.get_data(cache=True)
    return _Call(
        name,
        cipher.blind_index("idempotent_answers.lookup", name),
        cipher.blind_index("idempotent_answers.request_hash", sent.hex()),
    )


def _find(call: _Call) -> Response | None:
    """The answer that was given before, or None; refuses another body under the same key."""
    parts = services()
    wanted = select(IdempotentAnswer).where(
        IdempotentAnswer.lookup == call.lookup, IdempotentAnswer.expires_at > parts.clock.now()
    )
    with parts.database.reading() as session:
        kept = session.scalar(wanted)
    if kept is None:
        return None
    if kept.request_hash != call.request_hash:
        raise Problem(422, OTHER_BODY, code="IDEMPOTENCY_REUSED")
    response = Response(kept.sealed["body"], kept.sealed["status"])
    response.headers.update(kept.sealed["headers"])
    response.headers["Cache-Control"] = "no-store"
    response.headers[REPLAYED] = "true"
    return response


def _keep(call: _Call, response: Response) -> bool:
    """Keep the answer together with the act; False, and neither, where another was kept meanwhile."""
    session, now = current_session(), services().clock.now()
    # What the act itself breaks is no matter of keys.
    session.flush()
    over = (IdempotentAnswer.lookup == call.lookup) & (IdempotentAnswer.expires_at <= now)
    session.execute(delete(IdempotentAnswer).where(over))
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    session.add(
        IdempotentAnswer(
            lookup=call.lookup,
            request_hash=call.request_hash,
            sealed={
                "status": response.status_code,
                "headers": headers,
                "body": response.get_data(as_text=True),
            },
            expires_at=now + KEPT_FOR,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        return False
    return True
