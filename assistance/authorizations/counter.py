"""Signing at the counter, with an officer and a witness beside: one of the family, or a colleague.

A colleague is no witness by being named. What was signed waits until they have said with their own sign-in
that they were there; only then the record is made. Whoever signs says on the device itself, in a step of
their own, whether it is their will; a no takes the very same way, and only a town reviewer ever learns of it
(T21).
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.families import list_standings, refuse_own_family
from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
)
from assistance.authorizations.record import canonical
from assistance.authorizations.requests import lock_request
from assistance.authorizations.second_person import (
    DRAFTED,
    find_waiting,
    forget,
    get_for_assisting,
    is_waiting,
    note,
    open_waiting,
    refuse_taken,
)
from assistance.authorizations.signers import SignerRule
from assistance.authorizations.signing import (
    Answer,
    AnswerErrors,
    Checked,
    NotSignable,
    check_answer,
    draft_record,
    instant,
    note_declined,
    refuse_unless_signable,
    settle,
)
from assistance.authorizations.sources import Sources
from assistance.authorizations.wording import Office
from assistance.errors import NotFound, Refusal
from assistance.households import Household, within
from assistance.people import Actor, Person, StaffAccount, current_holdings, staff
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.signing import SigningKeys

WRONG_END = N_("和登记的身份证号对不上，请看着身份证再填最后四位")
NO_WITNESS = N_("请填另一位在场的工作人员的工号，或者选在场的家里人")
SAME_PERSON = N_("见证人要是另一个人")
UNFIT_WITNESS = N_("这位不能作见证：请换一位在岗的同事，不能是本人和他备案的亲属")
ALREADY_SIGNED = N_("这一份在窗口签过了，在等见证的同事确认。要重签，请先收回。")
NOT_NAMED = N_("签的时候写的见证人不是您，请让那位同事自己确认。")
TAKEN_BACK = "taken back"
OWN_STEP = ("own_will", "signature")
"""What the person answers in a step of their own; everything else is asked by the officer."""


@dataclass(frozen=True)
class Witness:
    """Who else sat there: a second member of staff by work number, or somebody of the family."""

    work_number: str = ""
    person_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ToWitness:
    """A signature at the counter that waits for the colleague who was there."""

    taken: CounterSignature
    part: AuthorizationPart
    request: AuthorizationRequest


@dataclass(frozen=True)
class _AtCounter:
    """What was filled in, complete, with the witness as the record names them."""

    checked: Checked
    witness: dict[str, str]
    colleague_id: uuid.UUID | None
    household: Household


def list_witnesses(session: Session, part: AuthorizationPart, now: datetime) -> list[Person]:
    """Who of the family may witness: grown-ups other than the signer."""
    request = session.get_one(AuthorizationRequest, part.request_id)
    standings = list_standings(session, request.household_id, now.astimezone(SHANGHAI).date())
    return [
        one.person for one in standings if one.rule is SignerRule.SELF and one.person.id != part.signer_id
    ]


def check_before_handing_over(
    session: Session,
    actor: Actor,
    part_id: uuid.UUID,
    answer: Answer,
    *,
    last_of_number: str,
    witness: Witness,
    now: datetime,
) -> None:
    """Raise AnswerErrors where something is missing of what the officer asks, before the person's step."""
    try:
        _check(session, actor, part_id, answer, last_of_number, witness, now)
    except AnswerErrors as error:
        left = {name: words for name, words in error.fields.items() if name not in OWN_STEP}
        if left:
            raise AnswerErrors(left) from None


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
) -> Authorization | CounterSignature | None:
    """Sign in the presence of an officer and a witness; the identity card takes the place of the code.

    With one of the family beside it counts at once: the record, or None for what ends without one. With a
    colleague it waits for them. Raises AnswerErrors with a sentence for each field.
    """
    found = _check(session, actor, part_id, answer, last_of_number, witness, now)
    checked, part, household = found.checked, found.checked.part, found.household
    record = draft_record(session, register, office, checked, now=now, method="counter")
    record["counter"] = {
        "officer": actor.work_number or "",
        "witness": found.witness,
        "identity_card_seen": True,
        "signed_at": instant(now),
    }
    if witness.person_id is not None and "own_will" in record:
        record["own_will"]["company"] = "relative"
    # Once said, it stands until a town reviewer has spoken with the person, whatever becomes of this one.
    part.sealed = {**part.sealed, "unwilling": bool(part.sealed.get("unwilling")) or checked.is_unwilling}
    kept: dict[str, Any] = {"lines": checked.lines, "officer": str(actor.account_id)}
    if found.colleague_id is not None:
        return _wait_for(session, actor, found, record, kept, found.colleague_id, now)
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    return settle(session, keys, checked.request, part, record, kept=kept, level="counter", by=by, now=now)


def confirm_at_counter(
    session: Session, keys: SigningKeys, actor: Actor, taken_id: uuid.UUID, *, now: datetime
) -> Authorization | None:
    """Say as the named colleague, signed in, that one was there; only now it counts."""
    taken, request, part, household = open_waiting(session, actor, CounterSignature, taken_id)
    _refuse_others(taken, actor)
    refuse_unless_signable(session, request, part, now)
    record = json.loads(taken.sealed["record"])
    witness = {"kind": "staff", "work_number": actor.work_number or "", "confirmed_at": instant(now)}
    record["counter"] = {**record["counter"], "witness": witness}
    kept = {"lines": taken.sealed["lines"], "officer": taken.sealed["officer"]}
    taken.confirmed_by_person, taken.confirmed_at = actor.person_id, now
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    return settle(session, keys, request, part, record, kept=kept, level="counter", by=by, now=now)


def refuse_at_counter(
    session: Session, actor: Actor, taken_id: uuid.UUID, why: str, *, now: datetime
) -> None:
    """Say as the named colleague that one was not there, or what does not fit; it is signed again."""
    taken, _, part, household = open_waiting(session, actor, CounterSignature, taken_id)
    _refuse_others(taken, actor)
    refuse_taken(taken, why, *DRAFTED)
    note(session, audit.Event.AUTHORIZATION_COUNTER_REFUSED, actor, household, part, now)


def take_back_at_counter(session: Session, actor: Actor, taken_id: uuid.UUID, *, now: datetime) -> None:
    """Take back what waits for a colleague, as anybody may who helps in this division; the part waits again.

    Whoever has thought better of it must not have to wait for one certain member of staff.
    """
    taken, _, part, household = open_waiting(session, actor, CounterSignature, taken_id)
    taken.refused_because = TAKEN_BACK
    forget(taken, *DRAFTED)
    note(session, audit.Event.AUTHORIZATION_COUNTER_TAKEN_BACK, actor, household, part, now)


def find_at_counter(session: Session, part_id: uuid.UUID) -> CounterSignature | None:
    """What was signed at the counter for a part and waits for the colleague who was there."""
    return find_waiting(session, CounterSignature, part_id)


def get_at_counter(session: Session, actor: Actor, taken_id: uuid.UUID) -> ToWitness:
    """One that still waits, for anybody who helps in its division; NotFound for any other."""
    taken = session.get(CounterSignature, taken_id)
    if taken is None or taken.confirmed_at is not None or taken.refused_because is not None:
        raise NotFound
    request, part, _ = get_for_assisting(session, actor, taken.part_id)
    if part.state != "waiting":
        raise NotFound
    return ToWitness(taken, part, request)


def list_to_witness(session: Session, actor: Actor) -> list[ToWitness]:
    """What waits for this member of staff to say that they were there, the nearest deadline first."""
    rows = session.execute(
        select(CounterSignature, AuthorizationPart, AuthorizationRequest)
        .join(AuthorizationPart, AuthorizationPart.id == CounterSignature.part_id)
        .join(AuthorizationRequest, AuthorizationRequest.id == AuthorizationPart.request_id)
        .join(Household, Household.id == AuthorizationRequest.household_id)
        .where(
            CounterSignature.witness_person == actor.person_id,
            *is_waiting(CounterSignature),
            AuthorizationPart.state == "waiting",
            within(actor.divisions_for(Permission.AUTHORIZATIONS_ASSIST)),
        )
        .order_by(AuthorizationRequest.deadline_on, CounterSignature.taken_at)
    )
    return [ToWitness(*row) for row in rows]


def decline_at_counter(session: Session, actor: Actor, part_id: uuid.UUID, *, now: datetime) -> None:
    """Write down that somebody without a phone says no; that asks for no card and no witness."""
    request, part, household = get_for_assisting(session, actor, part_id)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    by = actor.for_the_log(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
    note_declined(session, request, part, by=by, now=now)


def _check(
    session: Session,
    actor: Actor,
    part_id: uuid.UUID,
    answer: Answer,
    last_of_number: str,
    witness: Witness,
    now: datetime,
) -> _AtCounter:
    request, part, household = get_for_assisting(session, actor, part_id)
    request = lock_request(session, request.id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    if find_at_counter(session, part.id) is not None:
        raise NotSignable(ALREADY_SIGNED)
    errors: dict[str, str] = {}
    signer = session.get_one(Person, part.signer_id)
    number = signer.resident_id
    if number is None or last_of_number.strip().upper() != number.value[-4:]:
        errors["last_of_number"] = WRONG_END
    told, colleague_id = _witness(session, actor, household, part, witness, now, errors)
    try:
        checked = check_answer(session, request, part, answer, now, is_overseen=True)
    except AnswerErrors as error:
        errors |= error.fields
    if errors:
        raise AnswerErrors(errors)
    return _AtCounter(checked, told, colleague_id, household)


def _wait_for(
    session: Session,
    actor: Actor,
    found: _AtCounter,
    record: dict[str, Any],
    kept: dict[str, Any],
    colleague_id: uuid.UUID,
    now: datetime,
) -> CounterSignature:
    if actor.person_id is None:
        raise NotFound
    taken = CounterSignature(
        id=uuid.uuid4(),
        part_id=found.checked.part.id,
        witness_person=colleague_id,
        sealed={**kept, "record": canonical(record).decode(), "witness": found.witness["work_number"]},
        taken_by_person=actor.person_id,
        taken_at=now,
        confirmed_by_person=None,
        confirmed_at=None,
        refused_because=None,
    )
    session.add(taken)
    event = audit.Event.AUTHORIZATION_COUNTER_TAKEN
    note(session, event, actor, found.household, found.checked.part, now)
    return taken


def _refuse_others(taken: CounterSignature, actor: Actor) -> None:
    if actor.person_id is None or actor.person_id != taken.witness_person:
        raise Refusal(NOT_NAMED)


def _witness(
    session: Session,
    actor: Actor,
    household: Household,
    part: AuthorizationPart,
    witness: Witness,
    now: datetime,
    errors: dict[str, str],
) -> tuple[dict[str, str], uuid.UUID | None]:
    """The witness as the record names them, and which colleague that is; what is wrong goes into `errors`."""
    if witness.person_id is not None:
        found = next((one for one in list_witnesses(session, part, now) if one.id == witness.person_id), None)
        if found is None:
            errors["witness"] = UNFIT_WITNESS
            return {}, None
        return {"kind": "family", "name": found.name}, None
    number = witness.work_number.strip()
    account = staff.find_by_work_number(session, number)
    if not number:
        errors["witness"] = NO_WITNESS
    elif account is None or account.state != "active":
        errors["witness"] = UNFIT_WITNESS
    elif account.person_id in (actor.person_id, part.signer_id):
        errors["witness"] = SAME_PERSON
    elif not _may_witness(session, account, household, part, now):
        errors["witness"] = UNFIT_WITNESS
    else:
        return {"kind": "staff", "work_number": account.work_number}, account.person_id
    return {}, None


def _may_witness(
    session: Session, account: StaffAccount, household: Household, part: AuthorizationPart, now: datetime
) -> bool:
    """Whether a colleague is on duty there and is near to nobody of the household."""
    colleague = Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        holdings=current_holdings(session, account.id, now),
    )
    try:
        refuse_own_family(session, colleague, household.id, {part.person_id, part.signer_id})
    except Refusal:
        return False
    return colleague.covers(Permission.AUTHORIZATIONS_ASSIST, household.division_code)
