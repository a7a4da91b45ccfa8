"""Signing on one's own phone: what was ticked and drawn, then a code that is bound to exactly that.

A code answered on the number recorded for the signer makes it L3. "This is not my will" goes the very same
way and ends without a record: only a town reviewer ever learns of it (T21).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations.events import PartAnswered, tell
from assistance.authorizations.families import find_standing
from assistance.authorizations.grants import pseudonym
from assistance.authorizations.models import Authorization, AuthorizationPart, AuthorizationRequest
from assistance.authorizations.record import canonical, hashes_of, new_verify_code, sha256, sign_record
from assistance.authorizations.requests import QUIET_DAYS, lock_request
from assistance.authorizations.second_person import forget_drafts
from assistance.authorizations.signers import is_asked_own_will
from assistance.authorizations.sources import Sources
from assistance.authorizations.strokes import BadSignature, Line, picture_text, read_signature
from assistance.authorizations.wording import VALID_DAYS, Office, asked_text
from assistance.errors import NotFound, Refusal
from assistance.people import Actor, Assurance, Person
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.signing import SigningKeys

TOO_LATE = N_("签字的日子已经过了。还需要的话，请让家里人或者村里重新开一份。")
ALREADY_ANSWERED = N_("这一份已经回复过了，不用再签。")
CHANGED = N_("家里的情况变了，这一份不算数了。新的一份会重新请您看。")
CHOOSE_ONE = N_("请至少勾一样；一样都不想查，就点“不同意”")
ASK_OWN_WILL = N_("请选一个，这句话只问您本人")
ASK_CHILD = N_("请写一句孩子是怎么说的")
LONGEST_SAID = 300

ORDINARY = "ordinary electronic signature"
HONEST = {
    "kind": ORDINARY,
    "proof": "Ed25519 over this record proves what was recorded and that nothing was changed; it is no seal",
}


class AnswerErrors(Exception):
    """What was filled in is not complete; `fields` has a sentence for each field."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class NotSignable(Refusal):
    """A part cannot be answered, or no more; the page of the part shows how it stands."""


@dataclass(frozen=True)
class Answer:
    """What somebody has filled in to sign."""

    agreed: Sequence[str]
    """The codes of the sources that were ticked; all others are declined."""
    strokes: str = ""
    typed_name: str = ""
    own_will: str = ""
    """yes or no, asked from 60 on; a no goes the silent way."""
    has_company: str = ""
    """yes or no: whether somebody else sat beside, asked together with it."""
    child_said: str = ""
    is_unwilling: bool = False
    locale: str = "zh_Hans_CN"


@dataclass(frozen=True)
class Checked:
    """A complete answer with what it is about."""

    request: AuthorizationRequest
    part: AuthorizationPart
    signer: Person
    person: Person
    answer: Answer
    lines: list[Line]
    is_unwilling: bool
    asks_will: bool
    """Whether it was asked apart if it is their own will."""


def begin_signing(
    session: Session,
    register: Sources,
    office: Office,
    actor: Actor,
    part_id: uuid.UUID,
    answer: Answer,
    *,
    now: datetime,
    device: str = "",
) -> str:
    """Keep what was filled in, and say by which hash the code has to be bound to it.

    Raises NotFound for a part that is somebody else's, NotSignable where it can no longer be signed,
    AnswerErrors where something is missing.
    """
    request, part = _signable(session, actor, part_id, now)
    checked = check_answer(session, request, part, answer, now)
    draft = draft_record(session, register, office, checked, now=now, method="own_phone")
    content = canonical(draft)
    document = sha256(content).hex()
    part.sealed = {
        **part.sealed,
        "draft": {
            "document": document,
            "record": content.decode(),
            "lines": checked.lines,
            "device": hashlib.sha256(device.encode()).hexdigest()[:24] if device else "",
        },
        # Once said, it stands until a town reviewer has spoken with the person.
        "unwilling": bool(part.sealed.get("unwilling")) or checked.is_unwilling,
    }
    session.flush()
    return document


def waiting_document(part: AuthorizationPart) -> str | None:
    """The hash of what waits for its code, or nothing where there is none."""
    draft = part.sealed.get("draft")
    return str(draft["document"]) if draft and part.state == "waiting" else None


def finish_signing(
    session: Session,
    keys: SigningKeys,
    actor: Actor,
    part_id: uuid.UUID,
    *,
    document: str,
    code_id: str,
    phone_end: str,
    now: datetime,
) -> Authorization | None:
    """Make the record after the code for this document was answered; None for what ends without a record.

    Raises Refusal where something else was filled in since the code was sent.
    """
    request, part = _signable(session, actor, part_id, now)
    draft = part.sealed.get("draft")
    if draft is None or draft["document"] != document:
        raise Refusal(N_("您改过内容，请用新发的验证码。"))
    record = json.loads(draft["record"])
    record["code"] = {"document_sha256": document, "sent_to_number_ending": phone_end, "reference": code_id}
    kept = {"lines": draft["lines"], "device": draft["device"]}
    return settle(
        session,
        keys,
        request,
        part,
        record,
        kept=kept,
        level="own_phone",
        by=actor.for_the_log(),
        now=now,
    )


def check_answer(
    session: Session,
    request: AuthorizationRequest,
    part: AuthorizationPart,
    answer: Answer,
    now: datetime,
    *,
    is_overseen: bool = False,
) -> Checked:
    """An answer that is complete, or AnswerErrors with a sentence for each field.

    On one's own phone a silent no needs nothing else. Where somebody sits beside (`is_overseen`) everybody is
    asked for their will, and a no has to be as complete as a yes: what may be left out would tell them apart.
    """
    signer, person = session.get_one(Person, part.signer_id), session.get_one(Person, part.person_id)
    today = now.astimezone(SHANGHAI).date()
    errors: dict[str, str] = {}
    known = {scope["source"] for scope in request.scopes}
    asks_will = is_overseen or is_asked_own_will(signer.birth, today)
    is_unwilling = answer.is_unwilling or (asks_will and answer.own_will == "no")
    may_be_incomplete = is_unwilling and not is_overseen
    if not set(answer.agreed) & known and not may_be_incomplete:
        errors["agreed"] = CHOOSE_ONE
    if asks_will and answer.own_will not in ("yes", "no") and not may_be_incomplete:
        errors["own_will"] = ASK_OWN_WILL
    if part.hears_child and not answer.child_said.strip() and not may_be_incomplete:
        errors["child_said"] = ASK_CHILD
    lines: list[Line] = []
    try:
        lines = read_signature(answer.strokes, answer.typed_name, signer.name)
    except BadSignature as error:
        if not may_be_incomplete:
            errors["signature"] = error.message
    if errors:
        raise AnswerErrors(errors)
    return Checked(request, part, signer, person, answer, lines, is_unwilling, asks_will)


def draft_record(
    session: Session, register: Sources, office: Office, checked: Checked, *, now: datetime, method: str
) -> dict[str, Any]:
    """The record without its time and its proof: what the code, or the witness, is bound to."""
    request, part, answer = checked.request, checked.part, checked.answer
    agreed = set(answer.agreed)
    text = asked_text(
        register,
        office=office,
        purpose=request.purpose,
        scopes=request.scopes,
        deadline_on=request.deadline_on,
        locale=answer.locale,
    )
    record: dict[str, Any] = {
        "controller": {"name": office.name, "telephone": office.phone},
        "request": {"number": request.number, "purpose": request.purpose, "legal_basis": ["SA-40", "SA-41"]},
        "person": named(session, request, checked.person),
        "signer": {**named(session, request, checked.signer), "capacity": part.capacity},
        "agreed": [scope for scope in request.scopes if scope["source"] in agreed],
        "declined": [scope["source"] for scope in request.scopes if scope["source"] not in agreed],
        "text": {**text.as_record(), "sha256": text.sha256},
        "signature": {
            "method": "drawn" if checked.lines else "typed",
            "typed_name": "" if checked.lines else answer.typed_name.strip()[:100],
            "picture_png_base64": picture_text(checked.lines),
            "strokes_sha256": sha256(canonical(checked.lines)).hex(),
        },
        "signed_by": method,
        "verify_code": new_verify_code(),
        "level": HONEST,
    }
    if checked.asks_will:
        record["own_will"] = {
            "asked_apart": True,
            "answer": "yes",
            "company": answer.has_company or "unknown",
        }
    if part.hears_child:
        record["child_heard"] = " ".join(answer.child_said.split())[:LONGEST_SAID]
    return record


def named(session: Session, request: AuthorizationRequest, person: Person) -> dict[str, Any]:
    """A person as a record names them: in full, the identity number masked, with the pseudonym of grants."""
    number = person.resident_id
    return {
        "name": person.name,
        "resident_id": str(number) if number else "",
        "pseudonym": pseudonym(session, request, person.id),
    }


def settle(
    session: Session,
    keys: SigningKeys,
    request: AuthorizationRequest,
    part: AuthorizationPart,
    record: dict[str, Any],
    *,
    kept: dict[str, Any],
    level: str,
    by: audit.Actor,
    now: datetime,
) -> Authorization | None:
    """Sign and keep a record, close its part, and close the request with its last part."""
    valid_until = now + timedelta(days=VALID_DAYS[request.purpose])
    record = {
        **record,
        "assurance": Assurance.L3.name,
        "signed_at": instant(now),
        "valid_until": instant(valid_until),
    }
    content, signature, kid = sign_record(keys, record)
    is_unwilling = bool(part.sealed.get("unwilling"))
    # The same words and the same work either way; what was chosen is in the salted commitment alone.
    entry = audit.record(
        session,
        audit.Event.AUTHORIZATION_ANSWERED,
        by=by,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
        fields={"capacity": part.capacity, "method": level},
        case_ref=request.number,
        committed=b"unwilling" if is_unwilling else content,
    )
    part.state, part.state_since = "signed", now
    forget_drafts(session, [part])
    made = None
    if not is_unwilling:
        record_sha256, record_sm3 = hashes_of(content)
        made = Authorization(
            id=uuid.uuid4(),
            verify_code=record["verify_code"],
            request_id=request.id,
            part_id=part.id,
            person_id=part.person_id,
            signer_id=part.signer_id,
            sources=record["agreed"],
            declined_sources=record["declined"],
            level=level,
            assurance=int(Assurance.L3),
            sealed={"record": content.decode(), **kept},
            record_sha256=record_sha256,
            record_sm3=record_sm3,
            kid=kid,
            signature=signature,
            audit_reference=entry.reference,
            audit_content=entry.content_sha256,
            signed_at=now,
            valid_until=valid_until,
            state="active",
            ended_at=None,
            ended_by=None,
            ended_because=None,
        )
        session.add(made)
    session.flush()
    close_if_complete(session, request, by=by, now=now)
    tell(session, PartAnswered(request.id, part.person_id, now))
    return made


def decline(session: Session, actor: Actor, part_id: uuid.UUID, *, now: datetime) -> AuthorizationPart:
    """Say no: nothing is asked about this person, and nobody asks again for a while."""
    request, part = _signable(session, actor, part_id, now)
    note_declined(session, request, part, by=actor.for_the_log(), now=now)
    return part


def note_declined(
    session: Session,
    request: AuthorizationRequest,
    part: AuthorizationPart,
    *,
    by: audit.Actor,
    now: datetime,
) -> None:
    """Write down a no, said on the phone or at the counter; the last answer closes the request."""
    part.state, part.state_since = "declined", now
    part.asks_again_on = now.astimezone(SHANGHAI).date() + timedelta(days=QUIET_DAYS)
    forget_drafts(session, [part])
    audit.record(
        session,
        audit.Event.AUTHORIZATION_DECLINED,
        by=by,
        now=now,
        object_ref=str(part.id),
        subject_ref=f"person:{part.person_id}",
        case_ref=request.number,
    )
    session.flush()
    close_if_complete(session, request, by=by, now=now)


def close_if_complete(
    session: Session, request: AuthorizationRequest, *, by: audit.Actor, now: datetime
) -> bool:
    """Close a request of which no part waits any more."""
    still = select(AuthorizationPart.id).where(
        AuthorizationPart.request_id == request.id, AuthorizationPart.state == "waiting"
    )
    if request.state != "open" or session.scalar(still.limit(1)) is not None:
        return False
    request.state, request.closed_at = "closed", now
    audit.record(
        session,
        audit.Event.AUTHORIZATION_CLOSED,
        by=by,
        now=now,
        object_ref=request.number,
        fields={"state": "closed"},
    )
    session.flush()
    return True


def refuse_unless_signable(
    session: Session, request: AuthorizationRequest, part: AuthorizationPart, now: datetime
) -> None:
    """Raise NotSignable where it was answered, where it is too late, or where somebody else signs today."""
    today = now.astimezone(SHANGHAI).date()
    if part.state in ("void", "withdrawn"):
        raise NotSignable(CHANGED)
    if part.state == "expired" or today > request.deadline_on:
        raise NotSignable(TOO_LATE)
    if part.state != "waiting" or request.state != "open":
        raise NotSignable(ALREADY_ANSWERED)
    standing = find_standing(session, request.household_id, part.person_id, today)
    if standing is None or standing.signers.get(part.capacity) != part.signer_id:
        raise NotSignable(CHANGED)


def _signable(
    session: Session, actor: Actor, part_id: uuid.UUID, now: datetime
) -> tuple[AuthorizationRequest, AuthorizationPart]:
    part = session.get(AuthorizationPart, part_id)
    if part is None or part.signer_id != actor.person_id or actor.kind != "resident":
        raise NotFound
    request = lock_request(session, part.request_id)
    session.refresh(part)
    refuse_unless_signable(session, request, part, now)
    return request, part


def instant(moment: datetime) -> str:
    """A moment as records write it: in Shanghai, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
