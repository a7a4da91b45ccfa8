"""Signing with an officer at the counter, and on paper that two members of staff have seen."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import list_standings, refuse_relatives
from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    PaperSignature,
)
from assistance.authorizations.record import sha256
from assistance.authorizations.signers import SignerRule
from assistance.authorizations.signing import (
    Answer,
    AnswerErrors,
    check_answer,
    draft_record,
    lock_request,
    note_declined,
    refuse_unless_signable,
    settle,
)
from assistance.authorizations.sources import Sources
from assistance.authorizations.wording import Office
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor, Person, StaffAccount, current_holdings
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.pictures import BadPicture, drawn_anew
from infrastructure.signing import SigningKeys

WRONG_END = N_("和登记的身份证号对不上，请看着身份证再填最后四位")
NO_WITNESS = N_("请填另一位在场的工作人员的工号，或者选在场的家里人")
SAME_PERSON = N_("见证人要是另一个人")
UNFIT_WITNESS = N_("这位不能作见证：请换一位在岗的同事，不能是本人和他备案的亲属")
BAD_PICTURE = N_("照片打不开，或者超过 8 MB。请重新拍一张（JPG、PNG 或 WebP）")
TAKEN_BY_YOU = N_("拍照和核对要两个人，请让另一位同事核对。")
ALREADY_TAKEN = N_("已经有一张照片在等核对。")
SAY_WHY = N_("请写清楚哪里对不上")
LONGEST_WHY, LONGEST_PLACE = 200, 60


@dataclass(frozen=True)
class Witness:
    """Who else sat there: a second member of staff by work number, or somebody of the family."""

    work_number: str = ""
    person_id: uuid.UUID | None = None


def get_for_assisting(
    session: Session, actor: Actor, part_id: uuid.UUID
) -> tuple[AuthorizationRequest, AuthorizationPart, Household]:
    """A part that this member of staff may help to sign; NotFound outside their division.

    Refused where the household is their own or has a declared relative of theirs.
    """
    part = session.get(AuthorizationPart, part_id)
    request = session.get(AuthorizationRequest, part.request_id) if part else None
    household = session.get(Household, request.household_id) if request else None
    if part is None or request is None or household is None:
        raise NotFound
    if not actor.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code):
        raise NotFound
    refuse_relatives(session, actor, {part.person_id, part.signer_id})
    return request, part, household


def list_witnesses(session: Session, part: AuthorizationPart, now: datetime) -> list[Person]:
    """Who of the family may witness: grown-ups other than the signer."""
    request = session.get_one(AuthorizationRequest, part.request_id)
    standings = list_standings(session, request.household_id, now.astimezone(SHANGHAI).date())
    return [
        one.person for one in standings if one.rule is SignerRule.SELF and one.person.id != part.signer_id
    ]


def sign_at_counter(
    session: Session,
    keys: SigningKeys,
    register: Sources,
    office: Office,
    actor: Actor,
    part_id: uuid.UUID,
    answer: Answer,
    *,
    last_of_number: str,
    witness: Witness,
    now: datetime,
) -> Authorization | None:
    """Sign in the presence of an officer and a witness; the identity card takes the place of the code.

    Raises AnswerErrors with a sentence for each field; None for what ends without a record.
    """
    request, part, household = get_for_assisting(session, actor, part_id)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    errors: dict[str, str] = {}
    signer = session.get_one(Person, part.signer_id)
    number = signer.resident_id
    if number is None or last_of_number.strip().upper() != number.value[-4:]:
        errors["last_of_number"] = WRONG_END
    told = _witness(session, actor, household, part, witness, now, errors)
    try:
        checked = check_answer(session, request, part, answer, now)
    except AnswerErrors as error:
        errors |= error.fields
    if errors:
        raise AnswerErrors(errors)
    record = draft_record(session, register, office, checked, now=now, method="counter")
    record["counter"] = {"officer": actor.work_number or "", "witness": told, "identity_card_seen": True}
    if witness.person_id is not None and "own_will" in record:
        record["own_will"]["company"] = "relative"
    if checked.is_unwilling:
        part.sealed = {**part.sealed, "unwilling": True}
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    kept: dict[str, Any] = {"lines": checked.lines, "officer": str(actor.account_id)}
    return settle(session, keys, request, part, record, kept=kept, level="counter", by=by, now=now)


def decline_at_counter(session: Session, actor: Actor, part_id: uuid.UUID, *, now: datetime) -> None:
    """Write down that somebody without a phone says no; that asks for no card and no witness."""
    request, part, household = get_for_assisting(session, actor, part_id)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    note_declined(session, request, part, by=by, now=now)


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
    if actor.person_id is None or _waiting_paper(session, part.id) is not None:
        raise Refusal(ALREADY_TAKEN)
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
    _note(session, audit.Event.AUTHORIZATION_PAPER_TAKEN, actor, household, part, now)
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
    locale: str = "zh_Hans_CN",
) -> Authorization | None:
    """Confirm as the second person that the paper is whole and signed by whom it names; it then counts."""
    taken, request, part, household = _open_paper(session, actor, paper_id)
    if taken.taken_by_person == actor.person_id:
        raise Refusal(TAKEN_BY_YOU)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    facts = taken.sealed
    signer = session.get_one(Person, part.signer_id)
    answer = replace(
        _on_paper(signer, facts["agreed"], facts["own_will"], facts["child_heard"]), locale=locale
    )
    checked = check_answer(session, request, part, answer, now)
    record = draft_record(session, register, office, checked, now=now, method="paper")
    record["paper"] = {
        "photographed_by": facts["officer"],
        "photographed_at": taken.taken_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
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
    taken, _, part, household = _open_paper(session, actor, paper_id)
    if taken.taken_by_person == actor.person_id:
        raise Refusal(TAKEN_BY_YOU)
    why = " ".join(why.split())[:LONGEST_WHY]
    if not why:
        raise Refusal(SAY_WHY)
    taken.refused_because = why
    # What does not count is not kept.
    taken.sealed = {key: value for key, value in taken.sealed.items() if key != "picture"}
    _note(session, audit.Event.AUTHORIZATION_PAPER_REFUSED, actor, household, part, now)


def _open_paper(
    session: Session, actor: Actor, paper_id: uuid.UUID
) -> tuple[PaperSignature, AuthorizationRequest, AuthorizationPart, Household]:
    taken = session.get(PaperSignature, paper_id, with_for_update=True, populate_existing=True)
    if taken is None or taken.confirmed_at is not None or taken.refused_because is not None:
        raise NotFound
    request, part, household = get_for_assisting(session, actor, taken.part_id)
    return taken, request, part, household


def _witness(
    session: Session,
    actor: Actor,
    household: Household,
    part: AuthorizationPart,
    witness: Witness,
    now: datetime,
    errors: dict[str, str],
) -> dict[str, str]:
    if witness.person_id is not None:
        found = next((one for one in list_witnesses(session, part, now) if one.id == witness.person_id), None)
        if found is None:
            errors["witness"] = UNFIT_WITNESS
            return {}
        return {"kind": "family", "name": found.name}
    number = witness.work_number.strip()
    if not number:
        errors["witness"] = NO_WITNESS
        return {}
    account = session.scalar(select(StaffAccount).where(StaffAccount.work_number == number))
    if account is None or account.state != "active":
        errors["witness"] = UNFIT_WITNESS
        return {}
    if account.person_id in (actor.person_id, part.signer_id):
        errors["witness"] = SAME_PERSON
        return {}
    colleague = Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        holdings=current_holdings(session, account.id, now),
    )
    try:
        refuse_relatives(session, colleague, {part.person_id, part.signer_id})
    except Refusal:
        errors["witness"] = UNFIT_WITNESS
        return {}
    if not colleague.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code):
        errors["witness"] = UNFIT_WITNESS
        return {}
    return {"kind": "staff", "work_number": number}


def _on_paper(signer: Person, agreed: Sequence[str], own_will: str, child_said: str) -> Answer:
    return Answer(
        agreed=agreed, typed_name=signer.name, own_will=own_will, child_said=child_said, has_company="yes"
    )


def _waiting_paper(session: Session, part_id: uuid.UUID) -> PaperSignature | None:
    return session.scalar(
        select(PaperSignature).where(
            PaperSignature.part_id == part_id,
            PaperSignature.confirmed_at.is_(None),
            PaperSignature.refused_because.is_(None),
        )
    )


def _picture_hash(encoded: str) -> str:
    return sha256(base64.b64decode(encoded)).hex()


def _note(
    session: Session,
    event: audit.Event,
    actor: Actor,
    household: Household,
    part: AuthorizationPart,
    now: datetime,
) -> None:
    audit.record(
        session,
        event,
        by=actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code),
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
    )
    session.flush()
