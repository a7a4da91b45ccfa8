"""Signing on paper: photographed by one member of staff, and it counts once another has confirmed it."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.models import Authorization, PaperSignature
from assistance.authorizations.record import sha256
from assistance.authorizations.requests import lock_request
from assistance.authorizations.second_person import (
    find_waiting,
    get_for_assisting,
    note,
    open_waiting,
    refuse_taken,
)
from assistance.authorizations.signing import (
    Answer,
    AnswerErrors,
    NotSignable,
    check_answer,
    draft_record,
    instant,
    refuse_unless_signable,
    settle,
)
from assistance.authorizations.sources import Sources
from assistance.authorizations.wording import Office
from assistance.errors import Refusal
from assistance.people import Actor, Person
from assistance.permissions import Permission
from infrastructure.languages import N_
from infrastructure.pictures import BadPicture, drawn_anew
from infrastructure.signing import SigningKeys

BAD_PICTURE = N_("照片打不开，或者超过 8 MB。请重新拍一张（JPG、PNG 或 WebP）")
TAKEN_BY_YOU = N_("拍照和核对要两个人，请让另一位同事核对。")
ALREADY_TAKEN = N_("已经有一张照片在等核对。")
LONGEST_PLACE = 60


def take_paper(
    session: Session,
    actor: Actor,
    part_id: uuid.UUID,
    picture: bytes,
    *,
    agreed: Sequence[str],
    place: str,
    own_will: str = "",
    child_said: str = "",
    now: datetime,
) -> PaperSignature:
    """Keep the photograph of a signature on paper; it counts once another member of staff confirms it."""
    request, part, household = get_for_assisting(session, actor, part_id)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    if actor.person_id is None or find_waiting(session, PaperSignature, part.id) is not None:
        raise NotSignable(ALREADY_TAKEN)
    errors: dict[str, str] = {}
    anew = b""
    try:
        anew = drawn_anew(picture)
    except BadPicture:
        errors["picture"] = BAD_PICTURE
    signer = session.get_one(Person, part.signer_id)
    try:
        # The name on the paper takes the place of the drawn one.
        check_answer(session, request, part, _on_paper(signer, agreed, own_will, child_said), now)
    except AnswerErrors as error:
        errors |= error.fields
    if own_will == "no":
        errors["own_will"] = N_("本人说不是自己的意思，就不能签")
    if errors:
        raise AnswerErrors(errors)
    taken = PaperSignature(
        id=uuid.uuid4(),
        part_id=part.id,
        sealed={
            "picture": base64.b64encode(anew).decode(),
            "place": " ".join(place.split())[:LONGEST_PLACE],
            "agreed": list(agreed),
            "child_heard": " ".join(child_said.split()),
            "own_will": own_will,
            "officer": actor.work_number or "",
        },
        taken_by_person=actor.person_id,
        taken_at=now,
        confirmed_by_person=None,
        confirmed_at=None,
        refused_because=None,
    )
    session.add(taken)
    session.flush()
    note(session, audit.Event.AUTHORIZATION_PAPER_TAKEN, actor, household, part, now)
    return taken


def confirm_paper(
    session: Session,
    keys: SigningKeys,
    register: Sources,
    office: Office,
    actor: Actor,
    paper_id: uuid.UUID,
    *,
    now: datetime,
) -> Authorization | None:
    """Confirm as the second person that the paper is whole and signed by whom it names; it then counts."""
    taken, request, part, household = open_waiting(session, actor, PaperSignature, paper_id)
    if taken.taken_by_person == actor.person_id:
        raise Refusal(TAKEN_BY_YOU)
    refuse_unless_signable(session, request, part, now)
    facts = taken.sealed
    signer = session.get_one(Person, part.signer_id)
    answer = _on_paper(signer, facts["agreed"], facts["own_will"], facts["child_heard"])
    # The paper was read by the signer, whatever language the colleague who confirms it reads.
    answer = replace(answer, locale=signer.language or answer.locale)
    checked = check_answer(session, request, part, answer, now)
    record = draft_record(session, register, office, checked, now=now, method="paper")
    record["paper"] = {
        "photographed_by": facts["officer"],
        "photographed_at": instant(taken.taken_at),
        "confirmed_by": actor.work_number or "",
        "place": facts["place"],
        "picture_sha256": _picture_hash(facts["picture"]),
    }
    taken.confirmed_by_person, taken.confirmed_at = actor.person_id, now
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    kept = {"picture": facts["picture"], "lines": []}
    return settle(session, keys, request, part, record, kept=kept, level="paper", by=by, now=now)


def refuse_paper(session: Session, actor: Actor, paper_id: uuid.UUID, why: str, *, now: datetime) -> None:
    """Say as the second person what does not fit; the part waits for a signature again."""
    taken, _, part, household = open_waiting(session, actor, PaperSignature, paper_id)
    if taken.taken_by_person == actor.person_id:
        raise Refusal(TAKEN_BY_YOU)
    refuse_taken(taken, why, "picture")
    note(session, audit.Event.AUTHORIZATION_PAPER_REFUSED, actor, household, part, now)


def _on_paper(signer: Person, agreed: Sequence[str], own_will: str, child_said: str) -> Answer:
    return Answer(
        agreed=agreed, typed_name=signer.name, own_will=own_will, child_said=child_said, has_company="yes"
    )


def _picture_hash(encoded: str) -> str:
    return sha256(base64.b64decode(encoded)).hex()
