"""Who acts in this request, as the log names them; and the looks that this answer is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g
from sqlalchemy.orm import Session

from assistance import audit
from web.services import services
from web.unit_of_work import after_answer


def anonymous_actor(device: str = "") -> audit.Actor:
    """Somebody who has not signed in: known are the request and, where it has a cookie, the device."""
    # Cut short and keyed: the log alone leads back to no cookie.
    mark = services().cipher.blind_index("audit_entries.device", device).hex()[:24] if device else None
    return audit.Actor("anonymous", ref=mark, device_ref=mark, request_id=g.get("request_id"))


def note_look(
    event: audit.Event,
    persons: Sequence[tuple[str, str | None]],
    *,
    by: audit.Actor,
    seen: Sequence[str],
    purpose: str | None = None,
    case_ref: str | None = None,
) -> None:
    """Log a look before this answer leaves, one entry for each (object, person) shown; else 503.

    `case_ref` is the number under which it happened, such as an authorisation request's.
    """
    look = audit.Look(event, tuple(persons), by, services().clock.now(), seen, purpose, case_ref)
    if "looks" in g:
        g.looks.append(look)
        return
    g.looks = [look]

    def write(session: Session) -> None:
        # All of them in one statement: a page about a family is a look at each of its people.
        audit.write_looks(session, g.pop("looks"))

    after_answer(write)
